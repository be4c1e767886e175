package proctor

import "time"

// Keeping is what an exam's evidence still needs of the object store.
type Keeping struct {
	// Hold are the objects that a live act rests on: no retention may end them.
	Hold []Receipt
	// Expire are the objects older than the retention that no act rests on.
	Expire []ExpiredObject
}

// ExpiredObject is an object to delete, and the seat that it is of.
type ExpiredObject struct {
	Seat    SeatID
	Receipt Receipt
}

// Keep says what of the exam's evidence to hold and what to delete at now,
// when evidence is kept for retention. Evidence of an act that may still annul
// or annuls a score is never let go; evidence of a
// candidate that nobody has judged waits for a person.
func (s *State) Keep(now time.Time, retention time.Duration) Keeping {
	var k Keeping
	file := func(seat SeatID, r *Receipt, needed bool) {
		switch {
		case r == nil || r.Key == "":
		case needed:
			k.Hold = append(k.Hold, *r)
		case now.Sub(r.At) > retention:
			k.Expire = append(k.Expire, ExpiredObject{seat, *r})
		}
	}
	for id, t := range s.Seats {
		for _, g := range t.Segments {
			if !g.Expired {
				file(id, g.Receipt, s.needs(id, g.Start, g.End))
			}
		}
		for _, b := range t.Backfills {
			if !b.Expired {
				file(id, b.Receipt, s.needs(id, b.From, b.To))
			}
		}
		if t.Identity != nil {
			file(id, &t.Identity.Still, t.ScoreAnnulled != "")
		}
		if t.AdmittedAs != nil && (t.Identity == nil || t.AdmittedAs.Still != t.Identity.Still) {
			file(id, &t.AdmittedAs.Still, t.ScoreAnnulled != "")
		}
	}
	for id, t := range s.Seats {
		for _, x := range t.Excuses {
			file(id, &x.Receipt, true) // the basis of a decision about her
		}
	}
	for _, i := range s.Incidents {
		if i.Still != nil {
			file(i.Seat, &i.Still.Receipt, i.Candidate() || s.restsOn(i))
		}
	}
	return k
}

// restsOn reports whether a live act rests on an incident.
func (s *State) restsOn(i *Incident) bool {
	for _, id := range []ActID{i.Act, i.Inspection} {
		if a := s.Acts[id]; a != nil && a.Live() {
			return true
		}
	}
	return false
}

// needs reports whether a stretch of a seat's recording belongs to a live act
// or to a candidate that nobody has judged.
func (s *State) needs(seat SeatID, from, to time.Time) bool {
	around := s.Exam.Policy.Evidence
	for _, i := range s.Incidents {
		if i.Seat != seat || !i.Candidate() && !s.restsOn(i) {
			continue
		}
		end := i.Closed
		if end.IsZero() {
			end = to
		}
		if to.After(i.Opened.Add(-around)) && from.Before(end.Add(around)) {
			return true
		}
	}
	return false
}
