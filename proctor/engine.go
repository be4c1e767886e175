package proctor

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Options are what an Engine takes from outside, so that it can be simulated.
// Zero fields get the real thing.
type Options struct {
	Now   func() time.Time
	NewID func() string
	// still: no room ticks by itself; tests do it.
	still bool
}

// Engine runs every exam: it takes what people, detectors and the media path
// say, decides what follows, and makes it durable before anybody is told. One
// goroutine an exam; methods may be called from any goroutine.
//
// After a failed append an Engine refuses everything and Failed is closed: the
// process must stop and start again from the journal.
type Engine struct {
	journal Journal
	now     func() time.Time
	newID   func() string
	still   bool
	stop    chan struct{}
	failed  chan struct{}

	mu       sync.Mutex
	err      error
	closed   bool
	rooms    map[ExamID]*room
	seats    map[SeatID]*room
	links    map[string]SeatID // by link hash
	incident map[IncidentID]*room
	acts     map[ActID]*room
	register map[int]int // year → last running number
	// numbering is held from taking a running number until it is durable, so
	// that a failure between two exams leaves no hole. Taken before mu.
	numbering sync.Mutex
	live      map[SeatID]Live
	all       map[*Subscription]struct{} // subscriptions to every exam
}

// Live is the newest that is known of a seat between facts.
type Live struct {
	Look  Look        `json:"look"`
	Media MediaReport `json:"media"`
}

// Open replays the journal and returns a running Engine. Close stops it.
func Open(ctx context.Context, j Journal, o Options) (*Engine, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = rand.Text
	}
	e := &Engine{
		journal: j, now: func() time.Time { return o.Now().UTC() }, newID: o.NewID, still: o.still,
		stop: make(chan struct{}), failed: make(chan struct{}),
		rooms: map[ExamID]*room{}, seats: map[SeatID]*room{}, links: map[string]SeatID{},
		incident: map[IncidentID]*room{}, acts: map[ActID]*room{}, register: map[int]int{},
		live: map[SeatID]Live{}, all: map[*Subscription]struct{}{},
	}
	if err := j.Replay(ctx, e.replay); err != nil {
		return nil, fmt.Errorf("replay the journal: %w", err)
	}
	for _, r := range e.rooms {
		r.awake(e.now())
		go r.run(e.stop)
	}
	for _, r := range e.rooms {
		if err := r.do(ctx, ActorEngine, r.afterRestart); err != nil {
			e.Close()
			return nil, err
		}
	}
	return e, nil
}

func (e *Engine) replay(ev Event) error {
	r := e.rooms[ev.Exam]
	if r == nil {
		r = e.newRoom()
		e.rooms[ev.Exam] = r
	}
	if err := r.state.Apply(ev); err != nil {
		return err
	}
	e.index(ev)
	return nil
}

func (e *Engine) newRoom() *room {
	return &room{
		engine: e, ops: make(chan func()), done: make(chan struct{}), state: NewState(),
		watches: map[SeatID]*watch{}, subs: map[*Subscription]struct{}{},
	}
}

// awake gives admitted seats their watches after a replay.
func (r *room) awake(now time.Time) {
	for id, t := range r.state.Seats {
		if t.Stage == Admitted {
			r.watches[id] = newWatch(r.state.Exam.Policy, t, r.engine.newID, now)
		}
	}
	for _, i := range r.state.Incidents {
		if w := r.watches[i.Seat]; w != nil && i.Closed.IsZero() {
			w.resume(i, now)
		}
	}
}

// afterRestart says what a restart cut: nobody is connected yet.
func (r *room) afterRestart(time.Time) ([]Fact, error) {
	var out []Fact
	for id, t := range r.state.Seats {
		if t.Connected {
			out = append(out, &MediaLost{id})
		}
	}
	return out, nil
}

// index remembers where an event's subjects live.
func (e *Engine) index(ev Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := e.rooms[ev.Exam]
	switch f := ev.Fact.(type) {
	case *SeatAssigned:
		e.seats[f.Seat] = r
		e.links[f.LinkHash] = f.Seat
	case *IncidentOpened:
		e.incident[f.Incident.ID] = r
	case *ActDrafted:
		e.acts[f.Act.ID] = r
		year, n := parseNumber(f.Act.Number)
		e.register[year] = max(e.register[year], n)
	}
}

func parseNumber(s string) (year, n int) {
	if _, err := fmt.Sscanf(s, "A-%d-%d", &year, &n); err != nil {
		return 0, 0
	}
	return year, n
}

// nextNumber is the next running number in the register of the year of now.
func (e *Engine) nextNumber(now time.Time) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	year := now.Year()
	e.register[year]++
	return fmt.Sprintf("A-%d-%05d", year, e.register[year])
}

// Close stops every exam's goroutine and waits for it.
func (e *Engine) Close() {
	e.mu.Lock()
	rooms := e.rooms
	if !e.closed {
		e.closed = true
		close(e.stop)
	}
	e.mu.Unlock()
	for _, r := range rooms {
		<-r.done
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for s := range e.all {
		e.drop(s)
	}
}

// Failed is closed when the journal could not be written; Err says why.
func (e *Engine) Failed() <-chan struct{} { return e.failed }

// Err is the failure that stopped the Engine, or nil.
func (e *Engine) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

func (e *Engine) fail(err error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err == nil {
		e.err = err
		close(e.failed)
		if !e.closed {
			e.closed = true
			close(e.stop)
		}
		for s := range e.all {
			e.drop(s)
		}
	}
	return errors.Join(Errorf(Unavailable, "stopped"), err)
}

// running reports whether facts may still be appended.
func (e *Engine) running() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !e.closed
}

