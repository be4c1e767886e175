package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"image/jpeg"
	"io"
	"net/http"
	"strconv"
	"time"

	"qyragy/proctor"
)

// photoSide is the longest side of an enrolment photo, pixels: what is larger
// would cost its decoder hundreds of megabytes.
const photoSide = 6000

// putPhoto stores the reference photo of a seat.
func (s *Server) putPhoto(w http.ResponseWriter, r *http.Request) {
	c, seat := callOf(r.Context()), seatOf(r)
	photo, err := io.ReadAll(r.Body)
	if err == nil {
		err = s.knownSeat(seat)
	}
	if err == nil {
		err = checkPhoto(photo)
	}
	if err == nil {
		err = s.cfg.Enrolment.Enrol(r.Context(), c.who.actor(), seat, photo)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func checkPhoto(photo []byte) error {
	size, err := jpeg.DecodeConfig(bytes.NewReader(photo))
	if err != nil || size.Width > photoSide || size.Height > photoSide || size.Width < 32 || size.Height < 32 {
		return proctor.Errorf(proctor.Invalid, "photo")
	}
	return nil
}

// getStill serves the picture pinned to an incident.
func (s *Server) getStill(w http.ResponseWriter, r *http.Request) {
	id := proctor.IncidentID(r.PathValue("incident"))
	var seat proctor.SeatID
	err := s.cfg.Engine.ViewIncident(id, func(_ *proctor.State, i *proctor.Incident) { seat = i.Seat })
	s.servePicture(w, r, err, seat, "still "+string(id), func(ctx context.Context) ([]byte, error) {
		return s.cfg.Pictures.Still(ctx, id)
	})
}

// getPortrait serves the live or the enrolled picture of an examinee's face.
func (s *Server) getPortrait(w http.ResponseWriter, r *http.Request) {
	seat, which := seatOf(r), r.PathValue("which")
	err := s.knownSeat(seat)
	if err == nil && which != "live" && which != "enrolled" {
		err = proctor.Errorf(proctor.NotFound, "picture")
	}
	s.servePicture(w, r, err, seat, "portrait "+which, func(ctx context.Context) ([]byte, error) {
		return s.cfg.Pictures.Portrait(ctx, seat, which)
	})
}

func (s *Server) servePicture(w http.ResponseWriter, r *http.Request, err error, seat proctor.SeatID, what string,
	open func(context.Context) ([]byte, error),
) {
	var picture []byte
	if err == nil {
		picture, err = open(r.Context())
	}
	if err == nil {
		err = s.custody.viewed(r.Context(), callOf(r.Context()).who.actor(), seat, what)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	serveBytes(w, r, "image/jpeg", "no-store", "", picture)
}

// getSegment serves one segment of the recording, or the one being written.
func (s *Server) getSegment(w http.ResponseWriter, r *http.Request) {
	seat, name := seatOf(r), r.PathValue("number")
	file, at, err := s.openSegment(r, seat, name)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.serveRecording(w, r, seat, "segment "+name, file, at)
}

// serveRecording serves what was recorded of a seat, once its viewing is
// journaled, and closes file.
func (s *Server) serveRecording(w http.ResponseWriter, r *http.Request, seat proctor.SeatID, what string, file io.ReadSeekCloser, at time.Time) {
	defer file.Close() // only read from
	if err := s.custody.viewed(r.Context(), callOf(r.Context()).who.actor(), seat, what); err != nil {
		s.refuse(w, r, err)
		return
	}
	kind := "video/webm"
	if t, ok := file.(Typed); ok {
		kind = t.ContentType()
	}
	w.Header().Set("Content-Type", kind)
	http.ServeContent(w, r, "", at, file)
}

func (s *Server) openSegment(r *http.Request, seat proctor.SeatID, name string) (io.ReadSeekCloser, time.Time, error) {
	if err := s.knownSeat(seat); err != nil {
		return nil, time.Time{}, err
	}
	if name == "live" {
		file, err := s.cfg.Recordings.Live(r.Context(), seat)
		return file, time.Time{}, err
	}
	number, err := strconv.Atoi(name)
	if err != nil || number < 0 || strconv.Itoa(number) != name {
		return nil, time.Time{}, proctor.Errorf(proctor.NotFound, "segment")
	}
	return s.cfg.Recordings.Segment(r.Context(), seat, number)
}

// getPDF serves an act's current document; its digest is in the headers, for
// the signature that may follow (RFC 9530).
func (s *Server) getPDF(w http.ResponseWriter, r *http.Request) {
	id := proctor.ActID(r.PathValue("act"))
	a, err := s.act(r.Context(), id)
	var pdf []byte
	if err == nil {
		pdf, err = s.cfg.Office.PDF(r.Context(), id)
	}
	if err == nil {
		what := fmt.Sprintf("act %s version %d", id, a.Version)
		err = s.custody.viewed(r.Context(), callOf(r.Context()).who.actor(), a.about(), what)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	sum := sha256.Sum256(pdf)
	h := w.Header()
	h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
	h.Set("Content-Disposition", `inline; filename="`+a.Number+`.pdf"`)
	h.Set("Content-Security-Policy", "frame-ancestors 'self'")
	serveBytes(w, r, "application/pdf", "no-store", `"`+hex.EncodeToString(sum[:])+`"`, pdf)
}

func seatOf(r *http.Request) proctor.SeatID { return proctor.SeatID(r.PathValue("seat")) }

func (s *Server) knownSeat(seat proctor.SeatID) error {
	return s.cfg.Engine.ViewSeat(seat, func(*proctor.State, *proctor.Seat) {})
}
