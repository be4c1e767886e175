package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"qyragy/proctor"
)

// TestBadRequests is the table of what must be refused, and how.
func TestBadRequests(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	boss, planner := k.cookie(proctor.RoleProctor), k.cookie(proctor.RoleSpecialist)
	seat, rules := "/api/v1/seats/"+string(sc.seat), "/api/v1/exams/"+string(sc.exam)+"/policy"
	hint := k.hint(sc.seat)
	big := strings.Repeat("x", 70_000)
	deep := strings.Repeat(`{"text":`, 5000) + "1" + strings.Repeat("}", 5000)
	origin := func(o string) map[string]string { return map[string]string{"Origin": o} }
	for _, c := range []struct {
		name   string
		q      request
		status int
		key    string
	}{
		{"oversize body", request{method: "POST", path: seat + "/messages", cookie: boss, body: `{"text":"` + big + `"}`}, 413, "too_large"},
		{"oversize photo", request{method: "PUT", path: seat + "/photo", cookie: planner, kind: "image/jpeg", body: strings.Repeat("x", 5<<20)}, 413, "too_large"},
		{"oversize login", request{method: "POST", path: "/api/v1/login", body: `{"login":"` + big + `"}`}, 413, "too_large"},
		{"body on a GET", request{method: "GET", path: "/api/v1/me", cookie: boss, body: big}, 200, ""},
		{"broken JSON", request{method: "POST", path: seat + "/messages", cookie: boss, body: `{"text":`}, 400, "body"},
		{"no body", request{method: "POST", path: seat + "/messages", cookie: boss}, 400, "body"},
		{"wrong type", request{method: "POST", path: seat + "/messages", cookie: boss, body: `{"text":{}}`}, 400, "body"},
		{"unknown field", request{method: "POST", path: seat + "/messages", cookie: boss, body: `{"text":"a","admin":true}`}, 400, "body"},
		{"missing field", request{method: "POST", path: seat + "/messages", cookie: boss, body: `{}`}, 400, "body"},
		{"deep JSON", request{method: "POST", path: seat + "/messages", cookie: boss, body: deep}, 400, "body"},
		{"trailing JSON", request{method: "POST", path: seat + "/messages", cookie: boss, body: `{"text":"a"}{"text":"b"}`}, 400, "body"},
		{"long password", request{method: "POST", path: "/api/v1/login", body: `{"login":"proctor","password":"` + big[:2000] + `"}`}, 400, "body"},
		{"form", request{method: "POST", path: seat + "/messages", cookie: boss, kind: "application/x-www-form-urlencoded", body: `{"text":"a"}`}, 400, "content_type"},
		{"plain text", request{method: "POST", path: seat + "/messages", cookie: boss, kind: "text/plain", body: `{"text":"a"}`}, 400, "content_type"},
		{"JSON as photo", request{method: "PUT", path: seat + "/photo", cookie: planner, body: "{}"}, 400, "content_type"},
		{"text as photo", request{method: "PUT", path: seat + "/photo", cookie: planner, kind: "image/jpeg", body: "not a picture"}, 400, "photo"},
		{"tiny photo", request{method: "PUT", path: seat + "/photo", cookie: planner, kind: "image/jpeg", body: string(picture(8, 8))}, 400, "photo"},
		{"unknown seat", request{method: "POST", path: "/api/v1/seats/none/messages", cookie: boss, body: `{"text":"a"}`}, 404, "seat"},
		{"empty text", request{method: "POST", path: seat + "/messages", cookie: boss, body: `{"text":"  "}`}, 400, "text"},
		{"control characters", request{method: "POST", path: seat + "/messages", cookie: boss, body: `{"text":"a\u0000b"}`}, 400, "text"},
		{"unknown reason", request{method: "POST", path: "/api/v1/incidents/" + string(sc.incident) + "/confirm", cookie: boss, body: `{"reasons":["A9"],"text":""}`}, 400, "reasons"},
		{"hint without words", request{method: "POST", path: "/api/v1/incidents/" + string(hint) + "/confirm", cookie: boss, body: `{"reasons":["A4"],"text":" "}`}, 400, "hint_text"},
		{"unknown cause", request{method: "PUT", path: rules, cookie: planner, body: `{"rules":{"innocent":{"mode":"on"}}}`}, 400, "policy_cause"},
		{"unknown mode", request{method: "PUT", path: rules, cookie: planner, body: `{"rules":{"voice":{"mode":"innocent"}}}`}, 400, "body"},
		{"one look", request{method: "PUT", path: rules, cookie: planner, body: `{"rules":{"object":{"warn":0,"open":0.5}}}`}, 400, "policy_soon"},
		{"candidate of the dark", request{method: "PUT", path: rules, cookie: planner, body: `{"rules":{"dark":{"mode":"on","open":60}}}`}, 400, "policy_dark"},
		{"warned last", request{method: "PUT", path: rules, cookie: planner, body: `{"rules":{"object":{"warn":5,"open":4}}}`}, 400, "policy_rule"},
		{"endless", request{method: "PUT", path: rules, cookie: planner, body: `{"rules":{"object":{"open":1e300}}}`}, 400, "policy_rule"},
		{"backwards", request{method: "PUT", path: rules, cookie: planner, body: `{"rules":{"object":{"close":-1}}}`}, 400, "policy_rule"},
		{"threshold of two", request{method: "PUT", path: rules, cookie: planner, body: `{"thresholds":{"phone":2}}`}, 400, "policy_threshold"},
		{"a proctor's policy", request{method: "PUT", path: rules, cookie: boss, body: `{}`}, 403, "role"},
		{"a crowd", request{method: "PUT", path: seat + "/accommodation", cookie: planner, body: `{"companions":6}`}, 400, "accommodation"},
		{"unknown cause granted", request{method: "PUT", path: seat + "/accommodation", cookie: planner, body: `{"off":["innocent"]}`}, 400, "accommodation"},
		{"box outside", request{method: "PUT", path: seat + "/scenery", cookie: boss, body: `{"boxes":[{"x":0.9,"y":0,"w":0.2,"h":0.1}]}`}, 400, "scenery_box"},
		{"nine mirrors", request{method: "PUT", path: seat + "/scenery", cookie: boss, body: `{"boxes":[` + strings.TrimSuffix(strings.Repeat(`{"x":0,"y":0,"w":1,"h":1},`, 9), ",") + `]}`}, 400, "scenery_many"},
		{"no boxes", request{method: "PUT", path: seat + "/scenery", cookie: boss, body: `{}`}, 400, "body"},
		{"exam that warns last", request{method: "POST", path: "/api/v1/exams", cookie: planner, body: `{"title":"T","discipline":"D","kind":"midterm","form":"oral","opens":"2026-10-01T04:00:00Z","closes":"2026-10-01T05:00:00Z","policy":{"rules":{"away":{"warn":20}}}}`}, 400, "policy_rule"},
		{"state exam", request{method: "POST", path: "/api/v1/exams", cookie: planner, body: `{"title":"T","discipline":"D","kind":"state","form":"oral","opens":"2026-10-01T04:00:00Z","closes":"2026-10-01T05:00:00Z","url":""}`}, 400, "exam_traditional_only"},
		{"script link", request{method: "POST", path: "/api/v1/exams", cookie: planner, body: `{"title":"T","discipline":"D","kind":"midterm","form":"oral","opens":"2026-10-01T04:00:00Z","closes":"2026-10-01T05:00:00Z","url":"javascript:alert(1)"}`}, 400, "exam_url"},
		{"old consent", request{method: "POST", path: "/api/v1/seat/consent", cookie: sc.seatC, body: `{"version":"1999","language":"kk"}`}, 409, "consent_version"},
		{"unknown report", request{method: "POST", path: "/api/v1/seat/report", cookie: sc.seatC, body: `{"kind":"innocent","detail":""}`}, 400, "report"},
		{"stale document", request{method: "POST", path: "/api/v1/acts/" + string(sc.act) + "/sign", cookie: planner, body: `{"role":"specialist","password":"` + testPassword + `","document":"` + strings.Repeat("0", 64) + `"}`}, 409, "act_changed"},
		{"wrong step-up", request{method: "POST", path: "/api/v1/acts/" + string(sc.act) + "/sign", cookie: planner, body: `{"role":"specialist","password":"wrong","document":"` + digest(pdfOf(sc.act)) + `"}`}, 403, "password"},
		{"another's role", request{method: "POST", path: "/api/v1/acts/" + string(sc.act) + "/refuse", cookie: planner, body: `{"role":"head","text":"a"}`}, 403, "sign_role"},
		{"foreign Origin", request{method: "POST", path: seat + "/messages", cookie: boss, body: `{"text":"a"}`, header: origin("https://evil.example")}, 403, "origin"},
		{"null Origin", request{method: "POST", path: seat + "/messages", cookie: boss, body: `{"text":"a"}`, header: origin("null")}, 403, "origin"},
		{"Origin with a suffix", request{method: "POST", path: seat + "/messages", cookie: boss, body: `{"text":"a"}`, header: origin(k.http.URL + ".evil.example")}, 403, "origin"},
		{"foreign login", request{method: "POST", path: "/api/v1/login", body: `{"login":"a","password":"b"}`, header: origin("https://evil.example")}, 403, "origin"},
		{"no Origin, cross-site", request{method: "POST", path: seat + "/messages", cookie: boss, body: `{"text":"a"}`, header: map[string]string{"Origin": "", "Sec-Fetch-Site": "cross-site"}}, 403, "origin"},
		{"no Origin, a program", request{method: "POST", path: seat + "/messages", cookie: boss, body: `{"text":"a"}`, header: origin("")}, 204, ""},
		{"spoofed host", request{method: "POST", path: seat + "/messages", cookie: boss, body: `{"text":"a"}`, header: map[string]string{"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"}}, 403, "origin"},
		{"no cookie", request{method: "GET", path: "/api/v1/me"}, 401, "unauthorized"},
		{"forged cookie", request{method: "GET", path: "/api/v1/me", cookie: strings.Repeat("A", 43)}, 401, "unauthorized"},
		{"huge cookie", request{method: "GET", path: "/api/v1/me", cookie: big[:8000]}, 401, "unauthorized"},
		{"method override", request{method: "GET", path: seat, header: map[string]string{"X-HTTP-Method-Override": "DELETE"}, cookie: boss}, 200, ""},
		{"wrong method", request{method: "DELETE", path: seat, cookie: boss}, 405, "method"},
		{"socket without an upgrade", request{method: "GET", path: "/api/v1/ws", cookie: boss, header: origin(k.http.URL)}, 400, "socket"},
		{"socket of a stranger", request{method: "GET", path: "/api/v1/ws", header: origin(k.http.URL)}, 401, "unauthorized"},
		{"socket from elsewhere", request{method: "GET", path: "/api/v1/ws", cookie: boss, header: origin("https://evil.example")}, 403, "origin"},
		{"socket from nowhere", request{method: "GET", path: "/api/v1/ws", cookie: boss}, 403, "origin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := k.do(c.q)
			if got.status != c.status || got.key() != c.key {
				t.Fatalf("status %d %q, want %d %q: %.200s", got.status, got.key(), c.status, c.key, got.body)
			}
			if got.status == 405 && got.header.Get("Allow") == "" {
				t.Fatal("no Allow")
			}
			if strings.Contains(string(got.body), "wrong\"") || strings.Contains(string(got.body), "innocent") {
				t.Fatalf("the answer quotes the request: %s", got.body)
			}
		})
	}
}

