package media

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"qyragy/media/rtc"
	"qyragy/proctor"
)

// ErrUnauthorized is what an auth function returns for a request without
// valid credentials.
var ErrUnauthorized = errors.New("media: no valid credentials")

// Auth decides whether a request may publish to, or watch, a seat: nil, or
// ErrUnauthorized (401), or a proctor.Error.
type Auth = func(*http.Request, proctor.SeatID) error

const (
	typeSDP      = "application/sdp"
	typeFragment = "application/trickle-ice-sdpfrag"
)

// WHIP serves RFC 9725 under /whip/{seat} and /whip/{seat}/{session}: the way
// in for one publisher a seat, of whom the last to connect wins.
func (s *Server) WHIP(auth Auth) http.Handler {
	return s.endpoint("/whip", false, auth, s.publish)
}

// WHEP serves draft-ietf-wish-whep under /whep/{seat} and
// /whep/{seat}/{session}: live video for any number of viewers.
func (s *Server) WHEP(auth Auth) http.Handler {
	return s.endpoint("/whep", true, auth, s.view)
}

// join turns a checked offer into a session and its answer.
type join func(st *seat, o *rtc.Offer) (*peer, string, error)

// endpoint is what WHIP and WHEP have in common.
func (s *Server) endpoint(prefix string, whep bool, auth Auth, open join) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(prefix+"/{seat}", func(w http.ResponseWriter, r *http.Request) {
		defer s.containHTTP(w)
		switch r.Method {
		case http.MethodOptions:
			w.Header().Set("Accept-Post", typeSDP)
			w.Header().Set("Allow", "OPTIONS, POST")
			w.WriteHeader(http.StatusNoContent)
		case http.MethodPost:
			if id, ok := s.allowed(w, r, auth); ok {
				s.post(w, r, id, whep, open)
			}
		default:
			notAllowed(w, "OPTIONS, POST")
		}
	})
	mux.HandleFunc(prefix+"/{seat}/{session}", func(w http.ResponseWriter, r *http.Request) {
		defer s.containHTTP(w)
		switch r.Method {
		case http.MethodOptions:
			w.Header().Set("Accept-Patch", typeFragment)
			w.Header().Set("Allow", "OPTIONS, PATCH, DELETE")
			w.WriteHeader(http.StatusNoContent)
		case http.MethodPatch, http.MethodDelete:
			if id, ok := s.allowed(w, r, auth); ok {
				s.resource(w, r, id, whep)
			}
		default:
			notAllowed(w, "OPTIONS, PATCH, DELETE")
		}
	})
	return mux
}

func notAllowed(w http.ResponseWriter, allow string) {
	w.Header().Set("Allow", allow)
	http.Error(w, "This method is not for this address.", http.StatusMethodNotAllowed)
}

// containHTTP answers 400 where handling a request's body panicked.
func (s *Server) containHTTP(w http.ResponseWriter) {
	if e := recover(); e != nil {
		s.stats.panics.Add(1)
		s.log.Error("a request caused a panic", "panic", e)
		http.Error(w, "The request cannot be handled.", http.StatusBadRequest)
	}
}

// allowed asks auth, and answers for it if it says no.
func (s *Server) allowed(w http.ResponseWriter, r *http.Request, auth Auth) (proctor.SeatID, bool) {
	id := proctor.SeatID(r.PathValue("seat"))
	if !validSeat(id) {
		http.Error(w, "There is no such seat.", http.StatusNotFound)
		return "", false
	}
	if err := auth(r, id); err != nil {
		s.refuse(w, err)
		return "", false
	}
	return id, true
}

// refuse maps an error to a status and one plain sentence.
func (s *Server) refuse(w http.ResponseWriter, err error) {
	var bad rtc.BadOffer
	switch {
	case errors.Is(err, ErrUnauthorized):
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, "Valid credentials are needed.", http.StatusUnauthorized)
		return
	case errors.As(err, &bad):
		http.Error(w, string(bad), http.StatusBadRequest)
		return
	}
	if full := (refusal{}); errors.As(err, &full) {
		w.Header().Set("Retry-After", "5")
		http.Error(w, full.text, full.status)
		return
	}
	switch proctor.KindOf(err) {
	case proctor.Forbidden:
		http.Error(w, "This is not allowed.", http.StatusForbidden)
	case proctor.NotFound:
		http.Error(w, "There is no such seat.", http.StatusNotFound)
	case proctor.Conflict:
		http.Error(w, conflict(err), http.StatusConflict)
	case proctor.Invalid:
		http.Error(w, "The request is not valid.", http.StatusBadRequest)
	default:
		if proctor.KindOf(err) == "" {
			s.log.Error("session refused", "err", err)
		}
		w.Header().Set("Retry-After", "2")
		http.Error(w, "The server cannot take the session now.", http.StatusServiceUnavailable)
	}
}