func find[K comparable](e *Engine, in map[K]*room, id K, key string) (*room, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r := in[id]; r != nil {
		return r, nil
	}
	return nil, Errorf(NotFound, key)
}

// Exams lists all exams, in no order.
func (e *Engine) Exams() []ExamID {
	e.mu.Lock()
	defer e.mu.Unlock()
	ids := make([]ExamID, 0, len(e.rooms))
	for id := range e.rooms {
		ids = append(ids, id)
	}
	return ids
}

// View runs fn alone with an exam's State; fn must not keep or change it.
func (e *Engine) View(id ExamID, fn func(*State)) error {
	r, err := find(e, e.rooms, id, "exam")
	if err != nil {
		return err
	}
	return r.op(context.Background(), func() { fn(r.state) })
}

// ViewSeat is View for the exam of a seat.
func (e *Engine) ViewSeat(id SeatID, fn func(*State, *Seat)) error {
	r, err := find(e, e.seats, id, "seat")
	if err != nil {
		return err
	}
	return r.op(context.Background(), func() { fn(r.state, r.state.Seats[id]) })
}

// ViewIncident is View for the exam of an incident.
func (e *Engine) ViewIncident(id IncidentID, fn func(*State, *Incident)) error {
	r, err := find(e, e.incident, id, "incident")
	if err != nil {
		return err
	}
	return r.op(context.Background(), func() { fn(r.state, r.state.Incidents[id]) })
}

// ViewAct is View for the exam of an act.
func (e *Engine) ViewAct(id ActID, fn func(*State, *Act)) error {
	r, err := find(e, e.acts, id, "act")
	if err != nil {
		return err
	}
	return r.op(context.Background(), func() { fn(r.state, r.state.Acts[id]) })
}

// Subscribe streams an exam's events from now on.
func (e *Engine) Subscribe(id ExamID) (*Subscription, error) {
	r, err := find(e, e.rooms, id, "exam")
	if err != nil {
		return nil, err
	}
	c := make(chan Event, subscriptionBuffer)
	s := &Subscription{C: c, c: c, room: r}
	return s, r.op(context.Background(), func() { r.subs[s] = struct{}{} })
}

// SubscribeAll streams the events of all exams, those to come too. Events of
// one exam are in order.
func (e *Engine) SubscribeAll() *Subscription {
	c := make(chan Event, subscriptionBuffer)
	s := &Subscription{C: c, c: c, engine: e}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		close(c)
		return s
	}
	e.all[s] = struct{}{}
	return s
}

// tell gives an event to those who subscribed to all.
func (e *Engine) tell(ev Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for s := range e.all {
		select {
		case s.c <- ev:
		default:
			e.drop(s)
		}
	}
}

// drop ends a subscription to all; called with mu held.
func (e *Engine) drop(s *Subscription) {
	if _, ok := e.all[s]; ok {
		delete(e.all, s)
		close(s.c)
	}
}

// SeatByToken finds the seat of an examinee's link.
func (e *Engine) SeatByToken(token string) (SeatID, error) {
	hash := linkHash(token)
	e.mu.Lock()
	defer e.mu.Unlock()
	if id, ok := e.links[hash]; ok && subtle.ConstantTimeEq(int32(len(token)), 0) == 0 {
		return id, nil
	}
	return "", Errorf(NotFound, "seat")
}

// Live returns the newest look and media report of a seat.
func (e *Engine) Live(id SeatID) (Live, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	l, ok := e.live[id]
	return l, ok
}

// ScheduleExam creates an exam and returns it with its ID and policy.
func (e *Engine) ScheduleExam(ctx context.Context, by Actor, x Exam) (Exam, error) {
	x.ID = ExamID(e.newID())
	if x.Policy.Rules == nil {
		x.Policy = DefaultPolicy()
	}
	if err := x.Validate(); err != nil {
		return Exam{}, err
	}
	// Nobody else has the room yet: commit shows it once the exam is durable.
	r := e.newRoom()
	if err := r.commit(ctx, by, func(time.Time) ([]Fact, error) { return []Fact{&ExamScheduled{x}}, nil }); err != nil {
		return Exam{}, err
	}
	go r.run(e.stop)
	return x, nil
}

// enter makes a new exam's room known.
func (e *Engine) enter(r *room) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed { // Close waits for those that it knows
		e.rooms[r.state.Exam.ID] = r
	}
}

// AssignSeat gives an examinee a seat and returns it with the token of her
// link, which is kept nowhere.
func (e *Engine) AssignSeat(ctx context.Context, by Actor, exam ExamID, who Examinee, a Accommodation) (SeatID, string, error) {
	if err := who.Validate(); err != nil {
		return "", "", err
	}
	if a.Companions < 0 || a.Companions > 5 || !optionalText(a.Note, 500) || slices.Contains(a.Off, "") {
		return "", "", Errorf(Invalid, "accommodation")
	}
	r, err := find(e, e.rooms, exam, "exam")
	if err != nil {
		return "", "", err
	}
	id, token := SeatID(e.newID()), rand.Text()
	return id, token, r.do(ctx, by, func(time.Time) ([]Fact, error) {
		return []Fact{&SeatAssigned{id, who, a, linkHash(token)}}, nil
	})
}
