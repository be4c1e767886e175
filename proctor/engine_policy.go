package proctor

import (
	"context"
	"maps"
	"slices"
	"time"
)

// This file is how people change what a running exam watches for.

// SetPolicy replaces an exam's policy at once, in running watches too: what is
// open of a cause that is switched off ends.
func (e *Engine) SetPolicy(ctx context.Context, by Actor, exam ExamID, p Policy) error {
	r, err := find(e, e.rooms, exam, "exam")
	if err != nil {
		return err
	}
	return r.do(ctx, by, func(now time.Time) ([]Fact, error) {
		facts, err := r.state.setPolicy(p, now)
		if err != nil || len(facts) == 0 {
			return nil, err
		}
		for _, id := range slices.Sorted(maps.Keys(r.watches)) {
			facts = append(facts, r.watches[id].drop(p.off(r.state.Seats[id].Accommodation), now)...)
			for _, c := range slices.Sorted(maps.Keys(p.Rules)) {
				if p.Rules[c].Off { // it may still be advised of, but is no candidate
					facts = append(facts, r.watches[id].drop([]Cause{c}, now)...)
				}
			}
		}
		return facts, nil
	})
}

// Accommodate replaces what a seat is granted, at once: what is open of a
// cause that is switched off ends.
func (e *Engine) Accommodate(ctx context.Context, by Actor, seat SeatID, a Accommodation) error {
	r, err := find(e, e.seats, seat, "seat")
	if err != nil {
		return err
	}
	return r.do(ctx, by, func(now time.Time) ([]Fact, error) {
		facts, err := r.state.accommodate(seat, a, now)
		if w := r.watches[seat]; err == nil && len(facts) > 0 && w != nil {
			facts = append(facts, w.drop(a.Off, now)...)
		}
		return facts, err
	})
}

// MarkScenery replaces where a seat's picture shows persons who are none: a
// mirror, a poster, a screen; at most SceneryLimit boxes within the frame. The
// detectors know it with the next look.
func (e *Engine) MarkScenery(ctx context.Context, by Actor, seat SeatID, boxes []Box) error {
	return e.onSeat(ctx, by, seat, func(s *State, now time.Time) ([]Fact, error) {
		return s.markScenery(seat, slices.Clone(boxes), now)
	})
}

// retune gives running watches the terms that people have changed, and waits
// anew for looks to be current once the detectors are degraded.
func (r *room) retune(f Fact) {
	switch f := f.(type) {
	case *PolicyChanged:
		for _, w := range r.watches {
			w.policy = f.Policy
		}
	case *DetectorDegraded:
		r.current = time.Time{}
	case *SeatAccommodated:
		if w := r.watches[f.Seat]; w != nil {
			w.off = f.Accommodation.Off
		}
	}
}

// drop ends what is open of causes that are no longer watched, and forgets
// what was seen of them.
func (w *watch) drop(causes []Cause, now time.Time) []Fact {
	var out []Fact
	for _, c := range watched() {
		s := w.spans[c]
		if s == nil || !slices.Contains(causes, c) {
			continue
		}
		if s.open() {
			out = append(out, &IncidentEnded{s.incident, now})
		}
		delete(w.spans, c)
	}
	return out
}
