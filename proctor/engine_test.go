package proctor

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEngineCoveredToAnnulled(t *testing.T) {
	h := newHall(t, 2)
	a := h.drafted(h.seats[0])
	if a.Number != "A-2026-00001" || a.By != "proctor" || !a.DrawnUp.Equal(h.clock.now()) {
		t.Errorf("drafted %+v", a)
	}
	for _, p := range officials() {
		h.ok(h.trySign(t.Context(), a.ID, p, h.actNow(a.ID).Next()))
	}
	h.ok(h.ViewSeat(h.seats[0], func(_ *State, s *Seat) {
		if s.ScoreAnnulled != a.ID {
			t.Errorf("three signatures and the score is annulled by %q", s.ScoreAnnulled)
		}
	}))
	h.ok(h.ViewSeat(h.seats[1], func(_ *State, s *Seat) {
		if s.ScoreAnnulled != "" {
			t.Error("the neighbour's score is annulled")
		}
	}))
	if b := h.drafted(h.seats[1]); b.Number != "A-2026-00002" {
		t.Errorf("the second act is %s", b.Number)
	}
}

// Three officials, each twice and in a hurry, make three signatures: every
// one is over the document that the one before it left.
func TestEngineConcurrentSigning(t *testing.T) {
	for range 50 {
		h := newHall(t, 1)
		a := h.drafted(h.seats[0])
		var wg sync.WaitGroup
		won := make(chan Login, 100)
		for _, p := range officials() {
			role := p.Roles[0]
			for range 2 { // a double click
				wg.Go(func() {
					for h.actNow(a.ID).State != InForce {
						err := h.trySign(t.Context(), a.ID, p, role)
						switch KindOf(err) {
						case "":
							if err != nil {
								t.Error(err)
								return
							}
							won <- p.Login
						case Conflict: // another was quicker, or it is not her turn
						default:
							t.Error(err)
							return
						}
					}
				})
			}
		}
		wg.Wait()
		close(won)
		got := []Login{}
		for l := range won {
			got = append(got, l)
		}
		if len(got) != 3 {
			t.Fatalf("signed by %v", got)
		}
		now := h.actNow(a.ID)
		if now.State != InForce || len(now.Signatures) != 3 {
			t.Fatalf("%s with %d signatures", now.State, len(now.Signatures))
		}
		h.Close()
	}
}

// Two proctors judge one incident at once: one of them is heard.
func TestEngineConcurrentJudging(t *testing.T) {
	h := newHall(t, 1)
	id := h.covered(h.seats[0])
	var wg sync.WaitGroup
	errs := make(chan error, 10)
	for i := range 10 {
		wg.Go(func() {
			if i%2 == 0 {
				errs <- h.Dismiss(t.Context(), "p1", id, "x")
				return
			}
			_, err := h.Confirm(t.Context(), "p2", id, []Reason{A1}, "")
			errs <- err
		})
	}
	wg.Wait()
	close(errs)
	heard := 0
	for err := range errs {
		if err == nil {
			heard++
		} else {
			wantError(t, err, Conflict, "incident_judged")
		}
	}
	if heard != 1 {
		t.Errorf("%d people were heard", heard)
	}
}

