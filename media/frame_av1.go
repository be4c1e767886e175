package media

import "fmt"

// OBU types (AV1 bitstream specification §6.2.2).
const (
	obuSequence  = 1
	obuDelimiter = 2
	obuHeader    = 3
	obuFrame     = 6
	obuTileList  = 8
)

// av1Format is AV1 (RTP Payload Format For AV1, v1.0), recorded as a temporal
// unit of OBUs with their sizes and without its delimiter.
type av1Format struct{ units units }

func (f *av1Format) add(data, payload []byte) ([]byte, bool, error) {
	head := payload[0]
	goesOn, unfinished, count := head&0x80 != 0, head&0x40 != 0, int(head>>4&3)
	if goesOn != f.units.open {
		return data, false, errPayload
	}
	rest := payload[1:]
	for i := 1; len(rest) > 0; i++ {
		n := uint64(len(rest))
		if i != count { // the last of a known number has no length
			var used int
			if n, used = leb128(rest); used == 0 || n > uint64(len(rest)-used) {
				return data, false, errPayload
			}
			rest = rest[used:]
		}
		part := rest[:n]
		rest = rest[n:]
		if !f.units.open {
			data = f.units.begin(data)
		}
		data = append(data, part...)
		if len(rest) > 0 || !unfinished {
			f.units.end(data)
		}
		if i == count && len(rest) > 0 {
			return data, false, errPayload
		}
	}
	return data, !goesOn, nil
}

func (f *av1Format) finish(data []byte) ([]byte, bool, setup, error) {
	if f.units.open {
		return nil, false, setup{}, errPayload
	}
	out := make([]byte, 0, len(data))
	var s setup
	sequence, begun, key := false, false, false
	whole := eachUnit(data, func(unit []byte) bool {
		if len(unit) == 0 {
			return true
		}
		kind, header, body, ok := splitOBU(unit)
		if !ok {
			return false
		}
		if kind == obuDelimiter || kind == obuTileList {
			return true
		}
		at := len(out)
		out = appendOBU(out, header, body)
		switch kind {
		case obuSequence:
			if !sequence && !begun {
				s, sequence = av1Setup(body, out[at:])
			}
		case obuHeader, obuFrame:
			if !begun && sequence {
				key = len(body) > 0 && body[0]&0xe0 == 0 // show_existing_frame is 0, frame_type is KEY_FRAME
			}
			begun = true
		}
		return true
	})
	if !whole {
		return nil, false, setup{}, errPayload
	}
	if !key {
		return out, false, setup{}, nil
	}
	return out, true, s, nil
}

func (f *av1Format) reset() { f.units = units{} }

// splitOBU takes an OBU apart (§5.3): its one or two bytes of header without
// the flag of a size, and its content.
func splitOBU(b []byte) (kind byte, header, body []byte, ok bool) {
	n := 1
	if b[0]&4 != 0 { // obu_extension_flag
		n = 2
	}
	if b[0]&0x80 != 0 || len(b) < n {
		return 0, nil, nil, false
	}
	kind, header, body = b[0]>>3&15, b[:n], b[n:]
	if b[0]&2 != 0 { // obu_has_size_field
		size, used := leb128(body)
		if used == 0 || size > uint64(len(body)-used) {
			return 0, nil, nil, false
		}
		body = body[used : uint64(used)+size]
	}
	return kind, header, body, true
}

// appendOBU appends an OBU with its size.
func appendOBU(out, header, body []byte) []byte {
	out = append(out, header[0]|2)
	out = append(out, header[1:]...)
	n := len(body)
	for ; n >= 0x80; n >>= 7 {
		out = append(out, byte(n)|0x80)
	}
	out = append(out, byte(n))
	return append(out, body...)
}

// leb128 reads a little-endian base-128 number (§4.10.5) of at most 32 bits;
// used is 0 if there is none.
func leb128(b []byte) (v uint64, used int) {
	for i, c := range b[:min(len(b), 8)] {
		v |= uint64(c&0x7f) << (7 * i)
		if c&0x80 == 0 {
			if v >= 1<<32 {
				return 0, 0
			}
			return v, i + 1
		}
	}
	return 0, 0
}

// av1Setup makes the codec configuration record (AV1 Codec ISO Media File
// Format Binding §2.3.3) of a sequence header; unit is the whole OBU.
func av1Setup(body, unit []byte) (setup, bool) {
	q, ok := parseSequence(body)
	if !ok {
		return setup{}, false
	}
	b := []byte{0x81, q.profile<<5 | q.level, q.tier<<7 | q.color, 0}
	depth := 8
	if q.color&0x40 != 0 {
		depth = 10
	}
	if q.color&0x20 != 0 {
		depth = 12
	}
	tier := "M"
	if q.tier == 1 {
		tier = "H"
	}
	name := fmt.Sprintf("av01.%d.%02d%s.%02d", q.profile, q.level, tier, depth)
	return setup{width: q.width, height: q.height, name: name, private: append(b, unit...)}, true
}
