package proctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A reader that does not read is cut; the others and the exam go on.
func TestEngineCutsSlowSubscriber(t *testing.T) {
	h := newHall(t, 1)
	slow, err := h.Subscribe(h.exam)
	h.ok(err)
	slowAll := h.SubscribeAll()
	for n := range subscriptionBuffer + 10 {
		h.ok(h.Message(t.Context(), "proctor", h.seats[0], fmt.Sprint(n)))
	}
	for _, s := range []*Subscription{slow, slowAll} {
		n := 0
		for range s.C {
			n++
		}
		if n != subscriptionBuffer {
			t.Errorf("%d events before the cut", n)
		}
		s.Close()
		s.Close()
	}
	fast, err := h.Subscribe(h.exam)
	h.ok(err)
	h.ok(h.Message(t.Context(), "proctor", h.seats[0], "x"))
	if e := <-fast.C; e.Fact.Type() != (&MessageSent{}).Type() {
		t.Errorf("heard %s", e.Fact.Type())
	}
	h.Close()
	if _, open := <-fast.C; open {
		t.Error("open after the engine closed")
	}
	fast.Close()
}

// A subscriber that hears of an exam can look at it at once.
func TestEngineShowsWhatItTells(t *testing.T) {
	h := openHall(t, &memory{})
	all := h.SubscribeAll()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, err := h.ScheduleExam(t.Context(), "maman", testExam())
			if err != nil {
				t.Error(err)
			}
		})
	}
	for range 20 {
		e := <-all.C
		h.ok(h.View(e.Exam, func(s *State) {
			if s.Exam.ID != e.Exam {
				t.Errorf("exam %q shows %q", e.Exam, s.Exam.ID)
			}
		}))
	}
	wg.Wait()
}

