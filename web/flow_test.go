package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"qyragy/proctor"
)

// post sends JSON as somebody.
func (k *kit) post(cookie, path string, body any) answerOf {
	k.t.Helper()
	b, err := json.Marshal(body)
	must(k.t, err)
	return k.do(request{method: "POST", path: path, cookie: cookie, body: string(b)})
}

type fields map[string]any

// TestFromTheLinkToTheActInForce goes the whole way over HTTP: an exam is
// scheduled, an examinee sits it, an incident is confirmed, three officials
// sign, and she sees her score annulled; then the head supersedes the act.
func TestFromTheLinkToTheActInForce(t *testing.T) {
	k := newKit(t)
	planner, boss, head := k.cookie(proctor.RoleSpecialist), k.cookie(proctor.RoleProctor), k.cookie(proctor.RoleHead)
	now := time.Now().UTC()
	x := decode[examSummary](t, k.post(planner, "/api/v1/exams", fields{
		"title": "Физика", "discipline": "Физика I", "kind": "session", "form": "oral",
		"opens": now.Add(-time.Minute), "closes": now.Add(time.Hour), "url": "https://lms.example.kz/",
	}))
	given := decode[assigned](t, k.post(planner, "/api/v1/exams/"+string(x.ID)+"/seats", fields{
		"examinee": fields{"student_id": "7", "name": "Айгүл", "specialty": "Физика", "group": "Ф-1"},
	}))
	link, ok := strings.CutPrefix(given.URL, k.http.URL+"/exam#")
	if !ok {
		t.Fatalf("link %s", given.URL)
	}

	// The examinee.
	in := k.post("", "/api/v1/examinee/login", fields{"token": link})
	if m := decode[me](t, in); m.Seat != given.ID || m.Name != "Айгүл" || m.Roles[0] != proctor.RoleExaminee {
		t.Fatalf("me %+v", m)
	}
	her := cookieOf(t, in).Value
	seat := decode[mySeat](t, k.do(request{method: "GET", path: "/api/v1/seat", cookie: her}))
	if seat.WHIP != nil || seat.Exam.URL != "" || seat.Stage != proctor.Invited {
		t.Fatalf("before consent: %+v", seat)
	}
	seat = decode[mySeat](t, k.post(her, "/api/v1/seat/consent", fields{"version": seat.ConsentVersion, "language": "kk"}))
	if seat.WHIP == nil || len(seat.WHIP.ICEServers) != 1 || seat.Exam.URL != "" {
		t.Fatalf("after consent: %+v", seat)
	}
	up := k.do(request{
		method: "POST", path: strings.TrimPrefix(seat.WHIP.URL, k.http.URL), kind: "application/sdp",
		header: map[string]string{"Authorization": "Bearer " + seat.WHIP.Token, "Origin": ""},
	})
	if up.status != http.StatusCreated {
		t.Fatalf("WHIP %d", up.status)
	}
	decode[mySeat](t, k.post(her, "/api/v1/seat/check", fields{"camera": "c", "microphone": "m", "network": "udp", "browser": "b", "ok": true}))
	seat = decode[mySeat](t, k.post(her, "/api/v1/seat/identify", fields{}))
	if seat.Identity == nil || seat.Identity.Verdict != "same" || seat.IdentityAccepted != nil {
		t.Fatalf("after comparing: %+v", seat)
	}
	if got := k.post(boss, "/api/v1/seats/"+string(given.ID)+"/identity", fields{"accepted": true, "note": ""}); got.status != 204 {
		t.Fatalf("identity %d %s", got.status, got.body)
	}
	seat = decode[mySeat](t, k.do(request{method: "GET", path: "/api/v1/seat", cookie: her}))
	if seat.Stage != proctor.Admitted || seat.Exam.URL == "" || seat.Admitted == nil {
		t.Fatalf("admitted: %+v", seat)
	}

	// The proctor.
	i := decode[proctor.Incident](t, k.post(boss, "/api/v1/seats/"+string(given.ID)+"/incidents", fields{"cause": "object", "text": "Телефон"}))
	if sum := decode[examList](t, k.do(request{method: "GET", path: "/api/v1/exams", cookie: boss})); sum.Exams[0].Candidates != 1 || sum.Exams[0].Seats != 1 {
		t.Fatalf("exams %+v", sum)
	}
	act := decode[actView](t, k.post(boss, "/api/v1/incidents/"+string(i.ID)+"/confirm", fields{"reasons": []string{"A4"}, "text": ""}))
	if act.State != proctor.Drafted || act.Next != proctor.RoleSpecialist || act.Examinee.Name != "Айгүл" || act.ExamTitle != "Физика" {
		t.Fatalf("act %+v", act)
	}
	must(t, k.parts.render(context.Background(), act.ID))

	// The officials.
	for n, cookie := range []string{planner, k.cookie(proctor.RoleEngineer), head} {
		pdf := k.do(request{method: "GET", path: "/api/v1/acts/" + string(act.ID) + "/pdf", cookie: cookie})
		if pdf.status != 200 || pdf.header.Get("Etag") != `"`+digest(pdf.body)+`"` {
			t.Fatalf("PDF %d %v", pdf.status, pdf.header)
		}
		if seat := decode[mySeat](t, k.do(request{method: "GET", path: "/api/v1/seat", cookie: her})); seat.ScoreAnnulled || seat.Act != nil {
			t.Fatalf("annulled after %d signatures", n)
		}
		act = decode[actView](t, k.post(cookie, "/api/v1/acts/"+string(act.ID)+"/sign", fields{
			"role": proctor.SigningOrder()[n], "password": testPassword, "document": digest(pdf.body),
		}))
	}
	if act.State != proctor.InForce || len(act.Signatures) != 3 || act.Next != "" {
		t.Fatalf("act %+v", act)
	}
	seat = decode[mySeat](t, k.do(request{method: "GET", path: "/api/v1/seat", cookie: her}))
	if !seat.ScoreAnnulled || seat.Act == nil || seat.Act.Number != act.Number {
		t.Fatalf("in force: %+v", seat)
	}
	act = decode[actView](t, k.post(head, "/api/v1/acts/"+string(act.ID)+"/close", fields{"text": "Қате"}))
	seat = decode[mySeat](t, k.do(request{method: "GET", path: "/api/v1/seat", cookie: her}))
	if act.State != proctor.Superseded || seat.ScoreAnnulled || seat.Act.State != proctor.Superseded {
		t.Fatalf("superseded: %+v, %+v", act, seat)
	}
	if list := decode[actList](t, k.do(request{method: "GET", path: "/api/v1/acts", cookie: head})); len(list.Acts) != 1 {
		t.Fatalf("register %+v", list)
	}
}

