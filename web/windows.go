package web

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"qyragy/proctor"
)

// This file serves individual windows (clause 5.3.10).

// Excuses keeps the documents that give the reason for an individual window.
type Excuses interface {
	// Excuse stores one and journals it; kind is its media type. It returns
	// its SHA-256, hex.
	Excuse(ctx context.Context, by proctor.Actor, seat proctor.SeatID, document []byte, kind string) (string, error)
	// Document returns one and its media type, or a NotFound Error.
	Document(ctx context.Context, seat proctor.SeatID, sha256 string) ([]byte, string, error)
}

// excuseView is one stored document.
type excuseView struct {
	Document string    `json:"document" doc:"its SHA-256, hex"`
	Kind     string    `json:"kind"`
	Size     int64     `json:"size"`
	At       time.Time `json:"at"`
	ByName   string    `json:"by_name"`
}

// excuseBody bounds such a document.
const excuseBody int64 = 10 << 20

// excuseKind tells what a document is by its beginning, "" if it is neither a
// PDF nor a JPEG: what a browser calls it proves nothing.
func excuseKind(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("%PDF-")):
		return "application/pdf"
	case bytes.HasPrefix(b, []byte{0xff, 0xd8, 0xff}):
		return "image/jpeg"
	}
	return ""
}

func (s *Server) postExcuse(w http.ResponseWriter, r *http.Request) {
	c, seat := callOf(r.Context()), seatOf(r)
	document, err := io.ReadAll(r.Body)
	if err == nil {
		err = s.knownSeat(seat)
	}
	kind := excuseKind(document)
	if err == nil && kind == "" {
		err = proctor.Errorf(proctor.Invalid, "excuse_type")
	}
	var sum string
	if err == nil {
		sum, err = s.cfg.Excuses.Excuse(r.Context(), c.who.actor(), seat, document, kind)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	b, err := json.Marshal(map[string]string{"document": sum})
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	serveBytes(w, r, "application/json", "no-store", "", b)
}

// getExcuse serves a document once its viewing is journaled. Whatever is in it
// runs nowhere: it is downloaded.
func (s *Server) getExcuse(w http.ResponseWriter, r *http.Request) {
	c, seat := callOf(r.Context()), seatOf(r)
	b, kind, err := s.cfg.Excuses.Document(r.Context(), seat, r.PathValue("document"))
	if err == nil {
		err = s.custody.viewed(r.Context(), c.who.actor(), seat, "reason document")
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	name := "reason.pdf"
	if kind == "image/jpeg" {
		name = "reason.jpg"
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	serveBytes(w, r, kind, "no-store", "", b)
}

type windowBody struct {
	Seat proctor.SeatID `path:"seat"`
	Body struct {
		From     time.Time            `json:"from" required:"false"`
		To       time.Time            `json:"to" required:"false"`
		Reason   proctor.WindowReason `json:"reason" required:"false" doc:"illness, official or family; empty takes the window back"`
		Document string               `json:"document" required:"false" doc:"SHA-256 of the stored document"`
		Note     string               `json:"note" required:"false"`
	}
}

func (s *Server) putWindow(ctx context.Context, c *call, in *windowBody) error {
	b := in.Body
	if b.Reason == "" && b.From.IsZero() && b.To.IsZero() {
		return s.cfg.Engine.SetWindow(ctx, c.who.actor(), in.Seat, nil)
	}
	return s.cfg.Engine.SetWindow(ctx, c.who.actor(), in.Seat, &proctor.Window{
		From: b.From.UTC(), To: b.To.UTC(), Reason: b.Reason, Document: b.Document, Note: b.Note,
	})
}
