package proctor

import "slices"

// This file holds the decisions over acts.

func (s *State) actOf(id ActID) (*Act, error) {
	if a := s.Acts[id]; a != nil {
		return a, nil
	}
	return nil, Errorf(NotFound, "act")
}

// editAct makes a new version. Officials who are not named anew stay.
func (s *State) editAct(id ActID, reasons []Reason, other string, named Officials) ([]Fact, error) {
	a, err := s.actOf(id)
	if err != nil {
		return nil, err
	}
	if a.Kind() != AppendixA {
		return nil, Errorf(Conflict, "act_appendix")
	}
	if !a.editable() {
		return nil, Errorf(Conflict, "act_not_open")
	}
	if err := checkReasons(reasons, other); err != nil {
		return nil, err
	}
	officials := a.Officials.with(named)
	if err := officials.validate(AppendixA); err != nil {
		return nil, err
	}
	return []Fact{&ActEdited{id, slices.Sorted(slices.Values(reasons)), other, officials}}, nil
}

// renderAct records a version's document and the officials that it names.
func (s *State) renderAct(id ActID, version int, d Document, named Officials) ([]Fact, error) {
	a, err := s.actOf(id)
	if err != nil {
		return nil, err
	}
	if a.Version != version || len(a.Signatures) > 0 || a.Document.Digest != "" {
		return nil, nil // somebody was quicker, or it is another version by now
	}
	if err := named.validate(a.Kind()); err != nil {
		return nil, err
	}
	return []Fact{&ActRendered{id, version, d, named}}, nil
}

// signAct records a signature that was made over the document prev, and puts
// the act in force with the third.
func (s *State) signAct(id ActID, prev Document, person Person, sig Signature, next Document) ([]Fact, error) {
	a, err := s.actOf(id)
	if err != nil {
		return nil, err
	}
	if !a.Document.same(prev) {
		return nil, Errorf(Conflict, "act_changed")
	}
	if err := a.MaySign(person, sig.Role); err != nil {
		return nil, err
	}
	if sig.Login != person.Login || next.Digest != prev.Digest || a.sound(sig) != nil || sig.Method == MethodPaper {
		return nil, Errorf(Invalid, "signature")
	}
	return a.signed(sig, next), nil
}

// signed is what a signature that may be made brings about.
func (a *Act) signed(sig Signature, next Document) []Fact {
	out := []Fact{&ActSigned{a.ID, a.Version, sig, next}}
	if len(a.Signatures)+1 == len(a.Kind().Order()) {
		out = append(out, a.afterThird()...)
	}
	return out
}

func (s *State) refuseAct(id ActID, person Person, role Role, body string) ([]Fact, error) {
	a, err := s.actOf(id)
	if err != nil {
		return nil, err
	}
	if a.State != Drafted && a.State != Signing {
		return nil, Errorf(Conflict, "act_not_open")
	}
	if !slices.Contains(a.Kind().Order(), role) || !person.Has(role) {
		return nil, Errorf(Forbidden, "sign_role")
	}
	if !a.Officials.allow(role, person.Login) {
		return nil, Errorf(Forbidden, "sign_named")
	}
	if !text(body, 500) {
		return nil, Errorf(Invalid, "text")
	}
	return []Fact{&ActRefused{id, role, body}}, nil
}

func (s *State) closeAct(id ActID, person Person, body string) ([]Fact, error) {
	a, err := s.actOf(id)
	if err != nil {
		return nil, err
	}
	if !person.Has(RoleHead) {
		return nil, Errorf(Forbidden, "close_role")
	}
	if !a.Live() {
		return nil, Errorf(Conflict, "act_not_open")
	}
	if n := s.restingOn(a); n != "" {
		return nil, Errorf(Conflict, "act_rested_on", "number", n)
	}
	if !text(body, 500) {
		return nil, Errorf(Invalid, "text")
	}
	return s.end(a, body), nil
}

// restingOn is the number of a live Appendix A act over what an inspection said
// is a violation, "" for none.
func (s *State) restingOn(a *Act) string {
	if a.Kind() != AppendixB || a.State != InForce || a.Inspection.Code != ConvertToA {
		return ""
	}
	for _, id := range a.Inspection.Incidents {
		i := s.Incidents[id]
		if i == nil || !i.Converted {
			continue
		}
		if other := s.Acts[i.Act]; other != nil && other.Live() {
			return other.Number
		}
	}
	return ""
}

// end closes an act and undoes what it did.
func (s *State) end(a *Act, body string) []Fact {
	out := []Fact{&ActClosed{a.ID, body}}
	switch {
	case a.State != InForce:
	case a.Kind() == AppendixB:
		out = append(out, s.revoke(a)...)
	default:
		out = append(out, s.afterSuperseding(a)...)
	}
	return out
}

// afterSuperseding restores the score, unless another act in force over the
// same seat still annuls it.
func (s *State) afterSuperseding(a *Act) []Fact {
	if t := s.Seats[a.Seat]; t == nil || t.ScoreAnnulled != a.ID {
		return nil
	}
	out := []Fact{&ScoreRestored{a.Seat, a.ID}}
	var next *Act
	for _, other := range s.Acts {
		if other.ID != a.ID && other.Kind() == AppendixA && other.Seat == a.Seat && other.State == InForce && (next == nil || other.Number < next.Number) {
			next = other
		}
	}
	if next != nil {
		out = append(out, &ScoreAnnulled{a.Seat, next.ID})
	}
	return out
}