// story is what the fault sweep runs again and again; it stops at the first
// internal or Unavailable error.
func story(ctx context.Context, e *Engine, clock *testClock) error {
	x, err := e.ScheduleExam(ctx, "maman", testExam())
	if err != nil {
		return err
	}
	seat, token, err := e.AssignSeat(ctx, "maman", x.ID, testExaminee(1), Accommodation{})
	if err != nil {
		return err
	}
	if _, err := e.SeatByToken(token); err != nil {
		return err
	}
	for _, f := range []func() error{
		func() error { return e.Consent(ctx, seat, "1", "kk") },
		func() error { return e.Check(ctx, seat, DeviceCheck{OK: true}) },
		func() error { return e.Compare(ctx, seat, Comparison{Verdict: "same"}) },
		func() error { return e.DecideIdentity(ctx, "proctor", seat, true, "", time.Time{}) },
		func() error { return e.SegmentSealed(ctx, Segment{Seat: seat, SHA256: "x"}) },
		func() error { return e.SegmentStored(ctx, seat, 0, Receipt{Key: "k"}) },
		func() error { return e.Report(ctx, ClientReport{Seat: seat, Kind: ReportHidden}) },
		func() error { return e.Degraded(ctx, "late") },
	} {
		if err := f(); err != nil {
			return err
		}
	}
	for range 3 {
		at := clock.add(time.Second)
		if err := e.Packets(ctx, MediaReport{Seat: seat, At: at, Connected: true, VideoFrames: 15, Bits: 500_000}); err != nil {
			return err
		}
		if err := e.Look(ctx, Look{Seat: seat, At: at, Observations: []Observation{{Cause: CauseCovered, Score: 1}}}); err != nil {
			return err
		}
	}
	var id IncidentID
	if err := e.ViewSeat(seat, func(s *State, _ *Seat) {
		for _, i := range s.Incidents {
			id = i.ID
		}
	}); err != nil {
		return err
	}
	a, err := e.Confirm(ctx, "proctor", id, []Reason{A1}, "")
	if err != nil {
		return err
	}
	if err := e.RenderedAct(ctx, a.ID, 1, testDocument("d", 0), nil); err != nil {
		return err
	}
	for i, p := range officials() {
		if err := e.trySign(ctx, a.ID, p, SigningOrder()[i]); err != nil {
			return err
		}
	}
	if _, err := e.CloseAct(ctx, officials()[2], a.ID, "an appeal"); err != nil {
		return err
	}
	return e.Finish(ctx, "proctor", seat)
}

// TestEngineFailsStop has the Nth append fail, for every N until none does:
// nobody hears of what is not durable, nothing is appended after a failure,
// and a restart finds a whole state.
func TestEngineFailsStop(t *testing.T) {
	for n := 1; ; n++ {
		j, clock := &memory{failAt: n}, &testClock{at: noon}
		e, err := Open(t.Context(), j, Options{Now: clock.now, still: true})
		if err != nil {
			t.Fatal(err)
		}
		l := listen(e.SubscribeAll())
		err = story(t.Context(), e, clock)
		if failed := j.broken; failed {
			<-e.Failed()
			if KindOf(err) != Unavailable || !errors.Is(err, errDisk) || !errors.Is(e.Err(), errDisk) {
				t.Fatalf("append %d failed and the caller got %v, the engine has %v", n, err, e.Err())
			}
			if _, err := e.ScheduleExam(t.Context(), "maman", testExam()); KindOf(err) != Unavailable {
				t.Fatalf("append %d failed and the engine goes on: %v", n, err)
			}
			if _, open := <-e.SubscribeAll().C; open {
				t.Fatal("a subscription to a stopped engine is open")
			}
		} else if err != nil {
			t.Fatalf("append %d: %v", n, err)
		}
		e.Close()
		e.Close()
		heard, journal := l.stop(), j.events(t)
		if err := inJournal(heard, journal); err != nil || j.late > 0 {
			t.Fatalf("append %d failed: %v; %d appends after it", n, err, j.late)
		}
		if len(heard) != len(journal) {
			t.Fatalf("append %d failed: %d events heard, %d durable", n, len(heard), len(journal))
		}
		reopen(t, j)
		if !j.broken {
			t.Logf("%d appends, each failed once", n-1)
			return
		}
	}
}

// reopen replays a journal and checks the invariants on what comes out.
func reopen(t *testing.T, j *memory) {
	t.Helper()
	e, err := Open(t.Context(), j.again(), Options{still: true})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, id := range e.Exams() {
		if err := e.View(id, func(s *State) {
			if s.Exam.ID != id {
				t.Errorf("exam %q has the state of %q", id, s.Exam.ID)
			}
			if err := broken(s); err != nil {
				t.Error(err)
			}
		}); err != nil {
			t.Error(err)
		}
	}
}

// The replayed state is the live one.
func TestEngineReplayIsLive(t *testing.T) {
	j, clock := &memory{}, &testClock{at: noon}
	e, err := Open(t.Context(), j, Options{Now: clock.now, still: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := story(t.Context(), e, clock); err != nil {
		t.Fatal(err)
	}
	again := NewState()
	for _, ev := range j.events(t) {
		if err := again.Apply(ev); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.View(again.Exam.ID, func(s *State) {
		if d := cmp.Diff(s, again); d != "" {
			t.Errorf("-live +replayed:\n%s", d)
		}
	}); err != nil {
		t.Error(err)
	}
	e.Close()
	if err := e.View(again.Exam.ID, func(*State) { t.Error("a closed engine shows its state") }); KindOf(err) != Unavailable {
		t.Errorf("a closed engine answers %v", err)
	}
}
