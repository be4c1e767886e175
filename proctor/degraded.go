package proctor

import "time"

// DetectorRestored: every seat's looks have been current again for a while.
type DetectorRestored struct{}

// Type implements Fact.
func (*DetectorRestored) Type() string { return "detector.restored" }

// Degradation is a stretch of an exam during which looks are late or stopped.
type Degradation struct {
	Since  time.Time `json:"since"`
	Detail string    `json:"detail"` // the newest, in English
}

func (f *DetectorDegraded) apply(s *State, e Event) error {
	d := Degradation{e.At, f.Detail}
	if s.Degraded != nil {
		d.Since = s.Degraded.Since
	}
	s.Degraded = &d
	return nil
}

func (f *DetectorRestored) apply(s *State, e Event) error {
	s.Degraded = nil
	return nil
}

// steady is how long every look must have been current before the detectors
// count as restored.
const steady = 10 * time.Second

// restored says that the detectors are, once no look at a camera that they can
// look at is older than evidence may be. While there is none nobody knows.
func (r *room) restored(now time.Time) []Fact {
	if r.state.Degraded == nil {
		return nil
	}
	seen, late := 0, 0
	for id, w := range r.watches {
		if !r.state.Seats[id].Connected || w.media.Unanalysed {
			continue
		}
		seen++
		if now.Sub(w.lastLook) > blind {
			late++
		}
	}
	if seen == 0 || late > 0 {
		r.current = time.Time{}
		return nil
	}
	if r.current.IsZero() {
		r.current = now
	}
	if now.Sub(r.current) < steady {
		return nil
	}
	return []Fact{&DetectorRestored{}}
}
