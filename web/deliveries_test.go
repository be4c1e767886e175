package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"qyragy/proctor"
)

// excuses of parts keep documents in the journal's facts and nowhere.
func (p *parts) Excuse(ctx context.Context, by proctor.Actor, seat proctor.SeatID, document []byte, kind string) (string, error) {
	sum := digest(document)
	return sum, p.engine.Excuse(ctx, by, seat, proctor.Receipt{Key: "excuses/x", SHA256: sum, Size: int64(len(document))}, kind)
}

func (p *parts) Document(context.Context, proctor.SeatID, string) ([]byte, string, error) {
	return []byte("%PDF-1.7"), "application/pdf", nil
}

// desk is an outbox's other side that knows two systems.
type desk struct{}

func (desk) Systems() []string      { return []string{"hook", "moodle"} }
func (desk) Table() ([]byte, error) { return []byte("key,effect\n"), nil }

// owing puts an act in force over the scene's seat.
func (k *kit) owing(sc scene) {
	k.t.Helper()
	ctx := context.Background()
	must(k.t, k.parts.render(ctx, sc.act))
	doc := func(n int) proctor.Document {
		return proctor.Document{Receipt: proctor.Receipt{Key: "k", SHA256: fmt.Sprint(n)}, Digest: "d"}
	}
	a := k.parts
	var now proctor.Act
	must(k.t, a.engine.ViewAct(sc.act, func(_ *proctor.State, x *proctor.Act) { now = *x }))
	prev := now.Document
	for i, role := range proctor.SigningOrder() {
		p := proctor.Person{Login: proctor.Login(role), Name: string(role), Roles: []proctor.Role{role}}
		next := doc(i)
		next.Digest = prev.Digest
		_, err := a.engine.SignAct(ctx, sc.act, prev, p, proctor.Signature{Login: p.Login, Role: role, At: time.Now()}, next)
		must(k.t, err)
		prev = next
	}
}

// A decision that nobody has carried out is on the list, raises the alarm once
// it is late, and is off once the registrar says that she has done it.
func TestDeliveriesByHand(t *testing.T) {
	var late time.Duration
	k := newKit(t, func(c *Config) {
		c.Now = func() time.Time { return time.Now().Add(late) }
	})
	sc := k.scene()
	k.owing(sc)
	list := func() deliveryList {
		return decode[deliveryList](t, k.do(request{method: "GET", path: "/api/v1/deliveries", cookie: k.cookie(proctor.RoleRegistrar)}))
	}
	got := list()
	if len(got.Deliveries) != 1 || got.Alarms != 0 || got.Pending != 1 || got.AlarmAfter != 900 || strings.Join(got.Systems, " ") != "hook moodle" {
		t.Fatalf("%+v", got)
	}
	late = 16 * time.Minute
	got = list()
	d := got.Deliveries[0]
	if got.Alarms != 1 || !d.Alarm || d.System != proctor.ByHand || d.Effect != proctor.EffectAnnul || d.Act != sc.act || d.Examinee.Name == "" {
		t.Fatalf("%+v", got)
	}
	act := func() actView {
		return decode[actView](t, k.do(request{method: "GET", path: "/api/v1/acts/" + string(sc.act), cookie: k.cookie(proctor.RoleHead)}))
	}
	if v := act().Delivery; v == nil || v.State != proctor.DeliveryPending || !v.Alarm || v.Count != 1 {
		t.Fatalf("%+v", v)
	}
	late = 0
	path := "/api/v1/exams/" + string(sc.exam) + "/deliveries/" + string(d.Key)
	say := func(role proctor.Role, verb, body string) answerOf {
		return k.do(request{method: "POST", path: path + verb, cookie: k.cookie(role), body: body})
	}
	for _, c := range []struct {
		role       proctor.Role
		verb, body string
		status     int
	}{
		{proctor.RoleHead, "/acknowledge", `{"system":"hand","text":"x"}`, 403},
		{proctor.RoleProctor, "/retry", `{"system":"hand"}`, 403},
		{proctor.RoleRegistrar, "/acknowledge", `{"system":"hook","text":"x"}`, 404},
		{proctor.RoleRegistrar, "/acknowledge", `{"system":"hand","text":""}`, 400},
		{proctor.RoleHead, "/retry", `{"system":"hand"}`, 204},
		{proctor.RoleRegistrar, "/acknowledge", `{"system":"hand","text":"UNIVER-ге енгіздім"}`, 204},
		{proctor.RoleRegistrar, "/acknowledge", `{"system":"hand","text":"тағы"}`, 409},
	} {
		if a := say(c.role, c.verb, c.body); a.status != c.status {
			t.Errorf("%s %s %s: %d %s, want %d", c.role, c.verb, c.body, a.status, a.body, c.status)
		}
	}
	if got = list(); got.Pending != 0 || got.Alarms != 0 || got.Deliveries[0].Text != "UNIVER-ге енгіздім" {
		t.Errorf("%+v", got)
	}
	if v := act().Delivery; v.State != proctor.DeliveryAcknowledged || v.Done != 1 || v.Acknowledged == nil {
		t.Errorf("%+v", v)
	}
}

