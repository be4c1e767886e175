package detect

import (
	"context"
	"fmt"
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
	cfg ListenConfig
	*line[*ear]

	heard, overtaken, failed atomic.Uint64
}

// ear is one seat's place. Its fields are guarded by the line's mu.
type ear struct {
	turn
	sound  HearRequest
	camera int

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
	return &Listener{cfg: cfg, line: newLine[*ear](cfg.InFlight)}
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

// Stats returns the counts so far.
func (l *Listener) Stats() HearStats {
	return HearStats{l.heard.Load(), l.overtaken.Load(), l.failed.Load()}
}

// Run listens until ctx ends or Sounds fails, and waits for the requests under
// way.
func (l *Listener) Run(ctx context.Context) error { return l.run(ctx, l.hear) }

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
			e.memory, e.until, e.speech = atMost(reply.Memory, MaxMemory), req.At, h.Speech()
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
