package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"qyragy/proctor"
)

// TestInspection takes an outage of three seats through Appendix B: clustered,
// suggested, drafted, refused unfinished, decided, signed by its own three,
// judged by others than us, and in force with its effect.
func TestInspection(t *testing.T) {
	s := startServer(t, 4)
	exam, seats := cutOff(t, s, 3)
	specialist, head, registrar := newCaller(t, s, "specialist"), newCaller(t, s, "head"), newCaller(t, s, "registrar")

	var faults struct {
		Faults []struct {
			proctor.Cluster
			Purpose, Result string
		} `json:"faults"`
	}
	registrar.ask("GET", "/api/v1/exams/"+string(exam)+"/faults", nil, &faults, http.StatusOK)
	if len(faults.Faults) != 1 || !faults.Faults[0].Ours || len(faults.Faults[0].Seats) != 3 || !strings.Contains(faults.Faults[0].Purpose, "3 студент") {
		t.Fatalf("faults %+v", faults)
	}
	f := faults.Faults[0]
	a := drawUp(t, s, exam)
	if a.Kind() != proctor.AppendixB || !strings.HasPrefix(a.Number, "B-") || len(a.Inspection.Seats) != 3 {
		t.Fatalf("drafted %+v", a)
	}
	specialist.ask("POST", "/api/v1/incidents/"+string(f.Incidents[0])+"/confirm", map[string]any{"reasons": []string{"A6"}, "text": "x"}, nil, http.StatusConflict)

	head.signByKey(s, a.ID, proctor.RoleHead, http.StatusConflict) // it decides nothing yet
	specialist.ask("PUT", "/api/v1/acts/"+string(a.ID)+"/inspection", map[string]any{
		"purpose": f.Purpose, "result": f.Result, "decision": "Студенттерге 20 минут қосымша уақыт берілсін.", "code": "extra_time", "minutes": 20,
	}, nil, http.StatusOK)
	head.signByKey(s, a.ID, proctor.RoleHead, http.StatusOK)
	specialist.signByKey(s, a.ID, proctor.RoleSpecialist, http.StatusConflict) // the registrar's turn
	registrar.signByKey(s, a.ID, proctor.RoleRegistrar, http.StatusOK)
	if n := remedies(t, s, seats); n != 0 {
		t.Fatalf("%d remedies after two signatures", n)
	}
	specialist.signByKey(s, a.ID, proctor.RoleSpecialist, http.StatusOK)
	if n := remedies(t, s, seats); n != 3 {
		t.Errorf("%d remedies, want one for each of 3 seats", n)
	}

	pdf := rendered(t, s, a.ID)
	text := strings.Join(strings.Fields(run(t, pdf, "pdftotext", "-layout", "-", "-")), " ")
	for _, want := range []string{"Қосымша Б", "Тексеріс нәтижесінің Актісі", "Офис-регистратор басшысы", "20 минут қосымша уақыт", a.Number} {
		if !strings.Contains(text, want) {
			t.Errorf("the PDF does not say %q", want)
		}
	}
	checkSigned(t, s, a)
	_ = s.engine.ViewAct(a.ID, func(_ *proctor.State, at *proctor.Act) { a = *at })
	checkAnybody(t, s, a)
	head.ask("POST", "/api/v1/acts/"+string(a.ID)+"/close", map[string]any{"text": "қате жасалған"}, nil, http.StatusOK)
	if n := remedies(t, s, seats); n != 0 {
		t.Errorf("%d remedies of a superseded act", n)
	}
}

// drawUp drafts the act on the specialist's page, as it is suggested.
func drawUp(t *testing.T, s *server, exam proctor.ExamID) (a proctor.Act) {
	t.Helper()
	page := newBrowser(t, "specialist", "")
	page.login(s.base, "specialist")
	page.open(s.base + "/proctor/" + string(exam))
	page.see("open-faults", 20*time.Second)
	page.click("open-faults")
	page.see("fault-inspect", 20*time.Second)
	page.shot("faults")
	page.click("fault-inspect")
	page.see("inspect-submit", 10*time.Second)
	page.shot("inspect")
	page.click("inspect-submit")
	page.see("inspection-form", 20*time.Second)
	page.see("document", 20*time.Second)
	page.shot("inspection")
	page.click("edit")
	page.see("inspection-code", 10*time.Second)
	page.shot("inspection-edit")
	err := s.engine.View(exam, func(st *proctor.State) {
		for _, drafted := range st.Acts {
			a = *drafted
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// cutOff admits n seats whose cameras then fall silent at once.
func cutOff(t *testing.T, s *server, n int) (exam proctor.ExamID, seats []proctor.SeatID) {
	t.Helper()
	for _, d := range s.demo.Seats[:n] {
		if err := s.engine.MachineJoin(t.Context(), d.ID); err != nil {
			t.Fatal(err)
		}
		seats = append(seats, d.ID)
	}
	began := time.Now().UTC()
	for second := range 6 {
		for _, id := range seats {
			m := proctor.MediaReport{Seat: id, At: began.Add(time.Duration(second) * time.Second), Connected: second == 0, VideoFrames: 15, Bits: 500_000}
			if !m.Connected {
				m.VideoFrames, m.Bits = 0, 0
			}
			if err := s.engine.Packets(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, id := range seats {
		if got := incidentsOf(s, id); len(got) != 1 || got[0].Cause != proctor.CauseNetwork {
			t.Fatalf("incidents of %s: %+v", id, got)
		}
		_ = s.engine.ViewSeat(id, func(_ *proctor.State, at *proctor.Seat) { exam = at.Exam })
	}
	return exam, seats
}

func remedies(t *testing.T, s *server, seats []proctor.SeatID) (n int) {
	t.Helper()
	for _, id := range seats {
		err := s.engine.ViewSeat(id, func(_ *proctor.State, at *proctor.Seat) {
			n += len(at.Remedies)
			if at.ScoreAnnulled != "" {
				t.Errorf("the score of %s is annulled", id)
			}
		})
		if err != nil {
			t.Fatal(fmt.Errorf("view %s: %w", id, err))
		}
	}
	return n
}
