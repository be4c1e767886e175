package media

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

// flag reads one bit.
func (r *bits) flag() bool { return r.take(1) == 1 }

// skip passes over n bits.
func (r *bits) skip(n int) {
	r.pos += n
	if r.pos > len(r.b)*8 {
		r.pos, r.short = len(r.b)*8, true
	}
}

// golomb reads an unsigned Exp-Golomb number (H.264 §9.1, AV1 §4.10.3); one of
// more than 31 leading zeros is short.
func (r *bits) golomb() uint32 {
	zeros := 0
	for r.take(1) == 0 {
		if zeros++; zeros > 31 || r.short {
			r.short = true
			return 0
		}
	}
	return 1<<zeros - 1 + r.take(zeros)
}

// signed reads a signed Exp-Golomb number (H.264 §9.1.1).
func (r *bits) signed() int32 {
	v := r.golomb()
	if v&1 == 1 {
		return int32(v>>1) + 1
	}
	return -int32(v >> 1)
}
