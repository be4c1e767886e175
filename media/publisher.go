package media

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"qyragy/proctor"
)

// Bounds of a publisher.
const (
	videoWait  = 500 * time.Millisecond // for a packet to be sent again
	audioWait  = 120 * time.Millisecond // for a late one; nobody sends it again
	settleWait = 80 * time.Millisecond  // for the first packets to come in order
	keyEvery   = 950 * time.Millisecond // a key frame for the detectors; Chromium sends none unasked
	maxPackets = 8000                   // a second, before the session is a flood
	maxLook    = 1_310_720              // pixels of a key frame that the detectors take: 1280 × 1024
)

// publisher is an examinee's session.
type publisher struct {
	*peer
	seat   *seat
	camera int  // set before active
	audio  bool // offered
	active atomic.Bool
	left   atomic.Bool // ended by its own wish
	tracks sync.WaitGroup

	own        uint32       // the SSRC of our feedback
	tracked    [3]reception // by track number
	reportedAt time.Time    // of the last receiver report; the beat's

	ssrc    atomic.Uint32 // of the video
	lastKey atomic.Int64  // when a key frame came whole, Unix ns

	pliMu sync.Mutex
	plis  [2]time.Time // the last two
	want  bool         // one is due as soon as it may be sent

	// Since the last report.
	frames, bytes, packets, lost, got atomic.Int64
}

// read takes a track's packets until it ends. It is the track's one goroutine.
func (p *publisher) read(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
	defer p.tracks.Done()
	defer p.contain()
	p.seat.activate(p)
	if t.Kind() == webrtc.RTPCodecTypeVideo {
		go p.readReports(r, videoTrack)
		p.ssrc.Store(uint32(t.SSRC()))
		p.lastKey.Store(p.server.now().UnixNano())
		p.wantKey()
		p.readVideo(t)
		return
	}
	go p.readReports(r, audioTrack)
	p.readAudio(t)
}

// readReports takes note of the sender's reports until the track ends.
func (p *publisher) readReports(r *webrtc.RTPReceiver, track byte) {
	defer p.contain()
	for {
		packets, _, err := r.ReadRTCP()
		if err != nil {
			return
		}
		for _, k := range packets {
			if s, ok := k.(*rtcp.SenderReport); ok {
				p.tracked[track].report(s, p.server.now())
			}
		}
	}
}

// contain ends the session, and only it, if handling its packets panicked.
func (p *publisher) contain() {
	if e := recover(); e != nil {
		p.server.stats.panics.Add(1)
		p.server.log.Error("a publisher's packets caused a panic", "seat", p.seat.id, "panic", e)
		p.close()
	}
}

func (p *publisher) readVideo(t *webrtc.TrackRemote) {
	var a *assembler
	build := func() *assembler {
		codec := "vp8"
		if t.Codec().MimeType == webrtc.MimeTypeVP9 {
			codec = "vp9"
		}
		a := newAssembler(codec, p.take)
		a.refuse = p.refuse
		return a
	}
	a = build()
	pt := t.PayloadType()
	r := &reorderer{wait: videoWait, settle: settleWait}
	r.emit = func(k packet, lost int) {
		wasBroken, before := a.broken, a.dropped
		a.push(k, lost)
		if a.broken && (!wasBroken || k.marker) {
			p.wantKey()
		}
		// What cannot be recorded is not reported as video either.
		p.server.stats.dropped.Add(int64(a.dropped - before))
	}
	p.loop(t, func(h *rtp.Packet, at time.Time) {
		if now := t.PayloadType(); now != pt {
			pt, a = now, build()
		}
		p.order(r, h, at, true)
	})
	r.flush()
}

func (p *publisher) readAudio(t *webrtc.TrackRemote) {
	clock := timeline{nominal: 48000}
	r := &reorderer{wait: audioWait, settle: settleWait}
	r.emit = func(k packet, _ int) {
		if len(k.payload) == 0 {
			return
		}
		at, _ := clock.at(k.ts, k.at)
		if p.active.Load() {
			p.seat.recorder.push(p.camera, frame{track: audioTrack, key: true, at: at, data: append([]byte(nil), k.payload...)})
		}
	}
	p.loop(t, func(h *rtp.Packet, at time.Time) { p.order(r, h, at, false) })
	r.flush()
}

