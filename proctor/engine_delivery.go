package proctor

import (
	"context"
	"crypto/rand"
	"slices"
	"time"
)

// This file is what people and the outbox may ask of an Engine about the
// systems of record.

// Assignment is what a seat is assigned with.
type Assignment struct {
	Examinee      Examinee
	Accommodation Accommodation
	Record        SeatRecord
}

// ScheduleLinked is ScheduleExam for an exam that the systems of record know.
// Systems that are not named are the Engine's default ones.
func (e *Engine) ScheduleLinked(ctx context.Context, by Actor, x Exam, rec ExamRecord) (Exam, error) {
	x.ID = ExamID(e.newID())
	if x.Policy.Rules == nil {
		x.Policy = PolicyFor(x.Form)
	}
	if err := x.Validate(); err != nil {
		return Exam{}, err
	}
	if err := checkPolicy(x.Policy); err != nil {
		return Exam{}, err
	}
	if rec.Scores == nil {
		rec.Scores = slices.Clone(e.systems.Scores)
	}
	if rec.Times == nil {
		rec.Times = slices.Clone(e.systems.Times)
	}
	if err := rec.Validate(); err != nil {
		return Exam{}, err
	}
	facts := []Fact{&ExamScheduled{x}}
	if !rec.zero() {
		facts = append(facts, &ExamLinked{rec})
	}
	// Nobody else has the room yet: commit shows it once the exam is durable.
	r := e.newRoom()
	if err := r.commit(ctx, by, func(time.Time) ([]Fact, error) { return facts, nil }); err != nil {
		return Exam{}, err
	}
	go r.run(e.stop)
	return x, nil
}

// Assign gives an examinee a seat and returns it with the token of her link,
// which is kept nowhere. An FX retake is given once an enrolment.
func (e *Engine) Assign(ctx context.Context, by Actor, exam ExamID, a Assignment) (SeatID, string, error) {
	for _, err := range []error{a.Examinee.Validate(), checkAccommodation(a.Accommodation), a.Record.Validate()} {
		if err != nil {
			return "", "", err
		}
	}
	r, err := find(e, e.rooms, exam, "exam")
	if err != nil {
		return "", "", err
	}
	release, err := e.retake(ctx, r, a)
	if err != nil {
		return "", "", err
	}
	defer release()
	id, token := SeatID(e.newID()), rand.Text()
	return id, token, r.do(ctx, by, func(now time.Time) ([]Fact, error) {
		if r.state.Exam.Over(now) {
			return nil, Errorf(Conflict, "exam_over")
		}
		if err := r.state.ownName(a.Examinee, a.Record); err != nil {
			return nil, err
		}
		out := []Fact{&SeatAssigned{id, a.Examinee, a.Accommodation, linkHash(token)}}
		if a.Record != (SeatRecord{}) {
			out = append(out, &SeatLinked{id, a.Record})
		}
		return out, nil
	})
}

// retake refuses a second FX retake, looking through every exam. Until release
// no other retake is assigned, so that two at once cannot both pass.
func (e *Engine) retake(ctx context.Context, r *room, a Assignment) (release func(), err error) {
	var x Exam
	if err := r.op(ctx, func() { x = r.state.Exam }); err != nil {
		return nil, err
	}
	if x.Kind != FXRetake {
		return func() {}, nil
	}
	e.retakes.Lock()
	for _, id := range e.Exams() {
		var refused error
		err := e.View(id, func(s *State) { refused = s.retaken(x, a.Examinee, a.Record.Enrolment) })
		if err == nil {
			err = refused
		}
		if err != nil {
			e.retakes.Unlock()
			return nil, err
		}
	}
	return e.retakes.Unlock, nil
}

func (e *Engine) onExam(ctx context.Context, by Actor, id ExamID, decide func(s *State, now time.Time) ([]Fact, error)) error {
	r, err := find(e, e.rooms, id, "exam")
	if err != nil {
		return err
	}
	return r.do(ctx, by, func(now time.Time) ([]Fact, error) { return decide(r.state, now) })
}

// LinkExam says where an exam is in the systems of record; what is not yet
// delivered follows.
func (e *Engine) LinkExam(ctx context.Context, by Actor, id ExamID, rec ExamRecord) error {
	if err := rec.Validate(); err != nil {
		return err
	}
	return e.onExam(ctx, by, id, func(s *State, _ time.Time) ([]Fact, error) {
		if s.Record.same(rec) {
			return nil, nil
		}
		if err := s.relinkExam(rec); err != nil {
			return nil, err
		}
		return []Fact{&ExamLinked{rec}}, nil
	})
}

