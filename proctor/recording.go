package proctor

import "time"

// Segment is one closed piece of a seat's recording: a WebM file of up to
// 60 s that starts on a key frame. Start and End are server arrival times of
// its first frame and of the end of its last.
type Segment struct {
	Seat   SeatID    `json:"seat"`
	Number int       `json:"number"` // 0, 1, 2 … in the seat's own order
	Camera int       `json:"camera"` // which publishing session it comes from
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Size   int64     `json:"size"`
	// SHA256 is of the whole file, hex; Prev is the SHA256 of the seat's
	// segment before it, "" for the first.
	SHA256 string `json:"sha256"`
	Prev   string `json:"prev"`
	// Codecs as in a MIME type's codecs parameter, e.g. "vp8,opus".
	Codecs string `json:"codecs"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Frames int    `json:"frames"` // video frames written
	// Recovered: found in the spool after a crash and cut at its last whole cluster.
	Recovered bool `json:"recovered,omitempty"`
}

// Receipt is the object store's word that it has an object, checked against
// what was sent. Only after it may the local copy go.
type Receipt struct {
	Key       string    `json:"key"`
	VersionID string    `json:"version_id"`
	Size      int64     `json:"size"`
	SHA256    string    `json:"sha256"`
	At        time.Time `json:"at"`
}

// GapCause is why a stretch of a seat's time was not recorded.
type GapCause string

// The causes of a Gap.
const (
	GapNetwork  GapCause = "network"  // packets stopped, the transport went away
	GapDevice   GapCause = "device"   // its camera ended, sends nothing, or what cannot be recorded
	GapRestart  GapCause = "restart"  // the server was down
	GapOverload GapCause = "overload" // the recorder's queue was full: frames were dropped
	GapDisk     GapCause = "disk"     // the spool could not be written
)

// Gap is a stretch of a seat's time, longer than a second, that is not in the
// recording. The recorder tells of those since the first publisher came, Settle
// of the others.
type Gap struct {
	Seat  SeatID    `json:"seat"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Cause GapCause  `json:"cause"`
}
