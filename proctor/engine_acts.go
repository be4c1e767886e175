package proctor

import (
	"context"
	"time"
)

// This file is what people may ask of an Engine about incidents and acts.

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

// ScanAct records a print of an act's version that was signed by hand and
// scanned. It answers the act with the scan in it.
func (e *Engine) ScanAct(ctx context.Context, by Person, id ActID, scan Scan) (Act, error) {
	scan.ID = ScanID(e.newID())
	r, err := find(e, e.acts, id, "act")
	if err != nil {
		return Act{}, err
	}
	// Held so that two exams cannot take the same scan at once.
	e.scanning.Lock()
	defer e.scanning.Unlock()
	if e.scanSeen(scan.Receipt.SHA256) {
		return Act{}, Errorf(Conflict, "scan_used")
	}
	err = r.do(ctx, PersonActor(by.Login), func(now time.Time) ([]Fact, error) {
		scan.At = now
		return r.state.scanAct(id, by, scan)
	})
	if err != nil {
		return Act{}, err
	}
	var a Act
	return a, r.op(ctx, func() { a = *r.state.Acts[id] })
}

func (e *Engine) scanSeen(sha256 string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.scans[sha256]
}

// RefuseScan records that an official will not attest a scan, and why.
func (e *Engine) RefuseScan(ctx context.Context, by Person, id ActID, scan ScanID, body string) (Act, error) {
	return e.onAct(ctx, PersonActor(by.Login), id, func(s *State) ([]Fact, error) { return s.refuseScan(id, by, scan, body) })
}

// AttestAct records attester's word, sealed over the document prev and
// resulting in next, that a scan shows the hand signature of official in
// sig.Role. Typed is the act's number as she read it from the scan, for one
// without a QR code. It counts as official's signature.
func (e *Engine) AttestAct(ctx context.Context, id ActID, prev Document, attester, official Person, scan ScanID, typed string, sig Signature, next Document) (Act, error) {
	return e.onAct(ctx, PersonActor(attester.Login), id, func(s *State) ([]Fact, error) {
		return s.attestAct(id, prev, attester, official, scan, typed, sig, next)
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
