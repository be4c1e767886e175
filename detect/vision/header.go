package vision

import (
	"errors"
	"fmt"

	"qyragy/detect"
)

// The bounds of a frame, in pixels: the largest picture that common webcams
// give below full HD, and the smallest that every step can work on.
const (
	maxPixels = 1280 * 1024
	minSide   = 32
)

// size is a picture's size in pixels.
type size struct{ width, height int }

// frameSize reads a key frame's size from its header and refuses what must
// not be decoded: a frame that is no key frame, or a size whose decoding
// would cost too much memory and time.
func frameSize(codec detect.Codec, data []byte) (size, error) {
	if len(data) > detect.MaxFrame {
		return size{}, fmt.Errorf("the frame has %d bytes, more than %d", len(data), detect.MaxFrame)
	}
	var s size
	var err error
	switch codec {
	case detect.VP8:
		s, err = vp8Size(data)
	case detect.VP9:
		s, err = vp9Size(data)
	case detect.H264:
		s, _, err = h264Frame(data)
	case detect.AV1:
		s, _, err = av1Frame(data)
	default:
		return size{}, fmt.Errorf("the codec %.16q is not supported", string(codec))
	}
	switch {
	case err != nil:
		return size{}, err
	case s.width < minSide || s.height < minSide:
		return size{}, fmt.Errorf("the frame is %dx%d, smaller than %dx%d", s.width, s.height, minSide, minSide)
	case s.width*s.height > maxPixels:
		return size{}, fmt.Errorf("the frame is %dx%d, more than %d pixels", s.width, s.height, maxPixels)
	}
	return s, nil
}

var (
	errShort = errors.New("the frame ends inside its header")
	errDelta = errors.New("the frame is not a key frame")
	errSync  = errors.New("the frame has no start code")
)

// vp8Size reads a VP8 key frame's header (RFC 6386, section 9.1).
func vp8Size(b []byte) (size, error) {
	if len(b) < 10 {
		return size{}, errShort
	}
	if b[0]&1 != 0 {
		return size{}, errDelta
	}
	if b[3] != 0x9d || b[4] != 0x01 || b[5] != 0x2a {
		return size{}, errSync
	}
	// The two bits above the 14 of each side ask the player to scale.
	return size{int(b[6]) | int(b[7]&0x3f)<<8, int(b[8]) | int(b[9]&0x3f)<<8}, nil
}

// bits reads a bit string from its most significant bit. Past the end it
// reads zeros and remembers that it did.
type bits struct {
	b   []byte
	at  int
	end bool
}

func (r *bits) read(n int) int {
	v := 0
	for range n {
		v <<= 1
		if r.at/8 >= len(r.b) {
			r.end = true
			continue
		}
		v |= int(r.b[r.at/8]>>(7-r.at%8)) & 1
		r.at++
	}
	return v
}

// vp9Size reads a VP9 key frame's uncompressed header (VP9 Bitstream
// Specification 0.6, section 6.2). Only profile 0 (8 bits, 4:2:0) is
// accepted: it is the only one that browsers send unasked.
func vp9Size(b []byte) (size, error) {
	const marker, syncCode, sRGB = 2, 0x498342, 7
	r := bits{b: b}
	if r.read(2) != marker {
		return size{}, errSync
	}
	profile := r.read(1) | r.read(1)<<1
	if profile != 0 {
		return size{}, fmt.Errorf("VP9 profile %d is not supported", profile)
	}
	shown, delta := r.read(1), r.read(1) // show_existing_frame, frame_type
	if shown != 0 || delta != 0 {
		return size{}, errDelta
	}
	r.read(2) // show_frame, error_resilient_mode
	if r.read(24) != syncCode {
		return size{}, errSync
	}
	if r.read(3) == sRGB {
		return size{}, errors.New("a VP9 picture in RGB is not supported")
	}
	r.read(1) // color_range
	s := size{r.read(16) + 1, r.read(16) + 1}
	if r.end {
		return size{}, errShort
	}
	return s, nil
}

// singleFrame returns a VP9 frame with an index that declares it to be one
// frame (VP9 specification, annex B). Without one, libvpx decodes whatever
// follows the first frame as further frames, of sizes that nobody checked.
func singleFrame(b []byte) []byte {
	const marker = 0b110<<5 | (4-1)<<3 // four bytes of size; the low bits, 0, mean one frame
	n := len(b)
	r := make([]byte, 0, n+6)
	r = append(r, b...)
	return append(r, marker, byte(n), byte(n>>8), byte(n>>16), byte(n>>24), marker)
}

// KeyFrame reports whether data begins like a key frame that could be looked
// at.
func KeyFrame(codec detect.Codec, data []byte) bool {
	_, err := frameSize(codec, data)
	return err == nil
}
