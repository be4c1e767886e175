package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
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

// Suggest implements Inspector.
func (p *parts) Suggest(c proctor.Cluster, _ []proctor.Incident) (purpose, result string) {
	return fmt.Sprint(len(c.Seats)), "?"
}

// parts stands in for the cameras, the store and the office.
type parts struct {
	engine *proctor.Engine

	mu     sync.Mutex
	thumbs map[proctor.SeatID]shot
	listed ArchiveList // last
}

type shot struct {
	jpeg []byte
	at   time.Time
}

func (p *parts) show(seat proctor.SeatID, jpeg []byte, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.thumbs[seat] = shot{jpeg, at}
}

func (p *parts) Latest(seat proctor.SeatID) ([]byte, time.Time, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.thumbs[seat]
	return s.jpeg, s.at, ok
}

func (p *parts) Identify(ctx context.Context, seat proctor.SeatID) error {
	return p.engine.Compare(ctx, seat, proctor.Comparison{Distance: 0.3, Verdict: "same", At: time.Now().UTC()})
}

func (p *parts) Still(context.Context, proctor.IncidentID) ([]byte, error) {
	return picture(64, 48), nil
}

func (p *parts) Portrait(_ context.Context, _ proctor.SeatID, which string) ([]byte, error) {
	if which == "enrolled" {
		return nil, proctor.Errorf(proctor.NotFound, "picture")
	}
	return picture(64, 48), nil
}

func (p *parts) Enrol(ctx context.Context, by proctor.Actor, seat proctor.SeatID, jpeg []byte) error {
	return p.engine.Enrol(ctx, by, seat, proctor.Receipt{Key: "photo", Size: int64(len(jpeg))})
}

type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

const recorded = "0123456789 this is a WebM file"

func (p *parts) Segment(_ context.Context, _ proctor.SeatID, number int) (io.ReadSeekCloser, time.Time, error) {
	if number != 0 {
		return nil, time.Time{}, proctor.Errorf(proctor.NotFound, "segment")
	}
	return memory{bytes.NewReader([]byte(recorded))}, time.Now().Add(-time.Minute), nil
}

func (p *parts) Backfill(ctx context.Context, seat proctor.SeatID, number int) (io.ReadSeekCloser, time.Time, error) {
	return p.Segment(ctx, seat, number)
}

func (p *parts) Live(context.Context, proctor.SeatID) (io.ReadSeekCloser, error) {
	return memory{bytes.NewReader([]byte(recorded))}, nil
}

func (p *parts) LiveInfo(proctor.SeatID) (LiveInfo, bool) {
	return LiveInfo{Start: time.Unix(1e9, 0).UTC(), Codecs: "vp8,opus", Width: 640, Height: 480}, true
}

func pdfOf(id proctor.ActID) []byte { return []byte("%PDF-1.4 " + id) }

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (p *parts) render(ctx context.Context, id proctor.ActID) error {
	return p.engine.RenderedAct(ctx, id, 1, proctor.Document{
		Receipt: proctor.Receipt{Key: string(id), SHA256: digest(pdfOf(id))}, Digest: digest([]byte(id)),
	}, nil)
}

// Check knows the documents that render made.
func (p *parts) Check(_ context.Context, pdf []byte) (Checked, error) {
	for _, exam := range p.engine.Exams() {
		var found proctor.ActID
		err := p.engine.View(exam, func(s *proctor.State) {
			for id := range s.Acts {
				if bytes.Equal(pdf, pdfOf(id)) {
					found = id
				}
			}
		})
		if err != nil {
			return Checked{}, err
		}
		if found != "" {
			return Checked{Act: found, Digest: digest([]byte(found)), Whole: true}, nil
		}
	}
	return Checked{Problems: []string{"byte 0: no act"}}, nil
}

func (p *parts) PDF(_ context.Context, id proctor.ActID) ([]byte, error) { return pdfOf(id), nil }

// Sign signs without cryptography; every rule of order is the engine's own.
func (p *parts) Sign(ctx context.Context, who proctor.Person, role proctor.Role, step proctor.StepUp, id proctor.ActID, document string) (proctor.Act, error) {
	var prev proctor.Document
	err := p.engine.ViewAct(id, func(_ *proctor.State, a *proctor.Act) { prev = a.Document })
	switch {
	case err != nil:
		return proctor.Act{}, err
	case step.Password != testPassword && (step.Passkey == nil || string(step.Passkey.Signature) != "by passkey"):
		return proctor.Act{}, proctor.Errorf(proctor.Forbidden, "password")
	case prev.Receipt.SHA256 != document:
		return proctor.Act{}, proctor.Errorf(proctor.Conflict, "act_changed")
	}
	return p.engine.SignAct(ctx, id, prev, who, proctor.Signature{
		Login: who.Login, Name: who.Name, Role: role, At: time.Now().UTC(), Certificate: digest([]byte(who.Login)),
	}, prev)
}