// TestGetChangesNothing asks every GET of the table, as somebody who may, and
// finds no fact in the journal but who looked at what and was given what.
func TestGetChangesNothing(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	sub := k.engine.SubscribeAll()
	for _, rt := range k.table {
		if rt.method != http.MethodGet {
			continue
		}
		role := proctor.RoleHead
		if len(rt.roles) == 1 {
			role = rt.roles[0]
		}
		q, _ := valid(k, rt, sc, visitor{string(role), role, role == proctor.RoleExaminee})
		if got := k.do(q); got.status >= 400 && rt.path != "/assets/" {
			t.Errorf("%s: status %d", rt.path, got.status)
		}
	}
	sub.Close()
	looks := 0
	for e := range sub.C {
		switch e.Fact.Type() {
		case "evidence.viewed":
			looks++
		case "act.exported": // who was given a package
		default:
			t.Errorf("a GET made %s", e.Fact.Type())
		}
	}
	if looks != 7 { // still, portrait, segment, backfill, PDF, scan, reason document
		t.Errorf("%d looks at evidence are journaled, want 6", looks)
	}
}

// TestRawRequests sends what no client library would.
func TestRawRequests(t *testing.T) {
	k := newKit(t)
	for name, c := range map[string]struct {
		text   string
		status int
	}{
		"two lengths":      {"POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400},
		"length and chunk": {"POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		"broken chunk":     {"POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
		"huge header":      {"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", 431},
		"no host":          {"GET /healthz HTTP/1.1\r\n\r\n", 400},
		"other host":       {"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", 200},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", k.http.Listener.Addr().String())
			must(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, c.text)
			must(t, err)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			must(t, err)
			defer resp.Body.Close()
			if resp.StatusCode != c.status {
				t.Fatalf("status %d, want %d", resp.StatusCode, c.status)
			}
		})
	}
}