func TestDeliveryTable(t *testing.T) {
	k := newKit(t)
	a := k.do(request{method: "GET", path: "/api/v1/deliveries.csv", cookie: k.cookie(proctor.RoleRegistrar)})
	if a.status != http.StatusOK || !strings.Contains(a.header.Get("Content-Disposition"), ".csv") {
		t.Errorf("%d %v", a.status, a.header)
	}
}

// An individual window needs a reason document, and another person than her who
// only brought it in; the examinee then has hours of her own.
func TestIndividualWindow(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	seat, _ := k.seat(sc.exam, "Ауырған Қыз")
	path := "/api/v1/seats/" + string(seat)
	from := time.Now().UTC().Add(48 * time.Hour).Truncate(time.Second)
	window := func(document string) string {
		return fmt.Sprintf(`{"from":%q,"to":%q,"reason":"illness","document":%q}`, from.Format(time.RFC3339), from.Add(time.Hour).Format(time.RFC3339), document)
	}
	put := func(role proctor.Role, body string) answerOf {
		return k.do(request{method: "PUT", path: path + "/window", cookie: k.cookie(role), body: body})
	}
	if a := put(proctor.RoleRegistrar, window(strings.Repeat("0", 64))); a.status != 409 || a.key() != "window_document" {
		t.Errorf("without a document: %d %s", a.status, a.body)
	}
	bring := func(body string) answerOf {
		return k.do(request{method: "POST", path: path + "/excuses", cookie: k.cookie(proctor.RoleSpecialist), body: body, kind: "application/octet-stream"})
	}
	if a := bring("<html>"); a.status != 400 || a.key() != "excuse_type" {
		t.Errorf("a page as a document: %d %s", a.status, a.body)
	}
	if a := bring("%PDF-" + strings.Repeat("x", 10<<20)); a.status != 413 {
		t.Errorf("a long document: %d", a.status)
	}
	stored := decode[map[string]string](t, bring("%PDF-1.7 анықтама"))
	if a := put(proctor.RoleSpecialist, window(stored["document"])); a.status != 403 {
		t.Errorf("approved by who brought it: %d", a.status)
	}
	if a := put(proctor.RoleRegistrar, window(stored["document"])); a.status != 204 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	my := decode[mySeat](t, k.do(request{method: "GET", path: "/api/v1/seat", cookie: k.seatCookie(seat)}))
	if !my.Exam.Opens.Equal(from) || !my.Exam.Closes.Equal(from.Add(time.Hour)) || !my.Entry.Equal(from.Add(-proctor.Preparation)) || my.WHIP != nil {
		t.Errorf("her hours: %+v", my.Exam)
	}
	r := decode[review](t, k.do(request{method: "GET", path: path, cookie: k.cookie(proctor.RoleSpecialist)}))
	if r.Window == nil || r.Window.Reason != proctor.Illness || len(r.Excuses) != 1 || !r.Hours.From.Equal(from) {
		t.Errorf("%+v %+v", r.Window, r.Excuses)
	}
	if a := put(proctor.RoleHead, `{}`); a.status != 204 {
		t.Errorf("take back: %d %s", a.status, a.body)
	}
	if n := len(decode[deliveryList](t, k.do(request{method: "GET", path: "/api/v1/deliveries", cookie: k.cookie(proctor.RoleAdmin)})).Deliveries); n != 2 {
		t.Errorf("%d deliveries of a window and its end", n)
	}
}

// An FX retake is given once; a second is refused with a sentence.
func TestFXRetakeOverHTTP(t *testing.T) {
	k := newKit(t)
	now := time.Now().UTC()
	exam := func(title string) proctor.ExamID {
		a := k.do(request{method: "POST", path: "/api/v1/exams", cookie: k.cookie(proctor.RoleSpecialist), body: fmt.Sprintf(
			`{"title":%q,"discipline":"Алгебра","kind":"fx_retake","form":"atk","opens":%q,"closes":%q,"record":{"quiz":7,"course":2}}`,
			title, now.Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339))})
		return decode[examSummary](t, a).ID
	}
	seat := func(x proctor.ExamID, enrolment string) answerOf {
		return k.do(request{method: "POST", path: "/api/v1/exams/" + string(x) + "/seats", cookie: k.cookie(proctor.RoleSpecialist), body: fmt.Sprintf(
			`{"examinee":{"student_id":"77","name":"N","specialty":"S","group":"G"},"accommodation":{},"record":{"enrolment":%q,"moodle_user":5}}`, enrolment)})
	}
	a, b := exam("Бірінші"), exam("Екінші")
	if got := seat(a, ""); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for _, x := range []proctor.ExamID{a, b} {
		if got := seat(x, ""); got.status != 409 || got.key() != "fx_retake_used" || !strings.Contains(string(got.body), "Бірінші") {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	if got := seat(b, "2027"); got.status != 200 {
		t.Errorf("a new enrolment: %d %s", got.status, got.body)
	}
	rec := decode[examRecordView](t, k.do(request{method: "GET", path: "/api/v1/exams/" + string(a) + "/record", cookie: k.cookie(proctor.RoleRegistrar)}))
	if rec.Record.Quiz != 7 || rec.Record.Course != 2 {
		t.Errorf("%+v", rec)
	}
}
