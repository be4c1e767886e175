package media

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"qyragy/media/rtc"
	"qyragy/proctor"
)

// Bounds of a publisher.
const (
	videoWait  = time.Second            // for a packet to be sent again; browsers remember what they sent for so long
	audioWait  = 120 * time.Millisecond // for a late one; nobody sends it again
	settleWait = 80 * time.Millisecond  // for the first packets to come in order
	keyEvery   = 900 * time.Millisecond // a key frame for the detectors; Chromium sends none unasked
	keySpread  = 100 * time.Millisecond // more than that, another for each publisher: so that they do not send theirs together
	keyTrip    = 300 * time.Millisecond // from a PLI to its key frame: asking twice brings two
	maxPackets = 8000                   // a second, before the session is a flood
	maxLook    = 1_310_720              // pixels of a key frame that the detectors take: 1280 × 1024
)

// publisher is an examinee's session. Its packets come one at a time.
type publisher struct {
	*peer
	seat   *seat
	camera int  // set before active
	audio  bool // it is to send some
	active atomic.Bool
	left   atomic.Bool // ended by its own wish

	videoCodec rtc.Codec    // as answered
	codec      string       // its name as a frame has it, in lower case
	video      *intake      // nil before expect
	sound      *intake      // nil without audio
	gate       gate         // of the sound
	passed     atomic.Int64 // when it last let sound through, Unix ns
	assembler  *assembler

	own        uint32       // the SSRC of our feedback
	tracked    [3]reception // by track number
	reportedAt time.Time    // of the last receiver report; the beat's, as the next two
	ceiling    ceiling
	kbps       atomic.Int64 // that came in the last second

	ssrc    atomic.Uint32 // of the video
	lastKey atomic.Int64  // when a key frame came whole, Unix ns
	seen    atomic.Int64  // when the newest video packet came, Unix ns

	pliMu sync.Mutex
	plis  [2]time.Time  // the last two
	every time.Duration // between key frames
	want  bool          // one is due as soon as it may be sent

	// Since the last report.
	frames, bytes, packets, lost, got atomic.Int64
}

// intake is what one track's packets go through.
type intake struct {
	track byte
	codec rtc.Codec
	order *reorderer
	ssrc  uint32
	level uint8 // the header extension that tells an audio packet's, 0 for none
}

// expect prepares for what a section was answered with.
func (p *publisher) expect(s rtc.Section, c rtc.Codec) {
	switch {
	case c.Name == "":
	case s.Kind == "video":
		p.videoCodec, p.codec = c, strings.ToLower(c.Name)
		p.assembler = newAssembler(p.codec, p.take)
		p.assembler.refuse = p.refuse
		p.video = &intake{track: videoTrack, codec: c, order: &reorderer{wait: videoWait, settle: settleWait, emit: p.picture}}
	default:
		clock := timeline{nominal: float64(c.Rate)}
		id, _ := s.Extension(levelURI) // 0 if it is not offered
		p.gate.insist = func() bool { return p.server.cfg.Sounds.Speech(p.seat.id) }
		p.sound = &intake{track: audioTrack, codec: c, level: id, order: &reorderer{wait: audioWait, settle: settleWait,
			emit: func(k packet, _ int) { p.hear(&clock, k) }}}
	}
}

// begin makes the publisher the seat's own: its transport is up.
func (p *publisher) begin() {
	now := p.server.now().UnixNano()
	p.lastKey.Store(now)
	p.seen.Store(now)
	p.seat.activate(p)
}

// finish hands on what still waits for its turn: no packet comes any more.
func (p *publisher) finish() {
	for _, in := range []*intake{p.video, p.sound} {
		if in != nil {
			in.order.flush()
		}
	}
}

// RTP implements part of rtc.Handler: payload types tell the tracks apart.
func (p *publisher) RTP(h *rtp.Header, payload []byte, at time.Time) {
	in := p.video
	if in == nil || h.PayloadType != in.codec.PayloadType {
		if in = p.sound; in == nil || h.PayloadType != in.codec.PayloadType {
			return
		}
	}
	video := in == p.video
	if in.ssrc != h.SSRC {
		in.ssrc = h.SSRC
		p.tracked[in.track].begin(h.SSRC, float64(in.codec.Rate))
		if video {
			p.ssrc.Store(h.SSRC)
			p.wantKey()
		}
	}
	if video {
		p.seen.Store(at.UnixNano())
	}
	p.packets.Add(1)
	p.bytes.Add(int64(h.MarshalSize() + len(payload)))
	p.tracked[in.track].packet(h.SequenceNumber, h.Timestamp, at, video)
	if p.active.Load() {
		p.seat.relay(p, in.track, h, payload)
	}
	p.sort(in.order, packet{seq: h.SequenceNumber, ts: h.Timestamp, marker: h.Marker, level: level(h, in.level), payload: payload, at: at}, video)
}

// RTCP implements part of rtc.Handler.
func (p *publisher) RTCP(packets []rtcp.Packet, at time.Time) {
	for _, k := range packets {
		s, ok := k.(*rtcp.SenderReport)
		if !ok {
			continue
		}
		for _, in := range []*intake{p.video, p.sound} {
			if in != nil && in.ssrc == s.SSRC {
				p.tracked[in.track].report(s, at)
			}
		}
	}
}

// sort puts a packet through a reorderer and counts what became of it.
func (p *publisher) sort(r *reorderer, k packet, video bool) {
	received, lost, copies := r.received, r.lost, r.copies
	r.push(k)
	c := &p.server.stats
	if r.copies != copies {
		c.copies.Add(int64(r.copies - copies))
	}
	if r.lost != lost {
		c.lost.Add(int64(r.lost - lost))
	}
	if video {
		p.lost.Add(int64(r.lost - lost))
		p.got.Add(int64(r.received - received))
	}
}

