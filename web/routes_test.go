package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"qyragy/proctor"
)

// who makes a request in the matrix.
type visitor struct {
	name string
	role proctor.Role // "" for nobody
	own  bool         // the examinee of the scene's seat, not of the other one
}

func visitors() []visitor {
	out := []visitor{{"anonymous", "", false}, {"rival", proctor.RoleExaminee, false}, {"own", proctor.RoleExaminee, true}}
	for _, r := range proctor.StaffRoles() {
		out = append(out, visitor{string(r), r, false})
	}
	return out
}

func (v visitor) cookie(k *kit, sc scene) string {
	switch {
	case v.role == "":
		return ""
	case v.own:
		return sc.seatC
	case v.role == proctor.RoleExaminee:
		return sc.rival
	default:
		return k.cookie(v.role)
	}
}

// expected is the policy cell of a row and a visitor, derived from the row's
// roles alone; allowed says that the handler runs.
func expected(rt route, v visitor) (status int, allowed bool) {
	switch {
	case rt.roles == nil, v.role != "" && slices.Contains(rt.roles, v.role):
		return 0, true
	case v.role == "":
		return http.StatusUnauthorized, false
	case v.role != proctor.RoleExaminee:
		return http.StatusForbidden, false
	case strings.Contains(rt.path, "{seat}") && v.own:
		return http.StatusForbidden, false
	case strings.Contains(rt.path, "{"):
		return http.StatusNotFound, false
	default:
		return http.StatusForbidden, false
	}
}

// valid returns a request that row's handler accepts, and its status.
func valid(k *kit, rt route, sc scene, v visitor) (request, int) {
	fill := strings.NewReplacer("{exam}", string(sc.exam), "{seat}", string(sc.seat), "{incident}", string(sc.incident),
		"{act}", string(sc.act), "{scan}", string(sc.scan), "{which}", "live", "{key}", "none", "{document}", strings.Repeat("0", 64), "{number}", "0", "{session}", "1", "{upload}", "1", "{file}", "kk.json", "{digest}", strings.Repeat("0", 64), "{$}", "")
	q := request{method: rt.method, path: fill.Replace(rt.path), cookie: v.cookie(k, sc)}
	name := rt.method + " " + rt.path
	if strings.HasSuffix(rt.path, "/scans") {
		q.path += "?version=1"
	}
	c, ok := validCases()[name]
	if !ok {
		c, ok = deliveryCases()[name]
	}
	if ok {
		q.body = strings.NewReplacer("LINK", sc.link, "ROLE", string(v.role), "SCANNED", string(sc.scan), "DIGEST", digest(pdfOf(sc.act)),
			"OPENS", time.Now().UTC().Format(time.RFC3339), "CLOSES", time.Now().UTC().Add(time.Hour).Format(time.RFC3339),
			"VERSION", k.cfg.ConsentVersion, "SEAT", string(sc.seat), "ACT", string(sc.act)).Replace(c.body)
		q.kind = c.kind
		if c.body == "PHOTO" {
			q.body = string(picture(200, 200))
		}
		return q.with(k, sc, rt), c.status(v.role)
	}
	return q.with(k, sc, rt), http.StatusOK
}

// with adds the headers that a row's protocol wants.
func (q request) with(k *kit, sc scene, rt route) request {
	switch {
	case strings.HasPrefix(rt.path, "/whip/"), strings.HasPrefix(rt.path, "/backfill/"):
		q.header = map[string]string{"Authorization": "Bearer " + k.tokens.Issue(sc.seat, false, time.Minute)}
	case rt.path == "/api/v1/ws":
		q.header = map[string]string{
			"Origin": k.http.URL, "Connection": "Upgrade", "Upgrade": "websocket",
			"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
		}
	}
	return q
}

type validCase struct {
	body, kind string
	status     func(proctor.Role) int
}