// loop reads packets and relays them to the viewers.
func (p *publisher) loop(t *webrtc.TrackRemote, each func(*rtp.Packet, time.Time)) {
	buf := make([]byte, 2048)
	var h rtp.Packet
	track := byte(audioTrack)
	if t.Kind() == webrtc.RTPCodecTypeVideo {
		track = videoTrack
	}
	tracked := &p.tracked[track]
	tracked.begin(uint32(t.SSRC()), float64(t.Codec().ClockRate))
	for {
		n, _, err := t.Read(buf)
		if err != nil {
			if errors.Is(err, io.ErrShortBuffer) {
				continue
			}
			return
		}
		if h.Unmarshal(buf[:n]) != nil {
			continue
		}
		at := p.server.now()
		p.packets.Add(1)
		p.bytes.Add(int64(n))
		tracked.packet(h.SequenceNumber, h.Timestamp, at, track == videoTrack)
		if p.active.Load() {
			p.seat.relay(p, track, &h)
		}
		each(&h, at)
	}
}

// order puts a packet through the reorderer and counts what became of it.
func (p *publisher) order(r *reorderer, h *rtp.Packet, at time.Time, video bool) {
	received, lost, copies := r.received, r.lost, r.copies
	r.push(packet{seq: h.SequenceNumber, ts: h.Timestamp, marker: h.Marker, payload: h.Payload, at: at})
	c := &p.server.stats
	c.copies.Add(int64(r.copies - copies))
	c.lost.Add(int64(r.lost - lost))
	if video {
		p.lost.Add(int64(r.lost - lost))
		p.got.Add(int64(r.received - received))
	}
}

// take has a whole video frame: the detectors' and the recorder's.
func (p *publisher) take(f frame) {
	p.frames.Add(1)
	if f.key {
		p.lastKey.Store(p.server.now().UnixNano())
	}
	if !p.active.Load() {
		return
	}
	p.seat.recorder.push(p.camera, f)
	if f.key {
		p.show(f)
	}
}

// show gives a key frame to the detectors. One that is too large for them goes
// there too: they refuse it by its header, and the seat counts as unseen.
func (p *publisher) show(f frame) {
	if f.width*f.height > maxLook {
		p.server.stats.tooLarge.Add(1)
	}
	if tap := p.server.cfg.Frames; tap != nil {
		tap.KeyFrame(p.seat.id, p.camera, f.at, f.codec, f.data)
	}
}

// refuse takes note of a frame that is too large to record.
func (p *publisher) refuse() {
	if p.active.Load() {
		p.seat.recorder.refuse(proctor.GapDevice)
	}
}

// wantKey asks for a key frame, now or as soon as two a second allow.
func (p *publisher) wantKey() { p.askKey(p.server.now(), true) }

// askKey sends a PLI if one is wanted or due, at most two in any second.
func (p *publisher) askKey(now time.Time, want bool) {
	ssrc := p.ssrc.Load()
	if ssrc == 0 {
		return
	}
	age := now.UnixNano() - p.lastKey.Load()
	p.pliMu.Lock()
	want = want || p.want || age >= int64(keyEvery) && now.Sub(p.plis[1]) >= keyEvery
	late := now.Sub(p.plis[0]) >= time.Second
	p.want = want && !late
	if want && late {
		p.plis[0], p.plis[1] = p.plis[1], now
	}
	p.pliMu.Unlock()
	if want && late {
		// An error means that the transport is going: its end is handled there.
		_ = p.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: ssrc}})
	}
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
	r := proctor.MediaReport{Seat: p.seat.id, At: now, Connected: p.up.Load(), VideoFrames: int(p.frames.Swap(0)), Bits: int(bytes * 8)}
	if lost > 0 {
		r.Loss = float64(lost) / float64(lost+got)
	}
	return r
}
