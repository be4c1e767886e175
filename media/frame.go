package media

import (
	"time"

	"github.com/pion/rtp/codecs"
)

// Limits of what is recorded. A camera beyond them is refused, which becomes a
// gap. The detectors' limit is another one: see maxLook.
const (
	maxFrame = 4 << 20 // bytes of one encoded frame
	maxSide  = 4096    // pixels
)

// frame is one whole encoded frame. Its data is shared: nobody writes to it.
type frame struct {
	track         byte // videoTrack or audioTrack
	key           bool
	at            time.Time
	data          []byte
	codec         string // vp8 or vp9
	width, height int    // of a key frame
	broken        bool   // the sender's clock jumped at this frame
}

// assembler makes whole video frames from packets in order. After a loss it
// gives nothing until the next key frame, because what refers to a lost frame
// would be recorded as garbage.
type assembler struct {
	codec  string
	clock  timeline
	emit   func(frame)
	refuse func() // a frame is beyond the limits
	broken bool   // waiting for a key frame
	open   bool
	ts     uint32
	at     time.Time
	data   []byte
	vp8    codecs.VP8Packet
	vp9    codecs.VP9Packet

	lost, dropped int // frames that lost a packet; whole frames not usable
}

func newAssembler(codec string, emit func(frame)) *assembler {
	return &assembler{codec: codec, clock: timeline{nominal: 90000}, emit: emit, refuse: func() {}, broken: true}
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
	data, start, err := a.unmarshal(p.payload)
	if err != nil {
		a.cut()
		return
	}
	if !a.open {
		if !start {
			a.cut()
			return
		}
		a.open, a.ts, a.at, a.data = true, p.ts, p.at, a.data[:0]
	}
	if len(a.data)+len(data) > maxFrame {
		a.cut()
		a.refuse()
		return
	}
	a.data = append(a.data, data...)
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
}

func (a *assembler) unmarshal(payload []byte) (data []byte, start bool, err error) {
	if a.codec == "vp9" {
		data, err = a.vp9.Unmarshal(payload)
		return data, a.vp9.B, err
	}
	data, err = a.vp8.Unmarshal(payload)
	return data, a.vp8.S == 1 && a.vp8.PID == 0, err
}

// finish hands on the frame under way if it can be shown.
func (a *assembler) finish() {
	a.open = false
	f := frame{track: videoTrack, codec: a.codec}
	f.key, f.width, f.height = inspect(a.codec, a.data)
	f.at, f.broken = a.clock.at(a.ts, a.at)
	if f.key && (f.width == 0 || f.height == 0 || f.width > maxSide || f.height > maxSide) {
		a.broken = true
		a.dropped++
		a.refuse()
		return
	}
	if a.broken && !f.key || len(a.data) == 0 {
		a.dropped++
		return
	}
	a.broken = false
	f.data = append(make([]byte, 0, len(a.data)), a.data...)
	a.emit(f)
}

// inspect says of an encoded frame whether it is a key frame and its size.
func inspect(codec string, b []byte) (key bool, width, height int) {
	if codec == "vp9" {
		return inspectVP9(b)
	}
	// RFC 6386 §9.1: 3 bytes of frame tag, then for a key frame a start code
	// and two 14-bit dimensions.
	if len(b) < 10 || b[0]&1 != 0 || b[3] != 0x9d || b[4] != 0x01 || b[5] != 0x2a {
		return false, 0, 0
	}
	return true, int(b[6]) | int(b[7]&0x3f)<<8, int(b[8]) | int(b[9]&0x3f)<<8
}

// inspectVP9 reads a VP9 uncompressed header (bitstream specification §6.2) as
// far as the frame's size.
func inspectVP9(b []byte) (key bool, width, height int) {
	r := bits{b: b}
	if r.take(2) != 2 {
		return false, 0, 0
	}
	profile := r.take(1) | r.take(1)<<1
	if profile == 3 {
		r.take(1)
	}
	if r.take(1) == 1 { // show_existing_frame
		return false, 0, 0
	}
	if r.take(1) != 0 { // frame_type
		return false, 0, 0
	}
	r.take(2) // show_frame, error_resilient_mode
	if r.take(24) != 0x498342 {
		return false, 0, 0
	}
	if profile >= 2 {
		r.take(1) // ten_or_twelve_bit
	}
	if r.take(3) != 7 { // color_space is not RGB
		r.take(1)
		if profile&1 == 1 {
			r.take(3)
		}
	} else if profile&1 == 1 {
		r.take(1)
	}
	width, height = int(r.take(16))+1, int(r.take(16))+1
	if r.short {
		return false, 0, 0
	}
	return true, width, height
}

// bits reads big-endian bit fields.
type bits struct {
	b     []byte
	pos   int
	short bool
}

func (r *bits) take(n int) (v uint32) {
	for range n {
		if r.pos>>3 >= len(r.b) {
			r.short = true
			return 0
		}
		v = v<<1 | uint32(r.b[r.pos>>3]>>(7-r.pos&7))&1
		r.pos++
	}
	return v
}