// TestLoginIsLimited tries passwords until it may not, and sees that another
// login from the same address still may.
func TestLoginIsLimited(t *testing.T) {
	k := newKit(t, func(c *Config) { c.Accounts = noAccounts{} })
	try := func(login string) answerOf {
		return k.do(request{method: "POST", path: "/api/v1/login", body: `{"login":"` + login + `","password":"x"}`})
	}
	refused := 0
	for i := range 30 {
		login := "victim"
		if i%2 == 1 {
			login = "VICTIM" // the same person
		}
		switch got := try(login); got.status {
		case 401:
			if got.key() != "login" {
				t.Fatalf("key %q", got.key())
			}
		case 429:
			refused++
		default:
			t.Fatalf("status %d", got.status)
		}
	}
	if refused < 5 {
		t.Fatalf("%d of 30 were refused", refused)
	}
	if got := try("somebody"); got.status != 401 {
		t.Fatalf("status %d for another login", got.status)
	}
	// Nor does a header make another address of this one.
	limited := false
	for i := range 400 {
		got := k.do(request{
			method: "POST", path: "/api/v1/login", body: fmt.Sprintf(`{"login":"u%d","password":"x"}`, i),
			header: map[string]string{"X-Forwarded-For": fmt.Sprintf("10.0.%d.%d", i/250, i%250)},
		})
		limited = limited || got.status == 429
	}
	if !limited {
		t.Fatal("400 logins from one address were let through")
	}
}

