package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"qyragy/proctor"
	"qyragy/proctor/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testPassword = "correct horse"

// kit is a server over a real engine and a real journal; only what comes from
// cameras and documents is made up.
type kit struct {
	*Server
	t        *testing.T
	engine   *proctor.Engine
	accounts *journal.Accounts
	http     *httptest.Server
	parts    *parts
	staff    map[proctor.Role]bool
}

func newKit(t *testing.T, change ...func(*Config)) *kit {
	t.Helper()
	ctx := context.Background()
	j, err := journal.Open(ctx, filepath.Join(t.TempDir(), "journal.db"))
	must(t, err)
	t.Cleanup(func() { must(t, j.Close()) })
	engine, err := proctor.Open(ctx, j, proctor.Options{})
	must(t, err)
	t.Cleanup(engine.Close)
	k := &kit{t: t, engine: engine, accounts: j.Accounts(), staff: map[proctor.Role]bool{}}
	k.parts = &parts{engine: engine, thumbs: map[proctor.SeatID]shot{}}
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.Handler().ServeHTTP(w, r)
	}))
	cfg := Config{
		Engine: engine, Accounts: k.accounts, Office: k.parts, Paper: k.parts, Excuses: k.parts, Outbox: desk{}, Checker: k.parts, Inspector: k.parts, Pictures: k.parts, Enrolment: k.parts,
		Self: k.parts, Passkeys: k.parts,
		Archive: k.parts, Bundles: k.parts, Notary: k.parts, Recordings: k.parts, Thumbnails: k.parts, Sessions: j.SessionStore(),
		WHIP:      http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { k.media(w, r, k.PublishAuth) }),
		WHEP:      http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { k.media(w, r, k.ViewAuth) }),
		Backfill:  http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { k.media(w, r, k.BackfillAuth) }),
		Backfills: k.parts, NCALayer: k.parts,
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "up 1\n") }),
		Secret:  bytes.Repeat([]byte{7}, 32), BaseURL: "http://" + front.Listener.Addr().String(), ConsentVersion: "2026-1",
		ICEServers: func(proctor.SeatID) []ICEServer { return []ICEServer{{URLs: []string{"stun:127.0.0.1:3478"}}} },
	}
	cfg.Revocations = func(context.Context) ([]byte, error) { return []byte("a list in DER"), nil }
	for _, f := range change {
		f(&cfg)
	}
	k.Server, err = New(cfg)
	must(t, err)
	front.Config = k.HTTPServer()
	front.Start()
	k.http = front
	t.Cleanup(func() {
		k.Close()
		front.Client().CloseIdleConnections()
		front.Close()
	})
	return k
}

