package proctor

import "testing"

// Whoever is somebody else cannot start the count over by a look or two at the
// keyboard: only a face that was compared clears her, or a silence.
func TestWatchIdentitySuspended(t *testing.T) {
	compared := 0.3
	for _, c := range []struct {
		name   string
		away   int
		match  bool
		raised bool
	}{
		{"two looks that say nothing", 2, false, true},
		{"a look that matches, and one that says nothing", 1, true, false},
		{"silence", 4, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStand(t, Accommodation{})
			s.run(3, s.flow, func() { s.sees(CauseIdentity) })
			if c.match {
				s.run(2, s.flow, func() { s.fold(s.w.look(Look{Seat: testSeat, At: s.at, Distance: &compared})...) })
			}
			s.run(c.away, s.flow, func() { s.look() })
			s.run(3, s.flow, func() { s.sees(CauseIdentity) })
			if c.raised {
				s.want(CauseIdentity)
			} else {
				s.want()
			}
		})
	}
}
