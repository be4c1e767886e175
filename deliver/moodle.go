package deliver

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"qyragy/proctor"
)

// Moodle delivers by Moodle's web services (REST): a quiz's overrides for
// windows, extra time and attempts (Moodle 4.5 and later), and the grade of an
// activity, with the limits that docs/DELIVERY.md tells of.
type Moodle struct {
	// URL is the site's, "https://moodle.example.kz"; Token that of a web
	// service user.
	URL   string
	Token string

	client *http.Client
}

// NewMoodle makes one.
func NewMoodle(site, token string) *Moodle {
	return &Moodle{URL: strings.TrimSuffix(site, "/"), Token: token, client: newClient()}
}

var (
	_ System = (*Moodle)(nil)
	_ Looker = (*Moodle)(nil)
)

// settings are a quiz's, or an override's, where nil is the quiz's.
type settings struct {
	ID        int     `json:"id,omitempty"`
	UserID    *int    `json:"userid,omitempty"`
	TimeOpen  *int64  `json:"timeopen"`
	TimeClose *int64  `json:"timeclose"`
	TimeLimit *int64  `json:"timelimit"`
	Attempts  *int64  `json:"attempts"`
	Password  *string `json:"password,omitempty"`
}

// present is what Moodle held before anything of ours.
type present struct {
	Quiz     *settings `json:"quiz,omitempty"`
	Override *settings `json:"override,omitempty"`
	Grade    *float64  `json:"grade,omitempty"`
}

// Look implements Looker: her override and the quiz's own settings, or her grade.
func (m *Moodle) Look(ctx context.Context, x Item) (string, error) {
	var p present
	var err error
	switch x.Effect {
	case proctor.EffectTimes:
		if err = linked(x, x.Record.Quiz, "quiz"); err == nil {
			if p.Quiz, err = m.quiz(ctx, x); err == nil {
				p.Override, err = m.override(ctx, x)
				if p.Override != nil {
					p.Override.Password = nil // nothing for the journal; see times
				}
			}
		}
	case proctor.EffectAnnul:
		if err = linked(x, x.Record.Module, "activity"); err == nil {
			p.Grade, err = m.grade(ctx, x)
		}
	default:
		return "", nil
	}
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(p)
	return string(b), err
}

// Deliver implements System.
func (m *Moodle) Deliver(ctx context.Context, x Item) (Receipt, error) {
	var was present
	if x.Before != "" {
		if err := json.Unmarshal([]byte(x.Before), &was); err != nil {
			return Receipt{}, failed(proctor.FailRefused, "what was there before cannot be read")
		}
	}
	if x.Effect == proctor.EffectTimes {
		return m.times(ctx, x, was)
	}
	return m.score(ctx, x, was)
}

func linked(x Item, id int, what string) error {
	switch {
	case x.Record.Course == 0 || id == 0:
		return failed(proctor.FailUnlinked, "the exam has no %s or course number in Moodle", what)
	case x.User.MoodleUser == 0:
		return failed(proctor.FailUnlinked, "the examinee has no user number in Moodle")
	}
	return nil
}

// times makes her override what it was before us plus all that she has been
// given: totals, so that saying it twice changes nothing more.
func (m *Moodle) times(ctx context.Context, x Item, was present) (Receipt, error) {
	if err := linked(x, x.Record.Quiz, "quiz"); err != nil {
		return Receipt{}, err
	}
	if was.Quiz == nil {
		return Receipt{}, failed(proctor.FailRefused, "what was there before is not known")
	}
	want := wanted(*x.Times, was)
	now, err := m.override(ctx, x)
	if err != nil {
		return Receipt{}, err
	}
	if now != nil {
		want.Password = now.Password // not ours: it stays as it is
	}
	ref := "override"
	switch {
	case want.empty() && now != nil:
		err = m.call(ctx, "mod_quiz_delete_overrides", url.Values{
			"data[quizid]": {strconv.Itoa(x.Record.Quiz)}, "data[ids][0]": {strconv.Itoa(now.ID)},
		}, nil)
		ref += " deleted"
	case !want.empty():
		var id int
		if id, err = m.save(ctx, x, want, now); err == nil {
			ref += " " + strconv.Itoa(id)
		}
	}
	if err == nil && x.Times.Resume {
		err = m.reopen(ctx, x)
	}
	return Receipt{Reference: ref}, err
}

