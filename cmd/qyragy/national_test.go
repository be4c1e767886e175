package main

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"qyragy/acts/gost"
	"qyragy/proctor"
)

// served is a web server whose answer can be changed.
type served struct {
	mu   sync.Mutex
	code int
	body []byte
}

func (s *served) set(code int, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.code, s.body = code, body
}

// ServeHTTP implements http.Handler.
func (s *served) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.WriteHeader(s.code)
	_, _ = w.Write(s.body) // the client may have gone
}

func (p *testPKI) open(t *testing.T, f nationalFlags, keep string) *national {
	t.Helper()
	f.Roots = t.TempDir()
	publishPKI(t, f.Roots, "", p)
	n, err := openNational(f, keep, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// refetch has every address fetched again at once.
func (l *nationalLists) refetch(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	for _, s := range l.sources {
		s.due = time.Time{}
	}
	l.mu.Unlock()
	l.refresh(t.Context())
}

// number is the one list's, 0 where there is none.
func (l *nationalLists) number(t *testing.T) int64 {
	t.Helper()
	all := l.all()
	if len(all) == 0 {
		return 0
	}
	return all[0].Number.Int64()
}

// TestNationalLists fetches a list, loses the way to it, is given a false and
// an old one, and starts again without the network.
func TestNationalLists(t *testing.T) {
	p, stranger := newTestPKI(t, false), newTestPKI(t, false)
	answers := &served{code: http.StatusOK, body: p.list()}
	front := httptest.NewServer(answers)
	defer front.Close()
	keep := filepath.Join(t.TempDir(), "national")
	f := nationalFlags{CRLURL: []string{front.URL}}
	n := p.open(t, f, keep)
	if problems := n.lists.stale(time.Now()); len(problems) != 1 || !strings.Contains(problems[0], "Test NCA") {
		t.Errorf("before anything was fetched: %v", problems)
	}
	n.lists.refetch(t)
	if got := n.lists.number(t); got != 1 || len(n.lists.stale(time.Now())) != 0 {
		t.Fatalf("fetched number %d, %v", got, n.lists.stale(time.Now()))
	}
	answers.set(http.StatusOK, p.list())
	n.lists.refetch(t)
	for name, c := range map[string]struct {
		code int
		body []byte
	}{
		"gone": {http.StatusNotFound, nil}, "a stranger's": {http.StatusOK, stranger.list()}, "junk": {http.StatusOK, []byte("<html>")},
	} {
		answers.set(c.code, c.body)
		n.lists.refetch(t)
		if got := n.lists.number(t); got != 2 {
			t.Errorf("%s: number %d stands, want the last good one", name, got)
		}
	}
	if problems := n.lists.stale(time.Now().AddDate(0, 2, 0)); len(problems) != 1 || !strings.Contains(problems[0], "ended on") {
		t.Errorf("in two months: %v", problems)
	}
	front.Close()
	if got := p.open(t, f, keep).lists.number(t); got != 2 {
		t.Errorf("after a start without the network: number %d", got)
	}
	if err := n.lists.take(&listSource{list: n.lists.all()[0]}, aged(t, p)); err == nil {
		t.Error("an older list took the place of a newer one")
	}
}

// aged is a list of the day before.
func aged(t *testing.T, p *testPKI) []byte {
	t.Helper()
	p.run("ca", "-config", "c.cnf", "-gencrl", "-cert", "ca.pem", "-keyfile", "ca.key", "-md", p.digest,
		"-crl_lastupdate", "20260101000000Z", "-crl_nextupdate", "20400101000000Z", "-out", "aged.pem")
	return p.read("aged.pem")
}

// TestNationalListFiles sees files come, change and go.
func TestNationalListFiles(t *testing.T) {
	p := newTestPKI(t, false)
	dir := t.TempDir()
	n := p.open(t, nationalFlags{CRL: dir}, t.TempDir())
	path := filepath.Join(dir, "nca.crl")
	if err := os.WriteFile(path, p.list(), 0o600); err != nil {
		t.Fatal(err)
	}
	n.lists.refresh(t.Context())
	if got := n.lists.number(t); got != 1 {
		t.Errorf("number %d", got)
	}
	if err := os.WriteFile(path, []byte("half a li"), 0o600); err != nil {
		t.Fatal(err)
	}
	n.lists.refresh(t.Context())
	if got := n.lists.number(t); got != 1 {
		t.Errorf("a broken file: number %d", got)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	n.lists.refresh(t.Context())
	if len(n.lists.all()) != 0 || len(n.lists.stale(time.Now())) != 1 {
		t.Error("a list outlives its file")
	}
}

// responder has OpenSSL answer questions as its index of certificates says.
func (p *testPKI) responder(t *testing.T) string {
	t.Helper()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
		if err == nil {
			err = os.WriteFile(filepath.Join(p.dir, "q.der"), q, 0o600)
		}
		if err == nil && r.Header.Get("Content-Type") != "application/ocsp-request" {
			err = errors.New("no question")
		}
		var out string
		if err == nil {
			out, err = p.try("ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey", "ca.key", "-rmd", p.digest,
				"-nmin", "10", "-reqin", "q.der", "-respout", "a.der")
		}
		if err != nil {
			t.Errorf("openssl ocsp: %v %s", err, out)
		}
		http.ServeFile(w, r, filepath.Join(p.dir, "a.der"))
	}))
	t.Cleanup(front.Close)
	return front.URL
}

