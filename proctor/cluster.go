package proctor

import (
	"cmp"
	"slices"
	"time"
)

// Cluster is a group of fault candidates that began together.
type Cluster struct {
	Incidents []IncidentID `json:"incidents"` // by when they began
	Seats     []SeatID     `json:"seats"`     // in order, each once
	// From and To are when the first and the last of them began.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Ours: so many seats at once that the fault is on our side or on the way
	// that they share, and not on theirs.
	Ours bool `json:"ours"`
}

const (
	// together is how soon one after another candidates begin that have one
	// reason: a connection is weighed once a second, and may be a beat late.
	together = 2 * time.Second
	// Ours takes at least as many seats, and this share of those admitted.
	oursSeats = 3
	oursShare = 0.1
)

// Clusters groups the fault candidates that nobody has judged by when they
// began, the newest cluster first: one inspection (Appendix B) can settle each.
func (s *State) Clusters() []Cluster {
	var faults []*Incident
	for _, i := range s.Incidents {
		if i.Fault && i.Candidate() {
			faults = append(faults, i)
		}
	}
	slices.SortFunc(faults, func(a, b *Incident) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.ID, b.ID))
	})
	var out []Cluster
	for _, i := range faults {
		if n := len(out); n == 0 || i.Opened.Sub(out[n-1].To) > together {
			out = append(out, Cluster{From: i.Opened})
		}
		c := &out[len(out)-1]
		c.To = i.Opened
		c.Incidents = append(c.Incidents, i.ID)
		if at, known := slices.BinarySearch(c.Seats, i.Seat); !known {
			c.Seats = slices.Insert(c.Seats, at, i.Seat)
		}
	}
	for n := range out {
		out[n].Ours = len(out[n].Seats) >= max(oursSeats, int(oursShare*float64(s.admittedAt(out[n].From))))
	}
	slices.Reverse(out)
	return out
}

// admittedAt counts the seats that were in the exam at a moment.
func (s *State) admittedAt(at time.Time) (n int) {
	for _, t := range s.Seats {
		if !t.Admitted.IsZero() && !t.Admitted.After(at) && (t.Finished.IsZero() || t.Finished.After(at)) {
			n++
		}
	}
	return n
}
