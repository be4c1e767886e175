package web

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"qyragy/proctor"
)

// Bundles makes evidence bundles.
type Bundles interface {
	// Bundle prepares an act's bundle, once it is journaled that by takes it.
	// whole asks for the whole recording of the act's seats.
	Bundle(ctx context.Context, by proctor.Actor, act proctor.ActID, whole bool) (Download, error)
}

// Download is a file that is made while it is sent.
type Download interface {
	Size() int64 // bytes
	// Write writes it; after an error what was written must not look whole.
	Write(ctx context.Context, w io.Writer) error
}

// Notary is the journal to outsiders.
type Notary interface {
	// Checkpoint is the newest signed tree, nil before there is one.
	Checkpoint() []byte
	// Key is the public key of checkpoints.
	Key() string
	// Growth proves that the journal's first from records are the beginning of
	// its first to.
	Growth(ctx context.Context, from, to int64) (Growth, error)
}

// Growth is a consistency proof (RFC 6962 §2.1.2) between two trees, each as
// "size:root".
type Growth struct {
	From  string   `json:"from"`
	To    string   `json:"to"`
	Proof []string `json:"proof" doc:"hashes, base64"`
}

// stalled is how long a bundle's receiver may take for nothing.
const stalled = time.Minute

// patient gives a receiver more time with everything that it takes.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Write implements io.Writer.
func (p patient) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(stalled)) // not every writer has deadlines
	return p.ResponseWriter.Write(b)
}

// getBundle streams an act's evidence bundle. What goes wrong after the first
// byte breaks the connection: the receiver has less than was announced.
func (s *Server) getBundle(w http.ResponseWriter, r *http.Request) {
	a, err := s.act(r.Context(), proctor.ActID(r.PathValue("act")))
	if err == nil && s.cfg.Bundles == nil {
		err = proctor.Errorf(proctor.NotFound, "act")
	}
	var file Download
	if err == nil {
		file, err = s.cfg.Bundles.Bundle(r.Context(), callOf(r.Context()).who.actor(), a.ID, r.URL.Query().Get("whole") == "1")
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	h, control := w.Header(), http.NewResponseController(w)
	h.Set("Content-Type", "application/zip")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", `attachment; filename="`+a.Number+`-evidence.zip"`)
	h.Set("Content-Length", strconv.FormatInt(file.Size(), 10))
	_ = control.SetReadDeadline(time.Time{}) // its end would end the request's context
	if err := file.Write(r.Context(), patient{w, control}); err != nil {
		if r.Context().Err() == nil {
			s.log.Error("a bundle could not be sent to its end", "act", a.Number, "err", err)
		}
		panic(http.ErrAbortHandler)
	}
}

func (s *Server) getCheckpoint(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Notary == nil || s.cfg.Notary.Checkpoint() == nil {
		s.refuse(w, r, proctor.Errorf(proctor.NotFound, "record"))
		return
	}
	serveBytes(w, r, "text/plain; charset=utf-8", "no-cache", "", s.cfg.Notary.Checkpoint())
}

func (s *Server) getJournalKey(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Notary == nil {
		s.refuse(w, r, proctor.Errorf(proctor.NotFound, "record"))
		return
	}
	serveBytes(w, r, "text/plain; charset=utf-8", "no-cache", "", []byte(s.cfg.Notary.Key()+"\n"))
}

type growthQuery struct {
	From int64 `query:"from"`
	To   int64 `query:"to"`
}

func (s *Server) getGrowth(ctx context.Context, _ *call, in *growthQuery) (Growth, error) {
	if s.cfg.Notary == nil {
		return Growth{}, proctor.Errorf(proctor.NotFound, "record")
	}
	return s.cfg.Notary.Growth(ctx, in.From, in.To)
}
