package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"qyragy/deliver"
	"qyragy/proctor"
)

// registry is a system of record behind a webhook, which at first knows
// nobody.
type registry struct {
	mu     sync.Mutex
	knows  bool
	forged int
	took   []string // keys, each once
}

func (r *registry) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(q.Body)
	if err != nil || q.Header.Get("Qyragy-Signature") != "v1="+deliver.Sign([]byte("a secret of this test"), q.Header.Get("Qyragy-Timestamp"), body) {
		r.forged++
	}
	if !r.knows {
		http.Error(w, "no such student", http.StatusUnprocessableEntity)
		return
	}
	r.took = append(r.took, q.Header.Get("Idempotency-Key"))
	fmt.Fprintf(w, `{"reference":"univer-%d"}`, len(r.took))
}

func (r *registry) taken() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.took...)
}

// TestDelivery takes an act into force through the API and its effect into a
// system of record that refuses it first: the alarm is on the register and on
// the act, a person has it tried again, and then it is there, once.
func TestDelivery(t *testing.T) {
	far := &registry{}
	remote := httptest.NewServer(far)
	t.Cleanup(remote.Close)
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("secret", "a secret of this test\n")
	write("systems.json", `{"systems":[{"name":"univer","kind":"webhook","url":"`+remote.URL+`","secret_file":"secret"}]}`)
	s := startQuiet(t, 2, func(c *serveCmd) { c.Deliver = filepath.Join(dir, "systems.json") })
	a := drafted(t, s, 0)
	signedByThree(t, s, a)

	registrar := newCaller(t, s, "registrar")
	var list struct {
		Deliveries []struct {
			Key, System, Effect, State, Reason, Detail, Reference string
			Alarm                                                 bool
		}
		Alarms int
	}
	await(t, "the refusal", 20*time.Second, func() bool {
		registrar.ask("GET", "/api/v1/deliveries", nil, &list, http.StatusOK)
		return list.Alarms == 1
	})
	if d := list.Deliveries[0]; d.System != "univer" || d.Effect != "annul" || d.State != "refused" || !strings.Contains(d.Detail, "no such student") {
		t.Errorf("%+v", d)
	}
	page := newBrowser(t, "registrar", "")
	page.login(s.base, "registrar")
	page.open(s.base + "/acts/" + string(a.ID))
	page.see("act-delivery", 20*time.Second)
	page.shot("act")
	page.open(s.base + "/acts")
	page.see("delivery-alarm", 20*time.Second)
	page.click("delivery-alarm-open")
	page.see("delivery-reason", 20*time.Second)
	page.shot("refused")
	far.mu.Lock()
	far.knows = true
	far.mu.Unlock()
	page.click("delivery-retry")
	page.see("delivery-done", 30*time.Second)
	page.shot("done")
	if got := far.taken(); len(got) != 1 || got[0] != list.Deliveries[0].Key || far.forged != 0 {
		t.Errorf("took %v, %d forged", got, far.forged)
	}
	newCaller(t, s, "head").ask("POST", "/api/v1/acts/"+string(a.ID)+"/close", map[string]string{"text": "қате"}, nil, http.StatusOK)
	await(t, "the reversal", 20*time.Second, func() bool { return len(far.taken()) == 2 })
}

// TestExcuse stores the document of an individual window in the real store,
// under legal hold, and gives it back byte for byte.
func TestExcuse(t *testing.T) {
	s := startQuiet(t, 2)
	seat := s.demo.Seats[1].ID
	document := []byte("%PDF-1.7 анықтама")
	c := newCaller(t, s, "specialist")
	excuses := "/api/v1/seats/" + string(seat) + "/excuses"
	var stored struct{ Document string }
	if status, key := c.send(excuses, document, &stored); status != http.StatusOK {
		t.Fatalf("%d %q", status, key)
	}
	registrar := newCaller(t, s, "registrar")
	if got := registrar.fetch(excuses+"/"+stored.Document, "application/pdf"); !bytes.Equal(got, document) {
		t.Errorf("%q", got)
	}
	var r proctor.Receipt
	if err := s.engine.ViewSeat(seat, func(_ *proctor.State, at *proctor.Seat) { r = at.Excuses[0].Receipt }); err != nil {
		t.Fatal(err)
	}
	if err := s.vault.Delete(t.Context(), r.Key, r.VersionID); err == nil {
		t.Error("a document that is held was deleted")
	}
	from := time.Now().UTC().Add(24 * time.Hour)
	registrar.ask("PUT", "/api/v1/seats/"+string(seat)+"/window", map[string]any{
		"from": from, "to": from.Add(time.Hour), "reason": "illness", "document": stored.Document,
	}, nil, http.StatusNoContent)
	if err := s.engine.MachineJoin(t.Context(), seat); proctor.KindOf(err) != proctor.Conflict {
		t.Errorf("let in outside her hours: %v", err)
	}
}
