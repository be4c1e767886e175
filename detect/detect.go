// Package detect is the contract between the server and its detectors, and
// the server's side of it: it hands each seat's newest key frame, and each
// second of its sound that may hold speech, to a queue group of workers over
// NATS, at most one of either in flight per seat, and takes back what was seen
// and heard.
//
// It does not look or listen itself (detect/vision and detect/hearing do, in
// another process, so that a bad frame cannot end anybody's recording) and does
// not judge what came of it (that is package proctor).
package detect

import (
	"time"

	"qyragy/proctor"
)

// The NATS subjects of the workers' queue group.
const (
	// SubjectLook takes a LookRequest and answers a LookReply.
	SubjectLook = "qyragy.detect.look"
	// SubjectPicture takes a PictureRequest and answers a PictureReply.
	SubjectPicture = "qyragy.detect.picture"
	// SubjectPortrait takes a PortraitRequest and answers a PortraitReply.
	SubjectPortrait = "qyragy.detect.portrait"
	// Queue is the queue group: one request reaches one worker.
	Queue = "detectors"
)

// MaxFrame is the largest encoded frame that is sent, in bytes.
const MaxFrame = 512 << 10

// MaxMemory is the most that a worker may ask to be given back, in bytes.
const MaxMemory = 16 << 10

// Codec names a video codec as in SDP, in lower case: "vp8", "vp9", "h264", "av1".
type Codec string

// The codecs a seat may publish.
const (
	VP8  Codec = "vp8"
	VP9  Codec = "vp9"
	H264 Codec = "h264" // NAL units behind four bytes of length, parameter sets with each key frame
	AV1  Codec = "av1"  // OBUs with sizes
)

// CalibrationLooks is how many looks after a camera starts only calibrate.
const CalibrationLooks = 3

// Frame is one encoded key frame of a seat.
type Frame struct {
	Seat  proctor.SeatID `json:"seat"`
	At    time.Time      `json:"at"`
	Codec Codec          `json:"codec"`
	Data  []byte         `json:"data"` // one complete key frame, ≤ MaxFrame
	// Camera counts the seat's publishing sessions; a new one calibrates anew.
	Camera int `json:"camera"`
}

// LookRequest asks for a look at a frame. A request carries all the context
// that a worker needs, so that any worker can answer for any seat.
type LookRequest struct {
	Frame Frame `json:"frame"`
	// Age is how many looks this camera has had before; the first
	// CalibrationLooks calibrate.
	Age int `json:"age"`
	// Memory is what the last LookReply for this seat asked to be given back.
	Memory []byte `json:"memory,omitempty"`
	// Blind says that nobody would see the thumbnail: none need be made.
	Blind bool  `json:"blind,omitempty"`
	Terms Terms `json:"terms,omitzero"`
}

// Terms are what a worker must know of a seat.
type Terms struct {
	// Companions registered for the seat may be in the frame.
	Companions int `json:"companions,omitempty"`
	// Off are causes that nobody wants to hear of: what only they need is not
	// computed.
	Off        []proctor.Cause    `json:"off,omitempty"`
	Thresholds proctor.Thresholds `json:"thresholds,omitzero"`
	// Scenery is where a mirror, a poster or a screen shows a person who is
	// none.
	Scenery []proctor.Box `json:"scenery,omitempty"`
	// Enrolled are the admitted examinee's faces, 128 numbers each; none means
	// that identity is not compared.
	Enrolled []Face `json:"enrolled,omitempty"`
}

// LookReply is a look, and the picture for the proctor's wall.
type LookReply struct {
	Look      proctor.Look `json:"look"`
	Thumbnail []byte       `json:"thumbnail,omitempty"` // JPEG, 320 px wide
	Memory    []byte       `json:"memory,omitempty"`    // ≤ MaxMemory, opaque to the server
	// Err says in English why the frame could not be looked at.
	Err string `json:"err,omitempty"`
	// Fault: it is the worker's and says nothing of the frame.
	Fault bool `json:"fault,omitempty"`
}

// PictureRequest asks for a frame as a JPEG of its full size: a still.
type PictureRequest struct {
	Codec Codec  `json:"codec"`
	Data  []byte `json:"data"`
}

// PictureReply answers a PictureRequest.
type PictureReply struct {
	JPEG   []byte `json:"jpeg,omitempty"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Err    string `json:"err,omitempty"`
}
