package deliver

import (
	"testing"
	"time"

	"qyragy/proctor"
)

func agsCampus(t *testing.T, rec proctor.ExamRecord) (*campus, *platform) {
	t.Helper()
	k := &clock{at: opens}
	p := newPlatform(t, k.now)
	rec.Scores, rec.LineItem = []string{"lms"}, p.lineItem()
	c := newCampus(t, rec, map[string]System{"lms": p.tool(k.now)})
	k2 := c.clock
	p.now = k2.now
	c.sys["lms"] = p.tool(k2.now)
	c.box = NewOutbox(c.Engine, c.sys, Options{Now: k2.now})
	for _, seat := range c.seats {
		c.admit(seat)
	}
	return c, p
}

func TestAGSAnnulsAndRestores(t *testing.T) {
	c, p := agsCampus(t, proctor.ExamRecord{})
	p.grade("lti-0", 85, opens.Add(-time.Hour))
	p.grade("lti-1", 60, opens.Add(-time.Hour))
	a := c.annul(c.seats[0])
	if p.posts != 0 {
		t.Fatal("something was posted before the outbox ran")
	}
	c.pass()
	c.wantDone(1)
	if g := p.has("lti-0"); g.given == nil || *g.given != 0 || g.maximum != 100 || g.comment != "АКТ № "+a.Number+": емтихан нәтижесі жойылды (5.3.14-тармақ, Қосымша А)" {
		t.Errorf("annulled: %+v", g)
	}
	if g := p.has("lti-1"); *g.given != 60 {
		t.Errorf("somebody else's score became %v", *g.given)
	}
	c.clock.add(time.Minute)
	c.end(a)
	c.pass()
	c.wantDone(2)
	if g := p.has("lti-0"); g.given == nil || *g.given != 85 || g.maximum != 100 {
		t.Errorf("restored: %+v", g)
	}
}

// Two acts over one seat, ended in any order, leave what was there first.
func TestAGSTwoActsRestoreTheFirstScore(t *testing.T) {
	for name, second := range map[string]bool{"the newer ends first": true, "the older ends first": false} {
		t.Run(name, func(t *testing.T) {
			c, p := agsCampus(t, proctor.ExamRecord{})
			p.grade("lti-0", 85, opens.Add(-time.Hour))
			a := c.annul(c.seats[0])
			c.clock.add(time.Second)
			b := c.annul(c.seats[0])
			if second {
				a, b = b, a
			}
			c.clock.add(time.Minute)
			c.pass()
			c.clock.add(time.Minute)
			c.end(a)
			c.pass()
			if g := p.has("lti-0"); *g.given != 0 {
				t.Errorf("one act still stands, and the score is %v", *g.given)
			}
			c.clock.add(time.Minute)
			c.end(b)
			c.pass()
			if g := p.has("lti-0"); g.given == nil || *g.given != 85 {
				t.Errorf("in the end the score is %+v", g)
			}
		})
	}
}

// What Moodle holds may be newer than our clock: one more try with a newer
// timestamp, else the alarm and later tries.
func TestAGSStaleTimestamp(t *testing.T) {
	c, p := agsCampus(t, proctor.ExamRecord{})
	p.grade("lti-0", 85, opens) // in this very second
	c.annul(c.seats[0])
	c.pass()
	c.wantDone(1)
	p.grade("lti-1", 85, opens.Add(time.Hour)) // a teacher's wrong clock
	c.annul(c.seats[1])
	c.pass()
	f := c.failure("lms")
	if f.Reason != proctor.FailStale || f.Refused || !f.Reason.Urgent() {
		t.Fatalf("%+v", f)
	}
	c.clock.add(2 * time.Hour)
	c.pass()
	c.wantDone(2)
	if g := p.has("lti-1"); *g.given != 0 {
		t.Errorf("%+v", g)
	}
}

// A platform's clock that is ahead of ours is believed.
func TestAGSPlatformClockAhead(t *testing.T) {
	c, p := agsCampus(t, proctor.ExamRecord{})
	p.now = func() time.Time { return c.clock.now().Add(20 * time.Minute) }
	p.grade("lti-0", 85, p.now().Add(-time.Minute))
	c.annul(c.seats[0])
	c.pass()
	c.wantDone(1)
}

func TestAGSBlankAndValue(t *testing.T) {
	c, p := agsCampus(t, proctor.ExamRecord{Blank: true})
	p.grade("lti-0", 85, opens.Add(-time.Hour))
	c.annul(c.seats[0])
	c.pass()
	if g := p.has("lti-0"); g.given != nil {
		t.Errorf("blank: %v", *g.given)
	}
	c, p = agsCampus(t, proctor.ExamRecord{Value: 1, Maximum: 4})
	c.annul(c.seats[0])
	c.pass()
	if g := p.has("lti-0"); *g.given != 1 || g.maximum != 4 {
		t.Errorf("%+v", g)
	}
}

// An access token is asked for once an hour, and anew when it is taken away.
func TestAGSToken(t *testing.T) {
	c, p := agsCampus(t, proctor.ExamRecord{})
	c.annul(c.seats[0])
	c.pass()
	c.annul(c.seats[1])
	c.pass()
	if p.tokens != 1 {
		t.Errorf("%d tokens for two deliveries", p.tokens)
	}
	p.mu.Lock()
	p.tokens++ // revoked
	p.mu.Unlock()
	c.clock.add(time.Minute)
	c.annul(c.seats[1])
	c.pass()
	c.wantDone(3)
}

// The token goes to nobody but the platform, and what is not linked waits for
// a person.
func TestAGSUnlinked(t *testing.T) {
	c, p := agsCampus(t, proctor.ExamRecord{})
	for name, item := range map[string]string{"elsewhere": "https://evil.example/lineitem", "none": ""} {
		rec := proctor.ExamRecord{Scores: []string{"lms"}, LineItem: item}
		c.ok(c.LinkExam(t.Context(), "admin", c.exam, rec))
		a := c.annul(c.seats[0])
		c.pass()
		if f := c.failure("lms"); f.Reason != proctor.FailUnlinked || !f.Refused {
			t.Errorf("%s: %+v", name, f)
		}
		c.ok(c.AcknowledgeDelivery(t.Context(), "registrar", c.exam, c.book()[len(c.book())-1].Key, "lms", "қолмен"))
		_ = a
	}
	if p.posts != 0 || p.tokens != 0 {
		t.Errorf("%d posts, %d tokens", p.posts, p.tokens)
	}
}
