package web

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"qyragy/proctor"
)

const (
	sessionCookie = "qyragy"
	sessionLife   = 12 * time.Hour
	sessionLogin  = "login"
	sessionEpoch  = "epoch"
	sessionSeat   = "seat"
)

// newSessions makes the manager without scs.New, which would start a goroutine
// for a memory store that nobody uses and nobody can stop safely.
func newSessions(cfg Config) *scs.SessionManager {
	return &scs.SessionManager{
		Lifetime: sessionLife, Store: cfg.Sessions, Codec: scs.GobCodec{}, HashTokenInStore: true,
		Cookie: scs.SessionCookie{
			Name: sessionCookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
			Secure: cfg.Secure, Persist: true,
		},
	}
}

// caller is who makes a request: a member of staff, the examinee of a seat, or
// nobody.
type caller struct {
	person proctor.Person
	seat   proctor.SeatID
}

func (c caller) anonymous() bool { return c.seat == "" && c.person.Login == "" }

func (c caller) roles() []proctor.Role {
	if c.seat != "" {
		return []proctor.Role{proctor.RoleExaminee}
	}
	return c.person.Roles
}

func (c caller) has(roles []proctor.Role) bool {
	return proctor.Person{Roles: c.roles()}.Has(roles...)
}

// actor is the caller as the journal names her.
func (c caller) actor() proctor.Actor {
	if c.seat != "" {
		return proctor.SeatActor(c.seat)
	}
	return proctor.PersonActor(c.person.Login)
}

// loadSession puts a request's session into ctx, empty when it has none. It is done by hand, and not by scs's middleware, because only login
// and logout write a session and a WebSocket needs the bare ResponseWriter.
func (s *Server) loadSession(ctx context.Context, r *http.Request) (context.Context, error) {
	token := ""
	if c, err := r.Cookie(sessionCookie); err == nil && len(c.Value) <= 128 {
		token = c.Value
	}
	ctx, err := s.sessions.Load(ctx, token)
	if err != nil {
		return nil, fmt.Errorf("load session: %w", err)
	}
	return ctx, nil
}

// identify finds out who the session in ctx belongs to, as of now.
func (s *Server) identify(ctx context.Context) (caller, error) {
	if seat := proctor.SeatID(s.sessions.GetString(ctx, sessionSeat)); seat != "" {
		err := s.cfg.Engine.ViewSeat(seat, func(*proctor.State, *proctor.Seat) {})
		if proctor.KindOf(err) == proctor.NotFound {
			return caller{}, nil
		}
		return caller{seat: seat}, err
	}
	login := proctor.Login(s.sessions.GetString(ctx, sessionLogin))
	if login == "" {
		return caller{}, nil
	}
	p, epoch, err := s.cfg.Accounts.Session(ctx, login)
	if proctor.KindOf(err) == proctor.NotFound || err == nil && epoch != s.sessions.GetInt(ctx, sessionEpoch) {
		return caller{}, nil
	}
	if err != nil {
		return caller{}, fmt.Errorf("look up a session's person: %w", err)
	}
	return caller{person: p}, nil
}

// begin starts a new session under a new token, so that one planted before the
// login is worth nothing.
func (s *Server) begin(ctx context.Context, w http.ResponseWriter, key, value string) error {
	if err := s.sessions.Clear(ctx); err != nil {
		return fmt.Errorf("clear session: %w", err)
	}
	if err := s.sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	s.sessions.Put(ctx, key, value)
	if key == sessionLogin {
		_, epoch, err := s.cfg.Accounts.Session(ctx, proctor.Login(value))
		if err != nil && proctor.KindOf(err) != proctor.NotFound { // who is gone is nobody at the next request
			return fmt.Errorf("begin session: %w", err)
		}
		s.sessions.Put(ctx, sessionEpoch, epoch)
	}
	token, expires, err := s.sessions.Commit(ctx)
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	s.sessions.WriteSessionCookie(ctx, w, token, expires)
	return nil
}

// end destroys the session in ctx.
func (s *Server) end(ctx context.Context, w http.ResponseWriter) error {
	if err := s.sessions.Destroy(ctx); err != nil {
		return fmt.Errorf("destroy session: %w", err)
	}
	s.sessions.WriteSessionCookie(ctx, w, "", time.Time{})
	return nil
}

// address is the peer's IP. Headers that claim another one are not believed.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
