package media

import (
	"errors"
	"time"
)

// Limits of what is recorded. A camera beyond them is refused, which becomes a
// gap. The detectors' limit is another one: see maxLook.
const (
	maxFrame = 4 << 20 // bytes of one encoded frame
	maxSide  = 4096    // pixels
	// maxAhead is how far frames that come more often than every millisecond
	// may run ahead of the clock: what is recorded must have been there.
	maxAhead = time.Second
)

// frame is one whole encoded frame. Its data is shared: nobody writes to it.
type frame struct {
	track  byte // videoTrack or audioTrack
	key    bool
	at     time.Time
	data   []byte
	codec  string        // vp8, vp9, h264 or av1
	setup                // of a key frame
	broken bool          // the sender's clock jumped at this frame
	drift  time.Duration // how far it is from the server's; of a break, how far it was
}

// setup is what a key frame says of the frames that follow it.
type setup struct {
	width, height int
	name          string // of the codec in a MIME type (RFC 6381), "" if it is codec's own
	private       []byte // Matroska's CodecPrivate, nil if the codec has none
}

// format collects a frame's packets. One belongs to one stream.
type format interface {
	// add appends what a payload holds to data, in the format's own form.
	// start says that a frame begins with this payload for certain.
	add(data, payload []byte) (out []byte, start bool, err error)
	// finish makes the frame's data, as it is recorded, of what add
	// collected, and says whether it is a key frame. data is not kept.
	finish(data []byte) (out []byte, key bool, s setup, err error)
	// reset forgets a frame under way.
	reset()
}

// errPayload is returned for a payload that breaks its format's rules.
var errPayload = errors.New("malformed payload")

func newFormat(codec string) format {
	switch codec {
	case "vp9":
		return &vp9Format{}
	case "h264":
		return &h264Format{}
	case "av1":
		return &av1Format{}
	}
	return &vp8Format{}
}

// assembler makes whole video frames from packets in order. After a loss it
// gives nothing until the next key frame, because what refers to a lost frame
// would be recorded as garbage.
type assembler struct {
	codec  string
	format format
	clock  timeline
	emit   func(frame)
	refuse func()        // a frame is beyond the limits
	broken bool          // waiting for a key frame
	jumped bool          // the clock did, and no frame since has said so
	drift  time.Duration // at the jump
	open   bool
	ts     uint32
	at     time.Time
	data   []byte

	lost, dropped int // frames that lost a packet; whole frames not usable
}

func newAssembler(codec string, emit func(frame)) *assembler {
	return &assembler{codec: codec, format: newFormat(codec), clock: timeline{nominal: 90000}, emit: emit, refuse: func() {}, broken: true}
}

// push takes the next packet in order; lost says how many are missing before it.
func (a *assembler) push(p packet, lost int) {
	if lost > 0 {
		a.cut()
	}
	if len(p.payload) == 0 {
		return // a padding probe
	}
	if a.open && p.ts != a.ts {
		a.cut() // its last packet never came
	}
	data, start, err := a.format.add(a.data, p.payload)
	if err != nil || !a.open && !start {
		a.cut()
		return
	}
	if len(data) > maxFrame {
		a.cut()
		a.refuse()
		return
	}
	if !a.open {
		a.open, a.ts, a.at = true, p.ts, p.at
	}
	a.data = data
	if p.marker {
		a.finish()
	}
}

// cut drops the frame under way and everything up to the next key frame.
func (a *assembler) cut() {
	if a.open || !a.broken {
		a.lost++
	}
	a.open, a.broken, a.data = false, true, a.data[:0]
	a.format.reset()
}

// finish hands on the frame under way if it can be shown.
func (a *assembler) finish() {
	data, key, s, err := a.format.finish(a.data)
	if err != nil {
		a.cut()
		return
	}
	a.open, a.data = false, a.data[:0]
	f := frame{track: videoTrack, codec: a.codec, key: key, data: data, setup: s}
	a.time(&f)
	if f.at.Sub(a.at) > maxAhead || key && (s.width == 0 || s.height == 0 || s.width > maxSide || s.height > maxSide) {
		a.broken = true
		a.dropped++
		a.refuse()
		return
	}
	if a.broken && !key || len(data) == 0 {
		a.dropped++
		return
	}
	a.broken, a.jumped = false, false
	a.emit(f)
}

// time says when f was there. A jump at a frame that is dropped is the next
// one's to tell.
func (a *assembler) time(f *frame) {
	var jumped bool
	f.at, jumped = a.clock.at(a.ts, a.at)
	if f.drift = a.clock.drift; jumped {
		a.jumped, a.drift = true, f.drift
	}
	if a.jumped {
		f.broken, f.drift = true, a.drift
	}
}
