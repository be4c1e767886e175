package proctor

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Nobody is checked, identified or admitted but between the preparation and
// the end; consent may be given earlier.
func TestWindow(t *testing.T) {
	steps := map[string]func(s *State, now time.Time) ([]Fact, error){
		"consent": func(s *State, now time.Time) ([]Fact, error) { return s.consent("new", "1", "kk", now) },
		"check":   func(s *State, now time.Time) ([]Fact, error) { return s.check("ready", DeviceCheck{OK: true}, now) },
		"compare": func(s *State, now time.Time) ([]Fact, error) { return s.compare("ready", Comparison{}, now) },
		"identity": func(s *State, now time.Time) ([]Fact, error) {
			return s.decideIdentity("ready", true, "", time.Time{}, now)
		},
		"machine": func(s *State, now time.Time) ([]Fact, error) { return s.machineJoin("new", now) },
	}
	x := testExam()
	for _, c := range []struct {
		name string
		now  time.Time
		key  string
	}{
		{"too early", x.Opens.Add(-Preparation - time.Second), "exam_not_open"},
		{"preparing", x.Opens.Add(-Preparation), ""},
		{"under way", x.Opens.Add(time.Minute), ""},
		{"the last moment", x.Closes, ""},
		{"too late", x.Closes.Add(time.Second), "exam_over"},
	} {
		for name, step := range steps {
			t.Run(c.name+" "+name, func(t *testing.T) {
				o := newOffice(t)
				o.invited()
				o.fold(&SeatAssigned{"ready", testExaminee(3), Accommodation{}, "hash3"},
					&ConsentGiven{"ready", "1", "kk"}, &IdentityCompared{"ready", Comparison{}})
				key := c.key
				if name == "consent" && key == "exam_not_open" {
					key = ""
				}
				facts, err := step(o.state, c.now)
				wantError(t, err, Conflict, key)
				if (len(facts) > 0) != (key == "") {
					t.Errorf("%d facts", len(facts))
				}
			})
		}
	}
}

// The end of an exam is every seat's, whether she came in or not, and nobody
// is given a seat after it.
func TestEndFinishesAll(t *testing.T) {
	h := newHall(t, 2)
	invited, _, err := h.AssignSeat(t.Context(), "maman", h.exam, testExaminee(3), Accommodation{})
	h.ok(err)
	consented, _, err := h.AssignSeat(t.Context(), "maman", h.exam, testExaminee(4), Accommodation{})
	h.ok(err)
	h.ok(h.Consent(t.Context(), consented, "1", "kk"))
	h.ok(h.Finish(t.Context(), "maman", h.seats[0]))
	open := h.covered(h.seats[1])
	h.clock.add(3 * time.Hour)
	h.ok(h.tick(t.Context(), h.exam))
	h.ok(h.tick(t.Context(), h.exam))
	h.ok(h.View(h.exam, func(s *State) {
		for id, seat := range s.Seats {
			never := id == invited || id == consented
			if seat.Stage != Finished || seat.Admitted.IsZero() != never {
				t.Errorf("seat %s is %s, admitted %v", id, seat.Stage, seat.Admitted)
			}
		}
		if i := s.Incidents[open]; i.Closed.IsZero() {
			t.Error("an incident goes on after the exam")
		}
	}))
	finished := 0
	for _, e := range h.j.events(t) {
		if _, ok := e.Fact.(*SeatFinished); ok {
			finished++
		}
	}
	if finished != 4 {
		t.Errorf("%d ends of 4 seats", finished)
	}
	_, _, err = h.AssignSeat(t.Context(), "maman", h.exam, testExaminee(5), Accommodation{})
	wantError(t, err, Conflict, "exam_over")
}

// An exam that is over stops its clock; one that is not goes on.
func TestSettledExamStopsItsClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		now := func() time.Time { asked.Add(1); return time.Now() }
		e, err := Open(t.Context(), &memory{}, Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		x := testExam()
		x.Opens, x.Closes = time.Now(), time.Now().Add(time.Minute)
		x, err = e.ScheduleExam(t.Context(), "maman", x)
		if err != nil {
			t.Fatal(err)
		}
		seat, _, err := e.AssignSeat(t.Context(), "maman", x.ID, testExaminee(1), Accommodation{})
		if err != nil {
			t.Fatal(err)
		}
		asks := func(d time.Duration) int64 {
			before := asked.Load()
			time.Sleep(d)
			synctest.Wait()
			return asked.Load() - before
		}
		if n := asks(30 * time.Second); n < 30 {
			t.Errorf("%d looks at the clock in the exam's first half", n)
		}
		asks(time.Minute)
		if n := asks(time.Hour); n != 0 {
			t.Errorf("%d looks at the clock in the hour after the exam", n)
		}
		if err := e.ViewSeat(seat, func(_ *State, s *Seat) {
			if s.Stage != Finished {
				t.Errorf("the seat is %s", s.Stage)
			}
		}); err != nil {
			t.Error(err)
		}
		if err := e.Consent(context.Background(), seat, "1", "kk"); KindOf(err) != Conflict {
			t.Errorf("consent after the end: %v", err)
		}
	})
}

func TestAppoint(t *testing.T) {
	person := func(l Login, r ...Role) Person { return Person{Login: l, Roles: r} }
	two := person("a", RoleSpecialist, RoleHead)
	people := []Person{person("s", RoleSpecialist), person("e", RoleEngineer), person("h", RoleHead), two}
	for _, c := range []struct {
		name   string
		named  Officials
		people []Person
		first  Login
		want   Officials
	}{
		{"by login, nobody twice", nil, people, "", Officials{RoleSpecialist: "a", RoleEngineer: "e", RoleHead: "h"}},
		{"who confirmed", nil, people, "s", Officials{RoleSpecialist: "s", RoleEngineer: "e", RoleHead: "a"}},
		{"who confirmed holds nothing", nil, people, "p", Officials{RoleSpecialist: "a", RoleEngineer: "e", RoleHead: "h"}},
		{"named before all", Officials{RoleHead: "a"}, people, "a", Officials{RoleSpecialist: "s", RoleEngineer: "e", RoleHead: "a"}},
		{"named and gone", Officials{RoleHead: "old"}, people, "s", Officials{RoleSpecialist: "s", RoleEngineer: "e", RoleHead: "a"}},
		{"only one way", nil, []Person{person("s", RoleSpecialist), person("e", RoleEngineer), two}, "",
			Officials{RoleSpecialist: "s", RoleEngineer: "e", RoleHead: "a"}},
		{"nobody left", nil, []Person{two, person("e", RoleEngineer)}, "", Officials{RoleSpecialist: "a", RoleEngineer: "e"}},
		{"nobody", nil, nil, "", Officials{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.named.Appoint(AppendixA, c.people, c.first)
			if err := got.validate(AppendixA); err != nil || len(got) != len(c.want) {
				t.Fatalf("appointed %v, want %v", got, c.want)
			}
			for role, l := range c.want {
				if got[role] != l {
					t.Errorf("appointed %v, want %v", got, c.want)
				}
			}
		})
	}
}