// picture takes a video packet in its turn.
func (p *publisher) picture(k packet, lost int) {
	a := p.assembler
	wasBroken, before := a.broken, a.dropped
	a.push(k, lost)
	if a.broken && (!wasBroken || k.marker) {
		p.wantKey()
	}
	// What cannot be recorded is not reported as video either.
	p.server.stats.dropped.Add(int64(a.dropped - before))
}

// hear takes an audio packet in its turn.
func (p *publisher) hear(clock *timeline, k packet) {
	if len(k.payload) == 0 {
		return
	}
	at, _ := clock.at(k.ts, k.at)
	if !p.active.Load() {
		return
	}
	data := append([]byte(nil), k.payload...)
	p.seat.recorder.push(p.camera, frame{track: audioTrack, key: true, at: at, data: data})
	if tap := p.server.cfg.Sounds; tap != nil {
		if second := p.gate.push(at, k.level, data); second != nil {
			p.passed.Store(p.server.now().UnixNano())
			tap.Sound(p.seat.id, p.camera, at, second)
		}
	}
}

// quiet reports that no sound was handed on of late, because none was loud.
func (p *publisher) quiet(now time.Time) bool {
	return p.server.cfg.Sounds != nil && now.UnixNano()-p.passed.Load() > int64(quietFor)
}

// take has a whole video frame: the detectors' and the recorder's.
func (p *publisher) take(f frame) {
	p.frames.Add(1)
	if f.key {
		p.gotKey()
	}
	if !p.active.Load() {
		return
	}
	p.seat.recorder.push(p.camera, f)
	if f.key {
		p.show(f)
	}
}

// show gives a key frame to the detectors. One that is too large for them, or
// of a codec that they do not decode, goes there too: they refuse it, and the
// seat counts as unseen. Else a camera could hide by its settings.
func (p *publisher) show(f frame) {
	if f.width*f.height > maxLook {
		p.server.stats.tooLarge.Add(1)
	}
	if tap := p.server.cfg.Frames; tap != nil {
		tap.KeyFrame(p.seat.id, p.camera, f.at, f.codec, f.data)
	}
}

// analysed reports that the detectors decode a codec.
func analysed(codec string) bool {
	switch codec {
	case "vp8", "vp9", "h264", "av1":
		return true
	}
	return false
}

// blind reports that the transport works and yet no video comes: it is the
// camera that is gone.
func (p *publisher) blind(now time.Time) bool {
	return p.up(now) && now.UnixNano()-p.seen.Load() > int64(steady+3*time.Second)
}

// refuse takes note of a frame that is too large to record.
func (p *publisher) refuse() {
	if p.active.Load() {
		p.seat.recorder.refuse(proctor.GapDevice)
	}
}

// wantKey asks for a key frame, now or as soon as two a second allow.
func (p *publisher) wantKey() { p.askKey(p.server.now(), true) }

// askKey sends a PLI if one is wanted or due, at most two in any second. A
// wish is fulfilled by the key frame that an earlier PLI is about to bring.
func (p *publisher) askKey(now time.Time, want bool) {
	ssrc := p.ssrc.Load()
	if ssrc == 0 {
		return
	}
	last := time.Unix(0, p.lastKey.Load())
	p.pliMu.Lock()
	coming := p.plis[1].After(last) && now.Sub(p.plis[1]) < keyTrip
	want = p.want || want && !coming || now.Sub(last) >= p.every && now.Sub(p.plis[1]) >= p.every
	may := now.Sub(p.plis[0]) >= time.Second
	p.want = want && !may
	if want && may {
		p.plis[0], p.plis[1] = p.plis[1], now
	}
	p.pliMu.Unlock()
	if want && may {
		// An error means that the transport is going: its end is handled there.
		_ = p.session.WriteRTCP(&rtcp.PictureLossIndication{SenderSSRC: p.own, MediaSSRC: ssrc})
	}
}

// gotKey takes note of a key frame: whoever wanted one has it.
func (p *publisher) gotKey() {
	p.lastKey.Store(p.server.now().UnixNano())
	p.pliMu.Lock()
	p.want = false
	p.pliMu.Unlock()
}

// hadKey reports that a key frame came a moment ago: a viewer that asks for
// one has not seen it yet. If it was lost, she asks again.
func (p *publisher) hadKey(now time.Time) bool {
	return now.UnixNano()-p.lastKey.Load() < int64(keyTrip)
}

// report makes the second's report and begins the next.
func (p *publisher) report(now time.Time) proctor.MediaReport {
	lost, got := p.lost.Swap(0), p.got.Swap(0)
	bytes, packets := p.bytes.Swap(0), p.packets.Swap(0)
	p.server.stats.bytes.Add(bytes)
	p.server.stats.packets.Add(packets)
	if packets > maxPackets {
		p.server.log.Warn("a publisher floods: session ended", "seat", p.seat.id, "packets", packets)
		p.close()
	}
	p.kbps.Store(bytes * 8 / 1000)
	r := proctor.MediaReport{Seat: p.seat.id, At: now, Connected: p.up(now), VideoFrames: int(p.frames.Swap(0)), Bits: int(bytes * 8),
		Unanalysed: !analysed(p.codec)}
	r.Quiet = r.Connected && p.quiet(now)
	if p.active.Load() {
		r.Unrecorded = p.seat.recorder.unrecorded()
	}
	if lost > 0 {
		r.Loss = float64(lost) / float64(lost+got)
	}
	return r
}