// media stands where the media engine's handlers do.
func (k *kit) media(w http.ResponseWriter, r *http.Request, auth func(*http.Request, proctor.SeatID) error) {
	err := auth(r, seatOf(r))
	var e *proctor.Error
	switch {
	case err == nil:
		w.WriteHeader(http.StatusCreated)
	case errors.As(err, &e):
		w.WriteHeader(statusOf(e.Kind))
	default:
		k.t.Errorf("auth: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// cookie returns a session of a member of staff with one role, whose login is
// the role's name.
func (k *kit) cookie(role proctor.Role) string {
	k.t.Helper()
	if !k.staff[role] {
		k.staff[role] = true
		p := proctor.Person{Login: proctor.Login(role), Name: "Әлия " + string(role), Roles: []proctor.Role{role}}
		must(k.t, k.accounts.Create(context.Background(), p, testPassword, nil, nil))
	}
	return k.session(sessionLogin, string(role))
}

// session begins a session without the cost of a password.
func (k *kit) session(key, value string) string {
	k.t.Helper()
	ctx, err := k.sessions.Load(context.Background(), "")
	must(k.t, err)
	w := httptest.NewRecorder()
	must(k.t, k.begin(ctx, w, key, value))
	return w.Result().Cookies()[0].Value
}

func (k *kit) seatCookie(seat proctor.SeatID) string { return k.session(sessionSeat, string(seat)) }

// request is one HTTP request of a test.
type request struct {
	method, path string
	cookie       string
	body         string
	kind         string // Content-Type, application/json if empty
	header       map[string]string
}

// answerOf is what came back.
type answerOf struct {
	status int
	header http.Header
	body   []byte
}

// key is the failure's name, "" if the body is none.
func (a answerOf) key() string {
	var f failure
	_ = json.Unmarshal(a.body, &f)
	return f.Detail.Key
}

func (k *kit) do(q request) answerOf {
	k.t.Helper()
	r, err := http.NewRequest(q.method, k.http.URL+q.path, strings.NewReader(q.body))
	must(k.t, err)
	if q.method != http.MethodGet {
		r.Header.Set("Origin", k.http.URL)
		r.Header.Set("Content-Type", "application/json")
	}
	if q.kind != "" {
		r.Header.Set("Content-Type", q.kind)
	}
	if q.cookie != "" {
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: q.cookie})
	}
	for name, value := range q.header {
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	client := *k.http.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(r)
	must(k.t, err)
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return answerOf{resp.StatusCode, resp.Header, nil}
	}
	body, err := io.ReadAll(resp.Body)
	must(k.t, err)
	return answerOf{resp.StatusCode, resp.Header, body}
}

// decode reads an answer that must be 200.
func decode[T any](t *testing.T, a answerOf) T {
	t.Helper()
	var out T
	if a.status != http.StatusOK {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	if err := json.Unmarshal(a.body, &out); err != nil {
		t.Fatalf("decode %s: %v", a.body, err)
	}
	return out
}

// scene is an exam with two admitted seats; the first has a candidate, an act
// in draft and a sealed segment.
type scene struct {
	exam         proctor.ExamID
	seat, other  proctor.SeatID
	link         string
	incident     proctor.IncidentID
	act          proctor.ActID
	scan         proctor.ScanID
	seatC, rival string // sessions of the two examinees
}

func (k *kit) scene() scene {
	k.t.Helper()
	ctx := context.Background()
	now := time.Now().UTC().Truncate(time.Millisecond)
	x, err := k.engine.ScheduleExam(ctx, "admin", proctor.Exam{
		Title: "Алгебра <script>alert(1)</script>", Discipline: "Математика", Kind: proctor.SessionExam,
		Form: proctor.TestComplex, Opens: now.Add(-time.Hour), Closes: now.Add(time.Hour), URL: "https://lms.example.kz/quiz",
	})
	must(k.t, err)
	sc := scene{exam: x.ID}
	sc.seat, sc.link = k.seat(x.ID, "Айгүл")
	sc.other, _ = k.seat(x.ID, "Болат")
	for _, id := range []proctor.SeatID{sc.seat, sc.other} {
		k.admit(id)
	}
	must(k.t, k.engine.SegmentSealed(ctx, proctor.Segment{
		Seat: sc.seat, Number: 0, Start: now, End: now.Add(time.Second), SHA256: "ab", Codecs: "vp8", Width: 640, Height: 480,
	}))
	judged, err := k.engine.Raise(ctx, "proctor", sc.seat, proctor.CauseOther, "Телефон", time.Time{})
	must(k.t, err)
	a, err := k.engine.Confirm(ctx, "proctor", judged.ID, []proctor.Reason{proctor.A6}, "Телефон")
	must(k.t, err)
	sc.act = a.ID
	must(k.t, k.parts.render(ctx, a.ID))
	scanned, err := k.engine.ScanAct(ctx, proctor.Person{Login: "clerk", Roles: []proctor.Role{proctor.RoleSpecialist}}, a.ID, proctor.Scan{
		Version: 1, Kind: "image/jpeg", Pages: 1, Code: proctor.CodeAbsent, Receipt: proctor.Receipt{Key: "scan", SHA256: digest([]byte(a.ID))},
	})
	must(k.t, err)
	sc.scan = scanned.Scans[0].ID
	open, err := k.engine.Raise(ctx, "proctor", sc.seat, proctor.CauseObject, "Кітап", time.Time{})
	must(k.t, err)
	sc.incident = open.ID
	sc.seatC, sc.rival = k.seatCookie(sc.seat), k.seatCookie(sc.other)
	return sc
}

func (k *kit) seat(x proctor.ExamID, name string) (proctor.SeatID, string) {
	k.t.Helper()
	id, link, err := k.engine.AssignSeat(context.Background(), "admin", x,
		proctor.Examinee{StudentID: "S-1", Name: name, Specialty: "Информатика", Group: "ИС-21"}, proctor.Accommodation{})
	must(k.t, err)
	return id, link
}

func (k *kit) admit(id proctor.SeatID) {
	k.t.Helper()
	ctx := context.Background()
	must(k.t, k.engine.Consent(ctx, id, k.cfg.ConsentVersion, "kk"))
	must(k.t, k.parts.Identify(ctx, id))
	must(k.t, k.engine.DecideIdentity(ctx, "proctor", id, true, "", time.Time{}))
}
