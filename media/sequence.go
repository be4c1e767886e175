package media

// sequenceInfo is what a recording needs of an AV1 sequence header.
type sequenceInfo struct {
	profile, level, tier byte
	// color is av1C's byte of them: high_bitdepth 0x40, twelve_bit 0x20,
	// monochrome 0x10, chroma_subsampling_x 8, _y 4, chroma_sample_position.
	color         byte
	width, height int // the largest of a frame, pixels
}

// parseSequence reads a sequence header (AV1 bitstream specification §5.5.1);
// it reports false if it is not one.
func parseSequence(b []byte) (q sequenceInfo, ok bool) {
	r := bits{b: b}
	q.profile = byte(r.take(3))
	r.skip(1)           // still_picture
	reduced := r.flag() // reduced_still_picture_header
	if reduced {
		q.level = byte(r.take(5))
	} else {
		q.readPoints(&r)
	}
	across, down := int(r.take(4))+1, int(r.take(4))+1
	q.width, q.height = int(r.take(across))+1, int(r.take(down))+1
	if !reduced && r.flag() { // frame_id_numbers_present_flag
		r.skip(7)
	}
	r.skip(3) // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
	if !reduced {
		skipTools(&r)
	}
	r.skip(3) // enable_superres, enable_cdef, enable_restoration
	q.readColor(&r)
	return q, !r.short && q.profile <= 2
}

// readPoints reads timing and operating points; the first one's level counts.
func (q *sequenceInfo) readPoints(r *bits) {
	model, delay := false, 0
	if r.flag() { // timing_info_present_flag
		r.skip(64)
		if r.flag() { // equal_picture_interval
			r.golomb()
		}
		if model = r.flag(); model {
			delay = int(r.take(5)) + 1
			r.skip(42)
		}
	}
	display := r.flag() // initial_display_delay_present_flag
	for i := range r.take(5) + 1 {
		r.skip(12) // operating_point_idc
		level, tier := byte(r.take(5)), byte(0)
		if level > 7 {
			tier = byte(r.take(1))
		}
		if i == 0 {
			q.level, q.tier = level, tier
		}
		if model && r.flag() {
			r.skip(2*delay + 1)
		}
		if display && r.flag() {
			r.skip(4)
		}
	}
}

// skipTools passes over which coding tools are on.
func skipTools(r *bits) {
	r.skip(4) // interintra, masked, warped, dual filter
	order := r.flag()
	if order {
		r.skip(2)
	}
	screen := true
	if !r.flag() { // seq_choose_screen_content_tools
		screen = r.flag()
	}
	if screen && !r.flag() { // seq_choose_integer_mv
		r.skip(1)
	}
	if order {
		r.skip(3) // order_hint_bits_minus_1
	}
}

// readColor reads color_config (§5.5.2).
func (q *sequenceInfo) readColor(r *bits) {
	high, twelve, mono := r.flag(), false, false
	if q.profile == 2 && high {
		twelve = r.flag()
	}
	if q.profile != 1 {
		mono = r.flag()
	}
	set := func(on bool, bit byte) {
		if on {
			q.color |= bit
		}
	}
	set(high, 0x40)
	set(twelve, 0x20)
	set(mono, 0x10)
	described := uint32(0)
	if r.flag() { // color_description_present_flag
		described = r.take(24)
	}
	if mono {
		q.color |= 0x0c
		return
	}
	if described == 0x010d00 { // sRGB: 4:4:4
		return
	}
	r.skip(1) // color_range
	x, y := q.profile == 0, q.profile == 0
	if q.profile == 2 {
		x = true
		if twelve {
			x = r.flag()
			y = x && r.flag()
		}
	}
	set(x, 8)
	set(y, 4)
	if x && y {
		q.color |= byte(r.take(2))
	}
}
