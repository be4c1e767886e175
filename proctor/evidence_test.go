package proctor

import (
	"math"
	"testing"
	"time"
)

// Everything that is told of a seat's evidence is in its state, and still
// there after a replay.
func TestEngineKeepsEvidence(t *testing.T) {
	h := newHall(t, 1)
	ctx, seat, receipt := t.Context(), h.seats[0], Receipt{Key: "k", SHA256: "x", At: noon}
	id := h.covered(seat)
	gap := Gap{Seat: seat, From: noon, To: noon.Add(time.Minute), Cause: GapNetwork}
	h.ok(h.RecordingGap(ctx, gap))
	h.ok(h.Enrol(ctx, "maman", seat, receipt))
	h.ok(h.SegmentSealed(ctx, Segment{Seat: seat, Number: 0, SHA256: "x"}))
	h.ok(h.SegmentStored(ctx, seat, 0, receipt))
	h.ok(h.SegmentStored(ctx, seat, 0, Receipt{Key: "another"})) // told twice: the first stands
	h.ok(h.SegmentStored(ctx, seat, 9, receipt))                 // of nothing: nothing
	h.ok(h.Pin(ctx, id, Still{Receipt: receipt, At: noon}))
	h.ok(h.Viewed(ctx, "proctor", seat, "still of "+string(id)))
	check := func(s *State) {
		t.Helper()
		at, i := s.Seats[seat], s.Incidents[id]
		if len(at.Gaps) != 1 || at.Gaps[0] != gap {
			t.Errorf("gaps %+v", at.Gaps)
		}
		if at.Enrolment == nil || *at.Enrolment != receipt {
			t.Errorf("enrolment %+v", at.Enrolment)
		}
		if len(at.Segments) != 1 || at.Segments[0].Receipt == nil || *at.Segments[0].Receipt != receipt {
			t.Errorf("segments %+v", at.Segments)
		}
		if i.Still == nil || i.Still.Receipt != receipt {
			t.Errorf("still %+v", i.Still)
		}
	}
	h.ok(h.View(h.exam, check))
	events := h.j.events(t)
	last := events[len(events)-1]
	if f, ok := last.Fact.(*EvidenceViewed); !ok || last.Actor != "proctor" || f.What != "still of "+string(id) {
		t.Errorf("who looked is not journaled: %+v", last)
	}
	h.Close()
	again := openHall(t, h.j.again())
	again.ok(again.View(h.exam, check))
}

// A refusal reaches the act, and only an edit reopens it.
func TestEngineRefuseAndEdit(t *testing.T) {
	h := newHall(t, 1)
	ctx, three := t.Context(), officials()
	a := h.drafted(h.seats[0])
	h.ok(h.trySign(ctx, a.ID, three[0], RoleSpecialist))
	now, err := h.RefuseAct(ctx, three[1], a.ID, RoleEngineer, "not so")
	h.ok(err)
	if now.State != Refused || now.Refusal != "not so" || len(now.Signatures) > 0 {
		t.Errorf("refused: %+v", now)
	}
	wantError(t, h.trySign(ctx, a.ID, three[0], RoleSpecialist), Conflict, "act_not_open")
	now, err = h.EditAct(ctx, "maman", a.ID, []Reason{A5}, "", nil)
	h.ok(err)
	if now.State != Drafted || now.Version != 2 || now.Number != a.Number {
		t.Errorf("edited: %+v", now)
	}
	wantError(t, h.trySign(ctx, a.ID, three[0], RoleSpecialist), Unavailable, "act_not_rendered")
}

// A number that is none would stop the journal, so it is refused at the door.
func TestEngineRefusesNaN(t *testing.T) {
	h := newHall(t, 1)
	ctx, seat := t.Context(), h.seats[0]
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		at := h.clock.add(time.Second)
		obs := []Observation{{Cause: CauseCovered, Score: bad}}
		wantError(t, h.Look(ctx, Look{Seat: seat, At: at, Observations: obs}), Invalid, "look")
		wantError(t, h.Look(ctx, Look{Seat: seat, At: at, Luma: bad}), Invalid, "look")
		wantError(t, h.Packets(ctx, MediaReport{Seat: seat, At: at, Loss: bad}), Invalid, "packets")
		wantError(t, h.Compare(ctx, seat, Comparison{Distance: bad}), Invalid, "distance")
	}
	if live, ok := h.Live(seat); ok && math.IsNaN(live.Look.Luma) {
		t.Error("the dashboard was given a number that is none")
	}
	h.covered(seat) // and the engine goes on
}

// What is live is the newest, though nothing is journaled.
func TestEngineLive(t *testing.T) {
	h := newHall(t, 1)
	h.second(h.seats[0])
	before := len(h.j.events(t))
	h.second(h.seats[0])
	live, ok := h.Live(h.seats[0])
	if !ok || !live.Look.At.Equal(h.clock.now()) || !live.Media.At.Equal(h.clock.now()) {
		t.Errorf("live %+v", live)
	}
	if after := len(h.j.events(t)); after != before {
		t.Errorf("a quiet second is %d facts", after-before)
	}
}
