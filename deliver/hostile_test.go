package deliver

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"qyragy/proctor"
)

// TestPageIsNoAcknowledgement: a page for people, answered with 200 by a proxy
// or a site under maintenance, means that nobody has the decision.
func TestPageIsNoAcknowledgement(t *testing.T) {
	page := "\ufeff\n <!DOCTYPE html><html>Профилактика</html>"
	c, p := agsCampus(t, proctor.ExamRecord{})
	p.grade("lti-0", 85, opens.Add(-time.Hour))
	a := c.annul(c.seats[0])
	c.pass()
	c.wantDone(1)
	c.clock.add(time.Minute)
	c.end(a)
	p.set(http.StatusOK, false, page)
	c.pass()
	if f := c.failure("lms"); f.Reason != proctor.FailUnavailable {
		t.Errorf("a platform's page: %+v", f)
	}
	p.set(0, false, "")
	c.clock.add(time.Hour)
	c.pass()
	c.wantDone(2)
	if g := p.has("lti-0"); g.given == nil || *g.given != 85 {
		t.Errorf("restored: %+v", g)
	}

	h, r := hookCampus(t)
	inner := r.server.Config.Handler
	r.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(page)) })
	h.annul(h.seats[0])
	h.pass()
	if f := h.failure("hook"); f.Reason != proctor.FailUnavailable {
		t.Errorf("a webhook's page: %+v", f)
	}
	r.server.Config.Handler = inner
	h.clock.add(time.Hour)
	h.pass()
	h.wantDone(1)
}

// TestScoreBeforeIsNotForgotten: a result that cannot be read is not "none": a
// reversal would clear the score that she had.
func TestScoreBeforeIsNotForgotten(t *testing.T) {
	for name, body := range map[string]string{"a page": "<html>", "cut": `[{"userId":"lti-0","resultScore":85`, "an object": `{"error":"x"}`, "nothing": "", "null": "null"} {
		t.Run(name, func(t *testing.T) {
			c, p := agsCampus(t, proctor.ExamRecord{})
			p.grade("lti-0", 85, opens.Add(-time.Hour))
			inner := p.server.Config.Handler
			p.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					_, _ = w.Write([]byte(body))
					return
				}
				inner.ServeHTTP(w, r)
			})
			a := c.annul(c.seats[0])
			c.pass()
			if g := p.has("lti-0"); g.given == nil || *g.given != 85 {
				t.Errorf("annulled without knowing what was there: %+v", g)
			}
			p.server.Config.Handler = inner
			c.clock.add(time.Hour)
			c.pass()
			c.clock.add(time.Minute)
			c.end(a)
			c.pass()
			c.wantDone(2)
			if g := p.has("lti-0"); g.given == nil || *g.given != 85 {
				t.Errorf("restored: %+v", g)
			}
		})
	}
}

// TestMoodleEmptyAnswers: JSON that says nothing is neither success nor a
// grade that was none.
func TestMoodleEmptyAnswers(t *testing.T) {
	for _, body := range []string{"null", "{}", "[]", `{"usergrades":null}`, `""`} {
		for function, looks := range map[string]bool{"gradereport_user_get_grade_items": true, "core_grades_update_grades": false} {
			c, s := moodleCampus(t, proctor.ExamRecord{})
			was := 77.5
			s.grade = &was
			inner := s.server.Config.Handler
			s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.PostFormValue("wsfunction") == function {
					_, _ = w.Write([]byte(body))
					return
				}
				inner.ServeHTTP(w, r)
			})
			c.admit(c.seats[0])
			c.annul(c.seats[0])
			c.pass()
			if f := c.failure("moodle"); f.Reason != proctor.FailUnavailable {
				t.Errorf("%s answers %s: %+v", function, body, f)
			}
			if looks && *s.grade != 77.5 {
				t.Errorf("%s answers %s: annulled to %v without knowing what was there", function, body, *s.grade)
			}
		}
	}
}

// TestNoSecretComesBack: a system that says back what it was sent puts no
// secret into the journal.
func TestNoSecretComesBack(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"the body": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte("bad request: " + r.PostForm.Encode()))
		},
		"a message": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(`{"exception":"x","errorcode":"y","message":"token ` + r.PostFormValue("wstoken") + ` is no good"}`))
		},
		"a code": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(`{"exception":"x","errorcode":"` + r.PostFormValue("wstoken") + `"}`))
		},
	} {
		c, s := moodleCampus(t, proctor.ExamRecord{})
		s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			answer(w, r)
		})
		c.admit(c.seats[0])
		c.annul(c.seats[0])
		c.pass()
		if f := c.failure("moodle"); contains(f.Detail, "secret") {
			t.Errorf("%s: %+v", name, f)
		}
	}
	c, p := agsCampus(t, proctor.ExamRecord{})
	inner := p.server.Config.Handler
	p.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token := r.Header.Get("Authorization"); token != "" {
			w.WriteHeader(http.StatusForbidden + 19)
			_, _ = w.Write([]byte("no: " + token))
			return
		}
		inner.ServeHTTP(w, r)
	})
	c.annul(c.seats[0])
	c.pass()
	if f := c.failure("lms"); contains(f.Detail, "Bearer t") {
		t.Errorf("an access token: %+v", f)
	}
}

// TestNobodyElseIsPunished: after a system was told, neither examinee nor exam
// is somebody or something else there, or a reversal would go astray; and no
// two students are one.
func TestNobodyElseIsPunished(t *testing.T) {
	c, p := agsCampus(t, proctor.ExamRecord{})
	p.grade("lti-0", 85, opens.Add(-time.Hour))
	p.grade("lti-1", 60, opens.Add(-time.Hour))
	ctx := t.Context()
	if err := c.LinkSeat(ctx, "admin", c.seats[0], proctor.SeatRecord{LTIUser: "lti-1", MoodleUser: 40}); keyOf(err) != "record_taken" {
		t.Errorf("another student's name: %v", err)
	}
	c.ok(c.LinkSeat(ctx, "admin", c.seats[0], proctor.SeatRecord{LTIUser: "lti-9", MoodleUser: 40}))
	c.ok(c.LinkSeat(ctx, "admin", c.seats[0], proctor.SeatRecord{LTIUser: "lti-0", MoodleUser: 40}))
	a := c.annul(c.seats[0])
	c.pass()
	if err := c.LinkSeat(ctx, "admin", c.seats[0], proctor.SeatRecord{LTIUser: "lti-9", MoodleUser: 40}); keyOf(err) != "record_told" {
		t.Errorf("renamed after it was told: %v", err)
	}
	if err := c.LinkExam(ctx, "admin", c.exam, proctor.ExamRecord{Scores: []string{"lms"}, LineItem: p.lineItem() + "0"}); keyOf(err) != "record_told" {
		t.Errorf("moved after it was told: %v", err)
	}
	c.ok(c.LinkSeat(ctx, "admin", c.seats[0], proctor.SeatRecord{LTIUser: "lti-0", MoodleUser: 40}))
	c.clock.add(time.Minute)
	c.end(a)
	c.pass()
	c.wantDone(2)
	if x, y := p.has("lti-0"), p.has("lti-1"); *x.given != 85 || *y.given != 60 {
		t.Errorf("%v and %v", *x.given, *y.given)
	}
}

func keyOf(err error) string {
	var e *proctor.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}
