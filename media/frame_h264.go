package media

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// NAL unit types (H.264 table 7-1) and RTP's own (RFC 6184 §5.2).
const (
	nalSlice = 1
	nalIDR   = 5
	nalSEI   = 6
	nalSPS   = 7
	nalPPS   = 8
	nalAUD   = 9
	nalSTAPA = 24
	nalFUA   = 28
)

// maxSets is how many parameter sets of a kind a stream may have at a time.
const maxSets = 16

// h264Format is H.264 (RFC 6184), recorded as NAL units behind their lengths.
// Key frames carry their parameter sets, so that each can be shown alone.
type h264Format struct {
	units    units
	sps, pps [][]byte
}

func (f *h264Format) add(data, payload []byte) ([]byte, bool, error) {
	kind := payload[0] & 0x1f
	if f.units.open && kind != nalFUA {
		return data, false, errPayload
	}
	switch {
	case kind == nalFUA:
		return f.fragment(data, payload)
	case kind == nalSTAPA:
		return f.aggregate(data, payload[1:])
	case kind == 0 || kind > nalSTAPA:
		return data, false, errPayload
	}
	return f.units.whole(data, payload), startsPicture(payload), nil
}

// aggregate takes the NAL units of a STAP-A (RFC 6184 §5.7.1).
func (f *h264Format) aggregate(data, b []byte) ([]byte, bool, error) {
	start := len(b) > 2 && startsPicture(b[2:])
	for len(b) > 0 {
		if len(b) < 2 {
			return data, false, errPayload
		}
		n := int(binary.BigEndian.Uint16(b))
		if n == 0 || n > len(b)-2 {
			return data, false, errPayload
		}
		data = f.units.whole(data, b[2:2+n])
		b = b[2+n:]
	}
	return data, start, nil
}

// fragment takes an FU-A (RFC 6184 §5.8).
func (f *h264Format) fragment(data, b []byte) ([]byte, bool, error) {
	if len(b) < 3 || b[1]&0x80 != 0 == f.units.open {
		return data, false, errPayload
	}
	start := false
	if !f.units.open {
		header := b[0]&0xe0 | b[1]&0x1f
		data = f.units.begin(data, header)
		start = startsPicture([]byte{header, b[2]})
	}
	data = append(data, b[2:]...)
	if b[1]&0x40 != 0 {
		f.units.end(data)
	}
	return data, start, nil
}

// startsPicture reports that a NAL unit can only be the first of a picture, or
// comes before its first slice (H.264 §7.4.1.2.3).
func startsPicture(nal []byte) bool {
	switch nal[0] & 0x1f {
	case nalSPS, nalPPS, nalAUD, nalSEI:
		return true
	case nalSlice, nalIDR:
		return len(nal) > 1 && nal[1]&0x80 != 0 // first_mb_in_slice is 0
	}
	return false
}

func (f *h264Format) finish(data []byte) ([]byte, bool, setup, error) {
	if f.units.open {
		return nil, false, setup{}, errPayload
	}
	idr := false
	var sps, pps [][]byte
	whole := eachUnit(data, func(nal []byte) bool {
		if len(nal) == 0 {
			return false
		}
		switch nal[0] & 0x1f {
		case nalIDR:
			idr = true
		case nalSPS:
			sps = append(sps, clone(nal))
		case nalPPS:
			pps = append(pps, clone(nal))
		}
		return true
	})
	if !whole || len(sps) > maxSets || len(pps) > maxSets {
		return nil, false, setup{}, errPayload
	}
	own := len(sps) > 0 && len(pps) > 0
	if own {
		f.sps, f.pps = sps, pps
	}
	switch {
	case !idr:
		return clone(data), false, setup{}, nil
	case !own && len(sps)+len(pps) > 0, len(f.sps) == 0: // half of them were lost, or none came yet
		return nil, false, setup{}, errPayload
	}
	s, err := h264Setup(f.sps, f.pps)
	if err != nil {
		return nil, false, setup{}, err
	}
	if own {
		return clone(data), true, s, nil
	}
	var out []byte
	for _, set := range slices.Concat(f.sps, f.pps) {
		out = f.units.whole(out, set)
	}
	return append(out, data...), true, s, nil
}

func (f *h264Format) reset() { f.units = units{} }

// h264Setup makes the decoder configuration record (ISO/IEC 14496-15 §5.3.3.1)
// of a stream's parameter sets.
func h264Setup(sps, pps [][]byte) (setup, error) {
	info, ok := parseSPS(sps[0])
	if !ok {
		return setup{}, errPayload
	}
	b := []byte{1, info.profile, info.compatible, info.level, 0xff, 0xe0 | byte(len(sps))}
	for _, set := range sps {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(set))), set...)
	}
	b = append(b, byte(len(pps)))
	for _, set := range pps {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(set))), set...)
	}
	for _, set := range slices.Concat(sps, pps) {
		if len(set) > 1<<16-1 {
			return setup{}, errPayload
		}
	}
	if info.high {
		b = append(b, 0xfc|info.chroma, 0xf8|info.luma, 0xf8|info.chromaDepth, 0)
	}
	name := fmt.Sprintf("avc1.%02X%02X%02X", info.profile, info.compatible, info.level)
	return setup{width: info.width, height: info.height, name: name, private: b}, nil
}
