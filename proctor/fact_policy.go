package proctor

import (
	"slices"
	"time"
)

// The facts of what an exam and a seat are watched for, and how it changed.
type (
	// PolicyChanged replaces the exam's policy from now on.
	PolicyChanged struct {
		Policy Policy `json:"policy"`
	}
	// SeatAccommodated replaces what the university has granted an examinee.
	SeatAccommodated struct {
		Seat          SeatID        `json:"seat"`
		Accommodation Accommodation `json:"accommodation"`
	}
	// SceneryMarked replaces where a seat's picture shows persons who are none:
	// a mirror, a poster, a screen. No boxes is nowhere.
	SceneryMarked struct {
		Seat  SeatID `json:"seat"`
		Boxes []Box  `json:"boxes,omitempty"`
	}
)

// Change is who changed what is watched, and when.
type Change struct {
	At time.Time `json:"at"`
	By Actor     `json:"by"`
}

// PolicyChange is a policy that an exam has had since At, by By's word.
type PolicyChange struct {
	Change
	Policy Policy `json:"policy"`
}

// Type implements Fact.
func (*PolicyChanged) Type() string { return "exam.policy_changed" }

// Type implements Fact.
func (*SeatAccommodated) Type() string { return "seat.accommodated" }

// Type implements Fact.
func (*SceneryMarked) Type() string { return "seat.scenery" }

func (f *PolicyChanged) apply(s *State, e Event) error {
	s.Exam.Policy = f.Policy
	s.Policies = append(s.Policies, PolicyChange{Change{e.At, e.Actor}, f.Policy})
	return nil
}

func (f *SeatAccommodated) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) {
		t.Accommodation = f.Accommodation
		t.Accommodated = &Change{e.At, e.Actor}
	})
}

func (f *SceneryMarked) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) { t.Scenery = slices.Clone(f.Boxes) })
}
