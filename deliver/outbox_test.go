package deliver

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"qyragy/proctor"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func hookCampus(t *testing.T) (*campus, *receiver) {
	t.Helper()
	h := newReceiver(t, nil)
	sys := map[string]System{}
	c := newCampus(t, proctor.ExamRecord{Scores: []string{"hook"}, Times: []string{"hook"}}, sys)
	h.now = c.clock.now
	sys["hook"] = h.hook()
	c.box = NewOutbox(c.Engine, sys, Options{Now: c.clock.now})
	for _, seat := range c.seats {
		c.admit(seat)
	}
	return c, h
}

// A system that is down for a day loses nothing, is not hammered, and fills
// neither the journal nor the log with its absence.
func TestOutboxDownForADay(t *testing.T) {
	c, h := hookCampus(t)
	h.set(http.StatusServiceUnavailable, false, "")
	for _, seat := range c.seats {
		c.annul(seat)
	}
	tries := 0
	h.server.Config.Handler = counted(h.server.Config.Handler, &tries)
	for range 24 * 360 { // each ten seconds of a day
		c.pass()
		c.clock.add(10 * time.Second)
	}
	t.Logf("%d requests in a day of absence", tries)
	if tries < 96 || tries > 400 {
		t.Errorf("%d requests", tries)
	}
	if n := c.facts("delivery.failed"); n != 2 {
		t.Errorf("%d failures journaled of 2 deliveries", n)
	}
	h.set(0, false, "")
	c.clock.add(mostWait)
	c.pass()
	c.wantDone(2)
	if got := h.effects(); !slices.Equal(got, []string{"annul", "annul"}) {
		t.Errorf("%v", got)
	}
}

func counted(h http.Handler, n *int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { *n++; h.ServeHTTP(w, r) })
}

// An answer that is lost after the system has worked, and a kill before the
// acknowledgement is journaled, do the work once.
func TestOutboxLostAnswerAndKill(t *testing.T) {
	c, h := hookCampus(t)
	c.annul(c.seats[0])
	h.set(0, true, "")
	for range 3 {
		c.pass()
		c.restart()
	}
	if h.calls != 3 || len(h.worked) != 1 {
		t.Fatalf("%d calls did %d works", h.calls, len(h.worked))
	}
	if d := c.book()[0]; d.Progress["hook"].State() != proctor.DeliverySent {
		t.Errorf("it is %s", d.Progress["hook"].State())
	}
	h.set(0, false, "")
	c.pass()
	c.pass()
	c.wantDone(1)
	if len(h.worked) != 1 || h.calls != 4 || h.forged != 0 {
		t.Errorf("%d works, %d calls, %d forged", len(h.worked), h.calls, h.forged)
	}
	if p := c.book()[0].Progress["hook"]; p.Reference != "doc-1" {
		t.Errorf("%+v", p)
	}
	if n := c.facts("delivery.acknowledged"); n != 1 {
		t.Errorf("%d acknowledgements", n)
	}
}

// A reversal that overtakes its annulment waits for it; both arrive, in order.
func TestOutboxReversalKeepsItsPlace(t *testing.T) {
	c, h := hookCampus(t)
	h.set(http.StatusBadGateway, false, "")
	a := c.annul(c.seats[0])
	c.pass()
	c.clock.add(time.Second)
	c.end(a)
	c.annul(c.seats[0])
	c.pass()
	h.set(0, false, "")
	c.clock.add(mostWait)
	c.pass()
	c.wantDone(3)
	if got := h.effects(); !slices.Equal(got, []string{"annul", "restore", "annul"}) {
		t.Errorf("%v", got)
	}
}

// What is refused for good waits for a person, holds up what follows it at that
// seat and nothing else; she may have it tried again or do it by hand.
func TestOutboxRefused(t *testing.T) {
	c, h := hookCampus(t)
	h.set(http.StatusUnprocessableEntity, false, "no such student")
	a := c.annul(c.seats[0])
	c.pass()
	key := c.book()[0].Key
	if f := c.failure("hook"); f.Reason != proctor.FailRefused || !f.Refused || !contains(f.Detail, "no such student") {
		t.Fatalf("%+v", f)
	}
	h.set(0, false, "")
	c.end(a)
	c.annul(c.seats[1])
	c.clock.add(time.Hour)
	c.pass()
	if got := h.effects(); !slices.Equal(got, []string{"annul"}) || h.worked[0].Seat != c.seats[1] {
		t.Fatalf("%v", got)
	}
	c.ok(c.RetryDelivery(t.Context(), "registrar", c.exam, key, "hook"))
	c.box.Retry("hook", key)
	c.pass()
	c.wantDone(3)
	if err := c.RetryDelivery(t.Context(), "registrar", c.exam, key, "hook"); proctor.KindOf(err) != proctor.Conflict {
		t.Errorf("done, and tried again: %v", err)
	}
}