type noAccounts struct{}

func (noAccounts) Login(context.Context, string, string) (proctor.Person, error) {
	return proctor.Person{}, fmt.Errorf("login: %w", proctor.Errorf(proctor.Forbidden, "login"))
}

func (noAccounts) Person(context.Context, proctor.Login) (proctor.Person, error) {
	return proctor.Person{}, proctor.Errorf(proctor.NotFound, "account")
}

func (noAccounts) Session(context.Context, proctor.Login) (proctor.Person, int, error) {
	return proctor.Person{}, 0, proctor.Errorf(proctor.NotFound, "account")
}

func (noAccounts) People(context.Context) ([]proctor.Person, error) { return nil, nil }

func TestLimiterForgetsTheOldest(t *testing.T) {
	l := newLimiter(1, 1)
	now := time.Now()
	for i := range maxCallers + 5 {
		if !l.allow(fmt.Sprint(i), now) {
			t.Fatalf("the first request of %d was refused", i)
		}
	}
	if len(l.known) != maxCallers || l.recent.Len() != maxCallers {
		t.Fatalf("%d callers are known", len(l.known))
	}
	if l.allow(fmt.Sprint(maxCallers), now) {
		t.Fatal("a second request at once was let through")
	}
}

// TestPanicIsContained breaks a handler and looks at the answer and the log.
func TestPanicIsContained(t *testing.T) {
	var log syncBuffer
	k := newKit(t, func(c *Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
		c.Metrics = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret detail") })
		c.Pictures = brokenPictures{}
	})
	sc := k.scene()
	for _, q := range []request{
		{method: "GET", path: "/metrics"},
		{method: "POST", path: "/api/v1/seat/identify", cookie: sc.seatC, body: "{}"},
		{method: "GET", path: "/api/v1/incidents/" + string(sc.incident) + "/still", cookie: k.cookie(proctor.RoleHead)},
	} {
		got := k.do(q)
		if got.status != 500 || got.key() != "internal" || strings.Contains(string(got.body), "secret") {
			t.Errorf("%s: status %d %s", q.path, got.status, got.body)
		}
	}
	if n := strings.Count(log.String(), "secret detail"); n != 3 {
		t.Errorf("%d lines in the log, want 3: %s", n, log.String())
	}
	if got := k.do(request{method: "GET", path: "/healthz"}); got.status != 200 {
		t.Errorf("status %d afterwards", got.status)
	}
}

