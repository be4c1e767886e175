package proctor

import (
	"errors"
	"fmt"
	"slices"
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

// apply holds that an act begins with a person's word and unsigned, and that
// an incident has at most one of each appendix.
func (f *ActDrafted) apply(s *State, e Event) error {
	a := f.Act
	if s.Acts[a.ID] != nil {
		return fmt.Errorf("act %s is drafted twice", a.ID)
	}
	if a.State != Drafted || len(a.Signatures) > 0 || a.Document != (Document{}) {
		return fmt.Errorf("act %s is drafted signed", a.ID)
	}
	if a.Kind() == AppendixB {
		if err := s.draftInspection(&a, e.Actor); err != nil {
			return err
		}
		s.Acts[a.ID] = &a
		return nil
	}
	i := s.Incidents[a.Cause]
	if i == nil || i.State != IncidentConfirmed || i.Act != "" || i.Seat != a.Seat {
		return fmt.Errorf("act %s is drafted without a confirmed incident", a.ID)
	}
	s.Acts[a.ID], i.Act = &a, a.ID
	return nil
}

func (f *ActRendered) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if f.Version == a.Version && len(a.Signatures) == 0 {
			a.Document = f.Document
			a.Officials = a.Officials.with(f.Officials)
		}
		return nil
	})
}

func (f *ActEdited) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if a.Kind() != AppendixA || !a.editable() {
			return fmt.Errorf("edited while %s", a.State)
		}
		a.Reasons, a.Other, a.Officials = f.Reasons, f.Other, f.Officials
		a.renew()
		return nil
	})
}

func (f *ActSigned) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if f.Version != a.Version || a.Next() != f.Signature.Role || a.signedBy(f.Signature.Login) {
			return errors.New("signature out of order, by the same person or for another version")
		}
		if !a.Officials.allow(f.Signature.Role, f.Signature.Login) {
			return errors.New("signature of another official than the act names")
		}
		if a.Document.Digest == "" || f.Document.Digest != a.Document.Digest {
			return errors.New("signature of another document")
		}
		a.Signatures = append(slices.Clip(a.Signatures), f.Signature)
		a.Document = f.Document
		a.State = Signing
		if len(a.Signatures) == len(a.Kind().Order()) {
			a.State, a.InForce = InForce, e.At
			if a.Inspection != nil && a.Inspection.Code == ConvertToA {
				s.release(a, e.At, true)
			}
		}
		return nil
	})
}

func (f *ActRefused) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if a.State != Drafted && a.State != Signing {
			return fmt.Errorf("refused while %s", a.State)
		}
		a.State, a.Refusal, a.Signatures = Refused, f.Text, nil
		return nil
	})
}

func (f *ActClosed) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if !a.Live() {
			return fmt.Errorf("closed while %s", a.State)
		}
		if a.State == InForce {
			a.State = Superseded
		} else {
			a.State = Withdrawn
		}
		if a.Kind() == AppendixB {
			s.release(a, e.At, false)
		}
		return nil
	})
}

// apply holds the invariant that everything else leads to: a score is
// annulled by an act in force over this seat, signed by three, and by nothing
// else. A journal that says otherwise is refused.
func (f *ScoreAnnulled) apply(s *State, e Event) error {
	a := s.Acts[f.Act]
	if a == nil || a.Kind() != AppendixA || a.State != InForce || a.Seat != f.Seat || len(a.Signatures) != len(SigningOrder()) {
		return fmt.Errorf("score of seat %s annulled without an act in force", f.Seat)
	}
	return s.seat(f.Seat, func(t *Seat) { t.ScoreAnnulled = f.Act })
}

func (f *ScoreRestored) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) {
		if t.ScoreAnnulled == f.Act {
			t.ScoreAnnulled = ""
		}
	})
}
