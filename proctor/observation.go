package proctor

import (
	"math"
	"time"
)

// Cause is why a seat needs a look. Causes that look alike on the picture
// (covered, blocked, a dead network, a dark room) are told apart here and
// never merged.
type Cause string

// The causes.
const (
	CauseCovered  Cause = "covered"  // lens covered, black picture on a live track: A1
	CauseBlocked  Cause = "blocked"  // antivirus or another program has the camera: A2 and a fault
	CauseNetwork  Cause = "network"  // packets stopped or starved: a fault, never a violation
	CauseDark     Cause = "dark"     // dark but honest room: advice to the examinee
	CauseBlurred  Cause = "blurred"  // the face cannot be identified: A3
	CauseNoFace   Cause = "no_face"  // nobody to be seen: a hint
	CauseOutsider Cause = "outsider" // another person: A5
	CauseIdentity Cause = "identity" // somebody else than who was admitted: a person chooses
	CauseObject   Cause = "object"   // something that is not permitted: A4, by a person's word
	CauseAway     Cause = "away"     // the head is turned away for long: a hint
	CauseVoice    Cause = "voice"    // somebody speaks: a hint
	CauseFrozen   Cause = "frozen"   // the picture stands still or repeats: a hint
	CauseVirtual  Cause = "virtual"  // the camera is a program: a hint
	CauseOther    Cause = "other"    // raised by a proctor: A6
)

// Reason is one of Appendix A's six boxes.
type Reason string

// Appendix A's reasons, in its order.
const (
	A1 Reason = "A1" // Веб-камераны жабу (қара экран)
	A2 Reason = "A2" // Антивирус веб-камераны бұғаттады
	A3 Reason = "A3" // Бұлыңғыр суретіне байланысты студентті анықтау мүмкін емес
	A4 Reason = "A4" // Емтихан талаптарын бұзатын, рұқсат етілмеген заттарды қолдану
	A5 Reason = "A5" // Емтихан тапсырушының жанында бөгде адамның болуы
	A6 Reason = "A6" // Басқа жағдайлар
)

// Reasons returns Appendix A's reasons in its order.
func Reasons() []Reason { return []Reason{A1, A2, A3, A4, A5, A6} }

// Reason returns the box that a confirmed cause would tick, or "" where the
// regulation has none and a proctor must choose.
func (c Cause) Reason() Reason {
	switch c {
	case CauseCovered:
		return A1
	case CauseBlocked:
		return A2
	case CauseBlurred:
		return A3
	case CauseObject:
		return A4
	case CauseOutsider:
		return A5
	case CauseOther:
		return A6
	default:
		return ""
	}
}

// Hint reports a cause that is never enough by itself: whoever confirms one
// that a detector raised says in words what she saw.
func (c Cause) Hint() bool {
	switch c {
	case CauseObject, CauseNoFace, CauseAway, CauseVoice, CauseFrozen, CauseVirtual:
		return true
	default:
		return false
	}
}

// technical reports whether a fault of devices or lines may be behind the
// cause, so that an inspection may settle it.
func (c Cause) technical() bool {
	switch c {
	case CauseNetwork, CauseBlocked, CauseCovered, CauseDark, CauseBlurred, CauseNoFace, CauseFrozen, CauseVirtual:
		return true
	default:
		return false
	}
}

// Fault reports whether the cause also belongs to Appendix B's inspection of
// technical faults (clause 5.3.15).
func (c Cause) Fault() bool { return c == CauseNetwork || c == CauseBlocked }

// Box is a rectangle in fractions of the frame, 0..1, from the top left.
type Box struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
	W float64 `json:"w"`
	H float64 `json:"h"`
}

// Observation is one thing that a detector saw on one frame. It accuses
// nobody: the engine weighs observations over time.
type Observation struct {
	Cause Cause   `json:"cause"`
	Score float64 `json:"score"` // 0..1, the detector's own confidence
	Box   *Box    `json:"box,omitempty"`
	// Detail is for the annex: the measure behind the score, e.g. "luma 3.1".
	Detail string `json:"detail,omitempty"`
}