func TestOutboxByHand(t *testing.T) {
	c := newCampus(t, proctor.ExamRecord{}, nil)
	c.admit(c.seats[0])
	c.annul(c.seats[0])
	c.pass()
	d := c.book()[0]
	if err := c.AcknowledgeDelivery(t.Context(), "registrar", c.exam, d.Key, proctor.ByHand, " "); proctor.KindOf(err) != proctor.Invalid {
		t.Errorf("without a word: %v", err)
	}
	if err := c.AcknowledgeDelivery(t.Context(), "registrar", c.exam, d.Key, "elsewhere", "x"); proctor.KindOf(err) != proctor.NotFound {
		t.Errorf("for another system: %v", err)
	}
	c.ok(c.AcknowledgeDelivery(t.Context(), "registrar", c.exam, d.Key, proctor.ByHand, "UNIVER-ге енгізілді"))
	c.wantDone(1)
	c.restart()
	c.wantDone(1)
	if p := c.book()[0].Progress[proctor.ByHand]; p.By != "registrar" || p.Text == "" {
		t.Errorf("%+v", p)
	}
}

// A system that fails with one delivery still gets the others.
func TestOutboxOnePoison(t *testing.T) {
	c, h := hookCampus(t)
	bad := c.seats[0]
	inner := h.server.Config.Handler
	h.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		if strings.Contains(b.String(), string(bad)) {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		r.Body = http.NoBody
		r2 := r.Clone(r.Context())
		r2.Body = nopCloser{&b}
		inner.ServeHTTP(w, r2)
	})
	c.annul(bad)
	for range 20 {
		c.pass()
		c.clock.add(time.Minute)
	}
	c.annul(c.seats[1])
	c.pass()
	if got := h.effects(); !slices.Equal(got, []string{"annul"}) {
		t.Errorf("%v", got)
	}
}

type nopCloser struct{ *bytes.Buffer }

func (nopCloser) Close() error { return nil }

// A system that nobody has configured is told of.
func TestOutboxUnknownSystem(t *testing.T) {
	c := newCampus(t, proctor.ExamRecord{Scores: []string{"gone"}}, nil)
	c.admit(c.seats[0])
	c.annul(c.seats[0])
	c.ok(c.box.Strange(t.Context()))
	c.ok(c.box.Strange(t.Context()))
	if f := c.failure("gone"); f.Reason != proctor.FailUnknown || !f.Reason.Urgent() || c.facts("delivery.failed") != 1 {
		t.Errorf("%+v", f)
	}
	c.ok(c.LinkExam(t.Context(), "admin", c.exam, proctor.ExamRecord{}))
	c.ok(c.AcknowledgeDelivery(t.Context(), "registrar", c.exam, c.book()[0].Key, proctor.ByHand, "ok"))
	c.wantDone(1)
}

// Redirects are not followed: what is signed for one address goes to no other.
func TestWebhookFollowsNoRedirect(t *testing.T) {
	c, h := hookCampus(t)
	inner := h.server.Config.Handler
	h.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/there" {
			http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
			return
		}
		inner.ServeHTTP(w, r)
	})
	c.annul(c.seats[0])
	c.pass()
	if f := c.failure("hook"); f.Reason != proctor.FailRefused || h.calls != 0 {
		t.Errorf("%+v, %d calls", f, h.calls)
	}
}

// Run delivers by itself, wakes up, and ends with its context.
func TestOutboxRun(t *testing.T) {
	c, h := hookCampus(t)
	box := NewOutbox(c.Engine, map[string]System{"hook": NewWebhook(Webhook{URL: h.server.URL, Secret: []byte("sixteen bytes or more"), Now: c.clock.now})}, Options{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- box.Run(ctx) }()
	c.annul(c.seats[0])
	box.Wake()
	for c.facts("delivery.acknowledged") == 0 {
		if ctx.Err() != nil {
			t.Fatal("not delivered")
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// The file for UNIVER holds each delivery once, whatever happens, and no
// formula; a person acknowledges.
func TestCSV(t *testing.T) {
	dir := t.TempDir()
	sys := map[string]System{}
	c := newCampus(t, proctor.ExamRecord{Scores: []string{"univer"}, Times: []string{"univer"}}, sys)
	sys["univer"] = &CSV{Dir: dir, Now: c.clock.now}
	c.restart()
	c.admit(c.seats[0])
	c.annul(c.seats[0])
	c.inspect(proctor.Inspection{Seats: c.seats[:1], Code: proctor.ExtraTime, Minutes: 30})
	for range 3 {
		c.pass()
		c.pass()
		c.clock.add(24 * time.Hour)
		c.restart()
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 || filepath.Base(files[0]) != "qyragy-2026-11-23.csv" {
		t.Fatal(files, err)
	}
	// A power cut left half a line behind.
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], append(b, "half,a,li"...), 0o600); err != nil {
		t.Fatal(err)
	}
	c.clock.add(-72 * time.Hour)
	c.annul(c.seats[0])
	c.ok(c.AcknowledgeDelivery(t.Context(), "registrar", c.exam, c.book()[0].Key, "univer", "енгізілді"))
	c.pass()
	if b, err = os.ReadFile(files[0]); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) != 4 || !slices.Equal(rows[0], Columns()) {
		t.Fatal(len(rows), err, string(b))
	}
	for _, row := range rows[1:] {
		if row[5] != "'=Қ. Ұлы" {
			t.Errorf("a name is a formula: %q", row[5])
		}
	}
	if rows[1][12] != "0" || rows[1][14] != "no" || rows[2][17] != "30" {
		t.Errorf("%q", rows)
	}
	if d := c.book()[1]; d.Progress["univer"].State() != proctor.DeliverySent {
		t.Errorf("not acknowledged, and %s", d.Progress["univer"].State())
	}
}
