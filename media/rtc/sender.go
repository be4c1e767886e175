package rtc

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// history is how many packets of a track are kept to be sent again: some
// seconds of a camera.
const history = 512

// reportEvery is between a sender's reports (RFC 3550 §6.2).
const reportEvery = time.Second

// Sender is a track to the peer. It answers NACKs (RFC 4585 §6.2.1) from what
// it sent last and reports on itself.
type Sender struct {
	session *Session
	codec   Codec
	ssrc    uint32

	mu       sync.Mutex
	sent     [history][]byte // sealed, by sequence number modulo history
	seqs     [history]uint16
	packets  uint32
	octets   uint32
	ts       uint32 // of the newest packet
	at       time.Time
	reported time.Time
}

func newSender(s *Session, c Codec) *Sender {
	return &Sender{session: s, codec: c, ssrc: rand.Uint32() | 1}
}

// Codec is what the peer expects on the track.
func (t *Sender) Codec() Codec { return t.codec }

// Write sends a packet; its payload type and SSRC are filled in. It may wait
// for a peer over TCP; one call at a time. An error is one of the path: it may
// heal.
func (t *Sender) Write(p rtp.Packet) error {
	p.PayloadType, p.SSRC = t.codec.PayloadType, t.ssrc
	sealed, err := t.keep(&p)
	if err != nil {
		return err
	}
	return t.session.sendPatiently(sealed) // only Write changes it, so that it needs no lock
}

// keep seals a packet and remembers it.
func (t *Sender) keep(p *rtp.Packet) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := p.SequenceNumber % history
	sealed, err := t.session.seal(&p.Header, p.Payload, t.sent[i])
	if err != nil {
		return nil, err
	}
	t.sent[i], t.seqs[i] = sealed, p.SequenceNumber
	t.packets++
	t.octets += uint32(len(p.Payload))
	t.ts, t.at = p.Timestamp, t.session.server.now()
	return sealed, nil
}

// resend sends again, as it was, what the peer has not got.
func (t *Sender) resend(n *rtcp.TransportLayerNack) {
	if n.MediaSSRC != t.ssrc {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, pair := range n.Nacks {
		for _, seq := range pair.PacketList() {
			if i := seq % history; t.sent[i] != nil && t.seqs[i] == seq {
				if t.session.send(t.sent[i]) != nil {
					return // the peer asks until it has it or gives up
				}
			}
		}
	}
}

// report tells the peer how sequence, clock and wall time belong together.
func (t *Sender) report(now time.Time) {
	t.mu.Lock()
	if t.packets == 0 || now.Sub(t.reported) < reportEvery {
		t.mu.Unlock()
		return
	}
	t.reported = now
	sr := &rtcp.SenderReport{SSRC: t.ssrc, NTPTime: ntp(now), PacketCount: t.packets, OctetCount: t.octets,
		RTPTime: t.ts + uint32(now.Sub(t.at).Seconds()*float64(t.codec.Rate))}
	t.mu.Unlock()
	_ = t.session.WriteRTCP(sr) // a lost report is followed by another
}

// ntp is RFC 3550 §4's 64-bit timestamp.
func ntp(t time.Time) uint64 {
	const from1900 = 2208988800
	return uint64(t.Unix()+from1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}
