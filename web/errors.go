package web

import (
	"encoding/json"
	"errors"
	"net/http"

	"qyragy/proctor"
)

// The kinds of Error that only this border knows.
const (
	kindUnauthorized proctor.Kind = "unauthorized"
	kindTooLarge     proctor.Kind = "too_large"
	kindTooMany      proctor.Kind = "too_many"
	kindInternal     proctor.Kind = "internal"
)

// ErrUnauthorized is the one answer (401) to a request without a valid session
// or token, whatever is wrong with it.
var ErrUnauthorized error = proctor.Errorf(kindUnauthorized, "unauthorized")

// statusOf is the one table from an Error's kind to its HTTP status.
func statusOf(k proctor.Kind) int {
	switch k {
	case proctor.Invalid:
		return http.StatusBadRequest
	case kindUnauthorized:
		return http.StatusUnauthorized
	case proctor.Forbidden:
		return http.StatusForbidden
	case proctor.NotFound:
		return http.StatusNotFound
	case proctor.Conflict:
		return http.StatusConflict
	case kindTooLarge:
		return http.StatusRequestEntityTooLarge
	case kindTooMany:
		return http.StatusTooManyRequests
	case proctor.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// failure is an error as a client sees it.
type failure struct {
	Detail failureDetail `json:"error"`
	status int
}

type failureDetail struct {
	Kind    proctor.Kind `json:"kind" doc:"class of the failure; decides the status"`
	Key     string       `json:"key" doc:"stable name of the failure"`
	Message string       `json:"message" doc:"sentence for a person, in her language"`
}

// Error implements error.
func (f *failure) Error() string { return string(f.Detail.Kind) + ": " + f.Detail.Key }

// GetStatus implements huma.StatusError.
func (f *failure) GetStatus() int { return f.status }

// explain turns err into what a client may see of it. An internal error is
// logged here, once, and its text goes no further.
func (s *Server) explain(r *http.Request, err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	var e *proctor.Error
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &e):
		if e.Kind == proctor.Unavailable {
			s.log.Warn("a part is down", "route", r.Pattern, "err", err)
		}
	case errors.As(err, &large):
		e = proctor.Errorf(kindTooLarge, "too_large")
	case r.Context().Err() != nil:
		// The client is gone; nobody reads this.
		e = proctor.Errorf(proctor.Unavailable, "unavailable")
	default:
		s.log.Error("request failed", "route", r.Pattern, "err", err)
		e = proctor.Errorf(kindInternal, "internal")
	}
	return s.failure(r, e)
}

func (s *Server) failure(r *http.Request, e *proctor.Error) *failure {
	return &failure{failureDetail{e.Kind, e.Key, s.words.sentence(language(r), e)}, statusOf(e.Kind)}
}

// refuse answers with an error's envelope.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := s.explain(r, err)
	body, err := json.Marshal(f)
	if err != nil { // cannot be: three strings
		s.log.Error("encode failure", "err", err)
	}
	h := w.Header()
	for _, name := range []string{"Etag", "Last-Modified", "Content-Range", "Repr-Digest"} {
		h.Del(name)
	}
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	if f.status == http.StatusTooManyRequests {
		h.Set("Retry-After", "5")
	}
	w.WriteHeader(f.status)
	_, _ = w.Write(body) // the client may have gone
}
