package media

// spsInfo is what a recording needs of an H.264 sequence parameter set.
type spsInfo struct {
	profile, compatible, level byte
	high                       bool // a profile that says its chroma format
	chroma, luma, chromaDepth  byte // chroma_format_idc, bit depths less 8
	width, height              int  // pixels, cropped
}

// parseSPS reads a sequence parameter set NAL unit (H.264 §7.3.2.1.1) as far
// as the picture's size; it reports false if it is not one.
func parseSPS(nal []byte) (s spsInfo, ok bool) {
	if len(nal) < 4 || nal[0]&0x1f != nalSPS {
		return s, false
	}
	s.profile, s.compatible, s.level, s.chroma = nal[1], nal[2], nal[3], 1
	r := bits{b: unescape(nal[4:])}
	r.golomb() // seq_parameter_set_id
	separate := s.readChroma(&r)
	r.golomb() // log2_max_frame_num_minus4
	skipOrder(&r)
	r.golomb() // max_num_ref_frames
	r.skip(1)  // gaps_in_frame_num_value_allowed_flag
	across, down := r.golomb(), r.golomb()
	fields := uint32(1)
	if !r.flag() { // frame_mbs_only_flag
		fields = 2
		r.skip(1) // mb_adaptive_frame_field_flag
	}
	r.skip(1) // direct_8x8_inference_flag
	var crop [4]uint32
	if r.flag() {
		for i := range crop {
			crop[i] = r.golomb()
		}
	}
	if r.short || across >= 1<<12 || down >= 1<<12 || max(crop[0], crop[1], crop[2], crop[3]) >= 1<<16 {
		return s, false
	}
	unitX, unitY := uint32(1), fields // table 6-1
	if s.chroma == 1 || s.chroma == 2 {
		unitX = 2
	}
	if s.chroma == 1 {
		unitY *= 2
	}
	if separate {
		unitX, unitY = 1, fields
	}
	s.width = int((across+1)*16) - int(unitX*(crop[0]+crop[1]))
	s.height = int((down+1)*16*fields) - int(unitY*(crop[2]+crop[3]))
	return s, s.width > 0 && s.height > 0
}

// readChroma reads what only the high profiles have.
func (s *spsInfo) readChroma(r *bits) (separate bool) {
	switch s.profile {
	case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135:
	default:
		return false
	}
	s.high = true
	format := r.golomb()
	if format == 3 {
		separate = r.flag()
	}
	luma, chroma := r.golomb(), r.golomb()
	if format > 3 || luma > 6 || chroma > 6 {
		r.short = true
		return false
	}
	s.chroma, s.luma, s.chromaDepth = byte(format), byte(luma), byte(chroma)
	r.skip(1)     // qpprime_y_zero_transform_bypass_flag
	if r.flag() { // seq_scaling_matrix_present_flag
		lists := 8
		if format == 3 {
			lists = 12
		}
		for i := range lists {
			if r.flag() {
				skipScaling(r, i)
			}
		}
	}
	return separate
}

// skipScaling passes over a scaling list (H.264 §7.3.2.1.1.1).
func skipScaling(r *bits, i int) {
	size := 16
	if i >= 6 {
		size = 64
	}
	last, next := int32(8), int32(8)
	for range size {
		if next != 0 {
			next = (last + r.signed() + 256) & 0xff
		}
		if next != 0 {
			last = next
		}
	}
}

// skipOrder passes over the picture order count's parameters.
func skipOrder(r *bits) {
	switch r.golomb() {
	case 0:
		r.golomb() // log2_max_pic_order_cnt_lsb_minus4
	case 1:
		r.skip(1) // delta_pic_order_always_zero_flag
		r.signed()
		r.signed()
		n := r.golomb()
		if n > 255 {
			r.short = true
			return
		}
		for range n {
			r.signed()
		}
	}
}

// unescape takes out the emulation prevention bytes (H.264 §7.4.1).
func unescape(b []byte) []byte {
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
