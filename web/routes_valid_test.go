package web

import (
	"net/http"
	"strings"
	"time"

	"qyragy/proctor"
)

// valid returns a request that row's handler accepts, and its status.
func valid(k *kit, rt route, sc scene, v visitor) (request, int) {
	fill := strings.NewReplacer("{exam}", string(sc.exam), "{seat}", string(sc.seat), "{incident}", string(sc.incident),
		"{act}", string(sc.act), "{scan}", string(sc.scan), "{which}", "live", "{key}", "none", "{document}", strings.Repeat("0", 64), "{number}", "0", "{session}", "1", "{upload}", "1", "{file}", "kk.json", "{digest}", strings.Repeat("0", 64), "{$}", "")
	q := request{method: rt.method, path: fill.Replace(rt.path), cookie: v.cookie(k, sc)}
	name := rt.method + " " + rt.path
	if strings.HasSuffix(rt.path, "/scans") {
		q.path += "?version=1"
	}
	if c, ok := validCases()[name]; ok {
		q.body = strings.NewReplacer("LINK", sc.link, "ROLE", string(v.role), "SCANNED", string(sc.scan), "DIGEST", digest(pdfOf(sc.act)),
			"OPENS", time.Now().UTC().Format(time.RFC3339), "CLOSES", time.Now().UTC().Add(time.Hour).Format(time.RFC3339),
			"VERSION", k.cfg.ConsentVersion, "SEAT", string(sc.seat), "ACT", string(sc.act)).Replace(c.body)
		q.kind = c.kind
		if c.body == "PHOTO" {
			q.body = string(picture(200, 200))
		}
		if c.status != nil {
			return q.with(k, sc, rt), c.status(v.role)
		}
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

// validCase is what a row's handler accepts, with names in capitals for what
// the scene knows, and its answer where that is not 200.
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
		"POST /api/v1/login":                          {body: `{"login":"head","password":"` + testPassword + `"}`},
		"POST /api/v1/examinee/login":                 {body: `{"token":"LINK"}`},
		"POST /api/v1/verify":                         {body: "%PDF-1.7", kind: "application/pdf"},
		"POST /api/v1/logout":                         {body: `{}`, status: is(204)},
		"POST /api/v1/seat/consent":                   {body: `{"version":"VERSION","language":"kk"}`},
		"POST /api/v1/seat/check":                     {body: `{"camera":"c","microphone":"m","network":"udp","browser":"b","ok":true}`},
		"POST /api/v1/seat/identify":                  {body: `{}`},
		"POST /api/v1/seat/report":                    {body: `{"kind":"hidden","detail":""}`, status: is(204)},
		"POST /api/v1/seat/notice":                    {body: `{"act":"ACT"}`, status: is(404)}, // it is in force over nobody
		"POST /api/v1/seat/appeal":                    {body: `{"act":"ACT","text":"Себебім бар"}`, status: is(404)},
		"POST /api/v1/acts/{act}/appeal":              {body: `{"upheld":true,"text":"Қаралды"}`, status: is(409)}, // nobody appealed
		"POST /api/v1/seat/finish":                    {body: `{}`},
		"POST /api/v1/exams":                          {body: `{"title":"T","discipline":"D","kind":"midterm","form":"oral","opens":"OPENS","closes":"CLOSES","url":""}`},
		"POST /api/v1/exams/{exam}/seats":             {body: `{"examinee":{"student_id":"1","name":"N","specialty":"S","group":"G"},"accommodation":{}}`},
		"PUT /api/v1/seats/{seat}/photo":              {body: "PHOTO", kind: "image/jpeg", status: is(204)},
		"POST /api/v1/seats/{seat}/identity":          {body: `{"accepted":true,"note":""}`, status: is(204)},
		"PUT /api/v1/exams/{exam}/policy":             {body: `{"rules":{"voice":{"mode":"off"}}}`},
		"PUT /api/v1/seats/{seat}/accommodation":      {body: `{"off":["voice"],"companions":1,"note":"Аудармашы"}`, status: is(204)},
		"PUT /api/v1/seats/{seat}/scenery":            {body: `{"boxes":[{"x":0.1,"y":0.1,"w":0.2,"h":0.3}]}`, status: is(204)},
		"POST /api/v1/seats/{seat}/messages":          {body: `{"text":"Камераны түзетіңіз"}`, status: is(204)},
		"POST /api/v1/seats/{seat}/incidents":         {body: `{"cause":"object","text":"Телефон"}`},
		"POST /api/v1/incidents/{incident}/confirm":   {body: `{"reasons":["A4"],"text":""}`},
		"POST /api/v1/incidents/{incident}/dismiss":   {body: `{"text":"Жарық"}`, status: is(204)},
		"PUT /api/v1/acts/{act}":                      {body: `{"reasons":["A4"],"other":""}`},
		"POST /api/v1/acts/{act}/challenge":           {body: `{"role":"ROLE","document":"DIGEST"}`},
		"POST /api/v1/account/password":               {body: `{"old":"` + testPassword + `","new":"` + testPassword + `"}`, status: is(204)},
		"POST /api/v1/account/key":                    {body: `{"password":"` + testPassword + `"}`},
		"POST /api/v1/account/passkeys/options":       {body: `{"password":"` + testPassword + `"}`},
		"POST /api/v1/account/passkeys":               {body: `{"password":"` + testPassword + `","name":"N","response":{}}`},
		"POST /api/v1/account/passkeys/remove":        {body: `{"password":"` + testPassword + `","id":"AAAA"}`},
		"POST /api/v1/acts/{act}/sign":                {body: `{"role":"ROLE","password":"` + testPassword + `","document":"DIGEST"}`, status: signs},
		"POST /api/v1/acts/{act}/refuse":              {body: `{"role":"ROLE","text":"Дәлел жеткіліксіз"}`, status: refuses},
		"POST /api/v1/acts/{act}/scans":               {body: "scan by ROLE", kind: "application/octet-stream"},
		"POST /api/v1/acts/{act}/scans/{scan}/refuse": {body: `{"text":"Қолы көрінбейді"}`},
		// The act names nobody whose hand it could be.
		"POST /api/v1/acts/{act}/attest":        {body: `{"scan":"SCANNED","roles":["specialist"],"number":"A-2026-00001","password":"` + testPassword + `","document":"DIGEST"}`, status: is(409)},
		"POST /api/v1/exams/{exam}/inspections": {body: `{"seats":["SEAT"],"purpose":"Байланыс"}`},
		"PUT /api/v1/acts/{act}/inspection":     {body: `{"code":"no_fault"}`, status: is(409)}, // it is Appendix A's
		"POST /api/v1/acts/{act}/prints":        {body: `{"document":"DIGEST","copies":2}`},
		"POST /api/v1/acts/{act}/file":          {body: `{"case":"03-12","sheets":2}`, status: is(409)}, // it is not in force
		"POST /api/v1/acts/{act}/unfile":        {body: `{"text":"Қате"}`, status: is(409)},
		"POST /api/v1/acts/{act}/close":         {body: `{"text":"Қате"}`},
		"GET /api/v1/ws":                        {status: is(101)},
		"OPTIONS /whip/{seat}":                  {status: is(201)},
		"OPTIONS /whip/{seat}/{session}":        {status: is(201)},
		"POST /whip/{seat}":                     {body: "v=0", kind: sdp, status: is(201)},
		"PATCH /whip/{seat}/{session}":          {body: "a=x", kind: sdp, status: is(201)},
		"DELETE /whip/{seat}/{session}":         {kind: sdp, status: is(201)},
		"GET /backfill/{seat}":                  {status: is(201)},
		"POST /backfill/{seat}":                 {body: "{}", status: is(201)},
		"HEAD /backfill/{seat}/{upload}":        {status: is(201)},
		"PATCH /backfill/{seat}/{upload}":       {body: "x", kind: "application/offset+octet-stream", status: is(201)},
		"POST /whep/{seat}":                     {body: "v=0", kind: sdp, status: is(201)},
		"PATCH /whep/{seat}/{session}":          {body: "a=x", kind: sdp, status: is(201)},
		"DELETE /whep/{seat}/{session}":         {kind: sdp, status: is(201)},
		"GET /assets/":                          {status: is(404)}, // the name of no file

		"POST /api/v1/acts/{act}/ncalayer":           {body: `{"role":"ROLE","document":"DIGEST"}`, status: signs},
		"POST /api/v1/acts/{act}/ncalayer/{session}": {body: `{"cms":"x"}`, status: is(404)}, // nobody began

		"POST /api/v1/exams/{exam}/deliveries/{key}/retry":       {body: `{"system":"hand"}`, status: is(404)}, // nothing is owed
		"POST /api/v1/exams/{exam}/deliveries/{key}/acknowledge": {body: `{"system":"hand","text":"x"}`, status: is(404)},
		"PUT /api/v1/exams/{exam}/record":                        {body: `{"line_item":"https://lms.example.kz/5"}`, status: is(204)},
		"PUT /api/v1/seats/{seat}/record":                        {body: `{"moodle_user":7}`, status: is(204)},
		"POST /api/v1/seats/{seat}/excuses":                      {body: "%PDF-1.7 x", kind: "application/octet-stream"},
		"PUT /api/v1/seats/{seat}/window":                        {body: `{}`, status: is(409)}, // she is inside
	}
}
