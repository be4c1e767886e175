package proctor

import "time"

// Keeping is what an exam's evidence still needs of the object store.
type Keeping struct {
	// Hold are the objects that a live act rests on, or is, or that an act
	// rested on which ended less than the retention ago: nothing may end them.
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
// when evidence is kept for retention. Evidence of an act that lives is never
// let go; when it is withdrawn or superseded its retention begins anew, so that
// what was decided can still be looked into. Evidence of a candidate that
// nobody has judged waits for a person. Documents and scans of acts do not
// expire here.
func (s *State) Keep(now time.Time, retention time.Duration) Keeping {
	var k Keeping
	rest := s.resting(now, retention)
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
				file(id, g.Receipt, s.needs(rest, id, g.Start, g.End))
			}
		}
		for _, b := range t.Backfills {
			if !b.Expired {
				file(id, b.Receipt, s.needs(rest, id, b.From, b.To))
			}
		}
		if t.Identity != nil {
			file(id, &t.Identity.Still, rest.seats[id])
		}
		if t.AdmittedAs != nil && (t.Identity == nil || t.AdmittedAs.Still != t.Identity.Still) {
			file(id, &t.AdmittedAs.Still, rest.seats[id])
		}
	}
	for id, t := range s.Seats {
		for _, x := range t.Excuses {
			file(id, &x.Receipt, true) // the basis of a decision about her
		}
	}
	for _, i := range s.Incidents {
		if i.Still != nil {
			file(i.Seat, &i.Still.Receipt, i.Candidate() || rest.incidents[i.ID])
		}
	}
	for _, a := range s.Acts {
		if !a.Live() {
			continue
		}
		if a.Document.Receipt.Key != "" {
			k.Hold = append(k.Hold, a.Document.Receipt)
		}
		for _, c := range a.Scans {
			k.Hold = append(k.Hold, c.Receipt)
		}
	}
	return k
}

// resting is what the acts that live, or ended lately, rest on.
type resting struct {
	incidents map[IncidentID]bool
	seats     map[SeatID]bool // whose score an act is about
}

func (s *State) resting(now time.Time, retention time.Duration) resting {
	out := resting{map[IncidentID]bool{}, map[SeatID]bool{}}
	for _, a := range s.Acts {
		if !a.Live() && now.Sub(a.Ended) > retention {
			continue
		}
		if a.Kind() == AppendixA {
			out.incidents[a.Cause], out.seats[a.Seat] = true, true
			continue
		}
		for _, id := range a.Inspection.Incidents {
			out.incidents[id] = true
		}
	}
	return out
}

// needs reports whether a stretch of a seat's recording belongs to such an act
// or to a candidate that nobody has judged.
func (s *State) needs(rest resting, seat SeatID, from, to time.Time) bool {
	around := s.Exam.Policy.Evidence
	for _, i := range s.Incidents {
		if i.Seat != seat || !i.Candidate() && !rest.incidents[i.ID] {
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
