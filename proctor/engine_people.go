package proctor

import (
	"context"
	"crypto/rand"
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

func (e *Engine) onAct(ctx context.Context, by Actor, id ActID, decide func(s *State) ([]Fact, error)) (Act, error) {
	r, err := find(e, e.acts, id, "act")
	if err != nil {
		return Act{}, err
	}
	if err := r.do(ctx, by, func(time.Time) ([]Fact, error) { return decide(r.state) }); err != nil {
		return Act{}, err
	}
	var a Act
	return a, r.op(ctx, func() { a = *r.state.Acts[id] })
}

// ScheduleExam creates an exam and returns it with its ID and policy.
func (e *Engine) ScheduleExam(ctx context.Context, by Actor, x Exam) (Exam, error) {
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
	if err := checkAccommodation(a); err != nil {
		return "", "", err
	}
	r, err := find(e, e.rooms, exam, "exam")
	if err != nil {
		return "", "", err
	}
	id, token := SeatID(e.newID()), rand.Text()
	return id, token, r.do(ctx, by, func(now time.Time) ([]Fact, error) {
		if r.state.Exam.Over(now) {
			return nil, Errorf(Conflict, "exam_over")
		}
		return []Fact{&SeatAssigned{id, who, a, linkHash(token)}}, nil
	})
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
// the seat.
func (e *Engine) DecideIdentity(ctx context.Context, by Actor, seat SeatID, accepted bool, note string) error {
	return e.onSeat(ctx, by, seat, func(s *State, now time.Time) ([]Fact, error) {
		return s.decideIdentity(seat, accepted, note, now)
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

// Confirm is a person's word that a candidate is a violation; it drafts the
// act with the next number of the register.
func (e *Engine) Confirm(ctx context.Context, by Actor, id IncidentID, reasons []Reason, body string) (Act, error) {
	r, err := find(e, e.incident, id, "incident")
	if err != nil {
		return Act{}, err
	}
	return e.draft(ctx, r, by, func(act Act, now time.Time) ([]Fact, error) {
		return r.state.confirm(id, reasons, body, act, now)
	})
}

// Inspect drafts an Appendix B act of an exam over candidates and seats: a
// person's word that a technical fault is to be inspected (clause 5.3.15).
func (e *Engine) Inspect(ctx context.Context, by Actor, exam ExamID, x Inspection) (Act, error) {
	r, err := find(e, e.rooms, exam, "exam")
	if err != nil {
		return Act{}, err
	}
	return e.draft(ctx, r, by, func(act Act, now time.Time) ([]Fact, error) { return r.state.inspect(x, act, now) })
}

// draft makes the act that decide answers, with the next number of its
// appendix's register.
func (e *Engine) draft(ctx context.Context, r *room, by Actor, decide func(Act, time.Time) ([]Fact, error)) (Act, error) {
	act := Act{ID: ActID(e.newID()), By: by}
	e.numbering.Lock()
	defer e.numbering.Unlock()
	err := r.do(ctx, by, func(now time.Time) ([]Fact, error) {
		act.DrawnUp = now
		facts, err := decide(act, now)
		if err != nil {
			return nil, err
		}
		// The number is taken last, so that a refusal leaves no hole.
		drafted := &facts[len(facts)-1].(*ActDrafted).Act
		drafted.Number = e.nextNumber(drafted.Kind(), now)
		return facts, nil
	})
	if err != nil {
		return Act{}, err
	}
	var a Act
	return a, e.ViewAct(act.ID, func(_ *State, at *Act) { a = *at })
}

// Dismiss is a person's word that a candidate is nothing, and why.
func (e *Engine) Dismiss(ctx context.Context, by Actor, id IncidentID, body string) error {
	r, err := find(e, e.incident, id, "incident")
	if err != nil {
		return err
	}
	return r.do(ctx, by, func(time.Time) ([]Fact, error) { return r.state.dismiss(id, body) })
}

// Pin ties a still from the recording to an incident.
func (e *Engine) Pin(ctx context.Context, id IncidentID, still Still) error {
	r, err := find(e, e.incident, id, "incident")
	if err != nil {
		return err
	}
	return r.do(ctx, ActorRecorder, func(time.Time) ([]Fact, error) {
		if r.state.Incidents[id].Still != nil {
			return nil, nil // the first one stays
		}
		return []Fact{&StillPinned{id, still}}, nil
	})
}

// EditAct changes an act that is not in force; its signatures are dropped.
// Named officials replace those whom it named before in the same roles; the
// caller has checked that they hold them.
func (e *Engine) EditAct(ctx context.Context, by Actor, id ActID, reasons []Reason, other string, named Officials) (Act, error) {
	return e.onAct(ctx, by, id, func(s *State) ([]Fact, error) { return s.editAct(id, reasons, other, named) })
}

// EditInspection changes an Appendix B act that is not in force, as EditAct
// does an Appendix A act. Whom it concerns stays.
func (e *Engine) EditInspection(ctx context.Context, by Actor, id ActID, x Inspection, named Officials) (Act, error) {
	return e.onAct(ctx, by, id, func(s *State) ([]Fact, error) { return s.editInspection(id, x, named) })
}

// RenderedAct records the document of an act's version and the officials that
// it names: only they may sign. It is no error if that version has one already
// or is gone.
func (e *Engine) RenderedAct(ctx context.Context, id ActID, version int, d Document, named Officials) error {
	_, err := e.onAct(ctx, ActorEngine, id, func(s *State) ([]Fact, error) { return s.renderAct(id, version, d, named) })
	return err
}

// SignAct records person's signature, made over the document prev and
// resulting in next. The third one has the act's effect: A annuls the score, B
// gives its remedy. The caller has verified
// the signature itself.
func (e *Engine) SignAct(ctx context.Context, id ActID, prev Document, person Person, sig Signature, next Document) (Act, error) {
	return e.onAct(ctx, PersonActor(person.Login), id, func(s *State) ([]Fact, error) {
		return s.signAct(id, prev, person, sig, next)
	})
}

// Notify records that the examinee of a seat was shown an act, once.
func (e *Engine) Notify(ctx context.Context, seat SeatID, id ActID) error {
	return e.onSeat(ctx, SeatActor(seat), seat, func(s *State, _ time.Time) ([]Fact, error) { return s.notify(seat, id) })
}

// Appeal files the examinee's appeal against an act in force over her seat.
func (e *Engine) Appeal(ctx context.Context, seat SeatID, id ActID, body string) error {
	return e.onSeat(ctx, SeatActor(seat), seat, func(s *State, _ time.Time) ([]Fact, error) { return s.appeal(seat, id, body) })
}

// DecideAppeal is person's decision of an appeal; upheld, it supersedes the act.
func (e *Engine) DecideAppeal(ctx context.Context, person Person, id ActID, upheld bool, body string) (Act, error) {
	return e.onAct(ctx, PersonActor(person.Login), id, func(s *State) ([]Fact, error) {
		return s.decideAppeal(id, person, upheld, body)
	})
}

// RefuseAct records that an official will not sign, and why.
func (e *Engine) RefuseAct(ctx context.Context, by Person, id ActID, role Role, body string) (Act, error) {
	return e.onAct(ctx, PersonActor(by.Login), id, func(s *State) ([]Fact, error) {
		return s.refuseAct(id, by, role, body)
	})
}

// CloseAct withdraws an act, or supersedes one in force and restores the score.
func (e *Engine) CloseAct(ctx context.Context, by Person, id ActID, body string) (Act, error) {
	return e.onAct(ctx, PersonActor(by.Login), id, func(s *State) ([]Fact, error) {
		return s.closeAct(id, by, body)
	})
}
