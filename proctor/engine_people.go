package proctor

import (
	"context"
	"time"
)

// This file is what people may ask of an Engine. Roles are checked by the
// caller's route table, except where signing power is at stake.

func (e *Engine) onSeat(ctx context.Context, by Actor, id SeatID, decide func(s *State, now time.Time) ([]Fact, error)) error {
	r, err := find(e, e.seats, id, "seat")
	if err != nil {
		return err
	}
	return r.do(ctx, by, func(now time.Time) ([]Fact, error) { return decide(r.state, now) })
}

// ScheduleExam creates an exam and returns it with its ID and policy.
func (e *Engine) ScheduleExam(ctx context.Context, by Actor, x Exam) (Exam, error) {
	return e.ScheduleLinked(ctx, by, x, ExamRecord{})
}

// enter makes a new exam's room known.
func (e *Engine) enter(r *room) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed { // Close waits for those that it knows
		e.rooms[r.state.Exam.ID] = r
	}
}

// AssignSeat is Assign for an examinee whom no system of record knows.
func (e *Engine) AssignSeat(ctx context.Context, by Actor, exam ExamID, who Examinee, a Accommodation) (SeatID, string, error) {
	return e.Assign(ctx, by, exam, Assignment{Examinee: who, Accommodation: a})
}

// Consent records that the examinee accepted the consent text.
func (e *Engine) Consent(ctx context.Context, seat SeatID, version, language string) error {
	return e.onSeat(ctx, SeatActor(seat), seat, func(s *State, now time.Time) ([]Fact, error) {
		return s.consent(seat, version, language, now)
	})
}

// Check records the page's device check.
func (e *Engine) Check(ctx context.Context, seat SeatID, c DeviceCheck) error {
	return e.onSeat(ctx, SeatActor(seat), seat, func(s *State, now time.Time) ([]Fact, error) {
		return s.check(seat, c, now)
	})
}

// Enrol records the seat's reference photo.
func (e *Engine) Enrol(ctx context.Context, by Actor, seat SeatID, photo Receipt) error {
	return e.onSeat(ctx, by, seat, func(s *State, _ time.Time) ([]Fact, error) {
		return []Fact{&EnrolmentStored{seat, photo}}, nil
	})
}

// Compare records a live still and its distance from the reference photo.
func (e *Engine) Compare(ctx context.Context, seat SeatID, c Comparison) error {
	return e.onSeat(ctx, SeatActor(seat), seat, func(s *State, now time.Time) ([]Fact, error) {
		return s.compare(seat, c, now)
	})
}

// DecideIdentity is the proctor's word on who sits there; accepted, it admits
// the seat. Seen is the time of the comparison that she decided on, and the
// word is refused if there is another by now; zero is the newest.
func (e *Engine) DecideIdentity(ctx context.Context, by Actor, seat SeatID, accepted bool, note string, seen time.Time) error {
	return e.onSeat(ctx, by, seat, func(s *State, now time.Time) ([]Fact, error) {
		return s.decideIdentity(seat, accepted, note, seen, now)
	})
}

// MachineJoin consents for and admits a demo seat whose publisher is a tool.
func (e *Engine) MachineJoin(ctx context.Context, seat SeatID) error {
	return e.onSeat(ctx, ActorDemo, seat, func(s *State, now time.Time) ([]Fact, error) {
		return s.machineJoin(seat, now)
	})
}

// Finish ends a seat's exam, and whatever was still open in it.
func (e *Engine) Finish(ctx context.Context, by Actor, seat SeatID) error {
	r, err := find(e, e.seats, seat, "seat")
	if err != nil {
		return err
	}
	return r.do(ctx, by, func(now time.Time) ([]Fact, error) {
		t := r.state.Seats[seat]
		if t.Stage == Finished {
			return nil, nil
		}
		if t.Stage != Admitted {
			return nil, Errorf(Conflict, "not_admitted")
		}
		var out []Fact
		if w := r.watches[seat]; w != nil {
			out = w.finish(now)
		}
		return append(out, &SeatFinished{seat}), nil
	})
}

// Message sends the examinee a proctor's words.
func (e *Engine) Message(ctx context.Context, by Actor, seat SeatID, body string) error {
	return e.onSeat(ctx, by, seat, func(s *State, _ time.Time) ([]Fact, error) {
		return s.message(seat, body)
	})
}

// Viewed records that somebody looked at evidence.
func (e *Engine) Viewed(ctx context.Context, by Actor, seat SeatID, what string) error {
	return e.onSeat(ctx, by, seat, func(s *State, _ time.Time) ([]Fact, error) {
		return []Fact{&EvidenceViewed{seat, what}}, nil
	})
}

// Raise makes a candidate by hand, for what no detector can see: CauseObject
// or CauseOther. At is the moment it concerns, between the seat's admission and
// its end; zero is now.
func (e *Engine) Raise(ctx context.Context, by Actor, seat SeatID, c Cause, body string, at time.Time) (Incident, error) {
	id := IncidentID(e.newID())
	err := e.onSeat(ctx, by, seat, func(s *State, now time.Time) ([]Fact, error) {
		return s.raise(seat, c, body, at.UTC(), id, by, now)
	})
	if err != nil {
		return Incident{}, err
	}
	var i Incident
	return i, e.ViewIncident(id, func(_ *State, opened *Incident) { i = *opened })
}