func validCases() map[string]validCase {
	is := func(status int) func(proctor.Role) int { return func(proctor.Role) int { return status } }
	// The specialist signs first; the others are told that it is not their turn.
	signs := func(r proctor.Role) int {
		switch r {
		case proctor.RoleSpecialist:
			return http.StatusOK
		case proctor.RoleRegistrar: // signs Appendix B only
			return http.StatusForbidden
		}
		return http.StatusConflict
	}
	refuses := func(r proctor.Role) int {
		if r == proctor.RoleRegistrar {
			return http.StatusForbidden
		}
		return http.StatusOK
	}
	const sdp = "application/sdp"
	return map[string]validCase{
		"POST /api/v1/login":                          {`{"login":"head","password":"` + testPassword + `"}`, "", is(200)},
		"POST /api/v1/examinee/login":                 {`{"token":"LINK"}`, "", is(200)},
		"POST /api/v1/verify":                         {"%PDF-1.7", "application/pdf", is(200)},
		"POST /api/v1/logout":                         {`{}`, "", is(204)},
		"POST /api/v1/seat/consent":                   {`{"version":"VERSION","language":"kk"}`, "", is(200)},
		"POST /api/v1/seat/check":                     {`{"camera":"c","microphone":"m","network":"udp","browser":"b","ok":true}`, "", is(200)},
		"POST /api/v1/seat/identify":                  {`{}`, "", is(200)},
		"POST /api/v1/seat/report":                    {`{"kind":"hidden","detail":""}`, "", is(204)},
		"POST /api/v1/seat/notice":                    {`{"act":"ACT"}`, "", is(404)}, // it is in force over nobody
		"POST /api/v1/seat/appeal":                    {`{"act":"ACT","text":"Себебім бар"}`, "", is(404)},
		"POST /api/v1/acts/{act}/appeal":              {`{"upheld":true,"text":"Қаралды"}`, "", is(409)}, // nobody appealed
		"POST /api/v1/seat/finish":                    {`{}`, "", is(200)},
		"POST /api/v1/exams":                          {`{"title":"T","discipline":"D","kind":"midterm","form":"oral","opens":"OPENS","closes":"CLOSES","url":""}`, "", is(200)},
		"POST /api/v1/exams/{exam}/seats":             {`{"examinee":{"student_id":"1","name":"N","specialty":"S","group":"G"},"accommodation":{}}`, "", is(200)},
		"PUT /api/v1/seats/{seat}/photo":              {"PHOTO", "image/jpeg", is(204)},
		"POST /api/v1/seats/{seat}/identity":          {`{"accepted":true,"note":""}`, "", is(204)},
		"PUT /api/v1/exams/{exam}/policy":             {`{"rules":{"voice":{"mode":"off"}}}`, "", is(200)},
		"PUT /api/v1/seats/{seat}/accommodation":      {`{"off":["voice"],"companions":1,"note":"Аудармашы"}`, "", is(204)},
		"PUT /api/v1/seats/{seat}/scenery":            {`{"boxes":[{"x":0.1,"y":0.1,"w":0.2,"h":0.3}]}`, "", is(204)},
		"POST /api/v1/seats/{seat}/messages":          {`{"text":"Камераны түзетіңіз"}`, "", is(204)},
		"POST /api/v1/seats/{seat}/incidents":         {`{"cause":"object","text":"Телефон"}`, "", is(200)},
		"POST /api/v1/incidents/{incident}/confirm":   {`{"reasons":["A4"],"text":""}`, "", is(200)},
		"POST /api/v1/incidents/{incident}/dismiss":   {`{"text":"Жарық"}`, "", is(204)},
		"PUT /api/v1/acts/{act}":                      {`{"reasons":["A4"],"other":""}`, "", is(200)},
		"POST /api/v1/acts/{act}/challenge":           {`{"role":"ROLE","document":"DIGEST"}`, "", is(200)},
		"POST /api/v1/account/password":               {`{"old":"` + testPassword + `","new":"` + testPassword + `"}`, "", is(204)},
		"POST /api/v1/account/key":                    {`{"password":"` + testPassword + `"}`, "", is(200)},
		"POST /api/v1/account/passkeys/options":       {`{"password":"` + testPassword + `"}`, "", is(200)},
		"POST /api/v1/account/passkeys":               {`{"password":"` + testPassword + `","name":"N","response":{}}`, "", is(200)},
		"POST /api/v1/account/passkeys/remove":        {`{"password":"` + testPassword + `","id":"AAAA"}`, "", is(200)},
		"POST /api/v1/acts/{act}/sign":                {`{"role":"ROLE","password":"` + testPassword + `","document":"DIGEST"}`, "", signs},
		"POST /api/v1/acts/{act}/refuse":              {`{"role":"ROLE","text":"Дәлел жеткіліксіз"}`, "", refuses},
		"POST /api/v1/acts/{act}/scans":               {"scan by ROLE", "application/octet-stream", is(200)},
		"POST /api/v1/acts/{act}/scans/{scan}/refuse": {`{"text":"Қолы көрінбейді"}`, "", is(200)},
		// The act names nobody whose hand it could be.
		"POST /api/v1/acts/{act}/attest":        {`{"scan":"SCANNED","roles":["specialist"],"number":"A-2026-00001","password":"` + testPassword + `","document":"DIGEST"}`, "", is(409)},
		"POST /api/v1/exams/{exam}/inspections": {`{"seats":["SEAT"],"purpose":"Байланыс"}`, "", is(200)},
		"PUT /api/v1/acts/{act}/inspection":     {`{"code":"no_fault"}`, "", is(409)}, // it is Appendix A's
		"POST /api/v1/acts/{act}/prints":        {`{"document":"DIGEST","copies":2}`, "", is(200)},
		"POST /api/v1/acts/{act}/file":          {`{"case":"03-12","sheets":2}`, "", is(409)}, // it is not in force
		"POST /api/v1/acts/{act}/unfile":        {`{"text":"Қате"}`, "", is(409)},
		"POST /api/v1/acts/{act}/close":         {`{"text":"Қате"}`, "", is(200)},
		"GET /api/v1/ws":                        {"", "", is(101)},
		"OPTIONS /whip/{seat}":                  {"", "", is(201)},
		"OPTIONS /whip/{seat}/{session}":        {"", "", is(201)},
		"POST /whip/{seat}":                     {"v=0", sdp, is(201)},
		"PATCH /whip/{seat}/{session}":          {"a=x", sdp, is(201)},
		"DELETE /whip/{seat}/{session}":         {"", sdp, is(201)},
		"GET /backfill/{seat}":                  {"", "", is(201)},
		"POST /backfill/{seat}":                 {"{}", "", is(201)},
		"HEAD /backfill/{seat}/{upload}":        {"", "", is(201)},
		"PATCH /backfill/{seat}/{upload}":       {"x", "application/offset+octet-stream", is(201)},
		"POST /whep/{seat}":                     {"v=0", sdp, is(201)},
		"PATCH /whep/{seat}/{session}":          {"a=x", sdp, is(201)},
		"DELETE /whep/{seat}/{session}":         {"", sdp, is(201)},
		"GET /assets/":                          {"", "", is(404)}, // the name of no file

		"POST /api/v1/acts/{act}/ncalayer":           {`{"role":"ROLE","document":"DIGEST"}`, "", signs},
		"POST /api/v1/acts/{act}/ncalayer/{session}": {`{"cms":"x"}`, "", is(404)}, // nobody began
	}
}

