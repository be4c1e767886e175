package proctor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/go-cmp/cmp"
)

// world is one simulated exam: seats whose cameras and networks misbehave,
// detectors that answer late, twice or not, people who judge and sign at
// random, and a server that is killed between any two of these.
type world struct {
	e     *Engine
	j     *memory
	clock *testClock
	rng   *rand.Rand
	exam  ExamID
	seats []*simSeat
	heard *listener
	all   []Event // heard before the last restart
	acts  []ActID
	found []IncidentID
	late  []Look
	newID func() string
}

// simSeat is what is true of a seat, which the engine only infers.
type simSeat struct {
	id      SeatID
	mood    mood
	left    int // seconds until the mood changes
	claimed bool
}

// mood is what goes on in front of or behind a camera.
type mood int

const (
	fine mood = iota
	lensCovered
	lensFlickers
	cameraTaken
	networkGone
	networkThin
	roomDark
	strangerThere
	nobodyThere
	tabLying // claims a dead camera and sends pictures
	moods
)

func simulate(ctx context.Context, seed uint64) (*world, error) {
	w := &world{j: &memory{}, clock: &testClock{at: noon}, rng: rand.New(rand.NewPCG(seed, 6)), newID: counter("id")}
	if err := w.open(ctx); err != nil {
		return w, err
	}
	defer func() { w.e.Close() }()
	if err := w.seatAll(ctx, 1+w.rng.IntN(4)); err != nil {
		return w, err
	}
	for range 60 + w.rng.IntN(120) {
		w.clock.add(time.Second)
		if err := w.second(ctx); err != nil {
			return w, err
		}
		if err := w.check(); err != nil {
			return w, err
		}
	}
	w.clock.add(3 * time.Hour)
	if err := w.e.tick(ctx, w.exam); err != nil {
		return w, err
	}
	return w, w.end()
}

// open starts an engine on the journal, as after a restart.
func (w *world) open(ctx context.Context) error {
	e, err := Open(ctx, w.j, Options{Now: w.clock.now, NewID: w.newID, still: true})
	if err != nil {
		return err
	}
	w.e, w.heard = e, listen(e.SubscribeAll())
	return nil
}

func (w *world) seatAll(ctx context.Context, n int) error {
	x, err := w.e.ScheduleExam(ctx, "maman", testExam())
	if err != nil {
		return err
	}
	w.exam = x.ID
	for i := range n {
		var a Accommodation
		if w.rng.IntN(5) == 0 {
			a.Off = []Cause{CauseOutsider}
		}
		id, _, err := w.e.AssignSeat(ctx, "maman", x.ID, testExaminee(i), a)
		if err != nil {
			return err
		}
		if err := w.e.MachineJoin(ctx, id); err != nil {
			return err
		}
		w.seats = append(w.seats, &simSeat{id: id, left: 5})
	}
	return nil
}

// second is one second of everybody's exam, then of the people and the fates.
func (w *world) second(ctx context.Context) error {
	for _, s := range w.seats {
		if s.left--; s.left <= 0 {
			s.mood, s.left = mood(w.rng.IntN(int(moods))), 1+w.rng.IntN(15)
			if w.rng.IntN(2) == 0 {
				s.mood = fine
			}
		}
		if err := w.play(ctx, s); err != nil {
			return err
		}
	}
	if w.rng.IntN(10) > 0 {
		if err := w.e.tick(ctx, w.exam); err != nil {
			return err
		}
	}
	for range 3 {
		if err := w.people(ctx); KindOf(err) == "" && err != nil || KindOf(err) == Unavailable && err.Error() != "unavailable: act_not_rendered" {
			return err
		}
	}
	if w.rng.IntN(60) == 0 {
		return w.restart(ctx)
	}
	return nil
}

// play tells the engine of one seat's second what its mood lets through.
func (w *world) play(ctx context.Context, s *simSeat) error {
	at := w.clock.now().Add(time.Duration(w.rng.IntN(400)) * time.Millisecond)
	if err := w.claim(ctx, s); err != nil {
		return err
	}
	m := MediaReport{Seat: s.id, At: at, Connected: true, VideoFrames: 15, Bits: 400_000}
	switch s.mood {
	case networkGone:
		if w.rng.IntN(2) == 0 {
			return nil // not even a report
		}
		m = MediaReport{Seat: s.id, At: at}
	case networkThin:
		m.Bits, m.Loss = 20_000, 0.4
	case cameraTaken:
		m.VideoFrames, m.Bits = 0, 20_000
	}
	if err := w.e.Packets(ctx, m); err != nil || m.VideoFrames == 0 {
		return err
	}
	look := w.seen(s, at)
	if w.rng.IntN(20) == 0 { // the detector is busy; the answer comes later
		w.late = append(w.late, look)
		return nil
	}
	if len(w.late) > 0 && w.rng.IntN(3) == 0 {
		w.late, look = w.late[1:], w.late[0]
	}
	for range 1 + w.rng.IntN(10)/9 { // now and then twice
		if err := w.e.Look(ctx, look); err != nil {
			return err
		}
	}
	return nil
}

