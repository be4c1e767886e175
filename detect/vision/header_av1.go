package vision

import "errors"

// OBU types (AV1 Bitstream & Decoding Process Specification, section 6.2.2) that
// a key frame needs. All others are left out before decoding.
const (
	obuSequence = 1
	obuHeader   = 3
	obuTiles    = 4
	obuFrame    = 6
)

// av1Frame reads a key frame of OBUs with their sizes. It returns the size that
// its headers give and what a decoder needs of it: the sequence header and one
// frame, nothing else.
func av1Frame(b []byte) (s size, frame []byte, err error) {
	var q av1Sequence
	known, begun := false, false
	for len(b) > 0 {
		kind, body, whole, ok := obu(b)
		if !ok {
			return size{}, nil, errUnits
		}
		b = b[len(whole):]
		switch {
		case kind == obuSequence && !known:
			if q, err = readSequence(body); err != nil {
				return size{}, nil, err
			}
			known = true
		case !known:
			continue
		case (kind == obuHeader || kind == obuFrame) && !begun:
			if s, err = q.frameSize(body); err != nil {
				return size{}, nil, err
			}
			begun = true
		case kind == obuTiles && begun:
		case kind == obuHeader || kind == obuFrame || kind == obuSequence:
			return s, frame, nil // another frame's
		default:
			continue
		}
		frame = append(frame, whole...)
	}
	if !begun {
		return size{}, nil, errDelta
	}
	return s, frame, nil
}

// obu takes the first OBU off b (section 5.3); it must say its size.
func obu(b []byte) (kind byte, body, whole []byte, ok bool) {
	at := 1
	if b[0]&4 != 0 { // obu_extension_flag
		at = 2
	}
	if b[0]&0x80 != 0 || b[0]&2 == 0 || len(b) < at {
		return 0, nil, nil, false
	}
	n := uint64(0)
	for i := range 8 { // leb128, section 4.10.5
		if at >= len(b) {
			return 0, nil, nil, false
		}
		c := b[at]
		at++
		n |= uint64(c&0x7f) << (7 * i)
		if c&0x80 == 0 {
			if n > uint64(len(b)-at) {
				return 0, nil, nil, false
			}
			end := at + int(n)
			return b[0] >> 3 & 15, b[at:end], b[:end], true
		}
	}
	return 0, nil, nil, false
}

// av1Sequence is what a frame's header cannot be read without.
type av1Sequence struct {
	largest                size
	widthBits, heightBits  int
	idBits, orderBits      int
	screenTools, integerMV int // 2: each frame says
}

var errAV1 = errors.New("AV1 of other than 8 bits and 4:2:0, or with a decoder model, is not supported")

// readSequence reads a sequence header (section 5.5). Only the main profile with
// 8 bits is accepted: it is what browsers send.
func readSequence(b []byte) (q av1Sequence, err error) {
	r := bits{b: b}
	if profile, still, reduced := r.read(3), r.read(1), r.read(1); profile != 0 || still != 0 || reduced != 0 {
		return q, errAV1
	}
	if r.read(1) == 1 { // timing_info_present_flag
		r.read(32)
		r.read(32)
		if r.read(1) == 1 { // equal_picture_interval
			r.golomb()
		}
		if r.read(1) == 1 { // decoder_model_info_present_flag
			return q, errAV1
		}
	}
	display := r.read(1) // initial_display_delay_present_flag
	for range r.read(5) + 1 {
		r.read(12)         // operating_point_idc
		if r.read(5) > 7 { // seq_level_idx
			r.read(1)
		}
		if display == 1 && r.read(1) == 1 {
			r.read(4)
		}
	}
	q.widthBits, q.heightBits = r.read(4)+1, r.read(4)+1
	q.largest = size{r.read(q.widthBits) + 1, r.read(q.heightBits) + 1}
	if r.read(1) == 1 { // frame_id_numbers_present_flag
		delta := r.read(4) + 2
		q.idBits = delta + r.read(3) + 1
	}
	r.read(3) // superblocks, filter intra, intra edge filter
	q.readTools(&r)
	r.read(3) // superres, CDEF, restoration
	if high, mono := r.read(1), r.read(1); high != 0 || mono != 0 {
		return q, errAV1
	}
	const sRGB = 0x010d00
	if r.read(1) == 1 && r.read(24) == sRGB {
		return q, errAV1
	}
	if r.end {
		return q, errShort
	}
	return q, nil
}

func (q *av1Sequence) readTools(r *bits) {
	r.read(4) // interintra, masked, warped, dual filter
	order := r.read(1)
	if order == 1 {
		r.read(2)
	}
	q.screenTools, q.integerMV = 2, 2
	if r.read(1) == 0 { // seq_choose_screen_content_tools
		q.screenTools = r.read(1)
	}
	if q.screenTools > 0 && r.read(1) == 0 { // seq_choose_integer_mv
		q.integerMV = r.read(1)
	}
	if order == 1 {
		q.orderBits = r.read(3) + 1
	}
}

// frameSize reads a frame header as far as the size (section 5.9.2); it must be
// a key frame's that is shown.
func (q av1Sequence) frameSize(b []byte) (size, error) {
	r := bits{b: b}
	if existing, kind, shown := r.read(1), r.read(2), r.read(1); existing != 0 || kind != 0 || shown != 1 {
		return size{}, errDelta
	}
	r.read(1) // disable_cdf_update
	screen := q.screenTools
	if screen == 2 {
		screen = r.read(1)
	}
	if screen == 1 && q.integerMV == 2 {
		r.read(1)
	}
	r.read(q.idBits)
	other := r.read(1) // frame_size_override_flag
	r.read(q.orderBits)
	s := q.largest
	if other == 1 {
		s = size{r.read(q.widthBits) + 1, r.read(q.heightBits) + 1}
	}
	switch {
	case r.end:
		return size{}, errShort
	case s.width > q.largest.width || s.height > q.largest.height:
		return size{}, errors.New("the frame is larger than its sequence")
	}
	return s, nil
}
