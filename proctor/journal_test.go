package proctor_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"qyragy/proctor"
	"qyragy/proctor/journal"
)

// start opens an engine on the real journal of a folder.
func start(t *testing.T, dir string, now func() time.Time) (*proctor.Engine, func()) {
	t.Helper()
	j, err := journal.Open(t.Context(), filepath.Join(dir, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := proctor.Open(t.Context(), j, proctor.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return e, func() {
		e.Close()
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A covered camera becomes an annulment in the real journal, and the same
// after a restart.
func TestEngineOnRealJournal(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	noon := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	now := func() time.Time { return noon }
	e, stop := start(t, dir, now)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	x, err := e.ScheduleExam(ctx, "maman", proctor.Exam{
		Title: "Емтихан", Discipline: "Алгебра", Kind: proctor.SessionExam, Form: proctor.Oral,
		Opens: noon, Closes: noon.Add(time.Hour),
	})
	must(err)
	seat, token, err := e.AssignSeat(ctx, "maman", x.ID, proctor.Examinee{StudentID: "1", Name: "Қ.", Specialty: "6B", Group: "М"}, proctor.Accommodation{})
	must(err)
	must(e.MachineJoin(ctx, seat))
	for n := range 3 {
		must(e.Look(ctx, proctor.Look{
			Seat: seat, At: noon.Add(time.Duration(n) * time.Second),
			Observations: []proctor.Observation{{Cause: proctor.CauseCovered, Score: 1}},
		}))
	}
	var id proctor.IncidentID
	must(e.ViewSeat(seat, func(s *proctor.State, _ *proctor.Seat) {
		for _, i := range s.Incidents {
			id = i.ID
		}
	}))
	a, err := e.Confirm(ctx, "proctor", id, []proctor.Reason{proctor.A1}, "")
	must(err)
	doc := proctor.Document{Digest: "d", Receipt: proctor.Receipt{Key: "k", SHA256: "0", At: time.Now()}}
	must(e.RenderedAct(ctx, a.ID, 1, doc, nil))
	for n, r := range proctor.SigningOrder() {
		p := proctor.Person{Login: proctor.Login(r), Roles: []proctor.Role{r}}
		if n == 1 { // a restart between two signatures
			stop()
			e, stop = start(t, dir, now)
		}
		next := doc
		next.Receipt.SHA256 += string(r)
		_, err := e.SignAct(ctx, a.ID, doc, p, proctor.Signature{Login: p.Login, Role: r, At: now()}, next)
		must(err)
		doc = next
	}
	before := snapshot(t, e, x.ID)
	if before.Seats[seat].ScoreAnnulled != a.ID {
		t.Fatal("three signatures did not annul the score")
	}
	stop()
	e, stop = start(t, dir, now)
	defer stop()
	if d := cmp.Diff(before, snapshot(t, e, x.ID)); d != "" {
		t.Errorf("-before +after the restart:\n%s", d)
	}
	if got, err := e.SeatByToken(token); err != nil || got != seat {
		t.Errorf("her link leads to %q, %v", got, err)
	}
}

// snapshot copies a state as far as this test changes it.
func snapshot(t *testing.T, e *proctor.Engine, id proctor.ExamID) proctor.State {
	t.Helper()
	var out proctor.State
	if err := e.View(id, func(s *proctor.State) { out = *s }); err != nil {
		t.Fatal(err)
	}
	return out
}
