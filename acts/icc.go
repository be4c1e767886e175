package acts

import "encoding/binary"

// sRGB builds a small ICC v2 display profile of sRGB (IEC 61966-2-1 primaries
// adapted to D50, gamma 2.2), for the PDF/A output intent. ICC.1:2001-04.
func sRGB() []byte {
	xyz := func(x, y, z uint32) []byte {
		return be([]byte("XYZ \x00\x00\x00\x00"), x, y, z)
	}
	curve := append(be([]byte("curv\x00\x00\x00\x00"), 1), 0x02, 0x33, 0, 0) // u8Fixed8 2.2
	desc := be([]byte("desc\x00\x00\x00\x00"), 5)
	desc = append(desc, "sRGB\x00"...)
	desc = append(desc, make([]byte, 78)...) // no Unicode, no ScriptCode name
	desc = append(desc, make([]byte, 3)...)  // pad
	tags := []struct {
		name string
		data []byte
	}{
		{"desc", desc},
		{"cprt", []byte("text\x00\x00\x00\x00CC0\x00")},
		{"wtpt", xyz(0xF6D6, 0x10000, 0xD32D)},
		{"rXYZ", xyz(0x6FA2, 0x38F5, 0x0390)},
		{"gXYZ", xyz(0x6299, 0xB785, 0x18DA)},
		{"bXYZ", xyz(0x24A0, 0x0F84, 0xB6CF)},
		{"rTRC", curve}, {"gTRC", curve}, {"bTRC", curve},
	}
	table := be(nil, uint32(len(tags)))
	var body []byte
	start := uint32(128 + 4 + 12*len(tags))
	for _, t := range tags {
		table = be(append(table, t.name...), start+uint32(len(body)), uint32(len(t.data)))
		body = append(body, t.data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	head := make([]byte, 128)
	binary.BigEndian.PutUint32(head, start+uint32(len(body)))
	copy(head[8:], "\x02\x10\x00\x00mntrRGB XYZ ")
	binary.BigEndian.PutUint16(head[24:], 2026)
	head[27], head[29] = 1, 1
	copy(head[36:], "acsp")
	copy(head[68:], be(nil, 0xF6D6, 0x10000, 0xD32D))
	return append(append(head, table...), body...)
}

func be(b []byte, words ...uint32) []byte {
	for _, w := range words {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return b
}