// wanted is her override with all that she has been given.
func wanted(t proctor.Times, was present) settings {
	out := settings{}
	if was.Override != nil {
		out = *was.Override
	}
	now := func(own, quiz *int64) int64 {
		if own != nil {
			return *own
		}
		if quiz != nil {
			return *quiz
		}
		return 0
	}
	set := func(to int64) *int64 { return &to }
	if !t.From.IsZero() {
		out.TimeOpen, out.TimeClose = set(t.From.Unix()), set(t.To.Unix())
	}
	// 0 is no limit, which needs no more.
	if end := now(out.TimeClose, was.Quiz.TimeClose); t.Minutes > 0 && end > 0 {
		out.TimeClose = set(end + int64(t.Minutes)*60)
	}
	if limit := now(out.TimeLimit, was.Quiz.TimeLimit); t.Minutes > 0 && limit > 0 {
		out.TimeLimit = set(limit + int64(t.Minutes)*60)
	}
	if n := now(out.Attempts, was.Quiz.Attempts); t.Attempts > 0 && n > 0 {
		out.Attempts = set(n + int64(t.Attempts))
	}
	return out
}

func (s settings) empty() bool {
	return s.TimeOpen == nil && s.TimeClose == nil && s.TimeLimit == nil && s.Attempts == nil && (s.Password == nil || *s.Password == "")
}

// save writes her override over the present one, if there is one.
func (m *Moodle) save(ctx context.Context, x Item, want settings, now *settings) (int, error) {
	const at = "data[overrides][0]"
	form := url.Values{"data[quizid]": {strconv.Itoa(x.Record.Quiz)}, at + "[userid]": {strconv.Itoa(x.User.MoodleUser)}}
	if now != nil {
		form.Set(at+"[id]", strconv.Itoa(now.ID))
	}
	for name, v := range map[string]*int64{"timeopen": want.TimeOpen, "timeclose": want.TimeClose, "timelimit": want.TimeLimit, "attempts": want.Attempts} {
		if v != nil {
			form.Set(at+"["+name+"]", strconv.FormatInt(*v, 10))
		}
	}
	if want.Password != nil && *want.Password != "" {
		form.Set(at+"[password]", *want.Password)
	}
	var out struct {
		IDs []int `json:"ids"`
	}
	if err := m.call(ctx, "mod_quiz_save_overrides", form, &out); err != nil {
		return 0, err
	}
	if len(out.IDs) != 1 {
		return 0, failed(proctor.FailUnavailable, "Moodle did not say which override it saved")
	}
	return out.IDs[0], nil
}

// override is her present override, nil for none.
func (m *Moodle) override(ctx context.Context, x Item) (*settings, error) {
	var out struct {
		Overrides []settings `json:"overrides"`
	}
	err := m.call(ctx, "mod_quiz_get_overrides", url.Values{"quizid": {strconv.Itoa(x.Record.Quiz)}}, &out)
	if err != nil {
		return nil, err
	}
	for _, o := range out.Overrides {
		if o.UserID != nil && *o.UserID == x.User.MoodleUser {
			return &o, nil
		}
	}
	return nil, nil
}

func (m *Moodle) quiz(ctx context.Context, x Item) (*settings, error) {
	var out struct {
		Quizzes []settings `json:"quizzes"`
	}
	err := m.call(ctx, "mod_quiz_get_quizzes_by_courses", url.Values{"courseids[0]": {strconv.Itoa(x.Record.Course)}}, &out)
	if err != nil {
		return nil, err
	}
	for _, q := range out.Quizzes {
		if q.ID == x.Record.Quiz {
			q.Password = nil
			return &q, nil
		}
	}
	return nil, failed(proctor.FailRefused, "the course has no such quiz, or it may not be seen")
}

