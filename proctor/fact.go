package proctor

import "time"

// The facts of an exam and its seats.
type (
	// ExamScheduled creates an exam.
	ExamScheduled struct {
		Exam Exam `json:"exam"`
	}
	// SeatAssigned gives an examinee a seat. LinkHash is the hex SHA-256 of
	// the token in her link; the token itself is never kept.
	SeatAssigned struct {
		Seat          SeatID        `json:"seat"`
		Examinee      Examinee      `json:"examinee"`
		Accommodation Accommodation `json:"accommodation"`
		LinkHash      string        `json:"link_hash"`
	}
	// ConsentGiven: the examinee accepted the consent text of Version, shown
	// in Language.
	ConsentGiven struct {
		Seat     SeatID `json:"seat"`
		Version  string `json:"version"`
		Language string `json:"language"`
	}
	// DeviceChecked is the outcome of the page's device check.
	DeviceChecked struct {
		Seat  SeatID      `json:"seat"`
		Check DeviceCheck `json:"check"`
	}
	// EnrolmentStored is the reference photo to compare her with.
	EnrolmentStored struct {
		Seat  SeatID  `json:"seat"`
		Photo Receipt `json:"photo"`
	}
	// IdentityCompared is a live still and its distance from the enrolment
	// photo. It decides nothing.
	IdentityCompared struct {
		Seat     SeatID     `json:"seat"`
		Identity Comparison `json:"identity"`
	}
	// IdentityDecided is the proctor's word on who sits there.
	IdentityDecided struct {
		Seat     SeatID `json:"seat"`
		Accepted bool   `json:"accepted"`
		Note     string `json:"note,omitempty"`
	}
	// SeatAdmitted: from now on every second counts.
	SeatAdmitted struct {
		Seat SeatID `json:"seat"`
	}
	// SeatFinished ends the seat's exam.
	SeatFinished struct {
		Seat SeatID `json:"seat"`
	}
)

// DeviceCheck is what the examinee's page found before the exam.
type DeviceCheck struct {
	Camera     string `json:"camera"`     // label, or the error's name
	Microphone string `json:"microphone"` // label, or the error's name
	Network    string `json:"network"`    // "udp", "tcp", "relay" or "none"
	Browser    string `json:"browser,omitempty"`
	OK         bool   `json:"ok"`
}

// Comparison is a live still set beside the enrolment photo.
type Comparison struct {
	Still Receipt `json:"still"`
	// Distance between 128-d embeddings; meaningful only if Verdict is
	// "same" or "different".
	Distance float64   `json:"distance"`
	Verdict  string    `json:"verdict"` // "same", "different", "no_photo", "unsure"
	Detail   string    `json:"detail,omitempty"`
	At       time.Time `json:"at"`
}

// The facts of the media path.
type (
	// MediaConnected: a publishing session's transport is up.
	MediaConnected struct {
		Seat   SeatID `json:"seat"`
		Camera int    `json:"camera"`
	}
	// MediaLost: no publishing session is up any more.
	MediaLost struct {
		Seat SeatID `json:"seat"`
		// Restart: noticed at the start of the server, which had ended before.
		Restart bool `json:"restart,omitempty"`
	}
	// SegmentSealed: a segment is closed, hashed and safe in the spool.
	SegmentSealed struct {
		Segment Segment `json:"segment"`
	}
	// SegmentStored: the object store has it.
	SegmentStored struct {
		Seat    SeatID  `json:"seat"`
		Number  int     `json:"number"`
		Receipt Receipt `json:"receipt"`
	}
	// EvidenceExpired: an object's retention ended, no act needs it, and it was
	// deleted from the object store.
	EvidenceExpired struct {
		Seat      SeatID `json:"seat"`
		Key       string `json:"key"`
		VersionID string `json:"version_id"`
	}
	// RecordingGap: a stretch of time is not in the recording, and why.
	RecordingGap struct {
		Gap Gap `json:"gap"`
	}
	// RecordingStopped: a camera is there and cannot be recorded. It is the
	// alarm; the gap is journaled when its end is known.
	RecordingStopped struct {
		Seat  SeatID   `json:"seat"`
		Cause GapCause `json:"cause"`
	}
	// RecordingResumed: it can be again.
	RecordingResumed struct {
		Seat SeatID `json:"seat"`
	}
	// ClientReported is the page's word about its devices.
	ClientReported struct {
		Report ClientReport `json:"report"`
	}
	// DetectorDegraded: looks are late or stopped, everywhere or for a seat.
	DetectorDegraded struct {
		Detail string `json:"detail"`
	}
)

