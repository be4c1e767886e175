package deliver

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"qyragy/proctor"
	"qyragy/proctor/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that only tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }
func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// campus is an engine over a real journal, an exam and an outbox.
type campus struct {
	*proctor.Engine
	t     *testing.T
	clock *clock
	path  string
	j     *journal.Journal
	box   *Outbox
	sys   map[string]System
	exam  proctor.ExamID
	seats []proctor.SeatID
	acts  int
}

var opens = time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)

func newCampus(t *testing.T, rec proctor.ExamRecord, systems map[string]System) *campus {
	t.Helper()
	c := &campus{t: t, clock: &clock{at: opens}, path: filepath.Join(t.TempDir(), "journal.db"), sys: systems}
	c.start()
	t.Cleanup(func() { c.stop() })
	x, err := c.ScheduleLinked(t.Context(), "maman", proctor.Exam{
		Title: "Емтихан", Discipline: "Алгебра", Kind: proctor.SessionExam, Form: proctor.TestComplex,
		Opens: opens, Closes: opens.Add(2 * time.Hour),
	}, rec)
	c.ok(err)
	c.exam = x.ID
	for i := range 2 {
		id, _, err := c.Assign(t.Context(), "maman", x.ID, proctor.Assignment{
			Examinee: proctor.Examinee{StudentID: fmt.Sprint("s", i), Name: "=Қ. Ұлы", Specialty: "6B01", Group: "МТ-21"},
			Record:   proctor.SeatRecord{LTIUser: fmt.Sprint("lti-", i), MoodleUser: 40 + i},
		})
		c.ok(err)
		c.seats = append(c.seats, id)
	}
	return c
}

// start opens the journal and what runs over it, as a process does.
func (c *campus) start() {
	c.t.Helper()
	var err error
	c.j, err = journal.Open(context.Background(), c.path)
	c.ok(err)
	c.Engine, err = proctor.Open(context.Background(), c.j, proctor.Options{Now: c.clock.now})
	c.ok(err)
	c.box = NewOutbox(c.Engine, c.sys, Options{Now: c.clock.now})
}

func (c *campus) stop() {
	c.Engine.Close()
	if err := c.j.Close(); err != nil {
		c.t.Error(err)
	}
}

// restart is a kill: nothing but the journal is left.
func (c *campus) restart() { c.t.Helper(); c.stop(); c.start() }

func (c *campus) ok(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// admit lets a seat in.
func (c *campus) admit(seat proctor.SeatID) {
	c.t.Helper()
	ctx := c.t.Context()
	c.ok(c.Consent(ctx, seat, "1", "kk"))
	c.ok(c.Check(ctx, seat, proctor.DeviceCheck{OK: true}))
	c.ok(c.Compare(ctx, seat, proctor.Comparison{At: c.clock.now()}))
	c.ok(c.DecideIdentity(ctx, "maman", seat, true, "", time.Time{}))
}

func people() map[proctor.Role]proctor.Person {
	out := map[proctor.Role]proctor.Person{}
	for _, r := range []proctor.Role{proctor.RoleSpecialist, proctor.RoleEngineer, proctor.RoleHead, proctor.RoleRegistrar} {
		out[r] = proctor.Person{Login: proctor.Login(r), Name: string(r), Roles: []proctor.Role{r}}
	}
	return out
}

// sign has all three sign an act.
func (c *campus) sign(a proctor.Act) proctor.Act {
	c.t.Helper()
	ctx := c.t.Context()
	doc := func(n int) proctor.Document {
		return proctor.Document{Receipt: proctor.Receipt{Key: "acts/x", SHA256: fmt.Sprint(a.ID, n)}, Digest: string(a.ID)}
	}
	c.ok(c.RenderedAct(ctx, a.ID, a.Version, doc(0), proctor.Officials{}))
	for i, role := range a.Kind().Order() {
		p := people()[role]
		var err error
		a, err = c.SignAct(ctx, a.ID, doc(i), p, proctor.Signature{Login: p.Login, Name: p.Name, Role: role, At: c.clock.now()}, doc(i+1))
		c.ok(err)
	}
	if a.State != proctor.InForce {
		c.t.Fatalf("the act is %s", a.State)
	}
	return a
}

// annul brings an Appendix A act into force.
func (c *campus) annul(seat proctor.SeatID) proctor.Act {
	c.t.Helper()
	ctx := c.t.Context()
	c.acts++
	i, err := c.Raise(ctx, "proktor", seat, proctor.CauseOther, "көшіру", time.Time{})
	c.ok(err)
	a, err := c.Confirm(ctx, "proktor", i.ID, []proctor.Reason{proctor.A6}, "көшіру")
	c.ok(err)
	return c.sign(a)
}

// inspect brings an Appendix B act into force.
func (c *campus) inspect(x proctor.Inspection) proctor.Act {
	c.t.Helper()
	x.Purpose, x.Result, x.Decision = "п", "р", "ш"
	a, err := c.Inspect(c.t.Context(), "maman", c.exam, x)
	c.ok(err)
	return c.sign(a)
}

// end supersedes an act in force.
func (c *campus) end(a proctor.Act) {
	c.t.Helper()
	_, err := c.CloseAct(c.t.Context(), people()[proctor.RoleHead], a.ID, "қате")
	c.ok(err)
}

func (c *campus) pass() { c.t.Helper(); c.ok(c.box.Pass(c.t.Context())) }

// book is a copy of what is owed, in order.
func (c *campus) book() (out []proctor.Delivery) {
	c.t.Helper()
	c.ok(c.View(c.exam, func(s *proctor.State) {
		for _, d := range s.Deliveries {
			x := *d
			out = append(out, x)
		}
	}))
	return out
}

// wantDone checks that all n deliveries are done.
func (c *campus) wantDone(n int) {
	c.t.Helper()
	all := c.book()
	if len(all) != n {
		c.t.Fatalf("%d deliveries, want %d", len(all), n)
	}
	for _, d := range all {
		if d.Done.IsZero() {
			c.t.Fatalf("%s %s is not done: %+v", d.Effect, d.Key, d.Progress)
		}
	}
}

// failure is why the oldest undone delivery is not there.
func (c *campus) failure(system string) proctor.DeliveryFailure {
	c.t.Helper()
	for _, d := range c.book() {
		if d.Done.IsZero() && d.Progress[system].Failure != nil {
			return *d.Progress[system].Failure
		}
	}
	return proctor.DeliveryFailure{}
}

// facts counts the journal's facts of a type.
func (c *campus) facts(name string) (n int) {
	c.t.Helper()
	c.ok(c.j.Replay(context.Background(), func(e proctor.Event) error {
		if e.Fact.Type() == name {
			n++
		}
		return nil
	}))
	return n
}
