package proctor

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// This file holds the decisions that people ask for: each looks at a State and
// answers the facts that follow, or an Error that says why none do. None of
// them changes anything itself.

// otherLimit is what fits Appendix A's three free lines of 72 characters.
const otherLimit = 216

func linkHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// entering returns the seat if its examinee may come in or be inside now.
func (s *State) entering(id SeatID, now time.Time) (*Seat, error) {
	t, err := s.before(id, Admitted)
	if err != nil {
		return nil, err
	}
	return t, s.Running(t, now)
}

// before returns the seat if it has not yet gone past stage last.
func (s *State) before(id SeatID, last Stage) (*Seat, error) {
	t, err := s.SeatOf(id)
	if err != nil {
		return nil, err
	}
	if last.Before(t.Stage) {
		return nil, Errorf(Conflict, "seat_stage", "stage", string(t.Stage))
	}
	return t, nil
}

// consent may be given long before the exam opens, but not after it.
func (s *State) consent(id SeatID, version, language string, now time.Time) ([]Fact, error) {
	t, err := s.SeatOf(id)
	if err != nil {
		return nil, err
	}
	if !text(version, 40) || !text(language, 5) {
		return nil, Errorf(Invalid, "consent")
	}
	if t.Consent != nil && t.Consent.Version == version {
		return nil, nil
	}
	if t.Stage == Finished {
		return nil, Errorf(Conflict, "seat_stage", "stage", string(t.Stage))
	}
	if s.Over(t, now) {
		return nil, Errorf(Conflict, "exam_over")
	}
	return []Fact{&ConsentGiven{id, version, language}}, nil
}

// checksKept bounds how many device checks of one seat are journaled.
const checksKept = 200

func (s *State) check(id SeatID, c DeviceCheck, now time.Time) ([]Fact, error) {
	t, err := s.entering(id, now)
	if err != nil {
		return nil, err
	}
	if t.Stage == Invited {
		return nil, Errorf(Conflict, "consent_first")
	}
	for _, v := range []string{c.Camera, c.Microphone, c.Network, c.Browser} {
		if !optionalText(v, 200) {
			return nil, Errorf(Invalid, "device_check")
		}
	}
	if t.Check != nil && (*t.Check == c || t.Checks >= checksKept) {
		return nil, nil // nothing new, or more than any honest page says
	}
	return []Fact{&DeviceChecked{id, c}}, nil
}

func (s *State) compare(id SeatID, c Comparison, now time.Time) ([]Fact, error) {
	t, err := s.entering(id, now)
	if err != nil {
		return nil, err
	}
	if t.Stage == Invited {
		return nil, Errorf(Conflict, "consent_first")
	}
	if err := finite("distance", c.Distance); err != nil {
		return nil, err
	}
	return []Fact{&IdentityCompared{id, c}}, nil
}

// decideIdentity is a person's word on the comparison of the time seen; zero is
// the newest, whatever it shows.
func (s *State) decideIdentity(id SeatID, accepted bool, note string, seen, now time.Time) ([]Fact, error) {
	t, err := s.entering(id, now)
	if err != nil {
		return nil, err
	}
	if t.Identity == nil {
		return nil, Errorf(Conflict, "identity_first")
	}
	if !seen.IsZero() && !seen.Equal(t.Identity.At) {
		return nil, Errorf(Conflict, "identity_changed")
	}
	if !optionalText(note, 500) {
		return nil, Errorf(Invalid, "text")
	}
	out := []Fact{&IdentityDecided{id, accepted, note}}
	if accepted && t.Stage.Before(Admitted) {
		out = append(out, &SeatAdmitted{id})
	}
	return out, nil
}

// machineJoin consents for and admits a demo seat whose publisher is a load
// tool.
func (s *State) machineJoin(id SeatID, now time.Time) ([]Fact, error) {
	t, err := s.entering(id, now)
	if err != nil {
		return nil, err
	}
	var out []Fact
	if t.Consent == nil {
		out = append(out, &ConsentGiven{id, "machine", "kk"})
	}
	if t.Stage.Before(Admitted) {
		out = append(out, &SeatAdmitted{id})
	}
	return out, nil
}

