package web

import (
	"net/http"
	"strings"

	"qyragy/proctor"
)

func (s *Server) serveWHIP(w http.ResponseWriter, r *http.Request) { s.cfg.WHIP.ServeHTTP(w, r) }
func (s *Server) serveWHEP(w http.ResponseWriter, r *http.Request) { s.cfg.WHEP.ServeHTTP(w, r) }

// Tokens issues publish tokens, as the demo file needs them.
func (s *Server) Tokens() *Tokens { return s.tokens }

// PublishAuth says whether r may publish to seat: its bearer token must be
// that seat's, the examinee must have consented and not finished, and the exam
// must be about to open or open. Who leaves is never held back. It returns ErrUnauthorized or another Error.
func (s *Server) PublishAuth(r *http.Request, seat proctor.SeatID) error {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ErrUnauthorized
	}
	machine, err := s.tokens.Check(token, seat)
	if err != nil {
		return err
	}
	if machine {
		if s.cfg.MachineJoin == nil {
			return ErrUnauthorized
		}
		if r.Method == http.MethodPost {
			return s.cfg.MachineJoin(r.Context(), seat)
		}
		return nil
	}
	var refused error
	err = s.cfg.Engine.ViewSeat(seat, func(st *proctor.State, t *proctor.Seat) {
		switch {
		case r.Method == http.MethodDelete:
		case t.Consent == nil:
			refused = proctor.Errorf(proctor.Conflict, "consent_first")
		case t.Stage == proctor.Finished:
			refused = proctor.Errorf(proctor.Conflict, "seat_stage", "stage", string(t.Stage))
		default:
			if closed := st.Running(t, s.cfg.Now()); closed != nil {
				refused = closed
			}
		}
	})
	if err != nil {
		return err
	}
	return refused
}

// ViewAuth says whether r's session may watch seat live: staff may, and the
// journal then says that she did; an examinee gets nobody's media.
func (s *Server) ViewAuth(r *http.Request, seat proctor.SeatID) error {
	ctx, err := s.loadSession(r.Context(), r)
	if err != nil {
		return err
	}
	who, err := s.identify(ctx)
	switch {
	case err != nil:
		return err
	case who.anonymous():
		return ErrUnauthorized
	case who.seat != "" && who.seat != seat:
		return proctor.Errorf(proctor.NotFound, "seat")
	case !who.has(viewers()):
		return proctor.Errorf(proctor.Forbidden, "role")
	}
	err = s.cfg.Engine.ViewSeat(seat, func(*proctor.State, *proctor.Seat) {})
	if err != nil || r.Method != http.MethodPost {
		return err
	}
	return s.custody.viewed(ctx, who.actor(), seat, "live video")
}
