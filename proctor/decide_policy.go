package proctor

import (
	"reflect"
	"slices"
	"time"
)

// soonest is how long a cause of the picture must be seen at least before it
// may become a candidate: two looks. One look alone never is one.
const soonest = 900 * time.Millisecond

// mostFloor bounds the network floor of a policy, bit/s: above it every camera
// would count as starved.
const mostFloor = 2_000_000

// SceneryLimit is how many boxes of one seat may be scenery.
const SceneryLimit = 8

// Watchable returns the causes that a policy may speak of, in the order in
// which people read them.
func Watchable() []Cause {
	return []Cause{
		CauseCovered, CauseBlocked, CauseBlurred, CauseOutsider, CauseIdentity,
		CauseObject, CauseNoFace, CauseAway, CauseVoice, CauseFrozen, CauseVirtual, CauseNetwork, CauseDark,
	}
}

// checkPolicy refuses what Validate does, and a policy that speaks of what is
// not watched, or that would make a candidate of a single look.
func checkPolicy(p Policy) error {
	for c, r := range p.Rules {
		switch {
		case !slices.Contains(watched(), c):
			return Errorf(Invalid, "policy_cause")
		case c == CauseDark && !r.Off: // advice only
			return Errorf(Invalid, "policy_dark")
		case !r.Off && r.Open < soonest && slices.Contains(pictured(), c):
			return Errorf(Invalid, "policy_soon")
		}
	}
	if !(p.NetworkLoss >= 0 && p.NetworkLoss <= 1) || p.NetworkFloor > mostFloor { // NaN is neither
		return Errorf(Invalid, "policy_rule")
	}
	return p.Validate()
}

// setPolicy replaces the exam's policy until its end.
func (s *State) setPolicy(p Policy, now time.Time) ([]Fact, error) {
	if err := checkPolicy(p); err != nil {
		return nil, err
	}
	if s.over(now) {
		return nil, Errorf(Conflict, "exam_over")
	}
	if reflect.DeepEqual(s.Exam.Policy, p) {
		return nil, nil
	}
	return []Fact{&PolicyChanged{p}}, nil
}

func checkAccommodation(a Accommodation) error {
	if a.Companions < 0 || a.Companions > 5 || !optionalText(a.Note, 500) {
		return Errorf(Invalid, "accommodation")
	}
	for i, c := range a.Off {
		if !slices.Contains(watched(), c) || slices.Contains(a.Off[:i], c) {
			return Errorf(Invalid, "accommodation")
		}
	}
	return nil
}

// accommodate replaces what a seat is granted until its end.
func (s *State) accommodate(id SeatID, a Accommodation, now time.Time) ([]Fact, error) {
	t, err := s.watchedSeat(id, now)
	if err != nil {
		return nil, err
	}
	if err := checkAccommodation(a); err != nil {
		return nil, err
	}
	if slices.Equal(t.Accommodation.Off, a.Off) && t.Accommodation.Companions == a.Companions && t.Accommodation.Note == a.Note {
		return nil, nil
	}
	return []Fact{&SeatAccommodated{id, a}}, nil
}

// watchedSeat returns the seat if it is, or will be, watched.
func (s *State) watchedSeat(id SeatID, now time.Time) (*Seat, error) {
	t, err := s.before(id, Admitted)
	if err == nil && s.Over(t, now) {
		err = Errorf(Conflict, "exam_over")
	}
	return t, err
}

// markScenery replaces where a seat's picture shows persons who are none.
func (s *State) markScenery(id SeatID, boxes []Box, now time.Time) ([]Fact, error) {
	t, err := s.watchedSeat(id, now)
	if err != nil {
		return nil, err
	}
	if len(boxes) > SceneryLimit {
		return nil, Errorf(Invalid, "scenery_many")
	}
	for _, b := range boxes {
		if !b.inside() {
			return nil, Errorf(Invalid, "scenery_box")
		}
	}
	if slices.Equal(t.Scenery, boxes) {
		return nil, nil
	}
	return []Fact{&SceneryMarked{id, boxes}}, nil
}

// inside reports whether b has an area and lies within the frame, within what
// rounding may add.
func (b Box) inside() bool {
	const more = 1 + 1e-6
	return b.X >= 0 && b.Y >= 0 && b.W > 0 && b.H > 0 && b.X+b.W <= more && b.Y+b.H <= more // NaN is nowhere
}
