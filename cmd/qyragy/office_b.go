package main

import (
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// inspector implements web.Inspector.
type inspector struct{}

// Suggest implements web.Inspector.
func (inspector) Suggest(c proctor.Cluster, incidents []proctor.Incident) (purpose, result string) {
	s := acts.Suggest(c, incidents)
	return s.Purpose, s.Result
}

// inspectionDocument is an Appendix B act as the PDF prints it.
func inspectionDocument(s *proctor.State, a proctor.Act, people []proctor.Person) acts.DocumentB {
	x := a.Inspection
	signers := a.Officials.Appoint(proctor.AppendixB, people, proctor.Login(a.By))
	d := acts.DocumentB{
		Act: a.ID, Number: a.Number, Version: a.Version,
		Exam: s.Exam.ID, ExamTitle: s.Exam.Title, Discipline: s.Exam.Discipline,
		Purpose: x.Purpose, Result: x.Result, Decision: x.Decision, Code: x.Code,
		Minutes: x.Minutes, From: x.From, To: x.To,
		Head:       official(people, signers[proctor.RoleHead]),
		Registrar:  official(people, signers[proctor.RoleRegistrar]),
		Specialist: official(people, signers[proctor.RoleSpecialist]),
		DrawnUp:    a.DrawnUp,
	}
	for _, t := range s.Seats {
		if !t.Admitted.IsZero() {
			d.ExamSeats++
		}
	}
	var all []acts.Gap
	for _, id := range x.Seats {
		seat := affected(s, s.Seats[id], a.DrawnUp)
		all = append(all, seat.Gaps...)
		d.Seats = append(d.Seats, seat)
	}
	d.Health = acts.Health(all)
	return d
}

// The most that an annex lists of one seat: the newest of each.
const (
	listedGaps    = 40
	listedDevices = 20
)

// affected is one seat's timeline and what is known of its connection.
func affected(s *proctor.State, t *proctor.Seat, until time.Time) acts.AffectedSeat {
	out := acts.AffectedSeat{Seat: t.ID, Examinee: t.Examinee}
	for _, g := range t.Gaps {
		if g.From.Before(until) {
			out.Gaps = append(out.Gaps, acts.Gap{From: g.From, To: g.To, Cause: g.Cause})
		}
	}
	for _, r := range t.Reports {
		switch r.Kind {
		case proctor.ReportCameraError, proctor.ReportTrackEnded, proctor.ReportTrackMuted:
			out.Devices = append(out.Devices, acts.DeviceError{At: r.At, Kind: r.Kind, Detail: r.Detail})
		}
	}
	out.Gaps, out.Devices = newest(out.Gaps, listedGaps), newest(out.Devices, listedDevices)
	var bytes int64
	var length time.Duration
	for _, g := range t.Segments {
		bytes += g.Size
		length += g.End.Sub(g.Start)
	}
	if length > 0 {
		out.Connection.Bits = int(float64(bytes) * 8 / length.Seconds())
	}
	for _, i := range s.Incidents {
		if i.Seat == t.ID && i.Fault {
			out.Connection.Loss = max(out.Connection.Loss, min(1, max(0, i.Network.Loss)))
		}
	}
	out.Connection.Reconnects = max(0, t.Camera-1)
	if t.Check != nil {
		out.Connection.Route = t.Check.Network
	}
	return out
}

func newest[T any](list []T, most int) []T { return list[max(0, len(list)-most):] }
