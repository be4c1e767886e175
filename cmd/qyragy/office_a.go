package main

import (
	"fmt"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// document is an act as the PDF prints it.
func document(s *proctor.State, a proctor.Act, people []proctor.Person) (acts.Document, []proctor.Still) {
	seat, i := s.Seats[a.Seat], *s.Incidents[a.Cause]
	signers := a.Officials.Appoint(a.Kind(), people, proctor.Login(a.By))
	d := acts.Document{
		Act: a.ID, Number: a.Number, Version: a.Version,
		Exam: s.Exam.ID, ExamTitle: s.Exam.Title, Discipline: s.Exam.Discipline,
		Seat: a.Seat, Examinee: seat.Examinee, Reasons: a.Reasons, Other: a.Other,
		DrawnUp: a.DrawnUp, Accommodation: seat.Accommodation.Note,
		Specialist: official(people, signers[proctor.RoleSpecialist]),
		Engineer:   official(people, signers[proctor.RoleEngineer]),
		Head:       official(people, signers[proctor.RoleHead]),
	}
	to := i.Closed
	if to.IsZero() || to.After(a.DrawnUp) {
		to = a.DrawnUp
	}
	entry := acts.Incident{
		ID: i.ID, Cause: i.Cause, From: i.Opened, To: to,
		Detector: i.Peak.Detector, Score: i.Peak.Score, Detail: i.Peak.Detail,
		Network:     fmt.Sprintf("%d кбит/с, %.1f %%", i.Network.Bits/1000, i.Network.Loss*100),
		ConfirmedBy: nameOf(people, a.By), ConfirmedAt: a.DrawnUp, Words: i.Text,
	}
	if i.RaisedBy != "" {
		entry.RaisedBy, entry.Note, entry.Network = nameOf(people, i.RaisedBy), i.Note, ""
	}
	for _, w := range seat.Warnings {
		if !w.At.Before(i.Opened.Add(-time.Minute)) && !w.At.After(to) {
			entry.Warnings = append(entry.Warnings, acts.Warning{At: w.At, Text: acts.CauseText(w.Cause)})
		}
	}
	d.Incidents = []acts.Incident{entry}
	around := s.Exam.Policy.Evidence
	for _, seg := range seat.Segments {
		if seg.End.After(i.Opened.Add(-around)) && seg.Start.Before(to.Add(around)) {
			d.Segments = append(d.Segments, seg.Segment)
		}
	}
	for _, b := range seat.Backfills {
		if b.To.After(i.Opened.Add(-around)) && b.From.Before(to.Add(around)) {
			d.Backfills = append(d.Backfills, acts.BackfillOf(b.Backfill))
		}
	}
	if i.Still == nil {
		return d, nil
	}
	return d, []proctor.Still{*i.Still}
}

// nameOf is an actor's name, for a reader; the login where there is none.
func nameOf(people []proctor.Person, by proctor.Actor) string {
	for _, p := range people {
		if proctor.PersonActor(p.Login) == by {
			return p.Name
		}
	}
	return string(by)
}

// official is how the form prints a signer; nobody where nobody holds her role.
func official(people []proctor.Person, login proctor.Login) acts.Official {
	for _, p := range people {
		if p.Login == login {
			return acts.Official{Login: p.Login, Name: p.Name}
		}
	}
	return acts.Official{}
}

// named are the officials whom a document names, in the order of its
// appendix: the engine lets no other sign.
func named(x proctor.Appendix, who ...acts.Official) proctor.Officials {
	out := proctor.Officials{}
	for n, role := range x.Order() {
		if who[n].Login != "" {
			out[role] = who[n].Login
		}
	}
	return out
}
