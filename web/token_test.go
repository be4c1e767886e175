package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"qyragy/proctor"
)

func testTokens() *Tokens {
	return NewTokens(bytes.Repeat([]byte{1}, 32), func() time.Time { return time.Unix(1_800_000_000, 0) })
}

func TestTokens(t *testing.T) {
	tokens := testTokens()
	good := tokens.Issue("seat", false, time.Minute)
	if machine, err := tokens.Check(good, "seat"); machine || err != nil {
		t.Fatalf("machine %v, %v", machine, err)
	}
	if machine, err := tokens.Check(tokens.Issue("seat", true, time.Minute), "seat"); !machine || err != nil {
		t.Fatalf("machine %v, %v", machine, err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(good)
	must(t, err)
	raw[0] = tokenMachine
	raised := base64.RawURLEncoding.EncodeToString(raw)
	others := NewTokens(bytes.Repeat([]byte{2}, 32), tokens.now)
	for name, bad := range map[string]string{
		"empty": "", "expired": tokens.Issue("seat", false, 0), "long expired": tokens.Issue("seat", false, -time.Hour),
		"another seat's": tokens.Issue("seat2", false, time.Minute), "another key's": others.Issue("seat", false, time.Minute),
		"kind raised": raised, "cut": good[:len(good)-1], "longer": good + "A", "padded": good + "=",
		"JWT alg none": "eyJhbGciOiJub25lIn0.eyJzZWF0Ijoic2VhdCJ9.", "dots": strings.Repeat(".", 1<<20),
		"another spelling": good[:len(good)-1] + string(good[len(good)-1]+1),
	} {
		if _, err := tokens.Check(bad, "seat"); !errors.Is(err, ErrUnauthorized) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzToken(f *testing.F) {
	tokens := testTokens()
	good := tokens.Issue("seat", false, time.Minute)
	f.Add(good, "seat")
	f.Add(tokens.Issue("seat", true, time.Minute), "seat")
	f.Add(strings.Repeat(".", 100), "")
	f.Fuzz(func(t *testing.T, token, seat string) {
		_, err := tokens.Check(token, proctor.SeatID(seat))
		if err != nil && !errors.Is(err, ErrUnauthorized) {
			t.Fatal(err)
		}
		if err == nil && token != tokens.Issue(proctor.SeatID(seat), false, time.Minute) &&
			token != tokens.Issue(proctor.SeatID(seat), true, time.Minute) {
			t.Fatalf("%q is taken for a token of %q", token, seat)
		}
	})
}

// TestPublishAuth walks the seat's stages with each kind of token.
func TestPublishAuth(t *testing.T) {
	joined := 0
	k := newKit(t, func(c *Config) {
		c.MachineJoin = func(ctx context.Context, seat proctor.SeatID) error { joined++; return c.Engine.MachineJoin(ctx, seat) }
	})
	sc := k.scene()
	fresh, _ := k.seat(sc.exam, "Дана")
	demo, _ := k.seat(sc.exam, "Ерлан")
	ask := func(method string, seat proctor.SeatID, authorization string) error {
		r := httptest.NewRequest(method, "/whip/x", nil)
		r.Header.Set("Authorization", authorization)
		return k.PublishAuth(r, seat)
	}
	human := func(s proctor.SeatID) string { return "Bearer " + k.tokens.Issue(s, false, time.Hour) }
	machine := func(s proctor.SeatID) string { return "bearer " + k.tokens.Issue(s, true, time.Hour) }
	must(t, k.engine.Finish(context.Background(), "proctor", sc.other))
	for name, c := range map[string]struct {
		err  error
		kind proctor.Kind
	}{
		"admitted":                {ask("POST", sc.seat, human(sc.seat)), ""},
		"nothing":                 {ask("POST", sc.seat, ""), kindUnauthorized},
		"basic":                   {ask("POST", sc.seat, strings.Replace(human(sc.seat), "Bearer", "Basic", 1)), kindUnauthorized},
		"another seat's":          {ask("POST", sc.seat, human(sc.other)), kindUnauthorized},
		"before consent":          {ask("POST", fresh, human(fresh)), proctor.Conflict},
		"after the end":           {ask("POST", sc.other, human(sc.other)), proctor.Conflict},
		"after the end, goodbye":  {ask("DELETE", sc.other, human(sc.other)), ""},
		"machine":                 {ask("POST", demo, machine(demo)), ""},
		"machine, candidates":     {ask("PATCH", demo, machine(demo)), ""},
		"machine after the end":   {ask("POST", sc.other, machine(sc.other)), proctor.Conflict},
		"token of no seat at all": {ask("POST", "none", human("none")), proctor.NotFound},
	} {
		if proctor.KindOf(c.err) != c.kind {
			t.Errorf("%s: %v, want %q", name, c.err, c.kind)
		}
	}
	if joined != 2 {
		t.Errorf("a machine joined %d times, want 2", joined)
	}
	k.cfg.MachineJoin = nil
	if err := ask("POST", sc.seat, machine(sc.seat)); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("without a demo a machine's token gives %v", err)
	}
}
