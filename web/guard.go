package web

import (
	"context"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"qyragy/proctor"
)

// call is one request on its way to a handler.
type call struct {
	w   http.ResponseWriter
	r   *http.Request
	who caller
}

type callKey struct{}

// callOf returns the call that guard put into ctx.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// guard checks a request against its row of the route table before the handler
// runs: origin, content type, session, role, rate, body.
func (s *Server) guard(rt route, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		now := time.Now()
		read, write := rt.timeouts()
		_ = control.SetReadDeadline(now.Add(read))   // not every writer has deadlines
		_ = control.SetWriteDeadline(now.Add(write)) // likewise
		if err := s.checkForm(rt, r); err != nil {
			s.refuse(w, r, err)
			return
		}
		if rt.open() {
			next(w, r)
			return
		}
		ctx, err := s.loadSession(r.Context(), r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		who, err := s.identify(ctx)
		if err == nil {
			err = permit(rt, r, who)
		}
		if err == nil {
			err = settled(rt, who)
		}
		if err == nil {
			err = s.checkRate(rt.rate, rateKey(who, r))
		}
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		c := &call{w: w, who: who}
		c.r = r.WithContext(context.WithValue(ctx, callKey{}, c))
		c.r.Body = http.MaxBytesReader(w, r.Body, rt.limit)
		next(w, c.r)
	}
}

// checkForm refuses what no page of this server sends.
func (s *Server) checkForm(rt route, r *http.Request) error {
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead
	_, socket := rt.serve.(socketEndpoint)
	if safe && !socket {
		return nil
	}
	if !s.sameOrigin(r, socket) {
		return proctor.Errorf(proctor.Forbidden, "origin")
	}
	if want := rt.serve.accepts(); !safe && want != "" {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != want {
			return proctor.Errorf(proctor.Invalid, "content_type")
		}
	}
	return nil
}

// permit is the policy cell of a route and a caller. What is not hers to see
// is not there; what she may know of but not do is forbidden.
func permit(rt route, r *http.Request, who caller) error {
	switch {
	case rt.roles == nil:
		return nil
	case who.anonymous():
		return ErrUnauthorized
	case who.has(rt.roles):
		return nil
	case who.seat == "":
		return proctor.Errorf(proctor.Forbidden, "role")
	}
	for _, what := range []string{"seat", "exam", "incident", "act"} {
		id := r.PathValue(what)
		if id != "" && (what != "seat" || id != string(who.seat)) {
			return proctor.Errorf(proctor.NotFound, what)
		}
	}
	return proctor.Errorf(proctor.Forbidden, "role")
}

// settled refuses a change to whoever came in with a password that somebody
// else set: until she has changed it, it is not known to be her.
func settled(rt route, who caller) error {
	reads := rt.method == http.MethodGet || rt.method == http.MethodHead
	if !who.person.Temporary || reads || rt.roles == nil || strings.HasPrefix(rt.path, "/api/v1/account") {
		return nil
	}
	return proctor.Errorf(proctor.Forbidden, "password_temporary")
}

// rateKey names whose bucket a request draws from.
func rateKey(who caller, r *http.Request) string {
	if who.anonymous() {
		return address(r) + " " + r.PathValue("seat") // many seats may publish from one machine
	}
	return string(who.actor())
}

func (s *Server) checkRate(class rateClass, key string) error {
	if l := s.limits[class]; l != nil && !l.allow(key, s.cfg.Now()) {
		return proctor.Errorf(kindTooMany, "too_many")
	}
	return nil
}

// sameOrigin reports whether a request comes from a page of this server, or,
// unless required, from a program that sends no Origin. It compares with the
// configured addresses, never with the Host header.
func (s *Server) sameOrigin(r *http.Request, required bool) bool {
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		site := r.Header.Get("Sec-Fetch-Site")
		return !required && (site == "" || site == "same-origin" || site == "none")
	}
	return len(origins) == 1 && slices.Contains(s.origins, strings.ToLower(origins[0]))
}

// allowedOrigins are the origins of base and of more. A loopback address has
// three names.
func allowedOrigins(base *url.URL, more []string) []string {
	out := []string{strings.ToLower(base.Scheme + "://" + base.Host)}
	for _, o := range more {
		out = append(out, strings.ToLower(strings.TrimSuffix(o, "/")))
	}
	names := []string{"localhost", "127.0.0.1", "[::1]"}
	if ip := net.ParseIP(base.Hostname()); base.Hostname() == "localhost" || ip.IsLoopback() {
		for _, name := range names {
			if port := base.Port(); port != "" {
				name += ":" + port
			}
			out = append(out, base.Scheme+"://"+name)
		}
	}
	return out
}