func cookieOf(t *testing.T, a answerOf) *http.Cookie {
	t.Helper()
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == sessionCookie {
			return c
		}
	}
	t.Fatalf("no cookie: %d %s", a.status, a.body)
	return nil
}

// TestSessions: the cookie's attributes, a new token at each login, an end at
// logout, a role that is gone at once, and life beyond a restart.
func TestSessions(t *testing.T) {
	k := newKit(t, func(c *Config) { c.Secure = true })
	k.cookie(proctor.RoleProctor)
	enter := func(old string) *http.Cookie {
		return cookieOf(t, k.do(request{
			method: "POST", path: "/api/v1/login", cookie: old, body: `{"login":"proctor","password":"` + testPassword + `"}`,
		}))
	}
	whoami := func(cookie string) answerOf { return k.do(request{method: "GET", path: "/api/v1/me", cookie: cookie}) }
	first := enter("planted")
	if !first.HttpOnly || !first.Secure || first.SameSite != http.SameSiteStrictMode || first.Path != "/" || first.Value == "planted" {
		t.Fatalf("cookie %+v", first)
	}
	if first.MaxAge < 12*3600-60 || first.MaxAge > 12*3600+60 {
		t.Fatalf("lives %d s", first.MaxAge)
	}
	second := enter(first.Value)
	if second.Value == first.Value || whoami(first.Value).status != 401 {
		t.Fatal("the session before the login lives on")
	}
	if m := decode[me](t, whoami(second.Value)); m.Login != "proctor" || m.Seat != "" {
		t.Fatalf("me %+v", m)
	}

	// Another Server over the same store is the same server after a restart.
	again, err := New(k.cfg)
	must(t, err)
	old := k.Server
	k.Server = again
	if got := whoami(second.Value); got.status != 200 {
		t.Fatalf("status %d after a restart", got.status)
	}
	k.Server = old
	again.Close()

	// An examinee's login in the same browser replaces the proctor's.
	sc := k.scene()
	third := cookieOf(t, k.do(request{
		method: "POST", path: "/api/v1/examinee/login", cookie: second.Value, body: `{"token":"` + sc.link + `"}`,
	}))
	if m := decode[me](t, whoami(third.Value)); m.Login != "" || m.Seat != sc.seat || whoami(second.Value).status != 401 {
		t.Fatalf("me %+v", m)
	}
	out := k.do(request{method: "POST", path: "/api/v1/logout", cookie: third.Value, body: "{}"})
	if out.status != 204 || cookieOf(t, out).MaxAge >= 0 || whoami(third.Value).status != 401 {
		t.Fatalf("logout %d", out.status)
	}
	if got := k.post("", "/api/v1/examinee/login", fields{"token": "guess"}); got.status != 401 || got.key() != "link" {
		t.Fatalf("guessed link: %d %s", got.status, got.key())
	}
	if got := k.post("", "/api/v1/login", fields{"login": "proctor", "password": "wrong password"}); got.status != 401 || got.key() != "login" {
		t.Fatalf("wrong password: %d %s", got.status, got.key())
	}
	if got := k.post("", "/api/v1/login", fields{"login": "nobody", "password": "wrong password"}); got.status != 401 || got.key() != "login" {
		t.Fatalf("unknown login: %d %s", got.status, got.key())
	}
	k.cfg.Accounts = noAccounts{} // she has left
	if got := whoami(k.session(sessionLogin, "proctor")); got.status != 401 {
		t.Fatalf("status %d for somebody who left", got.status)
	}
}

