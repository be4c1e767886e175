package proctor

import "time"

// placard is a run of looks that show the picture that an antivirus or a
// camera's driver puts in the place of the camera's.
type placard struct {
	since, last time.Time // first and latest sight of this run
	looks       int
}

const (
	// placardLooks and placardTime: so many looks over so long are a vendor's
	// picture; fewer may be a decoder's or an encoder's hiccup.
	placardLooks = 3
	placardTime  = 1900 * time.Millisecond
)

// stands reports whether the run is long enough to count.
func (p placard) stands() bool {
	return p.looks >= placardLooks && p.last.Sub(p.since) >= placardTime
}

// placeholder weighs what a look says of a blocked camera, and reports whether
// its picture is taken for a vendor's: then it is not a covered lens's too. A
// page's claim opens such a candidate at once, looks only as a run of them.
func (w *watch) placeholder(l Look) (out []Fact, taken bool) {
	o, seen := best(l.Observations, CauseBlocked)
	if black, dark := best(l.Observations, CauseCovered); len(l.Faces) > 0 || dark && black.Score >= o.Score {
		seen = false
	}
	p := &w.placard
	if !seen || w.open(CauseCovered) {
		if l.At.Sub(p.last) >= flicker {
			*p = placard{}
		}
		return nil, false
	}
	if l.At.Sub(p.last) > blind {
		*p = placard{since: l.At}
	}
	p.last = l.At
	p.looks++
	if !p.stands() {
		return nil, true
	}
	if s := w.span(CauseBlocked); s.since.IsZero() {
		s.since, s.last = p.since, l.At
	}
	return w.hit(l.Seat, CauseBlocked, Peak{l.At, o.Score, o.Detail, l.Detector, o.Box}), true
}
