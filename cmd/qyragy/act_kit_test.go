package main

import (
	"net/http"
	"testing"
	"time"

	"qyragy/proctor"
)

// confirmed lets a demo seat in without a camera and has a person raise and
// confirm a violation over it; the act's document may not be there yet.
func confirmed(t *testing.T, s *server, seat proctor.SeatID) proctor.Act {
	t.Helper()
	admit(t, s, seat)
	i, err := s.engine.Raise(t.Context(), "proctor", seat, proctor.CauseOther, "Телефон", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.engine.Confirm(t.Context(), "proctor", i.ID, []proctor.Reason{proctor.A6}, "Телефонмен сөйлесті")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// drafted is an act over a demo seat, counted from 0, with its document.
func drafted(t *testing.T, s *server, seat int) proctor.Act {
	t.Helper()
	a := confirmed(t, s, s.demo.Seats[seat].ID)
	rendered(t, s, a.ID)
	return actOf(t, s, a.ID)
}

// actOf is how an act stands now.
func actOf(t *testing.T, s *server, id proctor.ActID) (a proctor.Act) {
	t.Helper()
	if err := s.engine.ViewAct(id, func(_ *proctor.State, at *proctor.Act) { a = *at }); err != nil {
		t.Fatal(err)
	}
	return a
}

// rendered waits for the document of an act's version.
func rendered(t *testing.T, s *server, id proctor.ActID) []byte {
	t.Helper()
	await(t, "the act's document", 20*time.Second, func() bool {
		_, err := s.office.PDF(t.Context(), id)
		return err == nil
	})
	return pdfOf(t, s, id)
}

func pdfOf(t *testing.T, s *server, id proctor.ActID) []byte {
	t.Helper()
	pdf, err := s.office.PDF(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

// signByKey signs the newest document with the password.
func (c *caller) signByKey(s *server, id proctor.ActID, role proctor.Role, want int) {
	c.t.Helper()
	rendered(c.t, s, id)
	c.ask("POST", "/api/v1/acts/"+string(id)+"/sign", map[string]any{
		"role": role, "password": demoPassword, "document": actOf(c.t, s, id).Document.Receipt.SHA256}, nil, want)
}

// signedByThree signs an act over HTTP as its three officials.
func signedByThree(t *testing.T, s *server, a proctor.Act) {
	t.Helper()
	for _, role := range proctor.SigningOrder() {
		newCaller(t, s, string(role)).signByKey(s, a.ID, role, http.StatusOK)
	}
}

func annulled(t *testing.T, s *server, seat proctor.SeatID) (yes bool) {
	t.Helper()
	if err := s.engine.ViewSeat(seat, func(_ *proctor.State, at *proctor.Seat) { yes = at.ScoreAnnulled != "" }); err != nil {
		t.Fatal(err)
	}
	return yes
}
