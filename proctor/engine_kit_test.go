package proctor

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hall is a running Engine on a memory journal, with one exam and its seats.
type hall struct {
	*Engine
	t     testing.TB
	j     *memory
	clock *testClock
	exam  ExamID
	seats []SeatID
}

// openHall opens an engine that ticks only when a test says so.
func openHall(t testing.TB, j *memory) *hall {
	t.Helper()
	h := &hall{t: t, j: j, clock: &testClock{at: noon}}
	e, err := Open(t.Context(), j, Options{Now: h.clock.now, still: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	h.Engine = e
	return h
}

// newHall is an exam under way with n admitted, connected seats.
func newHall(t testing.TB, n int) *hall {
	t.Helper()
	h := openHall(t, &memory{})
	x, err := h.ScheduleExam(t.Context(), "maman", testExam())
	h.ok(err)
	h.exam = x.ID
	for i := range n {
		id, _, err := h.AssignSeat(t.Context(), "maman", x.ID, testExaminee(i), Accommodation{})
		h.ok(err)
		h.ok(h.MachineJoin(t.Context(), id))
		h.ok(h.Packets(t.Context(), MediaReport{Seat: id, At: h.clock.now(), Connected: true, VideoFrames: 1, Bits: 1}))
		h.seats = append(h.seats, id)
	}
	return h
}

func (h *hall) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// tick is what the engine's own ticker does each second.
func (e *Engine) tick(ctx context.Context, id ExamID) error {
	r, err := find(e, e.rooms, id, "exam")
	if err != nil {
		return err
	}
	return r.do(ctx, ActorEngine, r.tick)
}

// second lets one second pass for a seat: packets, then a look.
func (h *hall) second(seat SeatID, obs ...Observation) {
	h.t.Helper()
	at := h.clock.add(time.Second)
	h.ok(h.Packets(h.t.Context(), MediaReport{Seat: seat, At: at, Connected: true, VideoFrames: 15, Bits: 500_000}))
	h.ok(h.Look(h.t.Context(), Look{Seat: seat, At: at, Observations: obs, Detector: "test"}))
}

// covered makes the seat a candidate and returns it.
func (h *hall) covered(seat SeatID) IncidentID {
	h.t.Helper()
	for range 2 {
		h.second(seat, Observation{Cause: CauseCovered, Score: 0.9})
	}
	var id IncidentID
	h.ok(h.ViewSeat(seat, func(s *State, _ *Seat) {
		for _, i := range s.Incidents {
			if i.Seat == seat && i.State == IncidentOpen {
				id = i.ID
			}
		}
	}))
	if id == "" {
		h.t.Fatal("a covered camera opened nothing")
	}
	return id
}

// drafted confirms a covered camera and renders the act.
func (h *hall) drafted(seat SeatID) Act {
	h.t.Helper()
	a, err := h.Confirm(h.t.Context(), "proctor", h.covered(seat), []Reason{A1}, "")
	h.ok(err)
	h.ok(h.RenderedAct(h.t.Context(), a.ID, 1, testDocument(string(a.ID), 0), nil))
	return h.actNow(a.ID)
}

func (h *hall) actNow(id ActID) Act {
	h.t.Helper()
	var a Act
	h.ok(h.ViewAct(id, func(_ *State, at *Act) { a = *at }))
	return a
}

// trySign signs as the web layer does: it reads the act, signs its document,
// and hands both over; in between anything may have happened.
func (e *Engine) trySign(ctx context.Context, id ActID, p Person, r Role) error {
	var a Act
	if err := e.ViewAct(id, func(_ *State, at *Act) { a = *at }); err != nil {
		return err
	}
	next := testDocument(a.Document.Digest, len(a.Signatures)+1)
	next.Receipt.SHA256 += string(p.Login)
	_, err := e.SignAct(ctx, id, a.Document, p, Signature{Login: p.Login, Name: p.Name, Role: r}, next)
	return err
}

// listener notes every event that a subscription gives.
type listener struct {
	sub  *Subscription
	wg   sync.WaitGroup
	seen []Event
}

func listen(s *Subscription) *listener {
	l := &listener{sub: s}
	l.wg.Go(func() {
		for e := range s.C {
			l.seen = append(l.seen, e)
		}
	})
	return l
}

// stop ends the subscription and returns all that came.
func (l *listener) stop() []Event {
	l.sub.Close()
	l.wg.Wait()
	return l.seen
}

// inJournal checks that what was heard is in the journal, in its order.
func inJournal(heard []Event, journal []Event) error {
	last := uint64(0)
	for _, e := range heard {
		if e.Seq <= last || e.Seq > uint64(len(journal)) || journal[e.Seq-1].Fact.Type() != e.Fact.Type() {
			return fmt.Errorf("event %d %s was told and is not in the journal of %d", e.Seq, e.Fact.Type(), len(journal))
		}
		last = e.Seq
	}
	return nil
}
