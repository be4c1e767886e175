package proctor

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// Exams that fail at the same time leave no hole in the register.
func TestEngineRegisterHasNoHoles(t *testing.T) {
	for failAt := range 10 {
		h := newHall(t, 1)
		halls := []IncidentID{h.covered(h.seats[0])}
		for i := range 7 {
			x, err := h.ScheduleExam(t.Context(), "maman", testExam())
			h.ok(err)
			seat, _, err := h.AssignSeat(t.Context(), "maman", x.ID, testExaminee(i), Accommodation{})
			h.ok(err)
			h.ok(h.MachineJoin(t.Context(), seat))
			halls = append(halls, h.covered(seat))
		}
		if failAt < 8 {
			h.j.mu.Lock()
			h.j.failAt = h.j.calls + failAt + 1
			h.j.mu.Unlock()
		}
		var wg sync.WaitGroup
		for _, id := range halls {
			wg.Go(func() { _, _ = h.Confirm(t.Context(), "proctor", id, []Reason{A1}, "") })
		}
		wg.Wait()
		if err := holes(h.j.events(t)); err != nil {
			t.Fatalf("append %d failed: %v", failAt, err)
		}
		h.Close()
	}
}

// holes checks that the register's numbers in a journal count from 1.
func holes(events []Event) error {
	n := 0
	for _, e := range events {
		if f, ok := e.Fact.(*ActDrafted); ok {
			n++
			if want := fmt.Sprintf("A-%d-%05d", registerYear(e.At), n); f.Act.Number != want {
				return fmt.Errorf("act %d of the register is %s", n, f.Act.Number)
			}
		}
	}
	return nil
}

// The register begins anew each year and goes on after a restart.
func TestEngineRegisterYears(t *testing.T) {
	h := newHall(t, 4)
	h.drafted(h.seats[0])
	h.clock.mu.Lock()
	h.clock.at = time.Date(2027, 1, 2, 7, 0, 0, 0, time.UTC)
	h.clock.mu.Unlock()
	if a := h.drafted(h.seats[1]); a.Number != "A-2027-00001" {
		t.Error(a.Number)
	}
	clock := h.clock
	h.Close()
	e, err := Open(t.Context(), h.j.again(), Options{Now: clock.now, still: true})
	if err != nil {
		t.Fatal(err)
	}
	h.Engine = e
	defer e.Close()
	if a := h.drafted(h.seats[2]); a.Number != "A-2027-00002" {
		t.Error(a.Number)
	}
}

// The year turns at midnight in Almaty, five hours before it does in UTC.
func TestEngineRegisterTurnsInAlmaty(t *testing.T) {
	h := newHall(t, 3)
	last := time.Date(2026, 12, 31, 18, 59, 0, 0, time.UTC) // 23:59
	for i, want := range []string{"A-2026-00001", "A-2027-00001", "A-2027-00002"} {
		h.clock.mu.Lock()
		h.clock.at = last.Add(time.Duration(i) * time.Minute)
		h.clock.mu.Unlock()
		if a := h.drafted(h.seats[i]); a.Number != want {
			t.Errorf("at %v: %s, want %s", h.clock.now(), a.Number, want)
		}
	}
}

// Refused requests take no number; an act that is withdrawn keeps its own, in
// the list and over a restart.
func TestEngineRegisterKeepsEveryNumber(t *testing.T) {
	h := newHall(t, 3)
	first := h.drafted(h.seats[0])
	i := h.covered(h.seats[1])
	for _, reasons := range [][]Reason{nil, {"A9"}, {A6}} { // none, unknown, without words
		if _, err := h.Confirm(t.Context(), "proctor", i, reasons, ""); err == nil {
			t.Fatalf("confirmed for %v", reasons)
		}
	}
	if _, err := h.Confirm(t.Context(), "proctor", first.Cause, []Reason{A1}, ""); err == nil {
		t.Fatal("confirmed twice")
	}
	head := officials()[2]
	_, err := h.CloseAct(t.Context(), head, first.ID, "Қате")
	h.ok(err)
	if a, err := h.Confirm(t.Context(), "proctor", i, []Reason{A1}, ""); err != nil || a.Number != "A-2026-00002" {
		t.Fatalf("%s, %v", a.Number, err)
	}
	h.Close()
	e, err := Open(t.Context(), h.j.again(), Options{Now: h.clock.now, still: true})
	h.ok(err)
	defer e.Close()
	h.Engine = e
	if a := h.actNow(first.ID); a.State != Withdrawn || a.Number != "A-2026-00001" {
		t.Errorf("after a restart %s is %s", a.Number, a.State)
	}
	if a := h.drafted(h.seats[2]); a.Number != "A-2026-00003" {
		t.Error(a.Number)
	}
	if err := holes(h.j.events(t)); err != nil {
		t.Error(err)
	}
}
