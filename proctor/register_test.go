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
			if want := fmt.Sprintf("A-%d-%05d", e.At.Year(), n); f.Act.Number != want {
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
