package web

import (
	"context"
	"strings"
	"unicode/utf8"

	"qyragy/proctor"
)

// me is who is signed in.
type me struct {
	Login proctor.Login  `json:"login"`
	Name  string         `json:"name"`
	Roles []proctor.Role `json:"roles"`
	Seat  proctor.SeatID `json:"seat" doc:"an examinee's seat, else empty"`
	// NCALayer: acts can be signed with it here.
	NCALayer bool `json:"ncalayer" doc:"whether acts can be signed with NCALayer here"`
}

type loginBody struct {
	Login    string `json:"login" maxLength:"200"`
	Password string `json:"password" maxLength:"1024"`
}

type tokenBody struct {
	Token string `json:"token" maxLength:"200"`
}

// login signs a member of staff in. One answer says every way in which it may
// fail.
func (s *Server) login(ctx context.Context, c *call, in *body[loginBody]) (me, error) {
	login := in.Body.Login
	if login == "" || !utf8.ValidString(login) {
		return me{}, proctor.Errorf(kindUnauthorized, "login")
	}
	// The same person may spell her login in capitals; the bucket is one. It is
	// one an address too, so that a stranger's guesses lock nobody out.
	if err := s.checkRate(rateAccount, strings.ToLower(login)+" "+address(c.r)); err != nil {
		return me{}, err
	}
	p, err := s.cfg.Accounts.Login(ctx, login, in.Body.Password)
	switch proctor.KindOf(err) {
	case proctor.NotFound, proctor.Forbidden, proctor.Invalid, proctor.Conflict, kindUnauthorized:
		s.log.Info("login refused", "address", address(c.r))
		return me{}, proctor.Errorf(kindUnauthorized, "login")
	}
	if err != nil {
		return me{}, err
	}
	if err := s.begin(ctx, c.w, sessionLogin, string(p.Login)); err != nil {
		return me{}, err
	}
	return s.meOf(caller{person: p}), nil
}

// loginExaminee signs an examinee in by the token of her link.
func (s *Server) loginExaminee(ctx context.Context, c *call, in *body[tokenBody]) (me, error) {
	seat, err := s.cfg.Engine.SeatByToken(in.Body.Token)
	if proctor.KindOf(err) == proctor.NotFound {
		return me{}, proctor.Errorf(kindUnauthorized, "link")
	}
	if err != nil {
		return me{}, err
	}
	if err := s.begin(ctx, c.w, sessionSeat, string(seat)); err != nil {
		return me{}, err
	}
	return s.getMe(ctx, &call{who: caller{seat: seat}}, nil)
}

func (s *Server) logout(ctx context.Context, c *call, _ *nothing) error {
	return s.end(ctx, c.w)
}

func (s *Server) getMe(_ context.Context, c *call, _ *nothing) (me, error) {
	out := s.meOf(c.who)
	if c.who.seat == "" {
		return out, nil
	}
	return out, s.cfg.Engine.ViewSeat(c.who.seat, func(_ *proctor.State, t *proctor.Seat) {
		out.Name = t.Examinee.Name
	})
}

func (s *Server) meOf(c caller) me {
	roles := c.roles()
	if roles == nil {
		roles = []proctor.Role{}
	}
	return me{Login: c.person.Login, Name: c.person.Name, Roles: roles, Seat: c.seat, NCALayer: s.cfg.NCALayer != nil && c.seat == ""}
}
