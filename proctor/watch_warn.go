package proctor

import "time"

// warnAgain is how long a cause that comes and goes is warned of only once:
// the page shows a warning longer than that.
const warnAgain = 20 * time.Second

// span returns a cause's span, a new one if there is none.
func (w *watch) span(c Cause) *span {
	s := w.spans[c]
	if s == nil {
		s = &span{}
		w.spans[c] = s
	}
	return s
}

// warn warns the examinee of a cause. A run that begins soon after a warning
// of the same cause has been warned of with it.
func (s *span) warn(seat SeatID, c Cause, at time.Time) []Fact {
	if !s.lastWarned.IsZero() && at.Sub(s.lastWarned) < warnAgain {
		s.warned = s.lastWarned
		return nil
	}
	s.warned, s.lastWarned = at, at
	return []Fact{&ExamineeWarned{Seat: seat, Cause: c}}
}

// remember takes over what the examinee was warned of before a restart.
func (w *watch) remember(warnings []Warning) {
	for _, g := range warnings {
		w.span(g.Cause).lastWarned = g.At
	}
}
