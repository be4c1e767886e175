package proctor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// broken says which invariant a state breaks, or nil. It reads only the
// state, none of the code that made it.
func broken(s *State) error {
	perIncident := map[IncidentID]int{}
	inForce := map[SeatID][]ActID{}
	for id, a := range s.Acts {
		perIncident[a.Cause]++
		if err := brokenAct(s, a); err != nil {
			return fmt.Errorf("act %s: %w", id, err)
		}
		if a.State == InForce {
			inForce[a.Seat] = append(inForce[a.Seat], id)
		}
	}
	for id, n := range perIncident {
		if n > 1 {
			return fmt.Errorf("incident %s has %d acts", id, n)
		}
	}
	for id, t := range s.Seats {
		acts := inForce[id]
		if t.ScoreAnnulled == "" && len(acts) > 0 {
			return fmt.Errorf("seat %s: acts %v are in force and the score stands", id, acts)
		}
		if t.ScoreAnnulled != "" && !slices.Contains(acts, t.ScoreAnnulled) {
			return fmt.Errorf("seat %s: the score is annulled by %s, in force are %v", id, t.ScoreAnnulled, acts)
		}
	}
	for id, i := range s.Incidents {
		if err := brokenIncident(s, i); err != nil {
			return fmt.Errorf("incident %s: %w", id, err)
		}
	}
	return nil
}

func brokenAct(s *State, a *Act) error {
	logins := map[Login]bool{}
	for n, sig := range a.Signatures {
		logins[sig.Login] = true
		if n >= 3 || sig.Role != []Role{RoleSpecialist, RoleEngineer, RoleHead}[n] {
			return fmt.Errorf("signature %d is the %s's", n, sig.Role)
		}
		if named := a.Officials[sig.Role]; named != "" && named != sig.Login {
			return fmt.Errorf("signature %d is %s's, the act names %s", n, sig.Login, named)
		}
	}
	if len(logins) != len(a.Signatures) {
		return fmt.Errorf("%d signatures of %d people", len(a.Signatures), len(logins))
	}
	if len(a.Signatures) > 0 && a.Document.Digest == "" {
		return fmt.Errorf("signed without a document")
	}
	if (a.State == InForce || a.State == Superseded) != (len(a.Signatures) == 3) {
		return fmt.Errorf("%s with %d signatures", a.State, len(a.Signatures))
	}
	if a.State == Drafted && len(a.Signatures) > 0 || a.State == Refused && len(a.Signatures) > 0 {
		return fmt.Errorf("%s with signatures", a.State)
	}
	if i := s.Incidents[a.Cause]; i == nil || i.State != IncidentConfirmed || i.Act != a.ID || i.Seat != a.Seat {
		return fmt.Errorf("its incident is %+v", i)
	}
	return nil
}

func brokenIncident(s *State, i *Incident) error {
	t := s.Seats[i.Seat]
	switch {
	case t == nil || t.Admitted.IsZero():
		return fmt.Errorf("seat %s was never admitted", i.Seat)
	case (i.Note != "") != (i.Cause == CauseObject || i.Cause == CauseOther) || i.Note != "" && (i.RaisedBy == "" || i.Peak.Score != 0):
		return fmt.Errorf("raised by %q with the note %q and a score of %v", i.RaisedBy, i.Note, i.Peak.Score)
	case (i.State == IncidentConfirmed) != (i.Act != ""):
		return fmt.Errorf("%s with act %q", i.State, i.Act)
	case (i.State == IncidentConfirmed || i.State == IncidentDismissed) && i.By == "":
		return fmt.Errorf("%s by nobody", i.State)
	case i.State == IncidentOpen && !i.Closed.IsZero() || i.State == IncidentClosed && i.Closed.IsZero():
		return fmt.Errorf("%s, closed at %v", i.State, i.Closed)
	case i.Cause == CauseDark:
		return fmt.Errorf("a dark room is no incident")
	case i.Cause == CauseNetwork && i.State == IncidentConfirmed:
		return fmt.Errorf("a fault was confirmed as a violation")
	case t.Stage == Finished && i.Closed.IsZero():
		return fmt.Errorf("it goes on after the seat finished")
	case !i.Closed.IsZero() && i.Closed.Before(i.Opened):
		return fmt.Errorf("closed %v before it opened", i.Opened.Sub(i.Closed))
	}
	return nil
}

// doubled looks at a seat's open candidates by cause; more than one of a cause is a
// merge that failed.
func doubled(s *State) error {
	open := map[string]IncidentID{}
	for id, i := range s.Incidents {
		if i.Closed.IsZero() {
			k := string(i.Seat) + " " + string(i.Cause)
			if other := open[k]; other != "" {
				return fmt.Errorf("%s: incidents %s and %s go on at once", k, id, other)
			}
			open[k] = id
		}
	}
	return nil
}

// sortedKeys makes a random choice from a map depend on the seed alone.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
