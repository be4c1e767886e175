package vision

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// NAL unit types (H.264, table 7-1) that a key frame needs. All others are left
// out before decoding.
const (
	nalIDR = 5
	nalSPS = 7
	nalPPS = 8
)

// The bounds of an H.264 key frame. A slice may claim to cover the whole
// picture, so their number bounds the decoder's time.
const (
	maxSlices = 16
	maxSets   = 32
)

var errUnits = errors.New("the frame is not made of whole units")

// h264Frame reads a key frame of NAL units behind four bytes of length each. It
// returns the size that its parameter sets give and what a decoder needs of it,
// as a byte stream (H.264, annex B): parameter sets and the slices of one
// picture, nothing else.
func h264Frame(b []byte) (s size, stream []byte, err error) {
	stream = make([]byte, 0, len(b)+16)
	sets, slices := 0, 0
	for len(b) > 0 {
		if len(b) < 4 || uint64(binary.BigEndian.Uint32(b)) > uint64(len(b)-4) {
			return size{}, nil, errUnits
		}
		nal := b[4 : 4+binary.BigEndian.Uint32(b)]
		b = b[4+len(nal):]
		if len(nal) < 2 {
			continue
		}
		kind := nal[0] & 0x1f
		switch kind {
		case nalSPS:
			if s, err = sameSize(s, nal); err != nil {
				return size{}, nil, err
			}
			sets++
		case nalPPS:
			sets++
		case nalIDR:
			slices++
			if first := nal[1]&0x80 != 0; first != (slices == 1) { // first_mb_in_slice is 0
				return size{}, nil, errors.New("the frame has more than one picture")
			}
		default:
			continue
		}
		// A unit with a start code inside would be several to the decoder.
		if bytes.Contains(nal, []byte{0, 0, 1}) || bytes.Contains(nal, []byte{0, 0, 0}) || sets > maxSets || slices > maxSlices {
			return size{}, nil, errUnits
		}
		stream = append(append(stream, 0, 0, 0, 1), nal...)
	}
	switch {
	case slices == 0:
		return size{}, nil, errDelta
	case s == size{}:
		return size{}, nil, errors.New("the frame has no parameter sets")
	}
	return s, stream, nil
}

// sameSize reads a parameter set's size and refuses one that differs from those
// before it.
func sameSize(before size, nal []byte) (size, error) {
	s, err := spsSize(nal)
	if err == nil && before != (size{}) && s != before {
		err = errors.New("the frame's parameter sets differ in size")
	}
	return s, err
}

// spsSize reads a sequence parameter set (H.264, section 7.3.2.1.1). Only 8 bits
// and 4:2:0 in whole frames are accepted: it is what browsers send.
func spsSize(nal []byte) (size, error) {
	if len(nal) < 4 {
		return size{}, errShort
	}
	r := bits{b: unescaped(nal[4:])}
	r.golomb() // seq_parameter_set_id
	if err := highProfile(&r, nal[1]); err != nil {
		return size{}, err
	}
	r.golomb() // log2_max_frame_num_minus4
	pictureOrder(&r)
	r.golomb() // max_num_ref_frames
	r.read(1)  // gaps_in_frame_num_value_allowed_flag
	across, down := r.golomb()+1, r.golomb()+1
	if r.read(1) == 0 {
		return size{}, errors.New("interlaced H.264 is not supported")
	}
	r.read(1) // direct_8x8_inference_flag
	var crop [4]int
	if r.read(1) == 1 {
		for i := range crop {
			crop[i] = r.golomb()
		}
	}
	if r.end {
		return size{}, errShort
	}
	const most = 1 << 12 // macroblocks
	if across > most || down > most || across*down*256 > maxPixels {
		return size{}, fmt.Errorf("the frame is %dx%d, more than %d pixels", min(across, most)*16, min(down, most)*16, maxPixels)
	}
	// Of 4:2:0, cropping counts in two pixels (table 6-1).
	if crop[0]+crop[1] >= 8*across || crop[2]+crop[3] >= 8*down {
		return size{}, errors.New("the frame is cropped to nothing")
	}
	return size{across*16 - 2*(crop[0]+crop[1]), down*16 - 2*(crop[2]+crop[3])}, nil
}

// highProfile passes over what only the high profiles have.
func highProfile(r *bits, profile byte) error {
	switch profile {
	case 66, 77, 88:
		return nil
	case 100:
	default:
		return fmt.Errorf("the H.264 profile %d is not supported", profile)
	}
	if chroma, luma, depth := r.golomb(), r.golomb(), r.golomb(); chroma != 1 || luma != 0 || depth != 0 {
		return errors.New("H.264 of other than 8 bits and 4:2:0 is not supported")
	}
	r.read(1)           // qpprime_y_zero_transform_bypass_flag
	if r.read(1) == 1 { // seq_scaling_matrix_present_flag
		for i := range 8 {
			if r.read(1) == 1 {
				scalingList(r, i)
			}
		}
	}
	return nil
}

// scalingList passes over a scaling list (H.264, section 7.3.2.1.1.1).
func scalingList(r *bits, i int) {
	n := 16
	if i >= 6 {
		n = 64
	}
	last, next := 8, 8
	for range n {
		if next != 0 {
			next = (last + r.signed() + 256) & 0xff
		}
		if next != 0 {
			last = next
		}
	}
}

// pictureOrder passes over the picture order count's parameters.
func pictureOrder(r *bits) {
	switch r.golomb() {
	case 0:
		r.golomb()
	case 1:
		r.read(1)
		r.golomb()
		r.golomb()
		n := r.golomb()
		if n > 255 {
			r.end = true
			return
		}
		for range n {
			r.golomb()
		}
	}
}

// unescaped takes out the emulation prevention bytes (H.264, section 7.4.1).
// Only what a parameter set needs at most is looked at.
func unescaped(b []byte) []byte {
	const enough = 1 << 10
	b = b[:min(len(b), enough)]
	out := make([]byte, 0, len(b))
	zeros := 0
	for _, c := range b {
		if zeros >= 2 && c == 3 {
			zeros = 0
			continue
		}
		zeros++
		if c != 0 {
			zeros = 0
		}
		out = append(out, c)
	}
	return out
}

// golomb reads an unsigned Exp-Golomb number (H.264, section 9.1; AV1, section
// 4.10.3). One of more than 31 leading zeros counts as past the end.
func (r *bits) golomb() int {
	zeros := 0
	for r.read(1) == 0 {
		if zeros++; zeros > 31 || r.end {
			r.end = true
			return 0
		}
	}
	return 1<<zeros - 1 + r.read(zeros)
}

// signed reads a signed Exp-Golomb number (H.264, section 9.1.1).
func (r *bits) signed() int {
	v := r.golomb()
	if v&1 == 1 {
		return v/2 + 1
	}
	return -v / 2
}
