package proctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// room is one exam's own goroutine. It alone touches the exam's State and its
// watches; everybody else sends it something to do.
type room struct {
	engine *Engine
	ops    chan func() // unbuffered: a sender waits its turn
	done   chan struct{}

	// owned by run
	state   *State
	watches map[SeatID]*watch
	subs    map[*Subscription]struct{}
}

// Subscription is one reader's stream of an exam's events, in order, each
// after it was made durable.
type Subscription struct {
	// C is closed when the reader is too slow, when the engine stops, or by Close.
	C <-chan Event
	c chan Event
	// room is nil for a subscription to all exams; then engine is set.
	room   *room
	engine *Engine
}

// subscriptionBuffer is how many events a reader may lag behind.
const subscriptionBuffer = 1024

// Close ends the subscription. It may be called more than once.
func (s *Subscription) Close() {
	if s.room == nil {
		s.engine.mu.Lock()
		defer s.engine.mu.Unlock()
		s.engine.drop(s)
		return
	}
	s.room.op(context.Background(), func() { s.room.drop(s) })
}

func (r *room) drop(s *Subscription) {
	if _, ok := r.subs[s]; ok {
		delete(r.subs, s)
		close(s.c)
	}
}

func (r *room) run(stop <-chan struct{}) {
	defer close(r.done)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	if r.engine.still {
		ticker.Stop()
	}
	for {
		select {
		case <-stop:
			for s := range r.subs {
				r.drop(s)
			}
			return
		case f := <-r.ops:
			f()
		case <-ticker.C:
			// A failed append stops the engine by itself; nobody waits for a tick.
			_ = r.commit(context.Background(), ActorEngine, r.tick)
		}
	}
}

// op has the room run f and waits for it. It returns an Error of kind
// Unavailable when the engine has stopped.
func (r *room) op(ctx context.Context, f func()) error {
	ran := make(chan struct{})
	select {
	case r.ops <- func() { defer close(ran); f() }:
	case <-r.done:
		return Errorf(Unavailable, "stopped")
	case <-ctx.Done():
		return ctx.Err()
	}
	<-ran
	return nil
}

// do asks decide for facts, makes them durable, applies them and tells the
// subscribers, in this order.
func (r *room) do(ctx context.Context, by Actor, decide func(now time.Time) ([]Fact, error)) error {
	var err error
	if stopped := r.op(ctx, func() { err = r.commit(ctx, by, decide) }); stopped != nil {
		return stopped
	}
	return err
}

func (r *room) commit(ctx context.Context, by Actor, decide func(now time.Time) ([]Fact, error)) error {
	if !r.engine.running() {
		return Errorf(Unavailable, "stopped")
	}
	now := r.engine.now()
	facts, err := decide(now)
	if err != nil || len(facts) == 0 {
		return err
	}
	events := make([]Event, len(facts))
	for i, f := range facts {
		events[i] = Event{At: now, Exam: r.state.Exam.ID, Actor: by, Fact: f}
		if first, ok := f.(*ExamScheduled); ok {
			events[i].Exam = first.Exam.ID
		}
	}
	// The facts are decided: a caller that gives up must not leave them half done.
	events, err = r.engine.journal.Append(context.WithoutCancel(ctx), events...)
	if err != nil {
		return r.engine.fail(fmt.Errorf("append to the journal: %w", err))
	}
	for _, e := range events {
		if err := r.state.Apply(e); err != nil {
			return r.engine.fail(err)
		}
		r.follow(e)
		r.publish(e)
	}
	return nil
}

// follow keeps what is derived from facts beside the State up to date.
func (r *room) follow(e Event) {
	r.engine.index(e)
	switch f := e.Fact.(type) {
	case *ExamScheduled:
		r.engine.enter(r)
	case *SeatAdmitted:
		r.watches[f.Seat] = newWatch(r.state.Exam.Policy, r.state.Seats[f.Seat], r.engine.newID, e.At)
	case *SeatFinished:
		delete(r.watches, f.Seat)
	case *IncidentJudged:
		if w := r.watches[r.state.Incidents[f.Incident].Seat]; w != nil {
			w.judge(f.Incident)
		}
	}
}

// silent is how long a seat may go without a media report before the engine
// counts it as disconnected.
const silent = 2 * time.Second

// tick says what time alone brings about: seats that fell silent, and the end
// of the exam.
func (r *room) tick(now time.Time) ([]Fact, error) {
	var out []Fact
	over := now.After(r.state.Exam.Closes)
	for _, id := range slices.Sorted(maps.Keys(r.watches)) {
		w := r.watches[id]
		switch {
		case over:
			out = append(append(out, w.finish(now)...), &SeatFinished{id})
		case r.state.Seats[id].Camera > 0:
			out = append(out, w.silence(id, now)...)
		}
	}
	return out, nil
}

func (r *room) publish(e Event) {
	r.engine.tell(e)
	for s := range r.subs {
		select {
		case s.c <- e:
		default:
			r.drop(s) // too slow: cut, not waited for
		}
	}
}