// reopen lets an attempt go on that was cut off. Moodle reopens only what it
// calls abandoned; one under way needs nothing.
func (m *Moodle) reopen(ctx context.Context, x Item) error {
	var out struct {
		Attempts []struct {
			ID      int    `json:"id"`
			Attempt int    `json:"attempt"`
			State   string `json:"state"`
		} `json:"attempts"`
	}
	err := m.call(ctx, "mod_quiz_get_user_quiz_attempts", url.Values{
		"quizid": {strconv.Itoa(x.Record.Quiz)}, "userid": {strconv.Itoa(x.User.MoodleUser)}, "status": {"all"},
	}, &out)
	if err != nil || len(out.Attempts) == 0 {
		return err // nothing was begun: she may begin
	}
	last := out.Attempts[0]
	for _, a := range out.Attempts {
		if a.Attempt > last.Attempt {
			last = a
		}
	}
	switch last.State {
	case "abandoned":
		return m.call(ctx, "mod_quiz_reopen_attempt", url.Values{"attemptid": {strconv.Itoa(last.ID)}}, nil)
	case "finished", "submitted":
		return failed(proctor.FailRefused, "the attempt is finished, and Moodle reopens no such one: give a new attempt")
	}
	return nil
}

// moodleFailure is how Moodle says no: with status 200.
type moodleFailure struct {
	Exception string `json:"exception"`
	Code      string `json:"errorcode"`
	Message   string `json:"message"`
}

// call calls a web service function. The token goes in the body, which nobody
// logs.
func (m *Moodle) call(ctx context.Context, function string, form url.Values, out any) error {
	form.Set("wstoken", m.Token)
	form.Set("wsfunction", function)
	form.Set("moodlewsrestformat", "json")
	got, err := ask(ctx, m.client, http.MethodPost, m.URL+"/webservice/rest/server.php", "application/x-www-form-urlencoded", form.Encode(), nil)
	if err != nil {
		return err
	}
	got = got.conceal(m.Token)
	if got.status/100 == 3 || got.status == http.StatusNotFound {
		return failed(proctor.FailUnavailable, "HTTP %d: no web service at this address now", got.status)
	}
	if err := got.check(); err != nil {
		return err
	}
	var f moodleFailure
	if json.Unmarshal(got.body, &f) == nil && f.Exception != "" {
		return f.failure(function)
	}
	if !json.Valid(got.body) { // a page of maintenance, or a proxy's
		return failed(proctor.FailUnavailable, "%s: the answer is no JSON", function)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(got.body, out); err != nil {
		return failed(proctor.FailUnavailable, "%s: the answer is not what it should be", function)
	}
	return nil
}

func (f moodleFailure) failure(function string) error {
	reason := proctor.FailRefused
	switch f.Code {
	case "invalidtoken", "accessexception", "webservicenotavailable", "servicenotavailable", "nopermissions", "requireloginerror",
		"usernotfullysetup", "sitepolicynotagreed", "cannotaccessfunction":
		reason = proctor.FailUnauthorized
	case "sitemaintenance", "upgraderunning", "dmlreadexception", "dmlwriteexception", "dbconnectionfailed", "locktimeout", "errorprocessingrequest":
		reason = proctor.FailUnavailable
	}
	switch f.Exception {
	case "required_capability_exception", "webservice_access_exception":
		reason = proctor.FailUnauthorized
	case "dml_read_exception", "dml_write_exception", "dml_transaction_exception", "dml_connection_exception":
		reason = proctor.FailUnavailable
	}
	return failed(reason, "%s: %s %s", function, f.Code, excerpt([]byte(f.Message)))
}
