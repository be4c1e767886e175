package proctor

import "context"

// This file is how others read what an Engine knows.

// Exams lists all exams, in no order.
func (e *Engine) Exams() []ExamID {
	e.mu.Lock()
	defer e.mu.Unlock()
	ids := make([]ExamID, 0, len(e.rooms))
	for id := range e.rooms {
		ids = append(ids, id)
	}
	return ids
}

// View runs fn alone with an exam's State; fn must not keep or change it.
func (e *Engine) View(id ExamID, fn func(*State)) error {
	r, err := find(e, e.rooms, id, "exam")
	if err != nil {
		return err
	}
	return r.op(context.Background(), func() { fn(r.state) })
}

// ViewSeat is View for the exam of a seat.
func (e *Engine) ViewSeat(id SeatID, fn func(*State, *Seat)) error {
	r, err := find(e, e.seats, id, "seat")
	if err != nil {
		return err
	}
	return r.op(context.Background(), func() { fn(r.state, r.state.Seats[id]) })
}

// ViewIncident is View for the exam of an incident.
func (e *Engine) ViewIncident(id IncidentID, fn func(*State, *Incident)) error {
	r, err := find(e, e.incident, id, "incident")
	if err != nil {
		return err
	}
	return r.op(context.Background(), func() { fn(r.state, r.state.Incidents[id]) })
}

// ViewAct is View for the exam of an act.
func (e *Engine) ViewAct(id ActID, fn func(*State, *Act)) error {
	r, err := find(e, e.acts, id, "act")
	if err != nil {
		return err
	}
	return r.op(context.Background(), func() { fn(r.state, r.state.Acts[id]) })
}
