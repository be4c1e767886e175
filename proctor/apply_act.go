package proctor

import (
	"errors"
	"fmt"
	"slices"
)

// This file folds the facts of acts and scores.

// apply holds that an act begins with a person's word and unsigned, and that
// an incident has at most one of each appendix.
func (f *ActDrafted) apply(s *State, e Event) error {
	a := f.Act
	if s.Acts[a.ID] != nil {
		return fmt.Errorf("act %s is drafted twice", a.ID)
	}
	if a.State != Drafted || len(a.Signatures) > 0 || a.Document != (Document{}) || len(a.Prints) > 0 || a.Filed != nil {
		return fmt.Errorf("act %s is drafted signed", a.ID)
	}
	if !a.Order.known() {
		return fmt.Errorf("act %s is drafted to be signed in the order %q", a.ID, a.Order)
	}
	a.Touched, a.Scans = nil, nil
	a.touch(a.By, e.Actor)
	if a.Kind() == AppendixB {
		if err := s.draftInspection(&a, e.Actor); err != nil {
			return err
		}
		s.Acts[a.ID] = &a
		return nil
	}
	i := s.Incidents[a.Cause]
	if i == nil || i.State != IncidentConfirmed || i.Act != "" || i.Seat != a.Seat {
		return fmt.Errorf("act %s is drafted without a confirmed incident", a.ID)
	}
	s.Acts[a.ID], i.Act = &a, a.ID
	return nil
}

func (f *ActRendered) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if f.Version == a.Version && len(a.Signatures) == 0 {
			a.Document = f.Document
			a.Officials = a.Officials.with(f.Officials)
		}
		return nil
	})
}

func (f *ActEdited) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if a.Kind() != AppendixA || !a.editable() {
			return fmt.Errorf("edited while %s", a.State)
		}
		a.Reasons, a.Other, a.Officials = f.Reasons, f.Other, f.Officials
		a.touch(e.Actor)
		a.renew()
		return nil
	})
}

func (f *ActSigned) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if f.Version != a.Version || !slices.Contains(a.Turns(), f.Signature.Role) || a.signedBy(f.Signature.Login) {
			return errors.New("signature out of order, by the same person or for another version")
		}
		if !a.Officials.allow(f.Signature.Role, f.Signature.Login) {
			return errors.New("signature of another official than the act names")
		}
		if a.Document.Digest == "" || f.Document.Digest != a.Document.Digest {
			return errors.New("signature of another document")
		}
		if err := a.sound(f.Signature); err != nil {
			return err
		}
		a.Signatures = append(slices.Clip(a.Signatures), f.Signature)
		a.touch(PersonActor(f.Signature.Login), PersonActor(f.Signature.Attested))
		a.Document = f.Document
		a.State = Signing
		if len(a.Signatures) == len(a.Kind().Order()) {
			a.State, a.InForce = InForce, e.At
			if a.Inspection != nil && a.Inspection.Code == ConvertToA {
				s.release(a, e.At, true)
			}
		}
		return nil
	})
}

func (f *ActRefused) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if a.State != Drafted && a.State != Signing {
			return fmt.Errorf("refused while %s", a.State)
		}
		a.State, a.Refusal, a.Signatures = Refused, f.Text, nil
		a.touch(e.Actor)
		return nil
	})
}

func (f *ActClosed) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if !a.Live() {
			return fmt.Errorf("closed while %s", a.State)
		}
		if a.State == InForce {
			a.State = Superseded
		} else {
			a.State = Withdrawn
		}
		a.Ended = e.At
		if a.Kind() == AppendixB {
			s.release(a, e.At, false)
		} else {
			s.judgeAnew(a, e, f.Text)
		}
		return nil
	})
}

// judgeAnew makes the incident of an Appendix A act that ended a candidate again,
// so that a person can judge it anew: a mistaken act says nothing of what
// happened. After an appeal that was upheld the incident is nothing, by the
// word of who upheld it.
func (s *State) judgeAnew(a *Act, e Event, body string) {
	i := s.Incidents[a.Cause]
	if i == nil || i.Act != a.ID {
		return
	}
	i.State, i.Act, i.By, i.Text, i.Reasons = IncidentClosed, "", "", "", nil
	if i.Closed.IsZero() {
		i.Closed = e.At
	}
	if a.Appeal != nil && a.Appeal.Upheld {
		i.State, i.By, i.Text = IncidentDismissed, e.Actor, body
	}
}

// apply holds the invariant that everything else leads to: a score is
// annulled by an act in force over this seat, signed by three, and by nothing
// else. A journal that says otherwise is refused.
func (f *ScoreAnnulled) apply(s *State, e Event) error {
	a := s.Acts[f.Act]
	if a == nil || a.Kind() != AppendixA || a.State != InForce || a.Seat != f.Seat || len(a.Signatures) != len(SigningOrder()) {
		return fmt.Errorf("score of seat %s annulled without an act in force", f.Seat)
	}
	return s.seat(f.Seat, func(t *Seat) { t.ScoreAnnulled = f.Act; s.owe(e, EffectAnnul, f.Seat, f.Act) })
}

func (f *ScoreRestored) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) {
		if t.ScoreAnnulled == f.Act {
			t.ScoreAnnulled = ""
			s.owe(e, EffectRestore, f.Seat, f.Act)
		}
	})
}
