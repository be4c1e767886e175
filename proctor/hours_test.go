package proctor

import (
	"testing"
	"time"
)

// days is a window of two hours so many days after the exam.
func days(n int) *Window {
	from := noon.AddDate(0, 0, n)
	return &Window{From: from, To: from.Add(2 * time.Hour), Reason: Illness, Document: "doc"}
}

// excused has the reason document of a seat stored.
func (h *hall) excused(seat SeatID) {
	h.t.Helper()
	h.ok(h.Excuse(h.t.Context(), "maman", seat, Receipt{Key: "x", SHA256: "doc"}, "image/jpeg"))
}

// stage is how far a seat has come.
func (h *hall) seatNow(id SeatID) (out Seat, hours Span) {
	h.t.Helper()
	h.ok(h.ViewSeat(id, func(s *State, t *Seat) { out, hours = *t, s.Hours(t) }))
	return out, hours
}

func TestWindowIsRefused(t *testing.T) {
	h := newHall(t, 1)
	ctx := t.Context()
	seat, _, err := h.AssignSeat(ctx, "maman", h.exam, testExaminee(9), Accommodation{})
	h.ok(err)
	wantError(t, h.SetWindow(ctx, "tirkeushi", seat, days(3)), Conflict, "window_document")
	wantError(t, h.Excuse(ctx, "maman", seat, Receipt{SHA256: "doc"}, "text/html"), Invalid, "excuse_type")
	h.excused(seat)
	past, long, odd := days(3), days(3), days(3)
	past.From, past.To = noon.Add(-3*time.Hour), noon.Add(-time.Hour)
	long.To = long.From.Add(25 * time.Hour)
	odd.Reason = "because"
	wantError(t, h.SetWindow(ctx, "tirkeushi", seat, past), Invalid, "window_times")
	wantError(t, h.SetWindow(ctx, "tirkeushi", seat, long), Invalid, "window_times")
	wantError(t, h.SetWindow(ctx, "tirkeushi", seat, odd), Invalid, "window_reason")
	h.excused(h.seats[0])
	wantError(t, h.SetWindow(ctx, "tirkeushi", h.seats[0], days(3)), Conflict, "window_admitted")
	h.ok(h.SetWindow(ctx, "tirkeushi", seat, days(3)))
}

// Who was ill on the day comes in her own hours, weeks after the exam, over a
// restart: admission, end and account are hers; nobody else's change.
func TestWindowAfterTheExam(t *testing.T) {
	h := newHall(t, 1)
	ctx := t.Context()
	ill, _, err := h.AssignSeat(ctx, "maman", h.exam, testExaminee(9), Accommodation{})
	h.ok(err)
	h.clock.add(3 * time.Hour)
	h.ok(h.tick(ctx, h.exam))
	if s, _ := h.seatNow(ill); s.Stage != Finished {
		t.Fatalf("after the exam she is %s", s.Stage)
	}
	h.excused(ill)
	h.ok(h.SetWindow(ctx, "tirkeushi", ill, days(14)))
	h = again(t, h)
	h.ok(h.tick(ctx, h.exam))
	if s, hours := h.seatNow(ill); s.Stage != Invited || !hours.From.Equal(noon.AddDate(0, 0, 14)) {
		t.Fatalf("with a window she is %s, her hours %v", s.Stage, hours)
	}
	wantError(t, h.MachineJoin(ctx, ill), Conflict, "exam_not_open")
	h.clock.add(14*24*time.Hour - 3*time.Hour + 10*time.Minute)
	h.ok(h.MachineJoin(ctx, ill))
	wantError(t, h.MachineJoin(ctx, h.seats[0]), Conflict, "seat_stage")
	h.clock.add(2 * time.Hour)
	h.ok(h.tick(ctx, h.exam))
	s, hours := h.seatNow(ill)
	if s.Stage != Finished {
		t.Fatalf("after her window she is %s", s.Stage)
	}
	h.ok(h.View(h.exam, func(st *State) {
		a := st.Account(ill, h.clock.now())
		if !a.From.Equal(hours.From) || !a.To.Equal(hours.To) || a.NotAdmitted != 10*time.Minute {
			t.Errorf("her account: %v to %v, %v not admitted", a.From, a.To, a.NotAdmitted)
		}
		if b := st.Account(h.seats[0], h.clock.now()); !b.From.Equal(noon) || !b.To.Equal(noon.Add(2*time.Hour)) {
			t.Errorf("another's account: %v to %v", b.From, b.To)
		}
	}))
	wantError(t, h.SetWindow(ctx, "tirkeushi", ill, nil), Conflict, "window_admitted")
	finished := 0
	for _, e := range h.j.events(t) {
		if f, ok := e.Fact.(*SeatFinished); ok && f.Seat == h.seats[0] {
			finished++
		}
	}
	if finished != 1 {
		t.Errorf("another's seat was finished %d times", finished)
	}
}

