package proctor

import "time"

// IncidentState is where an Incident stands.
type IncidentState string

// The states of an Incident. Open and Closed incidents are candidates: a
// person has not spoken yet.
const (
	IncidentOpen      IncidentState = "open"      // still going on
	IncidentClosed    IncidentState = "closed"    // over, waiting for a person
	IncidentConfirmed IncidentState = "confirmed" // a violation, by a person's word
	IncidentDismissed IncidentState = "dismissed" // nothing, by a person's word
	IncidentInspected IncidentState = "inspected" // a technical fault: an Appendix B act settles it
)

// Incident is one stretch of a seat's time that needs a look: a candidate,
// until a person confirms or dismisses it. Detection alone never accuses.
type Incident struct {
	ID     IncidentID    `json:"id"`
	Seat   SeatID        `json:"seat"`
	Cause  Cause         `json:"cause"`
	State  IncidentState `json:"state"`
	Opened time.Time     `json:"opened"` // when the cause was first seen
	// Closed is zero while the incident is going on.
	Closed time.Time `json:"closed,omitzero"`
	// Peak is the look with the most evidence; raised by hand, its moment only.
	Peak Peak `json:"peak"`
	// Fault: Appendix B's inspection may concern it too.
	Fault bool `json:"fault,omitempty"`
	// Network is how the connection stood when the incident opened.
	Network MediaReport `json:"network"`
	// Client is what the page had last said of its camera, e.g.
	// "camera_error NotReadableError".
	Client string `json:"client,omitempty"`
	// Warned is when the examinee was warned, zero if she was not.
	Warned time.Time `json:"warned,omitzero"`
	// Note is what RaisedBy saw, of an incident that was raised by hand: it has
	// no score and no detector. Both are empty otherwise.
	Note     string `json:"note,omitempty"`
	RaisedBy Actor  `json:"raised_by,omitempty"`
	// By, Text and Reasons are the word of the person who judged it.
	By      Actor    `json:"by,omitempty"`
	Text    string   `json:"text,omitempty"`
	Reasons []Reason `json:"reasons,omitempty"`
	Act     ActID    `json:"act,omitempty"`
	// Inspection is the Appendix B act that settles it, "" if none does.
	// Converted: an inspection decided that it is for Appendix A after all.
	Inspection ActID `json:"inspection,omitempty"`
	Converted  bool  `json:"converted,omitempty"`
	// Still is the picture pinned as evidence.
	Still *Still `json:"still,omitempty"`
}

// Peak is the strongest single piece of evidence of an incident.
type Peak struct {
	At       time.Time `json:"at"`
	Score    float64   `json:"score"`
	Detail   string    `json:"detail,omitempty"`
	Detector string    `json:"detector,omitempty"`
	Box      *Box      `json:"box,omitempty"` // where on the frame
}

// Still is a JPEG cut from the recording, kept in the object store.
type Still struct {
	Receipt Receipt   `json:"receipt"`
	At      time.Time `json:"at"` // the recorded frame's own time
	// Segment is the number of the segment it was cut from.
	Segment int `json:"segment"`
}

// Candidate reports whether i still waits for a person.
func (i Incident) Candidate() bool { return i.State == IncidentOpen || i.State == IncidentClosed }