// LinkSeat says who a seat's examinee is in the systems of record. Her
// enrolment stays as it was assigned.
func (e *Engine) LinkSeat(ctx context.Context, by Actor, id SeatID, rec SeatRecord) error {
	if err := rec.Validate(); err != nil {
		return err
	}
	return e.onSeat(ctx, by, id, func(s *State, _ time.Time) ([]Fact, error) {
		t, err := s.SeatOf(id)
		if err != nil {
			return nil, err
		}
		rec.Enrolment = t.Record.Enrolment
		if t.Record == rec {
			return nil, nil
		}
		if err := s.relinkSeat(t, rec); err != nil {
			return nil, err
		}
		return []Fact{&SeatLinked{id, rec}}, nil
	})
}

// Excuse records a stored document that gives the reason for an individual
// window of a seat; kind is its media type.
func (e *Engine) Excuse(ctx context.Context, by Actor, id SeatID, r Receipt, kind string) error {
	return e.onSeat(ctx, by, id, func(s *State, _ time.Time) ([]Fact, error) { return s.excuse(id, r, kind) })
}

// SetWindow approves an individual window of a seat (clause 5.3.10), or with
// nil takes it back.
func (e *Engine) SetWindow(ctx context.Context, by Actor, id SeatID, w *Window) error {
	return e.onSeat(ctx, by, id, func(s *State, now time.Time) ([]Fact, error) { return s.window(id, w, now) })
}

// owed returns a delivery that a system has not acknowledged.
func (s *State) owed(key DeliveryKey, system string) (*Delivery, error) {
	d := s.DeliveryOf(key)
	if d == nil || !slices.Contains(s.Systems(d), system) {
		return nil, Errorf(NotFound, "delivery")
	}
	if !d.Progress[system].Acknowledged.IsZero() {
		return d, Errorf(Conflict, "delivery_done")
	}
	return d, nil
}

// onDelivery is for the outbox, to which a delivery that was acknowledged
// meanwhile is no failure.
func (e *Engine) onDelivery(ctx context.Context, exam ExamID, key DeliveryKey, system string, decide func(Progress) []Fact) error {
	return e.onExam(ctx, ActorOutbox, exam, func(s *State, _ time.Time) ([]Fact, error) {
		d, err := s.owed(key, system)
		if d != nil && err != nil {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return decide(d.Progress[system]), nil
	})
}

// DeliveryBegins records, before the first attempt, what a system held.
func (e *Engine) DeliveryBegins(ctx context.Context, exam ExamID, key DeliveryKey, system, found string) error {
	return e.onDelivery(ctx, exam, key, system, func(p Progress) []Fact {
		if !p.Sent.IsZero() {
			return nil
		}
		return []Fact{&DeliveryBegan{key, system, found}}
	})
}

// DeliveryArrived records a system's acknowledgement.
func (e *Engine) DeliveryArrived(ctx context.Context, exam ExamID, key DeliveryKey, system, reference string) error {
	return e.onDelivery(ctx, exam, key, system, func(Progress) []Fact {
		return []Fact{&DeliveryAcked{key, system, plainly(reference, 300), ""}}
	})
}

// DeliveryFails records why a system has not taken a delivery, if that is new.
func (e *Engine) DeliveryFails(ctx context.Context, exam ExamID, key DeliveryKey, system string, why FailureReason, detail string) error {
	return e.onDelivery(ctx, exam, key, system, func(p Progress) []Fact {
		if p.Failure != nil && p.Failure.Reason == why {
			return nil
		}
		return []Fact{&DeliveryFailed{key, system, why, plainly(detail, 300), why.final()}}
	})
}

// RetryDelivery has a delivery tried again at once.
func (e *Engine) RetryDelivery(ctx context.Context, by Actor, exam ExamID, key DeliveryKey, system string) error {
	return e.onExam(ctx, by, exam, func(s *State, _ time.Time) ([]Fact, error) {
		if _, err := s.owed(key, system); err != nil {
			return nil, err
		}
		return []Fact{&DeliveryRetried{key, system}}, nil
	})
}

// AcknowledgeDelivery is a person's word that she has done it by hand, and how.
func (e *Engine) AcknowledgeDelivery(ctx context.Context, by Actor, exam ExamID, key DeliveryKey, system, body string) error {
	return e.onExam(ctx, by, exam, func(s *State, _ time.Time) ([]Fact, error) {
		if _, err := s.owed(key, system); err != nil {
			return nil, err
		}
		if !text(body, 500) {
			return nil, Errorf(Invalid, "text")
		}
		return []Fact{&DeliveryAcked{key, system, "", body}}, nil
	})
}

// plainly makes another system's words fit to keep: valid, short, one line.
func plainly(s string, limit int) string {
	out := make([]rune, 0, min(len(s), limit))
	for _, r := range s {
		if len(out) == limit {
			break
		}
		if r < ' ' {
			r = ' '
		}
		out = append(out, r)
	}
	return string(out)
}
