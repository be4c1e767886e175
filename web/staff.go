package web

import (
	"context"
	"fmt"

	"qyragy/proctor"
)

type staffList struct {
	Staff []proctor.Person `json:"staff"`
}

// getStaff lists the staff, so that an act's officials can be chosen.
func (s *Server) getStaff(ctx context.Context, _ *call, _ *nothing) (staffList, error) {
	people, err := s.cfg.Accounts.People(ctx)
	if err != nil {
		return staffList{}, fmt.Errorf("list the staff: %w", err)
	}
	return staffList{copied(people)}, nil
}

// names are the names of the staff by login.
type names map[proctor.Login]string

func (s *Server) names(ctx context.Context) (names, error) {
	people, err := s.cfg.Accounts.People(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the staff: %w", err)
	}
	out := make(names, len(people))
	for _, p := range people {
		out[p.Login] = p.Name
	}
	return out, nil
}

// of is an actor's name; "" for a part of the engine and who is gone.
func (n names) of(by proctor.Actor) string { return n[proctor.Login(by)] }

// checkOfficials refuses an official who does not hold the role in which she
// is to sign.
func (s *Server) checkOfficials(ctx context.Context, named proctor.Officials) error {
	for role, login := range named {
		p, err := s.cfg.Accounts.Person(ctx, login)
		if proctor.KindOf(err) == proctor.NotFound || err == nil && !p.Has(role) {
			return proctor.Errorf(proctor.Invalid, "officials")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
