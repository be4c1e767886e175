package main

import (
	"bytes"
	"testing"
	"time"

	"qyragy/proctor"
)

// TestHeldEvidence asks the real store to delete what an act rests on: it
// refuses while the act lives and for a whole retention after its end, though
// the object has no lock of its own, and lets it go then, journaled.
func TestHeldEvidence(t *testing.T) {
	s := startQuiet(t, 1)
	ctx, days := t.Context(), func(n int) time.Time { return time.Now().Add(time.Duration(n) * 24 * time.Hour) }
	a := drafted(t, s, 0)
	receipt, err := store{s.vault}.put(ctx, "stills/held.jpg", []byte("a picture"), 0, "image/jpeg")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.engine.Pin(ctx, a.Cause, proctor.Still{Receipt: receipt, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	k := &keeping{engine: s.engine, vault: s.vault, log: s.log, held: map[string]bool{}}
	pass := func(now time.Time) {
		t.Helper()
		if err := k.pass(ctx, now); err != nil {
			t.Fatal(err)
		}
	}
	stands := func(when string, r proctor.Receipt) {
		t.Helper()
		if err := s.vault.Delete(ctx, r.Key, r.VersionID); err == nil {
			t.Errorf("%s: the store deleted %s", when, r.Key)
		}
		if _, err := (store{s.vault}).get(ctx, r); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	pass(time.Now())
	pass(days(1000))
	stands("while the act lives", receipt)
	stands("while the act lives", a.Document.Receipt)

	head := proctor.Person{Login: "head", Roles: []proctor.Role{proctor.RoleHead}}
	if _, err := s.engine.CloseAct(ctx, head, a.ID, "қате жасалған"); err != nil {
		t.Fatal(err)
	}
	pass(days(40))
	stands("while nobody has judged the incident anew", receipt)
	if err := s.engine.Dismiss(ctx, "proctor", a.Cause, "телефон емес"); err != nil {
		t.Fatal(err)
	}
	// A server that has just started knows of no holds.
	k.held = map[string]bool{}
	pass(days(29))
	stands("29 days after the end", receipt)
	pass(days(31))
	if _, err := (store{s.vault}).get(ctx, receipt); err == nil {
		t.Error("31 days after the end the evidence is still there")
	}
	var still *proctor.Still
	if err := s.engine.ViewIncident(a.Cause, func(_ *proctor.State, i *proctor.Incident) { still = i.Still }); err != nil || still != nil {
		t.Errorf("the journal does not know that it went: %+v, %v", still, err)
	}
	if pdf := pdfOf(t, s, a.ID); !bytes.HasPrefix(pdf, []byte("%PDF")) {
		t.Error("the act's own document is gone")
	}
	stands("after all", a.Document.Receipt)
}
