package web

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// getHealth says that the process lives.
func (s *Server) getHealth(w http.ResponseWriter, r *http.Request) {
	serveBytes(w, r, "text/plain; charset=utf-8", "no-store", "", []byte("ok\n"))
}

// readiness is the answer of /readyz. It names the parts that are down; why,
// only the log says.
type readiness struct {
	Ready bool            `json:"ready"`
	Parts map[string]bool `json:"parts"`
}

func (s *Server) getReady(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	out := readiness{Ready: true, Parts: map[string]bool{}}
	for name, err := range s.cfg.Ready(ctx) {
		out.Parts[name] = err == nil
		if err != nil {
			out.Ready = false
			s.log.Warn("not ready", "part", name, "err", err)
		}
	}
	status := http.StatusOK
	if !out.Ready {
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out) // the client may have gone
}