// again is a hall after a restart.
func again(t *testing.T, h *hall) *hall {
	t.Helper()
	h.Close()
	next := openHall(t, h.j.again())
	next.clock.at = h.clock.now()
	next.exam, next.seats = h.exam, h.seats
	return next
}

// A window taken back before she came leaves her with the exam's hours.
func TestWindowTakenBack(t *testing.T) {
	h := newHall(t, 0)
	ctx := t.Context()
	seat, _, err := h.AssignSeat(ctx, "maman", h.exam, testExaminee(9), Accommodation{})
	h.ok(err)
	h.excused(seat)
	h.ok(h.SetWindow(ctx, "tirkeushi", seat, days(3)))
	wantError(t, h.MachineJoin(ctx, seat), Conflict, "exam_not_open")
	h.ok(h.SetWindow(ctx, "tirkeushi", seat, nil))
	h.ok(h.MachineJoin(ctx, seat))
}

// Extra time in force while she sits moves her end and the account with it, and
// nobody else's; given after her end it is owed to the system of record and
// changes nothing here.
func TestExtraTimeMovesTheEnd(t *testing.T) {
	o := newOffice(t)
	o.inspect("b1", whole(ExtraTime, "c1"))
	o.render("b1")
	end := noon.Add(2 * time.Hour)
	seat := o.state.Seats[testSeat]
	for range 3 {
		if to := o.state.Hours(seat).To; !to.Equal(end) {
			t.Fatalf("before three signatures the end is %v", to)
		}
		o.execute("b1")
	}
	if to := o.state.Hours(seat).To; !to.Equal(end.Add(20 * time.Minute)) {
		t.Errorf("the end is %v", to)
	}
	if err := o.state.Running(seat, end.Add(19*time.Minute)); err != nil {
		t.Error(err)
	}
	wantError(t, o.state.Running(seat, end.Add(21*time.Minute)), Conflict, "exam_over")
	if a := o.state.Account(testSeat, end.Add(time.Hour)); !a.To.Equal(end.Add(20 * time.Minute)) {
		t.Errorf("the account ends %v", a.To)
	}
	o.at = end.Add(20 * time.Minute)
	o.fold(&SeatFinished{testSeat})
	o.inspect("b2", whole(ExtraTime, "c2"))
	o.render("b2")
	for range 3 {
		o.execute("b2")
	}
	if to := o.state.Hours(seat).To; !to.Equal(end.Add(20 * time.Minute)) {
		t.Errorf("after her end it moved to %v", to)
	}
	last := o.state.Deliveries[len(o.state.Deliveries)-1]
	if last.Effect != EffectTimes || last.Times.Minutes != 40 {
		t.Errorf("owed: %+v", last.Times)
	}
}

func TestFXRetake(t *testing.T) {
	h := newHall(t, 1)
	ctx := t.Context()
	fx := func(discipline string) ExamID {
		x := testExam()
		x.Kind, x.Discipline = FXRetake, discipline
		x, err := h.ScheduleExam(ctx, "maman", x)
		h.ok(err)
		return x.ID
	}
	a, b, other := fx("алгебра "), fx("АЛГЕБРА"), fx("Геометрия")
	assign := func(x ExamID, n int, enrolment string) error {
		_, _, err := h.Assign(ctx, "maman", x, Assignment{Examinee: testExaminee(n), Record: SeatRecord{Enrolment: enrolment}})
		return err
	}
	h.ok(assign(a, 7, ""))
	wantError(t, assign(a, 7, ""), Conflict, "fx_retake_used")
	wantError(t, assign(b, 7, ""), Conflict, "fx_retake_used")
	h.ok(assign(b, 8, ""))
	h.ok(assign(other, 7, ""))
	h.ok(assign(b, 7, "2027"))
	// Who was annulled has no retake, unless the exam says so (Q5).
	act := h.drafted(h.seats[0])
	for _, p := range officials() {
		h.ok(h.trySign(ctx, act.ID, p, h.actNow(act.ID).Next()))
	}
	wantError(t, assign(a, 0, ""), Conflict, "fx_retake_annulled")
	h.ok(h.LinkExam(ctx, "admin", h.exam, ExamRecord{Retake: true}))
	h.ok(assign(a, 0, ""))
	wantError(t, assign(b, 0, ""), Conflict, "fx_retake_used")
	h = again(t, h)
	wantError(t, assign(b, 0, ""), Conflict, "fx_retake_used")
}

func TestRecordValidate(t *testing.T) {
	for name, r := range map[string]ExamRecord{
		"record_systems":   {Scores: []string{"a", "a"}},
		"record_value":     {Value: 101},
		"record_ids":       {Quiz: -1},
		"record_line_item": {LineItem: "https://user:pass@lms/5"},
	} {
		wantError(t, r.Validate(), Invalid, name)
	}
	for _, r := range []ExamRecord{{}, {Value: 3, Maximum: 4}, {LineItem: "https://lms.example.kz/x?type_id=3"}, {Scores: []string{ByHand}}} {
		wantError(t, r.Validate(), Invalid, "")
	}
}