// The facts between people.
type (
	// ExamineeWarned: the page told her what is wrong, before anything else.
	ExamineeWarned struct {
		Seat  SeatID `json:"seat"`
		Cause Cause  `json:"cause"`
	}
	// MessageSent is a proctor's message to an examinee.
	MessageSent struct {
		Seat SeatID `json:"seat"`
		Text string `json:"text"`
	}
	// EvidenceViewed is custody: who looked at what.
	EvidenceViewed struct {
		Seat SeatID `json:"seat"`
		What string `json:"what"`
	}
)

// The facts of an incident.
type (
	// IncidentOpened makes a candidate.
	IncidentOpened struct {
		Incident Incident `json:"incident"`
	}
	// IncidentPeaked: stronger evidence was seen.
	IncidentPeaked struct {
		Incident IncidentID `json:"incident"`
		Peak     Peak       `json:"peak"`
	}
	// IncidentResumed: the cause is back since At, soon after the end.
	IncidentResumed struct {
		Incident IncidentID `json:"incident"`
		At       time.Time  `json:"at"`
	}
	// IncidentEnded: the cause is gone since At.
	IncidentEnded struct {
		Incident IncidentID `json:"incident"`
		At       time.Time  `json:"at"`
	}
	// StillPinned ties a picture from the recording to an incident.
	StillPinned struct {
		Incident IncidentID `json:"incident"`
		Still    Still      `json:"still"`
	}
	// IncidentJudged is a person's word: Confirmed with Reasons, or dismissed
	// with Text saying why.
	IncidentJudged struct {
		Incident  IncidentID `json:"incident"`
		Confirmed bool       `json:"confirmed"`
		Reasons   []Reason   `json:"reasons,omitempty"`
		Text      string     `json:"text,omitempty"`
	}
)

// The facts of an act.
type (
	// ActDrafted makes an act from a confirmed incident.
	ActDrafted struct {
		Act Act `json:"act"`
	}
	// ActRendered: the document of a version exists, and names Officials.
	ActRendered struct {
		Act       ActID     `json:"act"`
		Version   int       `json:"version"`
		Document  Document  `json:"document"`
		Officials Officials `json:"officials,omitempty"`
	}
	// ActEdited makes a new version without signatures.
	ActEdited struct {
		Act       ActID     `json:"act"`
		Reasons   []Reason  `json:"reasons"`
		Other     string    `json:"other"`
		Officials Officials `json:"officials,omitempty"`
	}
	// InspectionEdited makes a new version of an Appendix B act without
	// signatures.
	InspectionEdited struct {
		Act        ActID      `json:"act"`
		Inspection Inspection `json:"inspection"`
		Officials  Officials  `json:"officials,omitempty"`
	}
	// RemedyGranted gives a seat what an inspection in force decided.
	RemedyGranted struct {
		Seat   SeatID `json:"seat"`
		Remedy Remedy `json:"remedy"`
	}
	// RemedyRevoked undoes RemedyGranted.
	RemedyRevoked struct {
		Seat SeatID `json:"seat"`
		Act  ActID  `json:"act"`
	}
	// ActSigned is one official's signature; the third one puts it in force.
	ActSigned struct {
		Act       ActID     `json:"act"`
		Version   int       `json:"version"`
		Signature Signature `json:"signature"`
		Document  Document  `json:"document"`
	}
	// ActRefused: an official would not sign, and why.
	ActRefused struct {
		Act  ActID  `json:"act"`
		Role Role   `json:"role"`
		Text string `json:"text"`
	}
	// ActClosed withdraws an act (before it is in force) or supersedes it.
	ActClosed struct {
		Act  ActID  `json:"act"`
		Text string `json:"text"`
	}
	// ScoreAnnulled annuls the exam component of the score (clause 5.3.14),
	// and only that.
	ScoreAnnulled struct {
		Seat SeatID `json:"seat"`
		Act  ActID  `json:"act"`
	}
	// ScoreRestored undoes ScoreAnnulled.
	ScoreRestored struct {
		Seat SeatID `json:"seat"`
		Act  ActID  `json:"act"`
	}
)