// Scan keeps nothing: whose scan it is and may be is the engine's own.
func (p *parts) Scan(ctx context.Context, who proctor.Person, id proctor.ActID, version int, data []byte) (proctor.Act, error) {
	return p.engine.ScanAct(ctx, who, id, proctor.Scan{
		Version: version, Kind: "image/jpeg", Pages: 1, Code: proctor.CodeMatches, Receipt: proctor.Receipt{Key: "scan", SHA256: digest(data)},
	})
}

func (p *parts) ScanFile(context.Context, proctor.ActID, proctor.ScanID) ([]byte, string, error) {
	return picture(64, 48), "image/jpeg", nil
}

// Attest attests without cryptography, for an official whose login is her role.
func (p *parts) Attest(ctx context.Context, who proctor.Person, id proctor.ActID, word Attestation) (a proctor.Act, err error) {
	if word.Step.Password != testPassword {
		return a, proctor.Errorf(proctor.Forbidden, "password")
	}
	for _, role := range word.Roles {
		var prev proctor.Document
		if err := p.engine.ViewAct(id, func(_ *proctor.State, a *proctor.Act) { prev = a.Document }); err != nil {
			return a, err
		}
		official := proctor.Person{Login: proctor.Login(role), Roles: []proctor.Role{role}}
		if a, err = p.engine.AttestAct(ctx, id, prev, who, official, word.Scan, word.Number, proctor.Signature{
			Login: official.Login, Role: role, At: time.Now().UTC(), Method: proctor.MethodPaper, Attested: who.Login,
		}, prev); err != nil {
			return a, err
		}
	}
	return a, nil
}

// List implements Archive.
func (p *parts) List(_ context.Context, l ArchiveList) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listed = l
	return []byte("%PDF-1.4 list"), nil
}

// Package implements Archive.
func (p *parts) Package(ctx context.Context, by proctor.Person, id proctor.ActID) ([]byte, error) {
	return []byte("PK"), p.engine.ExportedAct(ctx, proctor.PersonActor(by.Login), id, digest(pdfOf(id)), "")
}

func picture(w, h int) []byte {
	var b bytes.Buffer
	_ = jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)), nil) // a Buffer does not fail
	return b.Bytes()
}

// Challenge implements Office.
func (p *parts) Challenge(_ context.Context, who proctor.Person, role proctor.Role, _ proctor.ScanID, id proctor.ActID, document string) (json.RawMessage, error) {
	return json.RawMessage(fmt.Sprintf(`{"challenge":"%s %s %s %s"}`, who.Login, role, id, document)), nil
}

// Standing implements Self.
func (p *parts) Standing(context.Context, proctor.Login) (OwnAccount, error) {
	return OwnAccount{Key: GoodKey, Rule: "own", Passkeys: []Passkey{}}, nil
}

// ChangePassword implements Self.
func (p *parts) ChangePassword(_ context.Context, _ proctor.Login, old, _ string) error {
	return given(old)
}

// RenewKey implements Self.
func (p *parts) RenewKey(_ context.Context, _ proctor.Login, password string) error {
	return given(password)
}

// Register implements Passkeys.
func (p *parts) Register(_ context.Context, who proctor.Person, step proctor.StepUp) (json.RawMessage, error) {
	return json.RawMessage(`{"user":"` + who.Login + `"}`), given(step.Password)
}

// Add implements Passkeys.
func (p *parts) Add(_ context.Context, _ proctor.Login, password string, _ NewPasskey) error {
	return given(password)
}

// Remove implements Passkeys.
func (p *parts) Remove(_ context.Context, _ proctor.Login, step proctor.StepUp, _ []byte) error {
	return given(step.Password)
}

// Ask implements Passkeys.
func (p *parts) Ask(_ context.Context, login proctor.Login) (json.RawMessage, error) {
	return json.RawMessage(`{"user":"` + login + `"}`), nil
}

func given(password string) error {
	if password != testPassword {
		return proctor.Errorf(proctor.Forbidden, "password")
	}
	return nil
}
