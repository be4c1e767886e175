package proctor

import (
	"slices"
	"testing"
	"time"
)

func (s *stand) placard() {
	s.t.Helper()
	s.look(Observation{Cause: CauseBlocked, Score: 0.8, Detail: "placeholder"})
}

// A vendor's picture is a blocked camera at its third look, from its first.
func TestWatchPlacard(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(5, s.flow, func() { s.look() })
	s.run(2, s.flow, s.placard)
	s.want()
	s.run(1, s.flow, s.placard)
	i := s.want(CauseBlocked)[0]
	if want := noon.Add(6 * time.Second); !i.Opened.Equal(want) || !i.Fault || i.Client != "" || i.Warned.IsZero() || i.Peak.Detail != "placeholder" {
		t.Errorf("opened %+v, want from %v", i, want)
	}
	s.run(10, s.flow, s.placard)
	if i := s.want(CauseBlocked)[0]; i.State != IncidentOpen {
		t.Errorf("it is %s while it is shown", i.State)
	}
	s.run(4, s.flow, func() { s.look() })
	if i := s.want(CauseBlocked)[0]; i.State != IncidentClosed || !i.Closed.Equal(noon.Add(18*time.Second)) {
		t.Errorf("a room is seen again: %s at %v", i.State, i.Closed.Sub(noon))
	}
}

func TestWatchPlacardBlindTime(t *testing.T) {
	s := newStand(t, Accommodation{})
	for range 5 {
		s.run(2, s.flow, s.placard)
		s.wait(blind)
	}
	for range 5 {
		s.run(1, s.flow, s.placard)
		s.run(2, s.flow, func() { s.look() })
	}
	s.want()
}

// One picture is a covered lens or a vendor's, never both.
func TestWatchPlacardOrCovered(t *testing.T) {
	both := func(black, placard float64) Cause {
		s := newStand(t, Accommodation{})
		s.run(8, s.flow, func() {
			s.look(Observation{Cause: CauseCovered, Score: black}, Observation{Cause: CauseBlocked, Score: placard})
		})
		if got := s.incidents(); len(got) == 1 {
			return got[0].Cause
		}
		t.Fatalf("one picture: %v", s.incidents())
		return ""
	}
	if got := both(0.9, 0.6); got != CauseCovered {
		t.Errorf("a picture that is surely black: %s", got)
	}
	if got := both(0.6, 0.9); got != CauseBlocked {
		t.Errorf("a picture that is surely a vendor's: %s", got)
	}
	s := newStand(t, Accommodation{})
	s.run(20, s.flow, s.black, func() { s.wait(500 * time.Millisecond) }, s.placard)
	s.want(CauseCovered)
}

// A face is never a vendor's picture, and without one nobody's absence is.
func TestWatchPlacardAndFaces(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(20, s.flow, func() {
		s.fold(s.w.look(Look{
			Seat: testSeat, At: s.at, Faces: []Box{{}}, Observations: []Observation{{Cause: CauseBlocked, Score: 1}},
		})...)
	})
	s.want()
	s.run(30, s.flow, func() {
		s.look(Observation{Cause: CauseBlocked, Score: 0.8}, Observation{Cause: CauseNoFace, Score: 0.9}, Observation{Cause: CauseFrozen, Score: 0.9})
	})
	s.want(CauseBlocked)
	if got := s.warned(); !slices.Equal(got, []Cause{CauseBlocked}) {
		t.Errorf("warned %v", got)
	}
}

// A cause that comes and goes is warned of once in twenty seconds.
func TestWatchWarnsSeldom(t *testing.T) {
	s := newStand(t, Accommodation{})
	for range 12 {
		s.run(2, s.flow, s.black)
		s.run(3, s.flow, func() { s.look() })
	}
	if got := s.warned(); len(got) != 3 {
		t.Errorf("warned %d times in a minute: %v", len(got), got)
	}
	for _, i := range s.incidents() {
		if i.Warned.IsZero() {
			t.Errorf("%s opened without a warning", i.ID)
		}
	}
	// Nor does a restart warn anew.
	s.run(2, s.flow, s.black)
	n := len(s.warned())
	s.w = newWatch(DefaultPolicy(), s.state.Seats[testSeat], s.newID, s.at)
	s.run(2, s.flow, s.black)
	if got := s.warned(); len(got) != n {
		t.Errorf("a restart warned %d times more", len(got)-n)
	}
}
