package web

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"qyragy/proctor"
)

// sitting is an exam with these times, and one examinee's session.
func (k *kit) sitting(opens, closes time.Time) (proctor.SeatID, string) {
	k.t.Helper()
	x, err := k.engine.ScheduleExam(context.Background(), "admin", proctor.Exam{
		Title: "Тарих", Discipline: "Тарих", Kind: proctor.Midterm, Form: proctor.Oral, Opens: opens.UTC(), Closes: closes.UTC(),
	})
	must(k.t, err)
	id, _ := k.seat(x.ID, "Дана")
	return id, k.seatCookie(id)
}

func (k *kit) publish(method string, id proctor.SeatID) int {
	k.t.Helper()
	path := "/whip/" + string(id)
	if method != http.MethodPost {
		path += "/1"
	}
	return k.do(request{method: method, path: path, kind: "application/sdp", header: map[string]string{
		"Authorization": "Bearer " + k.tokens.Issue(id, false, time.Minute),
	}}).status
}

// Before the preparation she may consent and see when to come back; nothing
// of her is taken until then.
func TestBeforeTheExam(t *testing.T) {
	k := newKit(t)
	opens := time.Now().Add(proctor.Preparation + time.Hour)
	id, her := k.sitting(opens, opens.Add(time.Hour))
	seat := decode[mySeat](t, k.post(her, "/api/v1/seat/consent", fields{"version": k.cfg.ConsentVersion, "language": "kk"}))
	if seat.WHIP != nil || seat.Stage != proctor.Consented || !seat.Entry.Equal(seat.Exam.Opens.Add(-proctor.Preparation)) {
		t.Fatalf("seat %+v", seat)
	}
	got := k.post(her, "/api/v1/seat/check", fields{"camera": "c", "microphone": "m", "network": "udp", "ok": true})
	if got.status != http.StatusConflict || got.key() != "exam_not_open" {
		t.Errorf("check %d %s", got.status, got.body)
	}
	if got := k.post(her, "/api/v1/seat/identify", fields{}); got.key() != "exam_not_open" {
		t.Errorf("identify %d %s", got.status, got.body)
	}
	if status := k.publish(http.MethodPost, id); status != http.StatusConflict {
		t.Errorf("publish %d", status)
	}
}

// During the preparation she comes in.
func TestPreparation(t *testing.T) {
	k := newKit(t)
	opens := time.Now().Add(proctor.Preparation - time.Minute)
	id, her := k.sitting(opens, opens.Add(time.Hour))
	seat := decode[mySeat](t, k.post(her, "/api/v1/seat/consent", fields{"version": k.cfg.ConsentVersion, "language": "kk"}))
	if seat.WHIP == nil {
		t.Fatal("nowhere to publish to")
	}
	if status := k.publish(http.MethodPost, id); status != http.StatusCreated {
		t.Errorf("publish %d", status)
	}
}

// After the end nobody comes in; who is inside may only leave.
func TestAfterTheExam(t *testing.T) {
	k := newKit(t)
	now := time.Now()
	id, her := k.sitting(now.Add(-time.Hour), now.Add(1500*time.Millisecond))
	seat := decode[mySeat](t, k.post(her, "/api/v1/seat/consent", fields{"version": k.cfg.ConsentVersion, "language": "kk"}))
	if seat.WHIP == nil {
		t.Fatal("nowhere to publish to")
	}
	for deadline := time.Now().Add(20 * time.Second); seat.Stage != proctor.Finished; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the exam never ends for who was not admitted")
		}
		seat = decode[mySeat](t, k.do(request{method: "GET", path: "/api/v1/seat", cookie: her}))
	}
	if seat.WHIP != nil || seat.Admitted != nil {
		t.Errorf("seat %+v", seat)
	}
	for method, want := range map[string]int{"POST": http.StatusConflict, "PATCH": http.StatusConflict, "DELETE": http.StatusCreated} {
		if status := k.publish(method, id); status != want {
			t.Errorf("%s %d, want %d", method, status, want)
		}
	}
	late, cookie := k.sitting(now.Add(-2*time.Hour), now.Add(time.Hour))
	must(t, k.engine.Consent(context.Background(), late, "1", "kk"))
	k.cfg.Now = func() time.Time { return now.Add(2 * time.Hour) }
	if seat := decode[mySeat](t, k.do(request{method: "GET", path: "/api/v1/seat", cookie: cookie})); seat.WHIP != nil {
		t.Error("a token after the end")
	}
	if status := k.publish(http.MethodPost, late); status != http.StatusConflict {
		t.Errorf("publish after the end %d", status)
	}
}

