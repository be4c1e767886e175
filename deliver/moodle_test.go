package deliver

import (
	"testing"
	"time"

	"qyragy/proctor"
)

func moodleCampus(t *testing.T, rec proctor.ExamRecord) (*campus, *site) {
	t.Helper()
	s := newSite(t)
	rec.Scores, rec.Times = []string{"moodle"}, []string{"moodle"}
	rec.Course, rec.Module, rec.Quiz = 2, 31, 7
	return newCampus(t, rec, map[string]System{"moodle": NewMoodle(s.server.URL+"/", "secret")}), s
}

// Extra time is added once, on top of what she had by then, over a lost answer
// and a restart, and is taken back to that.
func TestMoodleExtraTimeOnce(t *testing.T) {
	c, s := moodleCampus(t, proctor.ExamRecord{})
	user, own, word := 40, int64(5400), "ашық"
	s.overrides[50] = settings{ID: 50, UserID: &user, TimeLimit: &own, Password: &word} // an accommodation, by a person
	c.admit(c.seats[0])
	a := c.inspect(proctor.Inspection{Seats: c.seats[:1], Code: proctor.ExtraTime, Minutes: 20})
	s.set(0, true, "")
	c.pass()
	s.set(0, true, "")
	c.restart()
	c.pass()
	s.set(0, false, "")
	c.restart()
	c.pass()
	c.wantDone(1)
	closes := opens.Add(2*time.Hour + 20*time.Minute).Unix()
	if o, n := s.of(40); n != 1 || o.ID != 50 || *o.TimeLimit != 5400+1200 || o.TimeClose == nil || *o.TimeClose != closes || o.Password == nil || *o.Password != word {
		t.Fatalf("%d overrides: %+v", n, o)
	}
	c.clock.add(time.Minute)
	c.end(a)
	c.pass()
	c.wantDone(2)
	if o, n := s.of(40); n != 1 || *o.TimeLimit != 5400 || o.TimeClose != nil || *o.Password != word {
		t.Fatalf("taken back: %d overrides: %+v", n, o)
	}
	c.ok(c.j.Replay(t.Context(), func(e proctor.Event) error {
		if f, ok := e.Fact.(*proctor.DeliveryBegan); ok && f.Found != "" && contains(f.Found, word) {
			t.Error("a quiz's password is in the journal")
		}
		return nil
	}))
}

// Several decisions add up, a window replaces the hours, and with the last one
// gone no override is left.
func TestMoodleDecisionsAddUp(t *testing.T) {
	c, s := moodleCampus(t, proctor.ExamRecord{})
	seat := c.seats[:1]
	c.ok(c.Excuse(t.Context(), "maman", seat[0], proctor.Receipt{Key: "x", SHA256: "doc"}, "application/pdf"))
	from := opens.Add(72 * time.Hour)
	c.ok(c.SetWindow(t.Context(), "tirkeushi", seat[0], &proctor.Window{From: from, To: from.Add(time.Hour), Reason: proctor.Illness, Document: "doc"}))
	var acts []proctor.Act
	for _, x := range []proctor.Inspection{
		{Code: proctor.ExtraTime, Minutes: 10}, {Code: proctor.NewAttempt}, {Code: proctor.ExtraTime, Minutes: 5},
	} {
		x.Seats = seat
		acts = append(acts, c.inspect(x))
	}
	c.pass()
	c.wantDone(4)
	if o, n := s.of(40); n != 1 || *o.TimeOpen != from.Unix() || *o.TimeClose != from.Add(75*time.Minute).Unix() || *o.TimeLimit != 3600+900 || *o.Attempts != 2 {
		t.Fatalf("%d overrides: %+v", n, o)
	}
	for _, a := range acts {
		c.end(a)
	}
	c.ok(c.SetWindow(t.Context(), "tirkeushi", seat[0], nil))
	c.pass()
	c.wantDone(8)
	if o, n := s.of(40); n != 0 {
		t.Fatalf("left: %+v", o)
	}
}

func TestMoodleResume(t *testing.T) {
	for state, want := range map[string]struct {
		after string
		why   proctor.FailureReason
	}{
		"abandoned":  {"inprogress", ""},
		"inprogress": {"inprogress", ""},
		"finished":   {"finished", proctor.FailRefused},
	} {
		t.Run(state, func(t *testing.T) {
			c, s := moodleCampus(t, proctor.ExamRecord{})
			s.attempts = []map[string]any{{"id": 9, "attempt": 1, "state": state}}
			c.inspect(proctor.Inspection{Seats: c.seats[:1], Code: proctor.ResumeAttempt})
			c.pass()
			if f := c.failure("moodle"); f.Reason != want.why || s.attempts[0]["state"] != want.after {
				t.Errorf("%+v, the attempt is %v", f, s.attempts[0]["state"])
			}
		})
	}
}

func TestMoodleGrade(t *testing.T) {
	c, s := moodleCampus(t, proctor.ExamRecord{})
	was := 77.5
	s.grade = &was
	c.admit(c.seats[0])
	a := c.annul(c.seats[0])
	c.pass()
	if *s.grade != 0 || s.feedback == "" {
		t.Fatalf("grade %v %q", *s.grade, s.feedback)
	}
	c.end(a)
	c.pass()
	c.wantDone(2)
	if *s.grade != 77.5 {
		t.Errorf("restored to %v", *s.grade)
	}
	s.locked = true
	c.annul(c.seats[0])
	c.pass()
	if f := c.failure("moodle"); f.Reason != proctor.FailRefused || !f.Refused {
		t.Errorf("a locked grade: %+v", f)
	}
}

// Moodle says no with status 200; each sort of no is what it is.
func TestMoodleFailures(t *testing.T) {
	for name, x := range map[string]struct {
		status int
		body   string
		want   proctor.FailureReason
	}{
		"wrong token":   {200, `{"exception":"core\\exception\\moodle_exception","errorcode":"invalidtoken","message":"Invalid token"}`, proctor.FailUnauthorized},
		"no capability": {200, `{"exception":"required_capability_exception","errorcode":"nopermissions","message":"no"}`, proctor.FailUnauthorized},
		"no database":   {200, `{"exception":"dml_read_exception","errorcode":"dmlreadexception","message":"x"}`, proctor.FailUnavailable},
		"wrong quiz":    {200, `{"exception":"dml_missing_record_exception","errorcode":"invalidrecord","message":"x"}`, proctor.FailRefused},
		"maintenance":   {200, `<html>maintenance</html>`, proctor.FailUnavailable},
		"503":           {503, `<html>`, proctor.FailUnavailable},
		"redirect":      {303, ``, proctor.FailUnavailable},
		"forbidden":     {403, ``, proctor.FailUnauthorized},
		"odd":           {200, `{"quizzes":7}`, proctor.FailUnavailable},
		"long":          {200, string(make([]byte, answerLimit+1)), proctor.FailUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := moodleCampus(t, proctor.ExamRecord{})
			s.set(x.status, false, x.body)
			c.inspect(proctor.Inspection{Seats: c.seats[:1], Code: proctor.NewAttempt})
			c.pass()
			f := c.failure("moodle")
			if f.Reason != x.want || f.Refused != (x.want == proctor.FailRefused) || contains(f.Detail, "secret") {
				t.Errorf("%+v", f)
			}
		})
	}
}