// TestNationalRevocation asks in every way there is, and where there is none.
func TestNationalRevocation(t *testing.T) {
	for name, gostKeys := range map[string]bool{"RSA": false, "GOST": true} {
		t.Run(name, func(t *testing.T) {
			p := newTestPKI(t, gostKeys)
			p.issue("good", card{})
			p.issue("bad", card{})
			p.revoke("bad")
			answers, nobody, lists := p.responder(t), "http://127.0.0.1:1/", t.TempDir()
			if err := os.WriteFile(filepath.Join(lists, "nca.crl"), p.list(), 0o600); err != nil {
				t.Fatal(err)
			}
			data := []byte("акт")
			for _, c := range []struct {
				name string
				by   string
				f    nationalFlags
				want proctor.Revocation
				err  error
			}{
				{"nobody to ask", "good", nationalFlags{}, proctor.RevocationUnknown, nil},
				{"nobody to ask, required", "good", nationalFlags{Revocation: "require"}, "", gost.RefusedListMissing},
				{"a list", "good", nationalFlags{CRL: lists, Revocation: "require"}, proctor.RevocationCRL, nil},
				{"on a list", "bad", nationalFlags{CRL: lists}, "", gost.RefusedRevoked},
				{"a responder", "good", nationalFlags{OCSP: answers, Revocation: "require"}, proctor.RevocationOCSP, nil},
				{"revoked, says a responder", "bad", nationalFlags{OCSP: answers}, "", gost.RefusedRevoked},
				{"no answer", "good", nationalFlags{OCSP: nobody}, proctor.RevocationUnknown, nil},
				{"no answer, required", "good", nationalFlags{OCSP: nobody, Revocation: "require"}, "", gost.RefusedListMissing},
				{"no answer but a list", "good", nationalFlags{OCSP: nobody, CRL: lists, Revocation: "require"}, proctor.RevocationCRL, nil},
			} {
				n := p.open(t, c.f, t.TempDir())
				_, got, err := n.verify(t.Context(), unwrapCMS(p.sign(c.by, data)), data, iinOne, time.Now())
				if got != c.want || !errors.Is(err, c.err) {
					t.Errorf("%s: %q, %v", c.name, got, err)
				}
			}
		})
	}
}

