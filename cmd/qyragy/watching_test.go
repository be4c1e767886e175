package main

import (
	"testing"
	"time"

	"qyragy/proctor"
)

// TestWatching is a hint from the wall to a person's own words, and its cause
// switched off while it goes on.
func TestWatching(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	s := startServer(t, 1)
	seat := s.demo.Seats[0].ID
	if err := s.engine.MachineJoin(t.Context(), seat); err != nil {
		t.Fatal(err)
	}
	at := time.Now().UTC()
	for n := range 6 {
		err := s.engine.Look(t.Context(), proctor.Look{
			Seat: seat, At: at.Add(time.Duration(n-6) * time.Second), Detector: "test",
			Observations: []proctor.Observation{{Cause: proctor.CauseObject, Score: 0.9, Detail: "phone 0.90"}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	staff := newBrowser(t, "specialist", "")
	staff.login(s.base, "specialist")
	staff.see("hint-object", 30*time.Second)
	staff.click("tile-open")
	staff.click("incident-confirm")
	staff.see("confirm-hint", 10*time.Second)
	staff.ask("be asked for words", `document.querySelector('[data-testid="confirm-next"]').disabled`, 5*time.Second)
	staff.write("confirm-text", "Қолында телефон бар.")
	staff.ask("go on with them", `!document.querySelector('[data-testid="confirm-next"]').disabled`, 5*time.Second)

	staff.click("open-watching")
	staff.see("mode-object", 30*time.Second)
	staff.ask("switch objects off", `(() => {
		const e = document.querySelector('[data-testid="mode-object"]');
		e.value = "off";
		e.dispatchEvent(new Event("change", { bubbles: true }));
		return true;
	})()`, 5*time.Second)
	staff.see("watching-diff", 5*time.Second)
	staff.click("watching-save")
	staff.see("watching-saved", 20*time.Second)
	staff.shot("watching")
	for _, i := range incidentsOf(s, seat) {
		if i.Cause == proctor.CauseObject && (i.State != proctor.IncidentClosed || i.Closed.IsZero()) {
			t.Errorf("%s although its cause is off", i.State)
		}
	}
	if err := s.engine.Degraded(t.Context(), "a detector ended 5 times"); err != nil {
		t.Fatal(err)
	}
	staff.open(s.base + "/proctor")
	staff.see("degraded", 20*time.Second)
	staff.shot("degraded")
}