type brokenPictures struct{}

func (brokenPictures) Identify(context.Context, proctor.SeatID) error { panic("secret detail") }

func (brokenPictures) Still(context.Context, proctor.IncidentID) ([]byte, error) {
	return nil, errors.New("secret detail")
}

func (brokenPictures) Portrait(context.Context, proctor.SeatID, string) ([]byte, error) {
	return nil, nil
}

type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestLogKeepsSecrets uses a password, a link and a publish token and finds
// none of them, nor the examinee's name, in the log.
func TestLogKeepsSecrets(t *testing.T) {
	var log syncBuffer
	k := newKit(t, func(c *Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	sc := k.scene()
	k.cookie(proctor.RoleHead)
	token := k.tokens.Issue(sc.seat, false, time.Hour)
	k.do(request{method: "POST", path: "/api/v1/login", body: `{"login":"head","password":"` + testPassword + `"}`})
	k.do(request{method: "POST", path: "/api/v1/login", body: `{"login":"head","password":"wrong secret"}`})
	k.do(request{method: "POST", path: "/api/v1/examinee/login", body: `{"token":"` + sc.link + `"}`})
	k.do(request{method: "POST", path: "/whip/" + string(sc.seat), kind: "application/sdp", header: map[string]string{"Authorization": "Bearer " + token}})
	k.do(request{method: "GET", path: "/exam?token=" + sc.link})
	if !strings.Contains(log.String(), "/whip/{seat}") {
		t.Fatal("requests are not logged")
	}
	for _, secret := range []string{testPassword, "wrong secret", sc.link, token, sc.seatC, "Айгүл"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
}

// TestNamesAreEscaped reads back a name that would be a script in a page.
func TestNamesAreEscaped(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	got := k.do(request{method: "GET", path: "/api/v1/exams/" + string(sc.exam), cookie: k.cookie(proctor.RoleHead)})
	if strings.ContainsAny(string(got.body), "<>") || got.header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %s", got.header.Get("Content-Type"), got.body)
	}
	var d dashboard
	must(t, json.Unmarshal(got.body, &d))
	if d.Exam.Title != "Алгебра <script>alert(1)</script>" {
		t.Fatalf("title %q", d.Exam.Title)
	}
}
