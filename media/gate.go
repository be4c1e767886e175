package media

import (
	"time"

	"github.com/pion/rtp"

	"qyragy/proctor"
)

// Sounds takes about a second of sound at a time, where it may hold speech:
// Opus packets in order, up to at. It must not block; the packets are shared
// and must not be changed.
type Sounds interface {
	Sound(seat proctor.SeatID, camera int, at time.Time, packets [][]byte)
	// Speech reports that the last that was heard of a seat was speech: then
	// what follows is handed on too, however quiet the client says it is.
	Speech(seat proctor.SeatID) bool
}

// levelURI names the header extension that tells how loud an audio packet is
// (RFC 6464).
const levelURI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

// noLevel is the level of a packet that tells none.
const noLevel = 0xff

// level reads how loud a packet is, in -dBov: 0 to 127, which is silence. Its
// voice bit says nothing: browsers set it whatever they send.
func level(h *rtp.Header, id uint8) uint8 {
	if id == 0 {
		return noLevel
	}
	if b := h.GetExtension(id); len(b) > 0 {
		return b[0] & 0x7f
	}
	return noLevel
}

// What a gate lets through. Levels are in dBov.
const (
	faint     = -65 // what is quieter is no speech that a microphone picks up
	deepest   = -85 // of the room's noise
	highest   = -30 // of the room's noise: louder is always listened to
	above     = 8   // how far speech stands out of the room's noise
	aboveOpen = 4   // and while it goes on
	rise      = 2   // how fast the room's noise is believed to grow, dB a second

	gateEvery = time.Second      // how much sound is weighed at a time
	spotEvery = 15 * time.Second // a quiet seat's sound is tried: levels are the client's word
	blindly   = 2 * time.Second  // and so is that of a client that tells no levels
	quietFor  = 3 * time.Second  // without any sound handed on the seat is quiet

	maxSound        = 64 << 10 // bytes of sound weighed at a time
	maxSoundPackets = 128
)

// gate decides of each second of a seat's sound whether it may hold speech,
// from what the client says of its loudness. It has no clock.
type gate struct {
	insist func() bool // listen on, however quiet

	noise   float64 // the room's, dBov; 0 before the first level
	open    bool    // the last second was loud
	began   time.Time
	passed  time.Time // when a second last was handed on
	newest  time.Time
	packets [][]byte
	bytes   int
	told    int // packets that told their level
	loud    int // packets that stand out
}

// push takes the next packet. At the end of a second it returns that second's
// packets if they are to be heard.
func (g *gate) push(at time.Time, level uint8, data []byte) (out [][]byte) {
	if since := at.Sub(g.began); since >= gateEvery || since < 0 {
		if since >= 0 && since <= 2*gateEvery && g.passes() {
			out, g.packets, g.passed = g.packets, nil, g.newest
		}
		g.began, g.packets, g.bytes, g.told, g.loud = at, g.packets[:0], 0, 0, 0
	}
	if level != noLevel {
		g.weigh(float64(-int(level)), at.Sub(g.newest))
	}
	g.newest = at
	if len(g.packets) < maxSoundPackets && g.bytes+len(data) <= maxSound {
		g.packets, g.bytes = append(g.packets, data), g.bytes+len(data)
	}
	return out
}

// weigh compares a packet's level with the room's noise: the quietest of late.
func (g *gate) weigh(db float64, since time.Duration) {
	g.told++
	margin := float64(above)
	if g.open {
		margin = aboveOpen
	}
	if g.noise == 0 {
		g.noise = max(deepest, min(highest, db))
	}
	g.noise = min(highest, g.noise+rise*min(1, max(0, since.Seconds())))
	g.noise = max(deepest, min(g.noise, db))
	if db >= faint && db >= g.noise+margin {
		g.loud++
	}
}

// passes decides on the second that has ended.
func (g *gate) passes() bool {
	since := g.newest.Sub(g.passed)
	g.open = g.loud >= 2 && 5*g.loud >= g.told // a word, not a click
	switch {
	case len(g.packets) == 0:
		return false
	case g.told == 0:
		return since >= blindly
	default:
		return g.open || since >= spotEvery || g.insist()
	}
}
