package proctor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// broken says which invariant a state breaks, or nil. It reads only the
// state, none of the code that made it.
func broken(s *State) error {
	perIncident := map[IncidentID]int{}
	inForce := map[SeatID][]ActID{}
	for id, a := range s.Acts {
		if a.Kind() == AppendixA && a.Live() {
			perIncident[a.Cause]++
		}
		if err := brokenAct(s, a); err != nil {
			return fmt.Errorf("act %s: %w", id, err)
		}
		if a.State == InForce && a.Kind() == AppendixA {
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
	if err := brokenRemedies(s); err != nil {
		return err
	}
	for id, i := range s.Incidents {
		if err := brokenIncident(s, i); err != nil {
			return fmt.Errorf("incident %s: %w", id, err)
		}
	}
	return nil
}

// brokenRemedies holds that a seat has the remedies of the Appendix B acts in
// force, once each, and no others; and that no stretch of its time belongs to
// both appendices.
func brokenRemedies(s *State) error {
	want := map[SeatID]map[ActID]bool{}
	for id, a := range s.Acts {
		if x := a.Inspection; x != nil && a.State == InForce && x.Code != NoFault && x.Code != ConvertToA {
			for _, seat := range x.Seats {
				if want[seat] == nil {
					want[seat] = map[ActID]bool{}
				}
				want[seat][id] = true
			}
		}
	}
	for id, t := range s.Seats {
		for _, r := range t.Remedies {
			if !want[id][r.Act] {
				return fmt.Errorf("seat %s has the remedy %+v of no act in force", id, r)
			}
			delete(want[id], r.Act)
		}
		if len(want[id]) > 0 {
			return fmt.Errorf("seat %s lacks the remedies of %v", id, want[id])
		}
	}
	live := func(id ActID) bool { return s.Acts[id] != nil && s.Acts[id].Live() }
	for _, i := range s.Incidents {
		if !live(i.Act) {
			continue
		}
		for _, j := range s.Incidents {
			if i.Seat == j.Seat && live(i.Act) && live(j.Inspection) && !apart(s, i, j) {
				return fmt.Errorf("acts %s and %s are over the same stretch of seat %s", i.Act, j.Inspection, i.Seat)
			}
		}
	}
	return nil
}

// apart reports whether what the act over i says and what the inspection of j
// says have no moment in common. Each speaks of its incident until it was
// drawn up.
func apart(s *State, i, j *Incident) bool {
	ends := func(x *Incident, a ActID) time.Time {
		if drawnUp := s.Acts[a].DrawnUp; x.Closed.IsZero() || x.Closed.After(drawnUp) {
			return drawnUp
		}
		return x.Closed
	}
	return ends(i, i.Act).Before(j.Opened) || ends(j, j.Inspection).Before(i.Opened)
}

func brokenAct(s *State, a *Act) error {
	order := []Role{RoleSpecialist, RoleEngineer, RoleHead}
	if a.Kind() == AppendixB {
		order = []Role{RoleHead, RoleRegistrar, RoleSpecialist}
	}
	logins, roles := map[Login]bool{}, map[Role]bool{}
	for n, sig := range a.Signatures {
		logins[sig.Login] = true
		due := n < 3 && sig.Role == order[n]
		if a.Order == OrderAny { // any of the form's three, in Appendix A the head last
			due = slices.Contains(order, sig.Role) && !roles[sig.Role] && (a.Kind() == AppendixB || (sig.Role == RoleHead) == (n == 2))
		}
		roles[sig.Role] = true
		if !due {
			return fmt.Errorf("signature %d is the %s's", n, sig.Role)
		}
		if named := a.Officials[sig.Role]; named != "" && named != sig.Login {
			return fmt.Errorf("signature %d is %s's, the act names %s", n, sig.Login, named)
		}
	}
	if err := brokenHands(a, logins); err != nil {
		return err
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
	if p := a.Appeal; p != nil && p.Upheld && a.State == InForce {
		return fmt.Errorf("in force after an appeal was upheld")
	}
	if a.Kind() == AppendixB {
		return brokenInspection(s, a)
	}
	if !a.Live() {
		if i := s.Incidents[a.Cause]; i == nil || i.Act == a.ID {
			return fmt.Errorf("it has ended, its incident is %+v", i)
		}
		return nil
	}
	if i := s.Incidents[a.Cause]; i == nil || i.State != IncidentConfirmed || i.Act != a.ID || i.Seat != a.Seat {
		return fmt.Errorf("its incident is %+v", i)
	}
	return nil
}

// brokenHands holds that a hand signature is attested by somebody who signs
// nothing of the act and is not named in it, over a scan of this very version
// which another brought in and nobody refused; and that no other is attested.
func brokenHands(a *Act, logins map[Login]bool) error {
	for n, sig := range a.Signatures {
		if sig.Method != MethodPaper {
			if sig.Attested != "" || sig.Scan != nil {
				return fmt.Errorf("signature %d is attested and not by hand", n)
			}
			continue
		}
		var scan *Scan
		for _, c := range a.Scans {
			if sig.Scan != nil && c.Receipt.SHA256 == sig.Scan.SHA256 {
				scan = &c
			}
		}
		switch {
		case scan == nil || scan.Version != a.Version || scan.Refused != "":
			return fmt.Errorf("hand signature %d rests on the scan %+v", n, scan)
		case sig.Attested == "" || logins[sig.Attested] || slices.Contains(slices.Collect(maps.Values(a.Officials)), sig.Attested):
			return fmt.Errorf("hand signature %d is attested by %q, who fills a seat", n, sig.Attested)
		case scan.By == sig.Attested:
			return fmt.Errorf("hand signature %d: %s brought in the scan and attested it", n, scan.By)
		case (sig.Matched == MatchQR) != (scan.Code == CodeMatches):
			return fmt.Errorf("hand signature %d matched by %q, the code is %s", n, sig.Matched, scan.Code)
		}
	}
	return nil
}

func brokenInspection(s *State, a *Act) error {
	if a.Seat != "" || a.Cause != "" || a.Inspection == nil || len(a.Inspection.Seats) == 0 {
		return fmt.Errorf("it inspects %+v", a.Inspection)
	}
	settles := a.Live() && (a.State != InForce || a.Inspection.Code != ConvertToA)
	for _, id := range a.Inspection.Incidents {
		if i := s.Incidents[id]; i == nil || settles != (i.State == IncidentInspected && i.Inspection == a.ID) {
			return fmt.Errorf("it settles %v, its incident is %+v", settles, i)
		}
	}
	if (a.State == Signing || a.State == InForce) && (a.Inspection.Code == "" || a.Inspection.Decision == "") {
		return fmt.Errorf("signed without a decision")
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
	case (i.State == IncidentInspected) != (i.Inspection != ""):
		return fmt.Errorf("%s with the inspection %q", i.State, i.Inspection)
	case (i.State == IncidentConfirmed || i.State == IncidentDismissed || i.State == IncidentInspected) && i.By == "":
		return fmt.Errorf("%s by nobody", i.State)
	case i.State == IncidentOpen && !i.Closed.IsZero() || i.State == IncidentClosed && i.Closed.IsZero():
		return fmt.Errorf("%s, closed at %v", i.State, i.Closed)
	case i.Cause == CauseDark:
		return fmt.Errorf("a dark room is no incident")
	case i.Cause == CauseNetwork && i.State == IncidentConfirmed && !i.Converted:
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
