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
	current time.Time // since when all looks are current while degraded
}

func (r *room) run(stop <-chan struct{}) {
	defer close(r.done)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	ticking := true
	for {
		// An exam that is over and quiet needs no clock until somebody asks
		// for something.
		if want := !r.engine.still && !r.settled(r.engine.now()); want != ticking {
			ticking = want
			ticker.Stop()
			if ticking {
				ticker.Reset(time.Second)
			}
		}
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
	exam := r.state.Exam.ID
	if first, ok := facts[0].(*ExamScheduled); ok {
		exam = first.Exam.ID
	}
	for i, f := range facts {
		events[i] = Event{At: now, Exam: exam, Actor: by, Fact: f}
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
	r.retune(e.Fact)
	switch f := e.Fact.(type) {
	case *ExamScheduled:
		r.engine.enter(r)
	case *SeatAdmitted:
		r.watches[f.Seat] = newWatch(r.state.Exam.Policy, r.state.Seats[f.Seat], r.engine.newID, e.At)
	case *SeatFinished:
		delete(r.watches, f.Seat)
	case *IncidentJudged:
		r.judged(f.Incident)
	case *ActDrafted:
		if x := f.Act.Inspection; x != nil {
			for _, id := range x.Incidents {
				r.judged(id)
			}
		}
	}
}

// judged tells an incident's watch that a person has spoken.
func (r *room) judged(id IncidentID) {
	if w := r.watches[r.state.Incidents[id].Seat]; w != nil {
		w.judge(id)
	}
}

// silent is how long a seat may go without a media report before the engine
// counts it as disconnected.
const silent = 2 * time.Second

// tick says what time alone brings about: seats that fell silent, and the end
// of each seat's exam, admitted or not.
func (r *room) tick(now time.Time) ([]Fact, error) {
	out := r.end(now)
	if r.state.over(now) {
		return out, nil
	}
	out = append(out, r.restored(now)...)
	for _, id := range slices.Sorted(maps.Keys(r.watches)) {
		if t := r.state.Seats[id]; t.Camera > 0 && !r.state.Over(t, now) {
			out = append(out, r.watches[id].silence(id, now)...)
		}
	}
	return out, nil
}

// end finishes every seat whose hours are over and that is not finished.
func (r *room) end(now time.Time) []Fact {
	var out []Fact
	for _, id := range slices.Sorted(maps.Keys(r.state.Seats)) {
		if t := r.state.Seats[id]; t.Stage == Finished || !r.state.Over(t, now) {
			continue
		}
		if w := r.watches[id]; w != nil {
			out = append(out, w.finish(now)...)
		}
		out = append(out, &SeatFinished{id})
	}
	return out
}

// settled reports whether time alone can bring about nothing more.
func (r *room) settled(now time.Time) bool {
	if !r.state.Exam.Over(now) {
		return false
	}
	for _, t := range r.state.Seats {
		if t.Stage != Finished {
			return false
		}
	}
	return true
}
