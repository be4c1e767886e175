package media

import "encoding/binary"

// units collects the parts that an H.264 or AV1 frame is made of, each behind
// four bytes with its length.
type units struct {
	open bool // a fragmented one is under way
	at   int  // of its length
}

// whole appends a unit that came in one piece.
func (u *units) whole(data, unit []byte) []byte {
	data = binary.BigEndian.AppendUint32(data, uint32(len(unit)))
	return append(data, unit...)
}

// begin appends the first bytes of a fragmented unit.
func (u *units) begin(data []byte, first ...byte) []byte {
	u.open, u.at = true, len(data)
	return append(append(data, 0, 0, 0, 0), first...)
}

// end fills in the length of the unit under way.
func (u *units) end(data []byte) {
	binary.BigEndian.PutUint32(data[u.at:], uint32(len(data)-u.at-4))
	u.open = false
}

// eachUnit calls each with every unit of data until one is not whole or each
// says no, and reports whether all were.
func eachUnit(data []byte, each func(unit []byte) bool) bool {
	for len(data) > 0 {
		if len(data) < 4 {
			return false
		}
		n := uint64(binary.BigEndian.Uint32(data))
		if n > uint64(len(data)-4) || !each(data[4:4+n]) {
			return false
		}
		data = data[4+n:]
	}
	return true
}