// A substitute is named by an edit, and then she alone may sign.
func TestSubstitute(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	planner := k.cookie(proctor.RoleSpecialist)
	k.cookie(proctor.RoleHead)
	other := proctor.Person{Login: "other", Name: "Сәуле", Roles: []proctor.Role{proctor.RoleSpecialist}}
	must(t, k.accounts.Create(context.Background(), other, testPassword, nil, nil))
	list := decode[staffList](t, k.do(request{method: "GET", path: "/api/v1/staff", cookie: planner})).Staff
	if !slices.ContainsFunc(list, func(p proctor.Person) bool {
		return p.Login == "other" && p.Name == "Сәуле" && p.Has(proctor.RoleSpecialist)
	}) {
		t.Fatalf("staff %+v", list)
	}
	path := "/api/v1/acts/" + string(sc.act)
	edit := func(officials fields) answerOf {
		b, err := json.Marshal(fields{"reasons": []string{"A4"}, "other": "", "officials": officials})
		must(t, err)
		return k.do(request{method: "PUT", path: path, cookie: planner, body: string(b)})
	}
	for name, wrong := range map[string]fields{
		"a role not hers": {"head": "other"}, "nobody": {"head": "ghost"}, "no role of the form": {"admin": "other"}, "an empty login": {"head": ""},
	} {
		if got := edit(wrong); got.status != http.StatusBadRequest || got.key() != "officials" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	act := decode[actView](t, edit(fields{"specialist": "other"}))
	if act.Version != 2 || act.Officials[proctor.RoleSpecialist] != "other" || act.Named[proctor.RoleSpecialist] != "Сәуле" {
		t.Fatalf("act %+v", act)
	}
	must(t, k.engine.RenderedAct(context.Background(), sc.act, 2, proctor.Document{
		Receipt: proctor.Receipt{Key: "x", SHA256: digest(pdfOf(sc.act))}, Digest: "2",
	}, nil))
	sign := func(cookie string) answerOf {
		return k.post(cookie, path+"/sign", fields{"role": "specialist", "password": testPassword, "document": digest(pdfOf(sc.act))})
	}
	if got := sign(planner); got.status != http.StatusForbidden || got.key() != "sign_named" {
		t.Errorf("the one not named: %d %s", got.status, got.body)
	}
	if got := decode[actView](t, sign(k.session(sessionLogin, "other"))); len(got.Signatures) != 1 {
		t.Errorf("the one named: %+v", got)
	}
}

// A hand-raised incident keeps its own words and moment; who judged it, who
// raised it and who drew the act up have names.
func TestRaisedAndJudgedByName(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	boss := k.cookie(proctor.RoleProctor)
	var admitted time.Time
	must(t, k.engine.ViewSeat(sc.seat, func(_ *proctor.State, s *proctor.Seat) { admitted = s.Admitted }))
	raise := func(at time.Time) answerOf {
		return k.post(boss, "/api/v1/seats/"+string(sc.seat)+"/incidents", fields{"cause": "object", "text": "Телефон", "at": at})
	}
	if got := raise(admitted.Add(-time.Minute)); got.status != http.StatusBadRequest || got.key() != "raise_at" {
		t.Errorf("%d %s", got.status, got.body)
	}
	i := decode[incidentView](t, raise(admitted))
	if i.Note != "Телефон" || i.Text != "" || i.Peak.Score != 0 || i.Peak.Detail != "" || !i.Opened.Equal(admitted) || i.RaisedName != "Әлия proctor" {
		t.Errorf("raised %+v", i)
	}
	act := decode[actView](t, k.post(boss, "/api/v1/incidents/"+string(i.ID)+"/confirm", fields{"reasons": []string{"A6"}, "text": "Үстелде"}))
	if act.ByName != "Әлия proctor" {
		t.Errorf("act by %q", act.ByName)
	}
	all := decode[review](t, k.do(request{method: "GET", path: "/api/v1/seats/" + string(sc.seat), cookie: boss})).Incidents
	n := slices.IndexFunc(all, func(v incidentView) bool { return v.ID == i.ID })
	if n < 0 || all[n].Note != "Телефон" || all[n].Text != "Үстелде" || all[n].ByName != "Әлия proctor" {
		t.Errorf("incidents %+v", all)
	}
}
