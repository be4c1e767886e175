// Package web is Qyragy's border: the JSON API, the WebSocket, sessions and
// the pages. It decides who may ask for what, by one route table, and leaves
// every other decision to the domain. It is not for media, pictures or PDFs;
// those come through the interfaces in Config.
package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"qyragy/proctor"
)

// Server serves Qyragy's HTTP API and pages. Make it with New.
type Server struct {
	cfg      Config
	log      *slog.Logger
	words    *words
	sessions *scs.SessionManager
	tokens   *Tokens
	origins  []string
	limits   map[rateClass]*limiter
	custody  *custody
	pages    *pages
	table    []route
	mux      *http.ServeMux
	openAPI  []byte
	checking chan struct{} // a token for each file being checked

	// ctx ends with Close; sockets counts the goroutines of WebSockets.
	ctx     context.Context
	stop    context.CancelFunc
	sockets sync.WaitGroup
	places  places
}

// New checks cfg and builds a Server. Close ends its WebSockets.
func New(cfg Config) (*Server, error) {
	base, err := cfg.check()
	if err != nil {
		return nil, err
	}
	cfg.BaseURL = base.Scheme + "://" + base.Host
	s := &Server{
		cfg: cfg, log: cfg.Logger, sessions: newSessions(cfg), tokens: NewTokens(cfg.Secret, cfg.Now),
		origins: allowedOrigins(base, cfg.Origins), limits: limits(), custody: newCustody(cfg.Engine, cfg.Now),
		mux: http.NewServeMux(), places: places{taken: map[string]int{}}, checking: make(chan struct{}, checksAtOnce),
	}
	if s.words, err = loadWords(); err != nil {
		return nil, err
	}
	if s.pages, err = loadPages(); err != nil {
		return nil, err
	}
	s.table = s.routes()
	if err := s.mountAll(); err != nil {
		return nil, err
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// Close ends every WebSocket and waits for its goroutines. Requests under way
// are http.Server's to end.
func (s *Server) Close() {
	s.places.close()
	s.stop()
	s.sockets.Wait()
}

// HTTPServer returns a server for Handler with the timeouts and limits that
// the routes count on. The caller sets Addr and TLS.
func (s *Server) HTTPServer() *http.Server {
	return &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// Handler returns the whole of the server.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &recorder{ResponseWriter: w}
		began := time.Now()
		defer s.contain(out, r, began)
		s.secure(w.Header(), r)
		if _, pattern := s.mux.Handler(r); pattern == "" {
			s.noRoute(out, r)
			return
		}
		s.mux.ServeHTTP(out, r)
	})
}

// contain logs the request, by its pattern and not by its path, and turns a
// panic into a 500 that tells the client nothing.
func (s *Server) contain(w *recorder, r *http.Request, began time.Time) {
	p := recover()
	if p != nil && p != any(http.ErrAbortHandler) {
		s.log.Error("handler panicked", "route", r.Pattern, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	}
	if p != nil && w.status != 0 {
		panic(http.ErrAbortHandler) // the answer is half out: cut the connection
	}
	if p != nil {
		s.refuse(w, r, s.failure(r, proctor.Errorf(kindInternal, "internal")))
	}
	s.log.Debug("request", "method", r.Method, "route", r.Pattern, "status", w.status, "took", time.Since(began))
}

// noRoute answers what the mux has no pattern for, in this API's words.
func (s *Server) noRoute(w http.ResponseWriter, r *http.Request) {
	probe := &recorder{ResponseWriter: discard{http.Header{}}}
	s.mux.ServeHTTP(probe, r)
	switch probe.status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", probe.Header().Get("Allow"))
		f := s.failure(r, proctor.Errorf(proctor.Invalid, "method"))
		f.status = http.StatusMethodNotAllowed
		s.refuse(w, r, f)
	default:
		s.refuse(w, r, proctor.Errorf(proctor.NotFound, "not_found"))
	}
}

// secure sets the headers of every answer. The pages set their own
// Content-Security-Policy.
func (s *Server) secure(h http.Header, r *http.Request) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if s.cfg.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if strings.HasPrefix(r.URL.Path, "/api/") {
		h.Set("Cache-Control", "no-store")
		h.Add("Vary", "Cookie")
	}
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap serves http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack serves the WebSocket upgrade.
func (w *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	h, ok := w.ResponseWriter.(http.Hijacker)
	if !ok {
		return nil, nil, errors.ErrUnsupported
	}
	w.status = http.StatusSwitchingProtocols
	return h.Hijack()
}

// discard is a ResponseWriter whose body goes nowhere.
type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
