package proctor

import (
	"fmt"
	"time"
)

// This file folds each fact into a State. A fact that contradicts what came
// before it is refused, whoever wrote it.

func (f *ExamScheduled) apply(s *State, e Event) error {
	s.Exam = f.Exam
	s.Policies = []PolicyChange{{Change{e.At, e.Actor}, f.Exam.Policy}}
	return nil
}

func (f *SeatAssigned) apply(s *State, e Event) error {
	if s.Seats[f.Seat] != nil {
		return fmt.Errorf("seat %s is assigned twice", f.Seat)
	}
	s.Seats[f.Seat] = &Seat{
		ID: f.Seat, Exam: e.Exam, Examinee: f.Examinee, Accommodation: f.Accommodation,
		LinkHash: f.LinkHash, Stage: Invited,
	}
	return nil
}

func (f *ConsentGiven) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) { t.Consent = f; t.advance(Consented) })
}

func (f *DeviceChecked) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) {
		t.Check = &f.Check
		t.Checks++
		if f.Check.OK {
			t.advance(Checked)
		}
	})
}

func (f *EnrolmentStored) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) { t.Enrolment = &f.Photo })
}

func (f *IdentityCompared) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) {
		t.Identity = &f.Identity
		t.IdentityAccepted = nil
		t.advance(Identified)
	})
}

func (f *IdentityDecided) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) {
		t.IdentityAccepted = &f.Accepted
		if f.Accepted {
			t.AdmittedAs = t.Identity
		}
	})
}

func (f *SeatAdmitted) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) { t.advance(Admitted); t.Admitted = e.At })
}

func (f *SeatFinished) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) { t.advance(Finished); t.Finished = e.At })
}

func (f *MediaConnected) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) { t.Camera = f.Camera; t.Connected = true; t.came(e.At) })
}

func (f *MediaLost) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) { t.Connected, t.Unrecorded = false, ""; t.left(e.At, f.Restart) })
}

func (f *RecordingStopped) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) { t.Unrecorded = f.Cause })
}

func (f *RecordingResumed) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) { t.Unrecorded = "" })
}

func (f *SegmentSealed) apply(s *State, e Event) error {
	return s.seat(f.Segment.Seat, func(t *Seat) {
		t.Segments = append(t.Segments, StoredSegment{Segment: f.Segment})
	})
}

func (f *SegmentStored) apply(s *State, e Event) error {
	found := false
	err := s.seat(f.Seat, func(t *Seat) {
		for i := range t.Segments {
			if t.Segments[i].Number == f.Number {
				t.Segments[i].Receipt, found = &f.Receipt, true
			}
		}
	})
	if err == nil && !found {
		return missing("segment", f.Number)
	}
	return err
}

func (f *EvidenceExpired) apply(s *State, e Event) error {
	is := func(r *Receipt) bool { return r != nil && r.Key == f.Key && r.VersionID == f.VersionID }
	for _, i := range s.Incidents {
		if i.Seat == f.Seat && i.Still != nil && is(&i.Still.Receipt) {
			i.Still = nil
		}
	}
	return s.seat(f.Seat, func(t *Seat) {
		for i := range t.Segments {
			if is(t.Segments[i].Receipt) {
				t.Segments[i].Expired = true
			}
		}
		for i := range t.Backfills {
			if is(t.Backfills[i].Receipt) {
				t.Backfills[i].Expired = true
			}
		}
		for _, c := range []**Comparison{&t.Identity, &t.AdmittedAs} {
			if *c != nil && is(&(*c).Still) {
				bare := **c
				bare.Still = Receipt{}
				*c = &bare
			}
		}
	})
}

func (f *RecordingGap) apply(s *State, e Event) error {
	return s.seat(f.Gap.Seat, func(t *Seat) { t.Gaps = append(t.Gaps, f.Gap) })
}

func (f *ClientReported) apply(s *State, e Event) error {
	return s.seat(f.Report.Seat, func(t *Seat) { t.Reports = append(t.Reports, f.Report) })
}

func (f *ExamineeWarned) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) { t.Warnings = append(t.Warnings, Warning{e.At, f.Cause}) })
}

func (f *MessageSent) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) { t.Messages = append(t.Messages, Message{e.At, e.Actor, f.Text}) })
}

func (f *EvidenceViewed) apply(s *State, e Event) error { return nil }

func (f *IncidentOpened) apply(s *State, e Event) error {
	if s.Incidents[f.Incident.ID] != nil {
		return fmt.Errorf("incident %s is opened twice", f.Incident.ID)
	}
	i := f.Incident
	if !i.Candidate() || i.Act != "" {
		return fmt.Errorf("incident %s is judged before it was opened", i.ID)
	}
	s.Incidents[i.ID] = &i
	return nil
}

func (f *IncidentPeaked) apply(s *State, e Event) error {
	return s.incident(f.Incident, func(i *Incident) { i.Peak = f.Peak })
}

func (f *IncidentResumed) apply(s *State, e Event) error {
	return s.incident(f.Incident, func(i *Incident) {
		i.Closed = time.Time{}
		if i.State == IncidentClosed {
			i.State = IncidentOpen
		}
	})
}

func (f *IncidentEnded) apply(s *State, e Event) error {
	return s.incident(f.Incident, func(i *Incident) {
		i.Closed = f.At
		if i.State == IncidentOpen {
			i.State = IncidentClosed
		}
	})
}

func (f *StillPinned) apply(s *State, e Event) error {
	return s.incident(f.Incident, func(i *Incident) { i.Still = &f.Still })
}

func (f *IncidentJudged) apply(s *State, e Event) error {
	if i := s.Incidents[f.Incident]; i != nil && !i.Candidate() {
		return fmt.Errorf("incident %s is judged twice", i.ID)
	}
	return s.incident(f.Incident, func(i *Incident) {
		i.State = IncidentDismissed
		if f.Confirmed {
			i.State = IncidentConfirmed
		}
		i.By, i.Reasons, i.Text = e.Actor, f.Reasons, f.Text
	})
}
