package proctor

import (
	"testing"
	"time"
)

// Who takes another picture while the proctor looks at the first is not let in
// as the second.
func TestIdentityChangedWhileLookedAt(t *testing.T) {
	h := newHall(t, 1)
	seat, first := h.seats[0], h.clock.now()
	h.ok(h.Compare(t.Context(), seat, Comparison{At: first, Verdict: "same"}))
	second := first.Add(time.Second)
	h.ok(h.Compare(t.Context(), seat, Comparison{At: second, Verdict: "different"}))
	if err := h.DecideIdentity(t.Context(), "maman", seat, true, "", first); KindOf(err) != Conflict {
		t.Errorf("the first is accepted as the second: %v", err)
	}
	h.ok(h.DecideIdentity(t.Context(), "maman", seat, true, "", second))
	h.ok(h.ViewSeat(seat, func(_ *State, s *Seat) {
		if !s.AdmittedAs.At.Equal(second) {
			t.Errorf("admitted as %v", s.AdmittedAs.At)
		}
	}))
}