// Look is everything that one analysed frame of a seat says.
type Look struct {
	Seat SeatID    `json:"seat"`
	At   time.Time `json:"at"` // when the frame arrived at the server
	// Calibrating: the detector is still learning this camera (exposure,
	// noise); the look shows a picture but counts for nothing.
	Calibrating bool    `json:"calibrating,omitempty"`
	Width       int     `json:"width"`
	Height      int     `json:"height"`
	Luma        float64 `json:"luma"`      // mean, 0..255
	Spread      float64 `json:"spread"`    // standard deviation of luma
	Sharpness   float64 `json:"sharpness"` // Laplacian variance of the face, or of the frame where there is none
	Faces       []Box   `json:"faces,omitempty"`
	People      int     `json:"people"`
	// Persons and Objects are what was found when they were last looked for in
	// this look, the surest first; nil when they were not.
	Persons []Box   `json:"persons,omitempty"`
	Objects []Thing `json:"objects,omitempty"`
	// Pose is where the largest face turns, nil when it was not measured.
	Pose *Pose `json:"pose,omitempty"`
	// Distance is how far the largest face is from the enrolled ones (Euclidean,
	// of 128 numbers), nil when it was not measured in this look or the picture
	// was too bad to.
	Distance     *float64      `json:"distance,omitempty"`
	Observations []Observation `json:"observations,omitempty"`
	Detector     string        `json:"detector"` // name/version of the detector and its models
}

// Thing is an object that was found on a frame.
type Thing struct {
	Kind  ThingKind `json:"kind"`
	Score float64   `json:"score"` // 0..1
	Box   Box       `json:"box"`
}

// ThingKind is a kind of object that an examinee may not have with her.
type ThingKind string

// The kinds of Thing that detectors know.
const (
	Phone  ThingKind = "phone"
	Book   ThingKind = "book"
	Laptop ThingKind = "laptop"
)

// Pose is where a face turns, in degrees: Yaw is positive to the examinee's
// left, Pitch is positive upwards, both relative to the camera.
type Pose struct {
	Yaw   float64 `json:"yaw"`
	Pitch float64 `json:"pitch"`
}

// Validate refuses a look whose numbers are none: a fact that holds one could
// not be journaled.
func (l Look) Validate() error {
	numbers := []float64{l.Luma, l.Spread, l.Sharpness}
	for _, o := range l.Observations {
		numbers = append(numbers, o.Score)
	}
	for _, t := range l.Objects {
		numbers = append(numbers, t.Score)
	}
	if l.Pose != nil {
		numbers = append(numbers, l.Pose.Yaw, l.Pose.Pitch)
	}
	if l.Distance != nil {
		numbers = append(numbers, *l.Distance)
	}
	return finite("look", numbers...)
}

func finite(key string, numbers ...float64) error {
	for _, n := range numbers {
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return Errorf(Invalid, key)
		}
	}
	return nil
}

// ClientReport is what the examinee's page says of its own devices. A claim
// never clears what the server has seen.
type ClientReport struct {
	Seat SeatID     `json:"seat"`
	At   time.Time  `json:"at"` // server time of arrival
	Kind ReportKind `json:"kind"`
	// Detail is the browser's error name or a short text, ≤ 200 runes.
	Detail string `json:"detail,omitempty"`
}

// ReportKind is a kind of ClientReport.
type ReportKind string

// The kinds of ClientReport.
const (
	ReportCameraError   ReportKind = "camera_error"   // getUserMedia failed; Detail is the DOMException's name
	ReportTrackEnded    ReportKind = "track_ended"    // unplugged, permission revoked, taken away
	ReportTrackMuted    ReportKind = "track_muted"    // the source gives no frames
	ReportTrackUnmuted  ReportKind = "track_unmuted"  //
	ReportCameraStarted ReportKind = "camera_started" // a camera track is live (again)
	ReportHidden        ReportKind = "hidden"         // the page left the foreground
	ReportVisible       ReportKind = "visible"
	ReportDevice        ReportKind = "device" // Detail is the camera's label
)

// MediaReport is what the SFU sees of a seat's connection, once a second.
type MediaReport struct {
	Seat      SeatID    `json:"seat"`
	At        time.Time `json:"at"`
	Connected bool      `json:"connected"` // a publisher's transport is up
	// VideoFrames and Bits arrived since the last report.
	VideoFrames int     `json:"video_frames"`
	Bits        int     `json:"bits"`
	Loss        float64 `json:"loss"` // fraction of video packets lost and not mended, 0..1
	// ClockDrift is how far the camera's clock has left the server's since
	// the two were last set; positive if it is slow.
	ClockDrift time.Duration `json:"clock_drift"`
	// Unanalysed: its codec is one that the detectors do not decode, so it is
	// recorded and nobody looks at it.
	Unanalysed bool `json:"unanalysed,omitempty"`
	// Quiet: of the last seconds no sound was loud enough to be speech, so
	// nobody listened.
	Quiet bool `json:"quiet,omitempty"`
	// Unrecorded says why what arrives is not recorded now, "" if it is.
	Unrecorded GapCause `json:"unrecorded,omitempty"`
}
