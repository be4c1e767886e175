package proctor

import (
	"slices"
	"time"
)

// This file holds the decisions over Appendix B: inspections of technical
// faults.

// inspect drafts an Appendix B act over candidates and seats.
func (s *State) inspect(x Inspection, act Act, now time.Time) ([]Fact, error) {
	if err := x.validate(); err != nil {
		return nil, err
	}
	seats := slices.Clone(x.Seats)
	for n, id := range x.Incidents {
		i, err := s.candidate(id)
		if err != nil {
			return nil, err
		}
		if slices.Contains(x.Incidents[:n], id) {
			return nil, Errorf(Invalid, "inspection_incidents")
		}
		if !i.Cause.technical() && i.RaisedBy == "" {
			return nil, Errorf(Invalid, "inspection_cause")
		}
		if err := s.excluded(AppendixB, i, now); err != nil {
			return nil, err
		}
		seats = append(seats, i.Seat)
	}
	slices.Sort(seats)
	x.Seats = slices.Compact(seats)
	if len(x.Seats) == 0 || len(x.Seats) > inspectionSeats {
		return nil, Errorf(Invalid, "inspection_seats")
	}
	for _, id := range x.Seats {
		if _, err := s.SeatOf(id); err != nil {
			return nil, err
		}
	}
	act.Appendix, act.Exam, act.State, act.Version, act.Inspection = AppendixB, s.Exam.ID, Drafted, 1, &x
	act.Order = s.Exam.Policy.Order
	return []Fact{&ActDrafted{act}}, nil
}

// excluded refuses an act over an incident while an act of the other appendix
// lives over the same stretch of the same seat's time.
func (s *State) excluded(x Appendix, i *Incident, now time.Time) error {
	for _, other := range s.Incidents {
		id := other.Act
		if x == AppendixA {
			id = other.Inspection
		}
		if a := s.Acts[id]; a != nil && a.Live() && other.Seat == i.Seat && other.meets(a.DrawnUp, i, now) {
			return Errorf(Conflict, "appendix_excluded", "number", a.Number)
		}
	}
	return nil
}

// meets reports whether an incident, as far as an act that was drawn up then
// speaks of it, has a moment in common with other, as far as it has gone now.
// What goes on after an act was drawn up is not what it is about.
func (i *Incident) meets(drawnUp time.Time, other *Incident, now time.Time) bool {
	return !i.Opened.After(other.until(now)) && !other.Opened.After(i.until(drawnUp))
}

// until is the end of an incident as it was known at.
func (i *Incident) until(at time.Time) time.Time {
	if i.Closed.IsZero() || i.Closed.After(at) {
		return at
	}
	return i.Closed
}

// editInspection makes a new version of an Appendix B act. Whom it concerns
// stays; officials who are not named anew stay too.
func (s *State) editInspection(id ActID, x Inspection, named Officials) ([]Fact, error) {
	a, err := s.actOf(id)
	if err != nil {
		return nil, err
	}
	if a.Kind() != AppendixB {
		return nil, Errorf(Conflict, "act_appendix")
	}
	if !a.editable() {
		return nil, Errorf(Conflict, "act_not_open")
	}
	if err := x.validate(); err != nil {
		return nil, err
	}
	officials := a.Officials.with(named)
	if err := officials.validate(AppendixB); err != nil {
		return nil, err
	}
	x.Incidents, x.Seats = a.Inspection.Incidents, a.Inspection.Seats
	return []Fact{&InspectionEdited{id, x, officials}}, nil
}

// afterThird is what an act's third signature brings about: A annuls the
// score, B gives each seat its remedy. Nothing else does either.
func (a *Act) afterThird() (out []Fact) {
	if a.Kind() == AppendixA {
		return []Fact{&ScoreAnnulled{a.Seat, a.ID}}
	}
	x := a.Inspection
	if !x.Code.remedies() {
		return nil
	}
	for _, seat := range x.Seats {
		out = append(out, &RemedyGranted{seat, Remedy{a.ID, x.Code, x.Minutes, x.From, x.To}})
	}
	return out
}

// revoke takes back the remedies of an Appendix B act that is superseded.
func (s *State) revoke(a *Act) (out []Fact) {
	for _, seat := range a.Inspection.Seats {
		if t := s.Seats[seat]; t != nil && slices.ContainsFunc(t.Remedies, func(r Remedy) bool { return r.Act == a.ID }) {
			out = append(out, &RemedyRevoked{seat, a.ID})
		}
	}
	return out
}
