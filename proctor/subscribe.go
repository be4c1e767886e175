package proctor

import "context"

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
