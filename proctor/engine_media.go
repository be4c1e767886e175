package proctor

import (
	"context"
	"slices"
	"time"
)

// This file is what the media path, the detectors and the examinee's page
// tell an Engine.

// watching decides on facts with a seat's watch; a seat that is not admitted
// has none and nothing follows.
func (e *Engine) watching(ctx context.Context, id SeatID, decide func(*watch) []Fact) error {
	r, err := find(e, e.seats, id, "seat")
	if err != nil {
		return err
	}
	return r.do(ctx, ActorEngine, func(time.Time) ([]Fact, error) {
		if w := r.watches[id]; w != nil {
			return decide(w), nil
		}
		return nil, nil
	})
}

// Look takes one look at a seat.
func (e *Engine) Look(ctx context.Context, l Look) error {
	if err := l.Validate(); err != nil {
		return err
	}
	l = l.bounded()
	e.mu.Lock()
	live := e.live[l.Seat]
	live.Look = l
	if e.seats[l.Seat] != nil {
		e.live[l.Seat] = live
	}
	e.mu.Unlock()
	return e.watching(ctx, l.Seat, func(w *watch) []Fact { return w.look(l) })
}

// Packets takes the SFU's report of a seat, once a second.
func (e *Engine) Packets(ctx context.Context, m MediaReport) error {
	if err := finite("packets", m.Loss); err != nil {
		return err
	}
	e.mu.Lock()
	live := e.live[m.Seat]
	live.Media = m
	if e.seats[m.Seat] != nil {
		e.live[m.Seat] = live
	}
	e.mu.Unlock()
	r, err := find(e, e.seats, m.Seat, "seat")
	if err != nil {
		return err
	}
	return r.do(ctx, ActorRecorder, func(time.Time) ([]Fact, error) {
		return append(r.state.connection(m), r.packets(m)...), nil
	})
}

// connection says whether a publisher came or went, and whether it can be
// recorded. A camera is counted each time one comes.
func (s *State) connection(m MediaReport) (out []Fact) {
	t := s.Seats[m.Seat]
	switch {
	case m.Connected && !t.Connected:
		out = append(out, &MediaConnected{m.Seat, t.Camera + 1})
	case !m.Connected && t.Connected:
		return []Fact{&MediaLost{Seat: m.Seat}}
	}
	switch {
	case !m.Connected || m.Unrecorded == t.Unrecorded:
	case m.Unrecorded == "":
		out = append(out, &RecordingResumed{m.Seat})
	default:
		out = append(out, &RecordingStopped{m.Seat, m.Unrecorded})
	}
	return out
}

func (r *room) packets(m MediaReport) []Fact {
	if w := r.watches[m.Seat]; w != nil {
		return w.packets(m)
	}
	return nil
}

// reportKinds are the kinds a page may send.
func reportKinds() []ReportKind {
	return []ReportKind{
		ReportCameraError, ReportTrackEnded, ReportTrackMuted, ReportTrackUnmuted,
		ReportCameraStarted, ReportHidden, ReportVisible, ReportDevice,
	}
}

// reportsKept bounds how many reports of one seat are journaled.
const reportsKept = 2000

// repeats reports whether the seat's latest report says the same: a page that
// has no camera says so every few seconds.
func (r ClientReport) repeats(before []ClientReport) bool {
	if len(before) == 0 {
		return false
	}
	last := before[len(before)-1]
	return last.Kind == r.Kind && last.Detail == r.Detail
}

// Report takes the page's word about its devices.
func (e *Engine) Report(ctx context.Context, rep ClientReport) error {
	if !slices.Contains(reportKinds(), rep.Kind) || !optionalText(rep.Detail, 200) {
		return Errorf(Invalid, "report")
	}
	r, err := find(e, e.seats, rep.Seat, "seat")
	if err != nil {
		return err
	}
	return r.do(ctx, SeatActor(rep.Seat), func(now time.Time) ([]Fact, error) {
		rep.At = now
		t := r.state.Seats[rep.Seat]
		if t.Stage == Finished {
			return nil, nil
		}
		var out []Fact
		if len(t.Reports) < reportsKept && !rep.repeats(t.Reports) {
			out = append(out, &ClientReported{rep})
		}
		if w := r.watches[rep.Seat]; w != nil {
			out = append(out, w.report(rep)...)
		}
		return out, nil
	})
}

// SegmentSealed records a closed segment. Told twice of the same segment, as
// after a crash, it records it once.
func (e *Engine) SegmentSealed(ctx context.Context, seg Segment) error {
	return e.onSeat(ctx, ActorRecorder, seg.Seat, func(s *State, _ time.Time) ([]Fact, error) {
		for _, known := range s.Seats[seg.Seat].Segments {
			if known.Number == seg.Number {
				if known.SHA256 != seg.SHA256 {
					return nil, Errorf(Conflict, "segment")
				}
				return nil, nil
			}
		}
		return []Fact{&SegmentSealed{seg}}, nil
	})
}

// SegmentStored records the object store's receipt for a segment, once.
func (e *Engine) SegmentStored(ctx context.Context, seat SeatID, number int, receipt Receipt) error {
	return e.onSeat(ctx, ActorRecorder, seat, func(s *State, _ time.Time) ([]Fact, error) {
		for _, known := range s.Seats[seat].Segments {
			if known.Number == number && known.Receipt == nil {
				return []Fact{&SegmentStored{seat, number, receipt}}, nil
			}
		}
		return nil, nil
	})
}

// Expired records that an object was deleted at the end of its retention.
func (e *Engine) Expired(ctx context.Context, seat SeatID, r Receipt) error {
	return e.onSeat(ctx, ActorEngine, seat, func(s *State, _ time.Time) ([]Fact, error) {
		return []Fact{&EvidenceExpired{seat, r.Key, r.VersionID}}, nil
	})
}

// RecordingGap records a stretch that is not in the recording, up to the end
// of the seat's exam: nothing is missing after it.
func (e *Engine) RecordingGap(ctx context.Context, g Gap) error {
	return e.onSeat(ctx, ActorRecorder, g.Seat, func(s *State, _ time.Time) ([]Fact, error) {
		if g.To = s.ends(s.Seats[g.Seat], g.To); !g.To.After(g.From) {
			return nil, nil
		}
		return []Fact{&RecordingGap{g}}, nil
	})
}

// LastSegment returns the number and hash of a seat's newest segment, or -1.
func (e *Engine) LastSegment(seat SeatID) (number int, sha256 string) {
	number = -1
	_ = e.ViewSeat(seat, func(_ *State, t *Seat) {
		if n := len(t.Segments); n > 0 {
			number, sha256 = t.Segments[n-1].Number, t.Segments[n-1].SHA256
		}
	}) // an unknown seat has no segment
	return number, sha256
}

// Degraded records that looks are late or stopped, in every exam that runs.
func (e *Engine) Degraded(ctx context.Context, detail string) error {
	now := e.now()
	for _, id := range e.Exams() {
		r, err := find(e, e.rooms, id, "exam")
		if err != nil {
			return err
		}
		err = r.do(ctx, ActorEngine, func(time.Time) ([]Fact, error) {
			if !r.state.open(now) {
				return nil, nil
			}
			return []Fact{&DetectorDegraded{detail}}, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
