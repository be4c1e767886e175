package deliver

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fault stands in a system's way: down, refusing, or cut after it has worked.
type fault struct {
	mu     sync.Mutex
	status int  // answered instead of anything, 0 for none
	cut    bool // the answer never arrives
	body   string
}

func (f *fault) set(status int, cut bool, body string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status, f.cut, f.body = status, cut, body
}

// in serves h behind the fault; calls is told of each request that reached h.
func (f *fault) in(t *testing.T, h http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		status, cut, body := f.status, f.cut, f.body
		f.mu.Unlock()
		switch {
		case status != 0:
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		case cut:
			h(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		default:
			h(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// platform is an LTI 1.3 platform that behaves as Moodle's AGS does.
type platform struct {
	fault
	t      *testing.T
	now    func() time.Time
	key    *rsa.PrivateKey
	server *httptest.Server

	tokens int
	posts  int
	scores map[string]*graded
}

type graded struct {
	given    *float64
	maximum  float64
	comment  string
	modified time.Time
}

func newPlatform(t *testing.T, now func() time.Time) *platform {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &platform{t: t, now: now, key: key, scores: map[string]*graded{}}
	p.server = p.in(t, p.serve)
	return p
}

func (p *platform) lineItem() string {
	return p.server.URL + "/services.php/2/lineitems/5/lineitem?type_id=3"
}

func (p *platform) tool(now func() time.Time) *AGS {
	return NewAGS(AGSConfig{Platform: p.server.URL, TokenURL: p.server.URL + "/token.php", ClientID: "tool", KeyID: "k1", Key: p.key, Now: now})
}

func (p *platform) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.Header().Set("Date", p.now().UTC().Format(http.TimeFormat))
	switch {
	case r.URL.Path == "/token.php":
		p.grant(w, r)
	case r.Header.Get("Authorization") != fmt.Sprint("Bearer t", p.tokens):
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Query().Get("type_id") != "3":
		w.WriteHeader(http.StatusNotFound)
	case r.URL.Path == "/services.php/2/lineitems/5/lineitem/results" && r.Method == http.MethodGet:
		p.results(w, r)
	case r.URL.Path == "/services.php/2/lineitems/5/lineitem/scores" && r.Method == http.MethodPost:
		p.score(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// grant checks the client's assertion as RFC 7523 says.
func (p *platform) grant(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.PostFormValue("client_assertion"), ".")
	var head, claims map[string]any
	ok := len(parts) == 3 && r.PostFormValue("grant_type") == "client_credentials"
	for i, v := range []*map[string]any{&head, &claims} {
		if ok {
			b, err := base64.RawURLEncoding.DecodeString(parts[i])
			ok = err == nil && json.Unmarshal(b, v) == nil
		}
	}
	if ok {
		sig, err := base64.RawURLEncoding.DecodeString(parts[2])
		sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		ok = err == nil && rsa.VerifyPKCS1v15(&p.key.PublicKey, crypto.SHA256, sum[:], sig) == nil
	}
	if !ok || head["alg"] != "RS256" || head["kid"] != "k1" || claims["iss"] != "tool" || claims["sub"] != "tool" ||
		claims["aud"] != p.server.URL+"/token.php" || claims["jti"] == "" || int64(claims["exp"].(float64)) < p.now().Unix()-3600 {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"invalid_client"}`)
		return
	}
	p.tokens++
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": fmt.Sprint("t", p.tokens), "expires_in": 3600, "token_type": "Bearer"})
}

func (p *platform) results(w http.ResponseWriter, r *http.Request) {
	out := []map[string]any{}
	for user, g := range p.scores { // Moodle's list, of everybody
		one := map[string]any{"userId": user, "comment": g.comment}
		if g.given != nil {
			one["resultScore"], one["resultMaximum"] = *g.given, g.maximum
		}
		out = append(out, one)
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (p *platform) score(w http.ResponseWriter, r *http.Request) {
	var s score
	if r.Header.Get("Content-Type") != "application/vnd.ims.lis.v1.score+json" || json.NewDecoder(r.Body).Decode(&s) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	at, err := time.Parse(time.RFC3339, s.Timestamp)
	if err != nil || s.UserID == "" || s.ActivityProgress == "" || s.GradingProgress == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	g := p.scores[s.UserID]
	if g == nil {
		g = &graded{}
		p.scores[s.UserID] = g
	}
	at = at.Truncate(time.Second) // strtotime
	if !g.modified.IsZero() && !at.After(g.modified) {
		w.WriteHeader(http.StatusConflict)
		return
	}
	if s.GradingProgress != "FullyGraded" {
		s.ScoreGiven = nil
	}
	if s.ScoreMaximum == 0 {
		s.ScoreMaximum = 1
	}
	*g = graded{s.ScoreGiven, s.ScoreMaximum, s.Comment, at}
	p.posts++
}

func (p *platform) has(user string) *graded {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.scores[user] == nil {
		return &graded{}
	}
	g := *p.scores[user]
	return &g
}

func (p *platform) grade(user string, v float64, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scores[user] = &graded{&v, 100, "", at}
}

// site is a Moodle whose web services behave as override_manager.php and
// external functions do: failures come with status 200.
type site struct {
	fault
	server    *httptest.Server
	quiz      settings
	overrides map[int]settings
	next      int
	saves     int
	attempts  []map[string]any
	grade     *float64
	locked    bool
	feedback  string
}

func newSite(t *testing.T) *site {
	set := func(n int64) *int64 { return &n }
	s := &site{
		quiz:      settings{ID: 7, TimeOpen: set(opens.Unix()), TimeClose: set(opens.Add(2 * time.Hour).Unix()), TimeLimit: set(3600), Attempts: set(1)},
		overrides: map[int]settings{}, next: 100,
	}
	s.server = s.in(t, s.serve)
	return s
}

func (s *site) refuse(w io.Writer, exception, code string) {
	_ = json.NewEncoder(w).Encode(map[string]string{"exception": exception, "errorcode": code, "message": code})
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path != "/webservice/rest/server.php" || r.URL.RawQuery != "" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if r.PostFormValue("wstoken") != "secret" {
		s.refuse(w, "core\\exception\\moodle_exception", "invalidtoken")
		return
	}
	say := func(v any) { _ = json.NewEncoder(w).Encode(v) }
	switch r.PostFormValue("wsfunction") {
	case "mod_quiz_get_quizzes_by_courses":
		say(map[string]any{"quizzes": []settings{s.quiz}, "warnings": []any{}})
	case "mod_quiz_get_overrides":
		list := []settings{}
		for _, o := range s.overrides {
			list = append(list, o)
		}
		say(map[string]any{"overrides": list})
	case "mod_quiz_save_overrides":
		s.save(w, r)
	case "mod_quiz_delete_overrides":
		id, _ := strconv.Atoi(r.PostFormValue("data[ids][0]"))
		if _, ok := s.overrides[id]; !ok {
			s.refuse(w, "invalid_parameter_exception", "invalidparameter")
			return
		}
		delete(s.overrides, id)
		say(map[string]any{"ids": []int{id}})
	case "mod_quiz_get_user_quiz_attempts":
		say(map[string]any{"attempts": s.attempts})
	case "mod_quiz_reopen_attempt":
		if s.attempts[0]["state"] != "abandoned" {
			s.refuse(w, "moodle_exception", "reopenattemptwrongstate")
			return
		}
		s.attempts[0]["state"] = "inprogress"
		say(nil)
	case "gradereport_user_get_grade_items":
		say(map[string]any{"usergrades": []any{map[string]any{"gradeitems": []any{map[string]any{"cmid": 31, "graderaw": s.grade}}}}})
	case "core_grades_update_grades":
		if s.locked {
			say(4)
			return
		}
		v, _ := strconv.ParseFloat(r.PostFormValue("grades[0][grade]"), 64)
		s.grade, s.feedback = &v, r.PostFormValue("grades[0][str_feedback]")
		say(0)
	default:
		s.refuse(w, "dml_missing_record_exception", "invalidrecord")
	}
}

// save is override_manager::save_override: what is as in the quiz is cleared,
// nothing at all is refused, and so is a second override of a user.
func (s *site) save(w http.ResponseWriter, r *http.Request) {
	const at = "data[overrides][0]"
	user, _ := strconv.Atoi(r.PostFormValue(at + "[userid]"))
	id, _ := strconv.Atoi(r.PostFormValue(at + "[id]"))
	own := func(name string, quiz *int64) *int64 {
		v, err := strconv.ParseInt(r.PostFormValue(at+"["+name+"]"), 10, 64)
		if err != nil || quiz != nil && *quiz == v {
			return nil
		}
		return &v
	}
	o := settings{UserID: &user}
	o.TimeOpen, o.TimeClose = own("timeopen", s.quiz.TimeOpen), own("timeclose", s.quiz.TimeClose)
	o.TimeLimit, o.Attempts = own("timelimit", s.quiz.TimeLimit), own("attempts", s.quiz.Attempts)
	if p := r.PostFormValue(at + "[password]"); p != "" {
		o.Password = &p
	}
	if o.empty() {
		s.refuse(w, "invalid_parameter_exception", "nooverridedata")
		return
	}
	for other, present := range s.overrides {
		if *present.UserID == user && other != id {
			s.refuse(w, "invalid_parameter_exception", "overridemultiplerecordsexist")
			return
		}
	}
	if id == 0 {
		s.next++
		id = s.next
	}
	o.ID = id
	s.overrides[id] = o
	s.saves++
	_ = json.NewEncoder(w).Encode(map[string]any{"ids": []int{id}})
}

// of is a user's override, and how many she has.
func (s *site) of(user int) (o settings, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.overrides {
		if *x.UserID == user {
			o, n = x, n+1
		}
	}
	return o, n
}

// receiver is a webhook's other end, as docs/DELIVERY.md tells to write one.
type receiver struct {
	fault
	server *httptest.Server
	now    func() time.Time
	done   map[string]bool
	worked []message // each key once, in order
	calls  int
	forged int
}

func newReceiver(t *testing.T, now func() time.Time) *receiver {
	r := &receiver{now: now, done: map[string]bool{}}
	r.server = r.in(t, r.serve)
	return r
}

func (h *receiver) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls++
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	unix := r.Header.Get("Qyragy-Timestamp")
	sent, e := strconv.ParseInt(unix, 10, 64)
	if err != nil || e != nil || h.now().Sub(time.Unix(sent, 0)).Abs() > 5*time.Minute ||
		r.Header.Get("Qyragy-Signature") != "v1="+Sign([]byte("sixteen bytes or more"), unix, body) {
		h.forged++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var m message
	if json.Unmarshal(body, &m) != nil || string(m.Key) != r.Header.Get("Idempotency-Key") {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if !h.done[string(m.Key)] {
		h.done[string(m.Key)] = true
		h.worked = append(h.worked, m)
	}
	_, _ = fmt.Fprintf(w, `{"reference":"doc-%d"}`, len(h.worked))
}

func (h *receiver) hook() *Webhook {
	return NewWebhook(Webhook{URL: h.server.URL, Secret: []byte("sixteen bytes or more"), Now: h.now})
}

func (h *receiver) effects() (out []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.worked {
		out = append(out, string(m.Effect))
	}
	return out
}