// A caller that has given up leaves nothing half done.
func TestEngineCancelledCaller(t *testing.T) {
	h := newHall(t, 1)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if x, err := h.ScheduleExam(gone, "maman", testExam()); err == nil {
		h.ok(h.View(x.ID, func(*State) {}))
	}
	for _, id := range h.Exams() {
		h.ok(h.View(id, func(s *State) {
			if s.Exam.ID != id {
				t.Errorf("exam %q shows %q", id, s.Exam.ID)
			}
		}))
	}
	for range 100 { // either wholly or not at all
		err := h.Message(gone, "proctor", h.seats[0], "x")
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if err := inJournal(nil, h.j.events(t)); err != nil {
		t.Error(err)
	}
}

func TestEngineRefusesUnknown(t *testing.T) {
	h := newHall(t, 1)
	ctx := t.Context()
	_, _, assign1 := h.AssignSeat(ctx, "m", "ghost", testExaminee(1), Accommodation{})
	_, _, assign2 := h.AssignSeat(ctx, "m", h.exam, testExaminee(1), Accommodation{Companions: 9})
	_, _, assign3 := h.AssignSeat(ctx, "m", h.exam, Examinee{}, Accommodation{})
	_, confirm := h.Confirm(ctx, "p", "ghost", []Reason{A1}, "")
	_, edit := h.EditAct(ctx, "p", "ghost", []Reason{A1}, "", nil)
	_, raise := h.Raise(ctx, "p", h.seats[0], CauseCovered, "x", time.Time{})
	_, subscribe := h.Subscribe("ghost")
	_, token := h.SeatByToken("")
	_, token2 := h.SeatByToken("guess")
	state := testExam()
	state.Kind = StateExam
	_, schedule := h.ScheduleExam(ctx, "m", state)
	h.ok(h.SegmentSealed(ctx, Segment{Seat: h.seats[0], SHA256: "x"}))
	for i, c := range []struct {
		err  error
		kind Kind
		key  string
	}{
		{assign1, NotFound, "exam"},
		{assign2, Invalid, "accommodation"},
		{assign3, Invalid, "examinee_details"},
		{confirm, NotFound, "incident"},
		{edit, NotFound, "act"},
		{raise, Invalid, "raise_cause"},
		{subscribe, NotFound, "exam"},
		{token, NotFound, "seat"},
		{token2, NotFound, "seat"},
		{schedule, Invalid, "exam_traditional_only"},
		{h.Look(ctx, Look{Seat: "ghost"}), NotFound, "seat"},
		{h.Packets(ctx, MediaReport{Seat: "ghost"}), NotFound, "seat"},
		{h.Report(ctx, ClientReport{Seat: "ghost", Kind: ReportHidden}), NotFound, "seat"},
		{h.Report(ctx, ClientReport{Seat: h.seats[0], Kind: "shout"}), Invalid, "report"},
		{h.Report(ctx, ClientReport{Seat: h.seats[0], Kind: ReportDevice, Detail: strings.Repeat("x", 201)}), Invalid, "report"},
		{h.SegmentSealed(ctx, Segment{Seat: h.seats[0], SHA256: "y"}), Conflict, "segment"},
		{h.SegmentSealed(ctx, Segment{Seat: h.seats[0], SHA256: "x"}), "", ""},
		{h.Finish(ctx, "p", "ghost"), NotFound, "seat"},
		{h.Pin(ctx, "ghost", Still{}), NotFound, "incident"},
		{h.Dismiss(ctx, "p", "ghost", "x"), NotFound, "incident"},
		{h.View("ghost", nil), NotFound, "exam"},
		{h.ViewSeat("ghost", nil), NotFound, "seat"},
		{h.ViewIncident("ghost", nil), NotFound, "incident"},
		{h.ViewAct("ghost", nil), NotFound, "act"},
	} {
		t.Run(fmt.Sprint(i, c.key), func(t *testing.T) { wantError(t, c.err, c.kind, c.key) })
	}
	if n, _ := h.LastSegment("ghost"); n != -1 {
		t.Error("a ghost has segments")
	}
	if n, sum := h.LastSegment(h.seats[0]); n != 0 || sum != "x" {
		t.Errorf("segment %d %s", n, sum)
	}
	if _, ok := h.Live("ghost"); ok {
		t.Error("a ghost is live")
	}
}

func TestEngineTick(t *testing.T) {
	h := newHall(t, 2)
	ctx, seat := t.Context(), h.seats[0]
	h.second(seat)
	h.second(h.seats[1], Observation{Cause: CauseCovered, Score: 1})
	h.second(h.seats[1], Observation{Cause: CauseCovered, Score: 1})
	for range 8 { // nobody reports of either seat
		h.clock.add(time.Second)
		h.ok(h.tick(ctx, h.exam))
	}
	causes := func() (out []string) {
		h.ok(h.View(h.exam, func(s *State) {
			for _, i := range s.Incidents {
				out = append(out, fmt.Sprintf("%t %s %s", i.Seat == seat, i.Cause, i.State))
			}
		}))
		slices.Sort(out)
		return out
	}
	if got := causes(); !slices.Equal(got, []string{"false covered open", "false network open", "true network open"}) {
		t.Errorf("silent seats: %q", got)
	}
	h.clock.add(3 * time.Hour)
	h.ok(h.tick(ctx, h.exam))
	h.ok(h.tick(ctx, h.exam))
	h.ok(h.View(h.exam, func(s *State) {
		for id, st := range s.Seats {
			if st.Stage != Finished || st.Finished.IsZero() {
				t.Errorf("seat %s is %s after the exam", id, st.Stage)
			}
		}
		for id, i := range s.Incidents {
			if i.State != IncidentClosed {
				t.Errorf("incident %s is %s after the exam", id, i.State)
			}
		}
	}))
	before := len(h.j.events(t))
	h.ok(h.Look(ctx, Look{Seat: seat, At: h.clock.add(time.Second), Observations: []Observation{{Cause: CauseCovered, Score: 1}}}))
	h.ok(h.Report(ctx, ClientReport{Seat: seat, Kind: ReportTrackEnded}))
	h.ok(h.tick(ctx, h.exam))
	if after := len(h.j.events(t)); after != before {
		t.Errorf("%d facts of a finished seat", after-before)
	}
}

// The engine ticks by itself: an exam that is over finishes its seats.
func TestEngineTicksByItself(t *testing.T) {
	j, clock := &memory{}, &testClock{at: noon}
	e, err := Open(t.Context(), j, Options{Now: clock.now})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	x, err := e.ScheduleExam(t.Context(), "maman", testExam())
	if err != nil {
		t.Fatal(err)
	}
	seat, _, err := e.AssignSeat(t.Context(), "maman", x.ID, testExaminee(1), Accommodation{})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.MachineJoin(t.Context(), seat); err != nil {
		t.Fatal(err)
	}
	s, err := e.Subscribe(x.ID)
	if err != nil {
		t.Fatal(err)
	}
	clock.add(3 * time.Hour)
	if ev := <-s.C; ev.Fact.Type() != (&SeatFinished{}).Type() {
		t.Errorf("heard %s", ev.Fact.Type())
	}
}

// After a restart nobody is connected, an open incident goes on, and what a
// page claimed still stands.
func TestEngineRestart(t *testing.T) {
	h := newHall(t, 2)
	ctx := t.Context()
	id := h.covered(h.seats[0])
	h.ok(h.Report(ctx, ClientReport{Seat: h.seats[1], Kind: ReportTrackMuted}))
	h.Close()
	again := openHall(t, h.j.again())
	again.clock.at = h.clock.now()
	again.seats = h.seats
	again.ok(again.ViewSeat(h.seats[0], func(_ *State, s *Seat) {
		if s.Connected {
			t.Error("connected before any packet")
		}
	}))
	for range 3 {
		again.second(h.seats[0], Observation{Cause: CauseCovered, Score: 0.9})
		again.second(h.seats[1], Observation{Cause: CauseCovered, Score: 0.9})
	}
	got := map[string]int{}
	again.ok(again.View(h.exam, func(s *State) {
		for _, i := range s.Incidents {
			got[fmt.Sprint(i.Seat == h.seats[0], " ", i.Cause)]++
		}
		if s.Incidents[id].State != IncidentOpen {
			t.Errorf("the incident is %s", s.Incidents[id].State)
		}
		if s.Seats[h.seats[0]].Camera != 2 {
			t.Errorf("camera %d", s.Seats[h.seats[0]].Camera)
		}
	}))
	if len(got) != 2 || got["true covered"] != 1 || got["false blocked"] != 1 {
		t.Errorf("incidents %v", got)
	}
}

// The page may not fill the journal, and beyond the bound it is still heard.
func TestEngineBoundsReports(t *testing.T) {
	h := newHall(t, 1)
	for i := range reportsKept + 50 {
		r := ClientReport{Seat: h.seats[0], Kind: []ReportKind{ReportHidden, ReportVisible}[i%2]}
		for range 2 { // what is said again is not kept again
			h.ok(h.Report(t.Context(), r))
		}
	}
	h.ok(h.Report(t.Context(), ClientReport{Seat: h.seats[0], Kind: ReportTrackEnded}))
	h.ok(h.ViewSeat(h.seats[0], func(s *State, seat *Seat) {
		if len(seat.Reports) != reportsKept || len(s.Incidents) != 1 {
			t.Errorf("%d reports, %d incidents", len(seat.Reports), len(s.Incidents))
		}
	}))
}
