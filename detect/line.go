package detect

import (
	"context"
	"errors"
	"sync"

	"qyragy/proctor"
)

// line has seats take turns: one request in flight per seat, a bounded number
// over all, and whoever waits longest is next.
type line[S interface{ place() *turn }] struct {
	wake  chan struct{}
	slots chan struct{} // one token per request in flight

	mu    sync.Mutex
	seats map[proctor.SeatID]S
	queue []S // those that are fresh and not busy
}

// turn is a seat's place in a line. Its fields are guarded by the line's mu.
type turn struct {
	fresh  bool // what is kept of the seat has not been sent
	busy   bool // a request is in flight
	queued bool
}

func (t *turn) place() *turn { return t }

func newLine[S interface{ place() *turn }](inFlight int) *line[S] {
	return &line[S]{wake: make(chan struct{}, 1), slots: make(chan struct{}, inFlight), seats: map[proctor.SeatID]S{}}
}

// Forget frees what is kept of a seat whose exam is over.
func (l *line[S]) Forget(seat proctor.SeatID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s, ok := l.seats[seat]; ok {
		s.place().fresh = false
		delete(l.seats, seat)
	}
}

// enqueue puts a fresh seat in line; called with mu held.
func (l *line[S]) enqueue(s S) {
	t := s.place()
	if t.queued || t.busy || !t.fresh {
		return
	}
	t.queued = true
	l.queue = append(l.queue, s)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// run has do send each seat's request in its turn until ctx ends or do fails,
// and waits for those under way. do sets busy back and enqueues the seat again.
func (l *line[S]) run(ctx context.Context, do func(context.Context, S) error) error {
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
		s, ok := l.next(ctx)
		if !ok {
			<-l.slots
			return cause(ctx)
		}
		flying.Go(func() {
			defer func() { <-l.slots }()
			if err := do(ctx, s); err != nil {
				cancel(err)
			}
		})
	}
}

// cause is nil when ctx ended by its caller's wish.
func cause(ctx context.Context) error {
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// next takes the seat that waits longest; it blocks until there is one.
func (l *line[S]) next(ctx context.Context) (S, bool) {
	for {
		if s, ok := l.first(); ok {
			return s, true
		}
		select {
		case <-ctx.Done():
			var nobody S
			return nobody, false
		case <-l.wake:
		}
	}
}

// first takes the first seat in line, if anybody waits.
func (l *line[S]) first() (s S, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) > 0 {
		s, l.queue = l.queue[0], l.queue[1:]
		t := s.place()
		t.queued = false
		if t.fresh { // not forgotten since
			t.busy, t.fresh = true, false
			return s, true
		}
	}
	return s, false
}