// conflict is the sentence for a Conflict, by what it is about.
func conflict(err error) string {
	var e *proctor.Error
	if !errors.As(err, &e) {
		return "This is not possible now."
	}
	switch e.Key {
	case "no_publisher":
		return "The seat has no publisher."
	case "consent_first":
		return "The examinee has not consented yet."
	case "not_admitted":
		return "The examinee has not been admitted yet."
	case "exam_not_open":
		return "The exam is not open yet."
	case "exam_over", "seat_stage":
		return "The seat's exam is over."
	default:
		return "This is not possible now."
	}
}

// body reads a bounded body of the right type, or answers for it.
func body(w http.ResponseWriter, r *http.Request, contentType string) ([]byte, bool) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != contentType {
		http.Error(w, "The body must be "+contentType+".", http.StatusUnsupportedMediaType)
		return nil, false
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, rtc.MaxBody))
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		http.Error(w, "The body is longer than 64 KiB.", http.StatusRequestEntityTooLarge)
	case err != nil:
		http.Error(w, "The body could not be read.", http.StatusBadRequest)
	default:
		return data, true
	}
	return nil, false
}

// accepts reports whether a client takes an answer of a type, as far as its
// Accept headers tell (RFC 9110 §12.5.1).
func accepts(r *http.Request, contentType string) bool {
	values := r.Header.Values("Accept")
	if len(values) == 0 {
		return true
	}
	main, _, _ := strings.Cut(contentType, "/")
	for v := range strings.SplitSeq(strings.Join(values, ","), ",") {
		media, params, err := mime.ParseMediaType(v)
		if q, none := strconv.ParseFloat(params["q"], 64); err != nil || none == nil && q == 0 {
			continue
		}
		if media == "*/*" || media == main+"/*" || media == contentType {
			return true
		}
	}
	return false
}

// post begins a session (RFC 9725 §4.2).
func (s *Server) post(w http.ResponseWriter, r *http.Request, id proctor.SeatID, whep bool, open join) {
	if !accepts(r, typeSDP) {
		http.Error(w, "The answer is "+typeSDP+", which the request does not accept.", http.StatusNotAcceptable)
		return
	}
	data, ok := body(w, r, typeSDP)
	if !ok {
		return
	}
	o, err := rtc.ParseOffer(data)
	if err != nil {
		s.refuse(w, err)
		return
	}
	p, answer, err := open(s.seat(id), o)
	if err != nil {
		s.refuse(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", typeSDP)
	h.Set("Location", strings.TrimSuffix(r.URL.Path, "/")+"/"+p.id)
	h.Set("ETag", p.tag())
	h.Set("Accept-Patch", typeFragment)
	if s.cfg.Links != nil {
		for _, link := range s.cfg.Links(id, whep) {
			h.Add("Link", link)
		}
	}
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, answer) // a client that has gone is freed by the join timeout
}

// resource is PATCH and DELETE on a session.
func (s *Server) resource(w http.ResponseWriter, r *http.Request, id proctor.SeatID, whep bool) {
	var p *peer
	if st := s.lookup(id); st != nil {
		p = st.session(r.PathValue("session"), whep)
	}
	if p == nil {
		http.Error(w, "There is no such session.", http.StatusNotFound)
		return
	}
	if r.Method == http.MethodPatch {
		s.patch(w, r, p)
		return
	}
	if p.leaving != nil {
		p.leaving()
	}
	p.close()
	select {
	case <-p.gone:
	case <-r.Context().Done():
	}
	w.WriteHeader(http.StatusOK)
}

// patch takes trickled candidates, of which an ICE-lite server needs none, and
// ICE restarts (RFC 9725 §4.3).
func (s *Server) patch(w http.ResponseWriter, r *http.Request, p *peer) {
	data, ok := body(w, r, typeFragment)
	if !ok {
		return
	}
	f, err := rtc.ParseFragment(data)
	if err != nil {
		s.refuse(w, err)
		return
	}
	switch match := r.Header.Get("If-Match"); match {
	case "":
		http.Error(w, "If-Match is needed.", http.StatusPreconditionRequired)
	case "*":
		fragment, etag, err := p.restart(f)
		if err != nil {
			s.refuse(w, err)
			return
		}
		w.Header().Set("Content-Type", typeFragment)
		w.Header().Set("ETag", etag)
		_, _ = io.WriteString(w, fragment)
	case p.tag():
		w.WriteHeader(http.StatusNoContent)
	default:
		http.Error(w, "The session has another ETag.", http.StatusPreconditionFailed)
	}
}
