package media

import "github.com/pion/rtp/codecs"

// vp8Format is VP8 (RFC 7741).
type vp8Format struct{ packet codecs.VP8Packet }

func (f *vp8Format) add(data, payload []byte) ([]byte, bool, error) {
	part, err := f.packet.Unmarshal(payload)
	return append(data, part...), f.packet.S == 1 && f.packet.PID == 0, err
}

func (f *vp8Format) finish(data []byte) ([]byte, bool, setup, error) {
	key, width, height := inspect("vp8", data)
	return clone(data), key, setup{width: width, height: height}, nil
}

func (f *vp8Format) reset() {}

// vp9Format is VP9 (RFC 9628).
type vp9Format struct{ packet codecs.VP9Packet }

func (f *vp9Format) add(data, payload []byte) ([]byte, bool, error) {
	part, err := f.packet.Unmarshal(payload)
	return append(data, part...), f.packet.B, err
}

func (f *vp9Format) finish(data []byte) ([]byte, bool, setup, error) {
	key, width, height := inspectVP9(data)
	return clone(data), key, setup{width: width, height: height}, nil
}

func (f *vp9Format) reset() {}

// clone copies b with no room to spare: frames wait in queues.
func clone(b []byte) []byte { return append(make([]byte, 0, len(b)), b...) }

// inspect says of an encoded VP8 or VP9 frame whether it is a key frame and its
// size.
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
