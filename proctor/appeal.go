package proctor

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Appeal is an examinee's appeal against an Appendix A act in force. The
// regulation has none; the right to know and to be heard does not depend on it.
// It never holds the act up.
type Appeal struct {
	Filed time.Time `json:"filed"`
	Text  string    `json:"text"`
	// Decided is zero while nobody has; Upheld then ended the act.
	Decided time.Time `json:"decided,omitzero"`
	Upheld  bool      `json:"upheld,omitempty"`
	Outcome string    `json:"outcome,omitempty"` // why, in words
	By      Actor     `json:"by,omitempty"`
}

// appealText is the most an appeal or its outcome may say, in runes.
const appealText = 4000

// actAgainst returns the act in force against a seat's examinee, for what she
// may say of it.
func (s *State) actAgainst(seat SeatID, id ActID) (*Act, error) {
	a := s.Acts[id]
	if a == nil || a.Seat != seat || a.InForce.IsZero() {
		return nil, Errorf(NotFound, "act")
	}
	return a, nil
}

// notify records that the examinee was shown an act, once.
func (s *State) notify(seat SeatID, id ActID) ([]Fact, error) {
	a, err := s.actAgainst(seat, id)
	if err != nil || !a.Notified.IsZero() {
		return nil, err
	}
	return []Fact{&ActNotified{id}}, nil
}

// appeal files the examinee's appeal: one an act.
func (s *State) appeal(seat SeatID, id ActID, body string) ([]Fact, error) {
	a, err := s.actAgainst(seat, id)
	switch {
	case err != nil:
		return nil, err
	case a.Appeal != nil:
		return nil, Errorf(Conflict, "appeal_filed")
	case a.State != InForce:
		return nil, Errorf(Conflict, "act_not_in_force")
	case !text(body, appealText):
		return nil, Errorf(Invalid, "text")
	}
	return []Fact{&AppealFiled{id, body}}, nil
}

// decideAppeal is the word of the head of the Registrar's Office, who has not
// confirmed, edited, signed or attested the act in any of its versions. Upheld, it ends the act and
// restores the score.
func (s *State) decideAppeal(id ActID, person Person, upheld bool, body string) ([]Fact, error) {
	a, err := s.actOf(id)
	switch {
	case err != nil:
		return nil, err
	case !person.Has(RoleRegistrar):
		return nil, Errorf(Forbidden, "appeal_role")
	case slices.Contains(a.Touched, PersonActor(person.Login)):
		return nil, Errorf(Forbidden, "appeal_own")
	case a.Appeal == nil || !a.Appeal.Decided.IsZero():
		return nil, Errorf(Conflict, "appeal_not_open")
	case !text(body, appealText):
		return nil, Errorf(Invalid, "text")
	}
	out := []Fact{&AppealDecided{id, upheld, body}}
	if upheld && a.Live() {
		out = append(out, s.end(a, body)...)
	}
	return out, nil
}

// The facts of what follows an act in force.
type (
	// ActNotified: the examinee was shown the act.
	ActNotified struct {
		Act ActID `json:"act"`
	}
	// AppealFiled is the examinee's.
	AppealFiled struct {
		Act  ActID  `json:"act"`
		Text string `json:"text"`
	}
	// AppealDecided is the outcome, and why.
	AppealDecided struct {
		Act    ActID  `json:"act"`
		Upheld bool   `json:"upheld"`
		Text   string `json:"text"`
	}
)

// Type implements Fact.
func (*ActNotified) Type() string { return "act.notified" }

// Type implements Fact.
func (*AppealFiled) Type() string { return "appeal.filed" }

// Type implements Fact.
func (*AppealDecided) Type() string { return "appeal.decided" }

func (f *ActNotified) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error { a.Notified = e.At; return nil })
}

func (f *AppealFiled) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if a.Appeal != nil || a.State != InForce {
			return fmt.Errorf("appealed while %s, or twice", a.State)
		}
		a.Appeal = &Appeal{Filed: e.At, Text: f.Text}
		return nil
	})
}

func (f *AppealDecided) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if a.Appeal == nil || !a.Appeal.Decided.IsZero() {
			return errors.New("an appeal is decided that is not open")
		}
		p := *a.Appeal // views hold the one before
		p.Decided, p.Upheld, p.Outcome, p.By = e.At, f.Upheld, f.Text, e.Actor
		a.Appeal = &p
		return nil
	})
}
