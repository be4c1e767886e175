package proctor

import "fmt"

// The names of facts are part of the journal's format: none may ever change.

// facts lists one empty fact of every type.
func facts() []Fact {
	return []Fact{
		&ExamScheduled{}, &SeatAssigned{}, &ConsentGiven{}, &DeviceChecked{}, &EnrolmentStored{},
		&IdentityCompared{}, &IdentityDecided{}, &SeatAdmitted{}, &SeatFinished{},
		&MediaConnected{}, &MediaLost{}, &SegmentSealed{}, &SegmentStored{}, &EvidenceExpired{}, &RecordingGap{},
		&RecordingStopped{}, &RecordingResumed{}, &BackfillSealed{}, &BackfillStored{}, &SeatAccounted{},
		&ClientReported{}, &ExamineeWarned{}, &MessageSent{},
		&IncidentOpened{}, &IncidentPeaked{}, &IncidentResumed{}, &IncidentEnded{}, &StillPinned{},
		&IncidentJudged{}, &EvidenceViewed{},
		&ActDrafted{}, &ActRendered{}, &ActEdited{}, &ActSigned{}, &ActRefused{},
		&ActClosed{}, &ScoreAnnulled{}, &ScoreRestored{}, &DetectorDegraded{},
		&ActNotified{}, &AppealFiled{}, &AppealDecided{}, &InspectionEdited{}, &RemedyGranted{}, &RemedyRevoked{},
		&DetectorRestored{}, &PolicyChanged{}, &SeatAccommodated{}, &SceneryMarked{},
		&ActPrinted{}, &ActFiled{}, &ActUnfiled{}, &ActExported{}, &EvidenceExported{},
		&ExamLinked{}, &SeatLinked{}, &SeatExcused{}, &SeatWindowed{},
		&DeliveryBegan{}, &DeliveryAcked{}, &DeliveryFailed{}, &DeliveryRetried{},
		&ActScanned{}, &ScanRefused{},
	}
}

// Type implements Fact.
func (*ExamScheduled) Type() string { return "exam.scheduled" }

// Type implements Fact.
func (*SeatAssigned) Type() string { return "seat.assigned" }

// Type implements Fact.
func (*ConsentGiven) Type() string { return "seat.consented" }

// Type implements Fact.
func (*DeviceChecked) Type() string { return "seat.checked" }

// Type implements Fact.
func (*EnrolmentStored) Type() string { return "seat.enrolled" }

// Type implements Fact.
func (*IdentityCompared) Type() string { return "identity.compared" }

// Type implements Fact.
func (*IdentityDecided) Type() string { return "identity.decided" }

// Type implements Fact.
func (*SeatAdmitted) Type() string { return "seat.admitted" }

// Type implements Fact.
func (*SeatFinished) Type() string { return "seat.finished" }

// Type implements Fact.
func (*MediaConnected) Type() string { return "media.connected" }

// Type implements Fact.
func (*MediaLost) Type() string { return "media.lost" }

// Type implements Fact.
func (*SegmentSealed) Type() string { return "segment.sealed" }

// Type implements Fact.
func (*SegmentStored) Type() string { return "segment.stored" }

// Type implements Fact.
func (*EvidenceExpired) Type() string { return "evidence.expired" }

// Type implements Fact.
func (*RecordingGap) Type() string { return "recording.gap" }

// Type implements Fact.
func (*RecordingStopped) Type() string { return "recording.stopped" }

// Type implements Fact.
func (*RecordingResumed) Type() string { return "recording.resumed" }

// Type implements Fact.
func (*ClientReported) Type() string { return "client.reported" }

// Type implements Fact.
func (*DetectorDegraded) Type() string { return "detector.degraded" }

// Type implements Fact.
func (*ExamineeWarned) Type() string { return "examinee.warned" }

// Type implements Fact.
func (*MessageSent) Type() string { return "message.sent" }

// Type implements Fact.
func (*EvidenceViewed) Type() string { return "evidence.viewed" }

// Type implements Fact.
func (*IncidentOpened) Type() string { return "incident.opened" }

// Type implements Fact.
func (*IncidentPeaked) Type() string { return "incident.peaked" }

// Type implements Fact.
func (*IncidentResumed) Type() string { return "incident.resumed" }

// Type implements Fact.
func (*IncidentEnded) Type() string { return "incident.ended" }

// Type implements Fact.
func (*StillPinned) Type() string { return "incident.pinned" }

// Type implements Fact.
func (*IncidentJudged) Type() string { return "incident.judged" }

// Type implements Fact.
func (*ActDrafted) Type() string { return "act.drafted" }

// Type implements Fact.
func (*ActRendered) Type() string { return "act.rendered" }

// Type implements Fact.
func (*ActEdited) Type() string { return "act.edited" }

// Type implements Fact.
func (*ActSigned) Type() string { return "act.signed" }

// Type implements Fact.
func (*ActRefused) Type() string { return "act.refused" }

// Type implements Fact.
func (*ActClosed) Type() string { return "act.closed" }

// Type implements Fact.
func (*ScoreAnnulled) Type() string { return "score.annulled" }

// Type implements Fact.
func (*ScoreRestored) Type() string { return "score.restored" }

// Type implements Fact.
func (*InspectionEdited) Type() string { return "inspection.edited" }

// Type implements Fact.
func (*RemedyGranted) Type() string { return "remedy.granted" }

// Type implements Fact.
func (*RemedyRevoked) Type() string { return "remedy.revoked" }

func missing(what string, id any) error { return fmt.Errorf("%s %v is unknown", what, id) }
