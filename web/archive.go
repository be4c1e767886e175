package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"qyragy/proctor"
)

// Archive makes what leaves the register on paper and for other systems.
type Archive interface {
	// List returns the archive list as a PDF.
	List(ctx context.Context, list ArchiveList) ([]byte, error)
	// Package returns the signed package of an act as a ZIP, once it is
	// journaled that by is given it; a Conflict Error says that the act never
	// was in force.
	Package(ctx context.Context, by proctor.Person, act proctor.ActID) ([]byte, error)
}

// ArchiveList says what is to be listed.
type ArchiveList struct {
	Acts []proctor.ActID // in the order of the list
	Exam proctor.ExamID  // "" for all
	// From and To are the first and the last day; zero is open.
	From, To time.Time
	By       proctor.Person
}

type actPrint struct {
	Act  proctor.ActID `path:"act"`
	Body struct {
		Document string `json:"document" minLength:"64" maxLength:"64" doc:"SHA-256 of the PDF that is printed, hex"`
		Copies   int    `json:"copies" doc:"1..20"`
	}
}

type actFile struct {
	Act  proctor.ActID `path:"act"`
	Body struct {
		Case   string `json:"case" doc:"number of the case, «іс №»"`
		Sheets int    `json:"sheets" doc:"1..999"`
	}
}

func (s *Server) postPrint(ctx context.Context, c *call, in *actPrint) (actView, error) {
	_, err := s.cfg.Engine.PrintAct(ctx, c.who.actor(), in.Act, in.Body.Document, in.Body.Copies)
	return s.afterwards(ctx, in.Act, err)
}

func (s *Server) postFile(ctx context.Context, c *call, in *actFile) (actView, error) {
	_, err := s.cfg.Engine.FileAct(ctx, c.who.actor(), in.Act, in.Body.Case, in.Body.Sheets)
	return s.afterwards(ctx, in.Act, err)
}

func (s *Server) postUnfile(ctx context.Context, c *call, in *actClose) (actView, error) {
	_, err := s.cfg.Engine.UnfileAct(ctx, c.who.actor(), in.Act, in.Body.Text)
	return s.afterwards(ctx, in.Act, err)
}

// getArchiveList lists in the order of the numbers, which is how papers lie in
// a case: Appendix A's first.
func (s *Server) getArchiveList(w http.ResponseWriter, r *http.Request) {
	f, found, err := s.asked(r)
	var pdf []byte
	if err == nil {
		slices.Reverse(found)
		slices.SortStableFunc(found, func(a, b entry) int {
			if a.Kind() != b.Kind() {
				return cmp.Compare(a.Kind(), b.Kind())
			}
			return cmp.Compare(a.Number, b.Number)
		})
		list := ArchiveList{Exam: proctor.ExamID(f.Exam), From: f.from, To: f.to, By: f.reader}
		if !f.to.IsZero() {
			list.To = f.to.AddDate(0, 0, -1)
		}
		for _, e := range found {
			list.Acts = append(list.Acts, e.ID)
		}
		pdf, err = s.cfg.Archive.List(r.Context(), list)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Disposition", `inline; filename="archive-list.pdf"`)
	w.Header().Set("Content-Security-Policy", "frame-ancestors 'self'")
	serveBytes(w, r, "application/pdf", "no-store", "", pdf)
}

func (s *Server) getPackage(w http.ResponseWriter, r *http.Request) {
	a, err := s.act(r.Context(), proctor.ActID(r.PathValue("act")))
	var file []byte
	if err == nil {
		file, err = s.cfg.Archive.Package(r.Context(), callOf(r.Context()).who.person, a.ID)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+a.Number+`.zip"`)
	serveBytes(w, r, "application/zip", "no-store", "", file)
}

// asked answers the query of a route that gives out the register in one piece.
func (s *Server) asked(r *http.Request) (filter, []entry, error) {
	f, err := queryOf(r).check(callOf(r.Context()).who.person)
	if err != nil {
		return f, nil, err
	}
	found, err := s.search(r.Context(), f, func(*proctor.Act) {})
	found = slices.DeleteFunc(found, func(e entry) bool { return f.State != "" && string(e.State) != f.State })
	if err == nil && len(found) > mostExported {
		err = proctor.Errorf(proctor.Invalid, "export_too_long")
	}
	return f, found, err
}

// mostExported is how many acts one file may hold.
const mostExported = 20_000