func TestNationalFlagsRefused(t *testing.T) {
	p := newTestPKI(t, false)
	p.issue("person", card{})
	roots, people, empty := t.TempDir(), t.TempDir(), t.TempDir()
	publishPKI(t, roots, "", p)
	if err := os.WriteFile(filepath.Join(people, "person.pem"), p.read("person.pem"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]nationalFlags{
		"a BIN without roots": {BIN: testBIN}, "no directory": {Roots: filepath.Join(roots, "none")}, "no root": {Roots: empty},
		"a person among the roots": {Roots: people}, "a short BIN": {Roots: roots, BIN: "123"}, "an address without a host": {Roots: roots, OCSP: "ocsp"},
		"a file's address": {Roots: roots, CRLURL: []string{"file:///etc/passwd"}}, "no directory of lists": {Roots: roots, CRL: filepath.Join(roots, "none")},
	} {
		if n, err := openNational(f, t.TempDir(), slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s: %+v", name, n)
		}
	}
	if n, err := openNational(nationalFlags{}, t.TempDir(), slog.New(slog.DiscardHandler)); n != nil || err != nil {
		t.Errorf("nothing at all: %v, %v", n, err)
	}
}

// TestDoctorNational reads out what the doctor would say.
func TestDoctorNational(t *testing.T) {
	p := newTestPKI(t, false)
	roots, lists, empty := t.TempDir(), t.TempDir(), t.TempDir()
	publishPKI(t, roots, lists, p)
	for name, c := range map[string]struct {
		f     nationalFlags
		says  string
		warns bool
		fails bool
	}{
		"nothing":             {nationalFlags{}, "not configured", false, false},
		"current":             {nationalFlags{Roots: roots, CRL: lists}, "the lists are current", false, false},
		"no list":             {nationalFlags{Roots: roots, CRL: empty}, "no list of Test NCA", true, true},
		"no list, required":   {nationalFlags{Roots: roots, CRL: empty, Revocation: "require"}, "nobody can sign", false, true},
		"nobody asks":         {nationalFlags{Roots: roots}, "nobody asks", true, true},
		"roots that are none": {nationalFlags{Roots: empty}, "no root", false, true},
	} {
		said, err := (&doctorCmd{Data: t.TempDir(), National: c.f}).checkNational(t.Context())
		if err != nil {
			said = err.Error()
		}
		if !strings.Contains(said, c.says) || (err != nil) != c.fails || errors.As(err, new(warning)) != c.warns {
			t.Errorf("%s: %q, %v", name, said, err)
		}
	}
}

// TestCounterIsBounded: one open signature for each official and act, not too
// many in all, and none for ever.
func TestCounterIsBounded(t *testing.T) {
	c := newCounter(&office{})
	now := time.Now()
	keep := func(login, act string, until time.Time) string {
		t.Helper()
		id, err := c.keep(&offered{login: proctor.Login(login), act: proctor.ActID(act), until: until}, now)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first := keep("a", "1", now.Add(offerLife))
	second := keep("a", "1", now.Add(offerLife))
	if _, err := c.take(first, "a", "1"); proctor.KindOf(err) != proctor.NotFound {
		t.Errorf("an earlier session of the same: %v", err)
	}
	for _, who := range [][2]string{{"b", "1"}, {"a", "2"}} {
		if _, err := c.take(second, proctor.Login(who[0]), proctor.ActID(who[1])); proctor.KindOf(err) != proctor.NotFound {
			t.Errorf("as %v: %v", who, err)
		}
	}
	if o, err := c.take(second, "a", "1"); err != nil || o.login != "a" {
		t.Error(err)
	}
	over := keep("late", "1", now.Add(-time.Second))
	if _, err := c.take(over, "late", "1"); proctor.KindOf(err) != proctor.NotFound {
		t.Errorf("after its time: %v", err)
	}
	for n := range maxOffers {
		keep("x", string(rune('A'+n)), now.Add(offerLife))
	}
	if _, err := c.keep(&offered{login: "y", act: "1", until: now.Add(offerLife)}, now); proctor.KindOf(err) != proctor.Unavailable {
		t.Errorf("one too many: %v", err)
	}
}
