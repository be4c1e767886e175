package detect

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"qyragy/proctor"
)

// Sounds takes what was heard. An error ends the listener: it means that the
// journal failed.
type Sounds interface {
	Heard(ctx context.Context, h proctor.Heard) error
}

// Wanted tells the listener what is wanted of a seat's sound.
type Wanted interface {
	// Speech reports whether anybody wants to know of speech at a seat now, and
	// from which probability on; 0 is the detector's own.
	Speech(id proctor.SeatID) (threshold float64, wanted bool)
}

// ListenConfig is what a Listener needs.
type ListenConfig struct {
	NATS   *nats.Conn
	Sounds Sounds
	Wanted Wanted
	// InFlight bounds the requests under way over all seats; 0 means 4.
	InFlight int
	// Timeout of one request; 0 means 2 s.
	Timeout time.Duration
}

// Listener keeps the newest second of sound of each seat that may hold speech
// and has detectors hear it: at most one request in flight per seat, seats in
// the order in which their sounds came. A sound that is overtaken by a newer
// one is counted, never queued. Those of seats where speech is no matter are
// dropped.
type Listener struct {
	cfg   ListenConfig
	wake  chan struct{}
	slots chan struct{} // one token per request in flight

	heard, overtaken, failed atomic.Uint64

	mu    sync.Mutex
	seats map[proctor.SeatID]*ear
	queue []*ear // seats with a sound and no request in flight
}

// ear is one seat's place. Its fields are guarded by the Listener's mu.
type ear struct {
	sound  HearRequest
	camera int
	fresh  bool // sound has not been heard
	busy   bool // a request is in flight
	queued bool

	memory []byte
	until  time.Time // where memory ends
	speech bool      // the last that was heard was speech
}

// HearStats are counts since the start.
type HearStats struct{ Heard, Overtaken, Failed uint64 }

// NewListener returns a Listener; Run does its work.
func NewListener(cfg ListenConfig) *Listener {
	if cfg.InFlight == 0 {
		cfg.InFlight = 4
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 2 * time.Second
	}
	return &Listener{cfg: cfg, wake: make(chan struct{}, 1), slots: make(chan struct{}, cfg.InFlight), seats: map[proctor.SeatID]*ear{}}
}

// Sound offers a seat's newest sound: Opus packets up to at. It never blocks;
// the packets must not be changed afterwards.
func (l *Listener) Sound(seat proctor.SeatID, camera int, at time.Time, packets [][]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.seats[seat]
	if e == nil {
		e = &ear{camera: camera}
		l.seats[seat] = e
	}
	if e.fresh {
		l.overtaken.Add(1)
	}
	if e.camera != camera {
		e.camera, e.memory, e.speech = camera, nil, false
	}
	e.sound = HearRequest{Seat: seat, At: at, Packets: packets}
	e.fresh = true
	l.enqueue(e)
}

// Speech reports that the last that was heard of a seat was speech: what
// follows is worth hearing however quiet its sender says it is.
func (l *Listener) Speech(seat proctor.SeatID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.seats[seat]
	return e != nil && e.speech
}

// Forget frees what is kept of a seat whose exam is over.
func (l *Listener) Forget(seat proctor.SeatID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.seats[seat]; e != nil {
		e.fresh = false
		delete(l.seats, seat)
	}
}

// Stats returns the counts so far.
func (l *Listener) Stats() HearStats {
	return HearStats{l.heard.Load(), l.overtaken.Load(), l.failed.Load()}
}

// enqueue puts a seat with a fresh sound in line; called with mu held.
func (l *Listener) enqueue(e *ear) {
	if e.queued || e.busy || !e.fresh {
		return
	}
	e.queued = true
	l.queue = append(l.queue, e)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Run listens until ctx ends or Sounds fails, and waits for the requests under
// way.
func (l *Listener) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var flying sync.WaitGroup
	defer flying.Wait()
	for {
		select {
		case <-ctx.Done():
			return cause(ctx)
		case l.slots <- struct{}{}:
		}
		e, ok := l.next(ctx)
		if !ok {
			<-l.slots
			return cause(ctx)
		}
		flying.Go(func() {
			defer func() { <-l.slots }()
			if err := l.hear(ctx, e); err != nil {
				cancel(err)
			}
		})
	}
}

// next takes the seat that waits longest; it blocks until there is one.
func (l *Listener) next(ctx context.Context) (*ear, bool) {
	for {
		if e := l.first(); e != nil {
			return e, true
		}
		select {
		case <-ctx.Done():
			return nil, false
		case <-l.wake:
		}
	}
}

// first takes the first seat in line, nil if nobody waits.
func (l *Listener) first() *ear {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) > 0 {
		e := l.queue[0]
		l.queue = l.queue[1:]
		e.queued = false
		if e.fresh { // not forgotten since
			e.busy, e.fresh = true, false
			return e
		}
	}
	return nil
}

// goesOn is how soon a sound ends after another that it goes on from.
const goesOn = 1500 * time.Millisecond

// hear sends one seat's sound to a worker and hands on what it heard.
func (l *Listener) hear(ctx context.Context, e *ear) error {
	l.mu.Lock()
	req, camera := e.sound, e.camera
	if gap := req.At.Sub(e.until); gap > 0 && gap < goesOn {
		req.Memory = e.memory
	}
	l.mu.Unlock()
	threshold, wanted := l.cfg.Wanted.Speech(req.Seat)
	if !wanted {
		l.done(e, func() { e.memory, e.speech = nil, false })
		return nil
	}
	req.Threshold = threshold
	var reply HearReply
	err := ask(ctx, l.cfg.NATS, SubjectHear, l.cfg.Timeout, req, &reply)
	if err != nil || reply.Err != "" { // missing data never becomes an observation
		l.failed.Add(1)
		l.done(e, func() {})
		return nil
	}
	h := proctor.Heard{Seat: req.Seat, At: req.At, Voice: reply.Voice, Level: reply.Level, Detector: reply.Detector}
	l.done(e, func() {
		if e.camera == camera {
			e.memory, e.until, e.speech = reply.Memory, req.At, h.Speech()
		}
	})
	l.heard.Add(1)
	return l.tell(ctx, h)
}

// done ends a seat's request under way.
func (l *Listener) done(e *ear, then func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.busy = false
	if !e.fresh {
		e.sound.Packets = nil // no sound is kept longer than it must be
	}
	then()
	l.enqueue(e)
}

func (l *Listener) tell(ctx context.Context, h proctor.Heard) error {
	err := l.cfg.Sounds.Heard(ctx, h)
	switch proctor.KindOf(err) {
	case proctor.NotFound: // the seat is gone
		return nil
	case proctor.Invalid: // a worker's nonsense
		l.failed.Add(1)
		return nil
	}
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("take what was heard: %w", err)
	}
	return nil
}
