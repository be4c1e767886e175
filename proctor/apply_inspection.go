package proctor

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// This file folds in the facts of Appendix B.

// draftInspection holds that an inspection settles candidates that are nobody else's.
func (s *State) draftInspection(a *Act, by Actor) error {
	x := a.Inspection
	if x == nil || len(x.Seats) == 0 || a.Seat != "" || a.Cause != "" {
		return fmt.Errorf("act %s inspects nobody", a.ID)
	}
	for _, id := range x.Seats {
		if s.Seats[id] == nil {
			return missing("seat", id)
		}
	}
	for _, id := range x.Incidents {
		i := s.Incidents[id]
		if i == nil || !i.Candidate() || !slices.Contains(x.Seats, i.Seat) {
			return fmt.Errorf("act %s inspects incident %s, which is no candidate of its seats", a.ID, id)
		}
		i.State, i.Inspection, i.By = IncidentInspected, a.ID, by
	}
	return nil
}

// release makes an inspection's incidents candidates again: the act ended, or
// decided that they are for Appendix A.
func (s *State) release(a *Act, at time.Time, converted bool) {
	for _, id := range a.Inspection.Incidents {
		i := s.Incidents[id]
		if i == nil || i.Inspection != a.ID {
			if i != nil && i.Candidate() && !converted {
				i.Converted = false // the decision that made it so is gone
			}
			continue
		}
		i.State, i.Inspection, i.By, i.Converted = IncidentClosed, "", "", converted
		if i.Closed.IsZero() {
			i.Closed = at
		}
	}
}

func (f *InspectionEdited) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if a.Kind() != AppendixB || !a.editable() {
			return fmt.Errorf("inspection edited while %s", a.State)
		}
		if !slices.Equal(f.Inspection.Seats, a.Inspection.Seats) || !slices.Equal(f.Inspection.Incidents, a.Inspection.Incidents) {
			return errors.New("inspection edited to concern others")
		}
		x := f.Inspection
		a.Inspection = &x
		a.Officials = f.Officials
		a.touch(e.Actor)
		a.renew()
		return nil
	})
}

// apply holds that only an Appendix B act in force gives a remedy, and once.
func (f *RemedyGranted) apply(s *State, e Event) error {
	a := s.Acts[f.Remedy.Act]
	if a == nil || a.Kind() != AppendixB || a.State != InForce || !slices.Contains(a.Inspection.Seats, f.Seat) || a.Inspection.Code != f.Remedy.Code {
		return fmt.Errorf("remedy for seat %s without an act in force", f.Seat)
	}
	return s.seat(f.Seat, func(t *Seat) {
		t.Remedies = append(t.Remedies, f.Remedy)
		switch r := f.Remedy; {
		case r.Code == ExtraTime && t.Stage != Finished: // who has gone has no use for it here
			t.Extended = append(t.Extended, Extension{r.Act, r.Minutes})
		case r.Code == Reschedule:
			s.moved(t, Move{Span: Span{r.From, r.To}, Act: r.Act}, e.At)
		}
		s.owe(e, EffectTimes, f.Seat, f.Remedy.Act)
	})
}

func (f *RemedyRevoked) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) {
		t.Remedies = slices.DeleteFunc(slices.Clone(t.Remedies), func(r Remedy) bool { return r.Act == f.Act })
		if len(t.Remedies) == 0 {
			t.Remedies = nil
		}
		if t.Stage != Finished {
			t.Extended = slices.DeleteFunc(slices.Clone(t.Extended), func(x Extension) bool { return x.Act == f.Act })
		}
		s.unmoved(t, f.Act, e.At)
		s.owe(e, EffectTimes, f.Seat, f.Act)
	})
}
