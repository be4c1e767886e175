package media

import (
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
)

// Bounds of a gop.
const (
	maxGopBytes   = 1 << 20
	maxGopPackets = 2000
)

// gop is a publisher's newest key frame with all that came after it, as it was
// received: whoever begins to watch gets it at once, instead of waiting for a
// key frame, and costs the publisher none.
type gop struct {
	camera  int
	open    bool
	ts      uint32 // of the key frame
	packets []gopPacket
	data    []byte // their payloads, one after another
}

type gopPacket struct {
	seq    uint16
	ts     uint32
	marker bool
	end    int // of its payload in data
}

// add takes the next video packet.
func (g *gop) add(camera int, codec string, h *rtp.Header, payload []byte) {
	if startsKey(codec, payload) && !(g.open && g.camera == camera && g.ts == h.Timestamp) {
		g.camera, g.open, g.ts, g.packets, g.data = camera, true, h.Timestamp, g.packets[:0], g.data[:0]
	}
	if !g.open || g.camera != camera {
		return
	}
	if len(g.packets) >= maxGopPackets || len(g.data)+len(payload) > maxGopBytes {
		g.open = false // not worth keeping: the next key frame is
		return
	}
	g.data = append(g.data, payload...)
	g.packets = append(g.packets, gopPacket{h.SequenceNumber, h.Timestamp, h.Marker, len(g.data)})
}

// replay gives what was kept, as packets that are the taker's own. Their
// timestamps are moved together to just before the newest: it is shown at
// once, and what follows is not taken to be early.
func (g *gop) replay() []relayed {
	if !g.open || len(g.packets) == 0 {
		return nil
	}
	frames := map[uint32]uint32{}
	for _, p := range g.packets {
		if _, known := frames[p.ts]; !known {
			frames[p.ts] = uint32(len(frames))
		}
	}
	const apart = 90 // ticks: a millisecond
	newest := g.packets[len(g.packets)-1].ts
	data := append([]byte(nil), g.data...)
	out, from := make([]relayed, 0, len(g.packets)), 0
	for _, p := range g.packets {
		ts := newest - apart*(uint32(len(frames))-1-frames[p.ts])
		out = append(out, relayed{camera: g.camera, track: videoTrack, packet: &rtp.Packet{
			Header: rtp.Header{Version: 2, Marker: p.marker, SequenceNumber: p.seq, Timestamp: ts}, Payload: data[from:p.end:p.end]}})
		from = p.end
	}
	return out
}

// startsKey reports that a packet is the first of a key frame, as far as its
// payload's own header tells.
func startsKey(codec string, payload []byte) bool {
	switch codec {
	case "vp8":
		var p codecs.VP8Packet
		data, err := p.Unmarshal(payload)
		return err == nil && p.S == 1 && p.PID == 0 && len(data) > 0 && data[0]&1 == 0
	case "vp9":
		var p codecs.VP9Packet
		_, err := p.Unmarshal(payload)
		return err == nil && p.B && !p.P && p.SID == 0
	case "h264":
		return startsIDR(payload)
	case "av1":
		return len(payload) > 0 && payload[0]&0x08 != 0 // N: a new coded video sequence (AV1 RTP §4.4)
	default:
		return false
	}
}

// startsIDR looks for a sequence parameter set or an IDR slice's beginning
// (RFC 6184 §5.3).
func startsIDR(payload []byte) bool {
	if len(payload) < 2 {
		return false
	}
	switch kind := payload[0] & 0x1f; kind {
	case nalIDR, nalSPS:
		return true
	case nalSTAPA:
		return len(payload) > 3 && (payload[3]&0x1f == nalSPS || payload[3]&0x1f == nalIDR)
	case nalFUA:
		return payload[1]&0x80 != 0 && payload[1]&0x1f == nalIDR
	default:
		return false
	}
}
