package main

import (
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// history is how many sent packets a feed can send again on a NACK: about four
// seconds of video. It divides 65536, so that the ring survives the wrap of
// sequence numbers.
const history = 256

// sent is a packet as it went out. The payload belongs to a picture.
type sent struct {
	payload []byte
	ts      uint32
	seq     uint16
	picture uint16
	marker  bool
}

// feed is one track of one publisher: it gives pictures their sequence numbers,
// timestamps and picture IDs, and answers the receiver's feedback. It is a
// webrtc.TrackLocal and lives through reconnections, as a browser's camera does.
type feed struct {
	kind    webrtc.RTPCodecType
	wantKey atomic.Bool // set by a PLI, cleared by whoever picks the next picture

	packets, frames, lost, resent, plis atomic.Int64

	mu      sync.Mutex // guards what follows; held while sending
	writer  webrtc.TrackLocalWriter
	ssrc    uint32
	pt      uint8
	seq     uint16
	picture uint16
	ts      uint32
	ring    [history]sent
	scratch [payloadSize]byte
}

var _ webrtc.TrackLocal = (*feed)(nil)

// newFeed starts at random numbers, as RFC 3550 §5.1 asks.
func newFeed(kind webrtc.RTPCodecType) *feed {
	return &feed{
		kind: kind, seq: uint16(rand.Uint32()), ts: rand.Uint32(), picture: uint16(rand.Uint32()) & 0x7fff,
	}
}

// ID implements webrtc.TrackLocal.
func (f *feed) ID() string { return f.kind.String() }

// RID implements webrtc.TrackLocal: there is no simulcast.
func (f *feed) RID() string { return "" }

// StreamID implements webrtc.TrackLocal.
func (f *feed) StreamID() string { return "examinee" }

// Kind implements webrtc.TrackLocal.
func (f *feed) Kind() webrtc.RTPCodecType { return f.kind }

// Bind implements webrtc.TrackLocal: the connection is up, packets may flow.
func (f *feed) Bind(ctx webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, codec := range ctx.CodecParameters() {
		if !strings.EqualFold(codec.MimeType, f.mime()) {
			continue
		}
		f.mu.Lock()
		f.writer, f.ssrc, f.pt = ctx.WriteStream(), uint32(ctx.SSRC()), uint8(codec.PayloadType)
		f.ring = [history]sent{}
		f.mu.Unlock()
		f.wantKey.Store(f.kind == webrtc.RTPCodecTypeVideo)
		return codec, nil
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

// Unbind implements webrtc.TrackLocal.
func (f *feed) Unbind(webrtc.TrackLocalContext) error {
	f.mu.Lock()
	f.writer = nil
	f.mu.Unlock()
	return nil
}

func (f *feed) mime() string {
	if f.kind == webrtc.RTPCodecTypeAudio {
		return webrtc.MimeTypeOpus
	}
	return webrtc.MimeTypeVP8
}

// sendPart sends payload i of a picture. After the last one the clock moves on
// by ticks; it also does while nobody is connected.
func (f *feed) sendPart(p picture, i int, ticks uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	last := i == len(p.payloads)-1
	if f.writer != nil {
		s := sent{payload: p.payloads[i], ts: f.ts, seq: f.seq, picture: f.picture, marker: last}
		f.ring[s.seq%history] = s
		f.seq++
		if f.send(s) == nil {
			f.packets.Add(1)
			if last {
				f.frames.Add(1)
			}
		}
	}
	if last {
		f.ts += ticks
		f.picture = (f.picture + 1) & 0x7fff
	}
}

// send writes one packet; f.mu is held and the feed is bound. A lost packet is
// the receiver's to ask for: it says so in a NACK.
func (f *feed) send(s sent) error {
	payload := s.payload
	if f.kind == webrtc.RTPCodecTypeVideo {
		payload = f.scratch[:copy(f.scratch[:], payload)]
		payload[2], payload[3] = 0x80|byte(s.picture>>8), byte(s.picture)
	}
	_, err := f.writer.WriteRTP(&rtp.Header{
		Version: 2, PayloadType: f.pt, SSRC: f.ssrc,
		SequenceNumber: s.seq, Timestamp: s.ts,
		// RFC 7587 §4.2: Opus without silence suppression never sets the marker.
		Marker: s.marker && f.kind == webrtc.RTPCodecTypeVideo,
	}, payload)
	return err
}

// readFeedback answers RTCP until the sender is stopped.
func (f *feed) readFeedback(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range packets {
			f.feedback(p)
		}
	}
}

func (f *feed) feedback(p rtcp.Packet) {
	switch p := p.(type) {
	case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
		f.plis.Add(1)
		f.wantKey.Store(true)
	case *rtcp.TransportLayerNack:
		for _, pair := range p.Nacks {
			for _, seq := range pair.PacketList() {
				f.resend(seq)
			}
		}
	case *rtcp.ReceiverReport:
		f.reception(p.Reports)
	case *rtcp.SenderReport:
		f.reception(p.Reports)
	}
}

// reception keeps the newest cumulative loss the receiver reports for us.
func (f *feed) reception(reports []rtcp.ReceptionReport) {
	f.mu.Lock()
	ssrc := f.ssrc
	f.mu.Unlock()
	for _, r := range reports {
		if r.SSRC == ssrc {
			f.lost.Store(int64(r.TotalLost))
		}
	}
}

func (f *feed) resend(seq uint16) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.ring[seq%history]
	if f.writer != nil && s.payload != nil && s.seq == seq && f.send(s) == nil {
		f.resent.Add(1)
	}
}