// TestEveryRouteForEveryRole walks the whole route table as everybody.
func TestEveryRouteForEveryRole(t *testing.T) {
	k := newKit(t)
	k.cookie(proctor.RoleHead) // whom the login row signs in
	shared := k.scene()
	cells := 0
	for _, rt := range k.table {
		for _, v := range visitors() {
			cells++
			t.Run(fmt.Sprintf("%s %s as %s", rt.method, rt.path, v.name), func(t *testing.T) {
				want, allowed := expected(rt, v)
				sc := shared
				if allowed && rt.method != http.MethodGet {
					sc = k.scene() // it changes something
				}
				q, good := valid(k, rt, sc, v)
				if allowed {
					want = good
				}
				got := k.do(q)
				if got.status != want {
					t.Fatalf("status %d, want %d: %s", got.status, want, got.body)
				}
				if !allowed && got.key() == "" {
					t.Fatalf("no failure in %s", got.body)
				}
			})
		}
	}
	if want := len(k.table) * 9; cells != want {
		t.Fatalf("%d cells, want %d", cells, want)
	}
}

// TestUnknownThingsAreNotThere asks for identifiers that do not exist: every
// row that names one answers 404, and so do the traps in a path.
func TestUnknownThingsAreNotThere(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	nowhere := scene{
		exam: "nowhere", seat: "nowhere", other: "nowhere", link: "nowhere", incident: "nowhere", act: "nowhere", seatC: sc.seatC,
	}
	for _, rt := range k.table {
		if rt.roles == nil || !strings.Contains(rt.path, "{") || strings.Contains(rt.path, "{session}") {
			continue
		}
		for _, role := range rt.roles {
			q, _ := valid(k, rt, nowhere, visitor{string(role), role, role == proctor.RoleExaminee})
			if got := k.do(q); got.status != http.StatusNotFound || (got.key() == "" && !strings.HasPrefix(rt.path, "/whep/")) {
				t.Errorf("%s as %s: status %d %s", rt.path, role, got.status, got.body)
			}
		}
	}
	boss := k.cookie(proctor.RoleProctor)
	for _, path := range []string{
		"/api/v1/seats/" + string(sc.seat) + "/segments/1", "/api/v1/seats/" + string(sc.seat) + "/segments/-0",
		"/api/v1/seats/" + string(sc.seat) + "/segments/00", "/api/v1/seats/" + string(sc.seat) + "/segments/..%2f0",
		"/api/v1/seats/" + string(sc.seat) + "/identity/..%2fdead", "/api/v1/seats/" + string(sc.seat) + "/identity/enrolled",
		"/api/v2/me", "/api/v1/", "/assets/..%2f..%2fgo.mod", "/messages/de.json", "/messages/kk",
	} {
		if got := k.do(request{method: "GET", path: path, cookie: boss}); got.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, got.status)
		}
	}
}

// TestExamineeSeesNothingOfOthers is the answer to guessing identifiers: an
// examinee's own routes take none, so there is nothing to guess.
func TestExamineeSeesNothingOfOthers(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	mine := decode[mySeat](t, k.do(request{method: "GET", path: "/api/v1/seat", cookie: sc.rival}))
	if mine.ID != sc.other {
		t.Fatalf("seat %s, want %s", mine.ID, sc.other)
	}
	// A session that names a seat which is gone is no session.
	if got := k.do(request{method: "GET", path: "/api/v1/seat", cookie: k.seatCookie("gone")}); got.status != 401 {
		t.Fatalf("status %d", got.status)
	}
	for _, rt := range k.table {
		if slices.Contains(rt.roles, proctor.RoleExaminee) && strings.Contains(rt.path, "{") {
			t.Errorf("%s lets an examinee name something", rt.path)
		}
	}
}