func (s *State) message(id SeatID, body string) ([]Fact, error) {
	if _, err := s.before(id, Admitted); err != nil {
		return nil, err
	}
	if !text(body, 500) {
		return nil, Errorf(Invalid, "text")
	}
	return []Fact{&MessageSent{id, body}}, nil
}

// raise is a proctor's own candidate: what no detector can see, at a moment of
// the seat's exam.
func (s *State) raise(seat SeatID, c Cause, body string, at time.Time, id IncidentID, by Actor, now time.Time) ([]Fact, error) {
	t, err := s.SeatOf(seat)
	if err != nil {
		return nil, err
	}
	if t.Admitted.IsZero() {
		return nil, Errorf(Conflict, "not_admitted")
	}
	if c != CauseObject && c != CauseOther {
		return nil, Errorf(Invalid, "raise_cause")
	}
	if !text(body, otherLimit) {
		return nil, Errorf(Invalid, "text")
	}
	if at.IsZero() {
		at = now
	}
	if at.Before(t.Admitted) || at.After(now) || !t.Finished.IsZero() && at.After(t.Finished) {
		return nil, Errorf(Invalid, "raise_at")
	}
	return []Fact{&IncidentOpened{Incident{
		ID: id, Seat: seat, Cause: c, State: IncidentClosed, Opened: at, Closed: at,
		Peak: Peak{At: at}, Note: body, RaisedBy: by,
	}}}, nil
}

func (s *State) candidate(id IncidentID) (*Incident, error) {
	i := s.Incidents[id]
	if i == nil {
		return nil, Errorf(NotFound, "incident")
	}
	if !i.Candidate() {
		return nil, Errorf(Conflict, "incident_judged")
	}
	return i, nil
}

func checkReasons(reasons []Reason, other string) error {
	if len(reasons) == 0 {
		return Errorf(Invalid, "reasons")
	}
	for i, r := range reasons {
		if !slices.Contains(Reasons(), r) || slices.Contains(reasons[:i], r) {
			return Errorf(Invalid, "reasons")
		}
	}
	if !optionalText(other, otherLimit) {
		return Errorf(Invalid, "text")
	}
	if slices.Contains(reasons, A6) && !text(other, otherLimit) {
		return Errorf(Invalid, "other_text")
	}
	return nil
}

// confirm is a person's word that a candidate is a violation; it drafts the act.
func (s *State) confirm(id IncidentID, reasons []Reason, body string, act Act, now time.Time) ([]Fact, error) {
	i, err := s.candidate(id)
	if err != nil {
		return nil, err
	}
	if err := checkReasons(reasons, body); err != nil {
		return nil, err
	}
	if i.Cause == CauseNetwork && !i.Converted {
		return nil, Errorf(Invalid, "fault_not_violation")
	}
	if err := s.excluded(AppendixA, i, now); err != nil {
		return nil, err
	}
	if i.Cause.Hint() && i.RaisedBy == "" && !text(body, otherLimit) { // a detector alone is not enough
		return nil, Errorf(Invalid, "hint_text")
	}
	reasons = slices.Sorted(slices.Values(reasons))
	act.Seat, act.Exam, act.Cause = i.Seat, s.Exam.ID, id
	act.State, act.Version, act.Reasons, act.Other = Drafted, 1, reasons, body
	act.Order = s.Exam.Policy.Order
	return []Fact{
		&IncidentJudged{Incident: id, Confirmed: true, Reasons: reasons, Text: body},
		&ActDrafted{act},
	}, nil
}

func (s *State) dismiss(id IncidentID, body string) ([]Fact, error) {
	if _, err := s.candidate(id); err != nil {
		return nil, err
	}
	if !text(body, 500) {
		return nil, Errorf(Invalid, "dismiss_text")
	}
	return []Fact{&IncidentJudged{Incident: id, Text: body}}, nil
}
