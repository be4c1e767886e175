package proctor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options are what an Engine takes from outside, so that it can be simulated.
// Zero fields get the real thing.
type Options struct {
	Now   func() time.Time
	NewID func() string
	// Systems are the systems of record of an exam that names none itself; only
	// its Scores and Times count.
	Systems ExamRecord
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
	systems ExamRecord
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
	register map[volume]int // its last running number
	// numbering is held from taking a running number until it is durable, so
	// that a failure between two exams leaves no hole. Taken before mu.
	numbering sync.Mutex
	// retakes is held from looking for an earlier FX retake until the new one
	// is durable. Taken before mu.
	retakes sync.Mutex
	// scanning is held while a scan is taken in. Taken before mu.
	scanning sync.Mutex
	scans    map[string]bool // SHA-256 of every scan of an act
	live     map[SeatID]Live
	all      map[*Subscription]struct{} // subscriptions to every exam
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
		journal: j, now: func() time.Time { return o.Now().UTC() }, newID: o.NewID, still: o.still, systems: o.Systems,
		stop: make(chan struct{}), failed: make(chan struct{}),
		rooms: map[ExamID]*room{}, seats: map[SeatID]*room{}, links: map[string]SeatID{},
		incident: map[IncidentID]*room{}, acts: map[ActID]*room{}, register: map[volume]int{},
		scans: map[string]bool{}, live: map[SeatID]Live{}, all: map[*Subscription]struct{}{},
	}
	if err := j.Replay(ctx, e.replay); err != nil {
		return nil, fmt.Errorf("replay the journal: %w", err)
	}
	order := slices.Sorted(maps.Keys(e.rooms))
	for _, id := range order {
		e.rooms[id].awake(e.now())
		go e.rooms[id].run(e.stop)
	}
	for _, id := range order {
		r := e.rooms[id]
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
	for _, id := range slices.Sorted(maps.Keys(r.state.Seats)) {
		if r.state.Seats[id].Connected {
			out = append(out, &MediaLost{id, true})
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
	case *ActScanned:
		e.scans[f.Scan.Receipt.SHA256] = true
	case *ActDrafted:
		e.acts[f.Act.ID] = r
		v, n := parseNumber(f.Act.Number)
		e.register[v] = max(e.register[v], n)
	}
}

// volume is one year's register of one appendix.
type volume struct {
	appendix Appendix
	year     int
}

func parseNumber(s string) (v volume, n int) {
	series, rest, _ := strings.Cut(s, "-")
	if _, err := fmt.Sscanf(rest, "%d-%d", &v.year, &n); err != nil {
		return volume{}, 0
	}
	v.appendix = Appendix(series)
	return v, n
}

// nextNumber is the next running number in an appendix's register of the year
// of now, which begins at midnight in Almaty.
func (e *Engine) nextNumber(x Appendix, now time.Time) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	v := volume{x, registerYear(now)}
	e.register[v]++
	return fmt.Sprintf("%s-%d-%05d", x, v.year, e.register[v])
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

// SeatByToken finds the seat of an examinee's link.
func (e *Engine) SeatByToken(token string) (SeatID, error) {
	hash := linkHash(token)
	e.mu.Lock()
	defer e.mu.Unlock()
	if id, ok := e.links[hash]; ok {
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