// claim sends what the page would say at the mood's beginning and end.
func (w *world) claim(ctx context.Context, s *simSeat) error {
	down := s.mood == cameraTaken || s.mood == tabLying
	if down == s.claimed {
		return nil
	}
	s.claimed = down
	r := ClientReport{Seat: s.id, Kind: ReportCameraStarted}
	if down {
		r.Kind, r.Detail = ReportCameraError, "NotReadableError"
	}
	return w.e.Report(ctx, r)
}

func (w *world) seen(s *simSeat, at time.Time) Look {
	l := Look{Seat: s.id, At: at, Detector: "sim", Faces: []Box{{}}, People: 1}
	cause := map[mood]Cause{
		lensCovered: CauseCovered, networkThin: CauseBlurred, roomDark: CauseDark,
		strangerThere: CauseOutsider, nobodyThere: CauseNoFace, tabLying: CauseCovered,
	}[s.mood]
	if s.mood == lensFlickers && w.rng.IntN(2) == 0 {
		cause = CauseCovered
	}
	if w.rng.IntN(50) == 0 { // a detector's own whim
		cause = pick(w.rng, pictured())
	}
	l.Calibrating = w.rng.IntN(30) == 0
	if cause != "" {
		l.Observations = []Observation{{Cause: cause, Score: 0.5 + w.rng.Float64()/2}}
	}
	if cause == CauseCovered || cause == CauseNoFace {
		l.Faces, l.People = nil, 0
	}
	return l
}

// people do something at random; most of it is refused.
func (w *world) people(ctx context.Context) error {
	w.learn()
	all := append(officials(), Person{Login: "two", Roles: []Role{RoleSpecialist, RoleEngineer, RoleHead}})
	p := pick(w.rng, all)
	seat := pick(w.rng, w.seats).id
	switch n := w.rng.IntN(20); {
	case n == 0:
		_, err := w.e.Raise(ctx, "proctor", seat, CauseObject, "a phone", time.Time{})
		return err
	case n < 4 && len(w.found) > 0:
		_, err := w.e.Confirm(ctx, "proctor", pick(w.rng, w.found), []Reason{pick(w.rng, Reasons())}, "x")
		return err
	case n < 6 && len(w.found) > 0:
		return w.e.Dismiss(ctx, "proctor", pick(w.rng, w.found), "nothing")
	case len(w.acts) == 0:
		return nil
	case n < 10:
		id := pick(w.rng, w.acts)
		var v int
		if err := w.e.ViewAct(id, func(_ *State, a *Act) { v = a.Version }); err != nil {
			return err
		}
		return w.e.RenderedAct(ctx, id, v, testDocument(fmt.Sprint(id, v), 0), nil)
	case n < 18:
		return w.e.trySign(ctx, pick(w.rng, w.acts), p, pick(w.rng, p.Roles))
	case n == 18 && w.rng.IntN(4) == 0:
		_, err := w.e.EditAct(ctx, "maman", pick(w.rng, w.acts), []Reason{A1}, "", nil)
		return err
	case w.rng.IntN(4) == 0:
		_, err := w.e.CloseAct(ctx, p, pick(w.rng, w.acts), "x")
		return err
	}
	return nil
}

// learn lists what there is to judge and to sign.
func (w *world) learn() {
	_ = w.e.View(w.exam, func(s *State) {
		w.found = sortedKeys(s.Incidents)
		w.acts = sortedKeys(s.Acts)
	})
}

// restart kills the server; sometimes it was in the middle of an append.
func (w *world) restart(ctx context.Context) error {
	if w.rng.IntN(2) == 0 {
		w.j.mu.Lock()
		w.j.failAt = w.j.calls + 1
		w.j.mu.Unlock()
		if err := w.e.Message(ctx, "proctor", w.seats[0].id, "x"); KindOf(err) != Unavailable {
			return fmt.Errorf("a failed append answered %w", err)
		}
	}
	w.e.Close()
	w.all = append(w.all, w.heard.stop()...)
	if w.j.late > 0 {
		return fmt.Errorf("%d appends after a failure", w.j.late)
	}
	w.j = w.j.again()
	w.clock.add(time.Duration(w.rng.IntN(10)) * time.Second)
	return w.open(ctx)
}

func (w *world) check() (err error) {
	viewed := w.e.View(w.exam, func(s *State) {
		if err = broken(s); err == nil {
			err = doubled(s)
		}
	})
	if viewed != nil {
		return viewed
	}
	return err
}

// end checks the whole: what was told is the journal, and the journal is the state.
func (w *world) end() error {
	again, events := NewState(), []Event{}
	err := w.j.Replay(context.Background(), func(e Event) error {
		events = append(events, e)
		return again.Apply(e)
	})
	if err != nil {
		return err
	}
	viewed := w.e.View(w.exam, func(s *State) {
		if d := cmp.Diff(s, again); d != "" {
			err = fmt.Errorf("-live +replayed:\n%s", d)
		}
		for id, t := range s.Seats {
			if t.Stage != Finished {
				err = fmt.Errorf("seat %s is %s after the exam", id, t.Stage)
			}
		}
	})
	w.e.Close()
	w.all = append(w.all, w.heard.stop()...)
	for _, e := range []error{viewed, err, broken(again), holes(events), inJournal(w.all, events)} {
		if e != nil {
			return e
		}
	}
	return nil
}