// TestSegments reads a segment whole, in a range and while it is written, and
// finds one line of custody for each.
func TestSegments(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	sub, err := k.engine.Subscribe(sc.exam)
	must(t, err)
	boss := k.cookie(proctor.RoleHead)
	path := "/api/v1/seats/" + string(sc.seat) + "/segments/"
	for _, c := range []struct {
		name, ranged string
		status       int
		want         string
	}{
		{"0", "", 200, recorded},
		{"0", "bytes=2-5", 206, recorded[2:6]},
		{"0", "bytes=-4", 206, recorded[len(recorded)-4:]},
		{"live", "bytes=0-3", 206, recorded[:4]},
	} {
		got := k.do(request{method: "GET", path: path + c.name, cookie: boss, header: map[string]string{"Range": c.ranged}})
		if got.status != c.status || string(got.body) != c.want || got.header.Get("Content-Type") != "video/webm" {
			t.Errorf("%s %s: %d %q", c.name, c.ranged, got.status, got.body)
		}
		if got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", c.name, got.header)
		}
	}
	if got := k.do(request{method: "GET", path: path + "0", cookie: boss, header: map[string]string{"Range": "bytes=900-"}}); got.status != 416 {
		t.Errorf("range beyond the end: %d", got.status)
	}
	must(t, k.engine.Message(context.Background(), "proctor", sc.seat, "end"))
	var looks []string
	for e := range sub.C {
		if f, ok := e.Fact.(*proctor.EvidenceViewed); ok {
			looks = append(looks, f.What)
			if e.Actor != "head" || f.Seat != sc.seat {
				t.Errorf("%s looked at %s", e.Actor, f.Seat)
			}
			continue
		}
		break
	}
	sub.Close()
	if strings.Join(looks, ", ") != "segment 0, segment live" {
		t.Errorf("looks %v", looks)
	}
}

// TestViewAuth: staff watch live and the journal knows; nobody else does.
func TestViewAuth(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	sub, err := k.engine.Subscribe(sc.exam)
	must(t, err)
	ask := func(cookie string, seat proctor.SeatID) proctor.Kind {
		r, err := http.NewRequest(http.MethodPost, "/whep/x", nil)
		must(t, err)
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: cookie})
		return proctor.KindOf(k.ViewAuth(r, seat))
	}
	for _, c := range []struct {
		who  string
		seat proctor.SeatID
		want proctor.Kind
	}{
		{"", sc.seat, kindUnauthorized}, {"forged", sc.seat, kindUnauthorized}, {sc.rival, sc.seat, proctor.NotFound},
		{sc.seatC, sc.seat, proctor.Forbidden}, {k.cookie(proctor.RoleProctor), "none", proctor.NotFound},
		{k.cookie(proctor.RoleProctor), sc.seat, ""},
	} {
		if got := ask(c.who, c.seat); got != c.want {
			t.Errorf("%q for %s: %q, want %q", c.who, c.seat, got, c.want)
		}
	}
	if e := <-sub.C; e.Actor != "proctor" || e.Fact.(*proctor.EvidenceViewed).What != "live video" {
		t.Errorf("journal: %+v", e)
	}
	sub.Close()
}

// TestStoppedEngine: what needs the engine answers 503 and says so.
func TestStoppedEngine(t *testing.T) {
	k := newKit(t)
	sc, boss := k.scene(), k.cookie(proctor.RoleProctor)
	k.engine.Close()
	for _, q := range []request{
		{method: "GET", path: "/api/v1/seat", cookie: sc.seatC},
		{method: "GET", path: "/api/v1/exams/" + string(sc.exam), cookie: boss},
		{method: "POST", path: "/api/v1/seats/" + string(sc.seat) + "/messages", cookie: boss, body: `{"text":"a"}`},
		{method: "GET", path: "/api/v1/seats/" + string(sc.seat) + "/segments/0", cookie: boss},
	} {
		if got := k.do(q); got.status != 503 || got.key() != "stopped" {
			t.Errorf("%s: %d %s", q.path, got.status, got.key())
		}
	}
	if got := k.do(request{method: "GET", path: "/healthz"}); got.status != 200 {
		t.Errorf("healthz %d", got.status)
	}
}

// TestConfigIsChecked leaves out what is required, one at a time.
func TestConfigIsChecked(t *testing.T) {
	k := newKit(t)
	for name, spoil := range map[string]func(*Config){
		"engine": func(c *Config) { c.Engine = nil }, "accounts": func(c *Config) { c.Accounts = nil },
		"sessions": func(c *Config) { c.Sessions = nil }, "secret": func(c *Config) { c.Secret = make([]byte, 31) },
		"consent": func(c *Config) { c.ConsentVersion = "" }, "base": func(c *Config) { c.BaseURL = "localhost:8080" },
	} {
		cfg := k.cfg
		spoil(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("a Config without its %s is taken", name)
		}
	}
}
