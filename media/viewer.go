package media

import (
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"qyragy/media/rtc"
)

// viewerQueue is how many packets a viewer may be behind: the beginning that
// it is given and about a second. Then packets are dropped for that viewer
// alone.
const viewerQueue = maxGopPackets + 256

// viewer is a proctor's session.
type viewer struct {
	*peer
	seat *seat
	in   chan relayed // capacity viewerQueue
	live bool         // takes packets; guarded by seat.mu
	out  [3]outgoing  // by track number
}

// relayed is a packet on its way to viewers, shared between them.
type relayed struct {
	packet *rtp.Packet
	track  byte
	camera int
}

// outgoing continues one stream over all of a seat's publishers: their
// sequence numbers and timestamps begin anew each time.
type outgoing struct {
	track   *rtc.Sender // nil if the viewer does not want it
	camera  int
	started bool
	seq     uint16 // added to the publisher's
	ts      uint32
	lastSeq uint16 // sent
	lastTS  uint32
	at      time.Time
}

// offer queues a packet or drops it.
func (v *viewer) offer(k relayed) {
	select {
	case v.in <- k:
	default:
		v.server.stats.viewerDrops.Add(1)
	}
}

// run sends what is queued until the session ends.
func (v *viewer) run() {
	for {
		select {
		case <-v.gone:
			return
		case k := <-v.in:
			o := &v.out[k.track]
			if o.track == nil {
				continue
			}
			p := o.next(k, v.server.now())
			// An error means that the transport is going: its end is handled there.
			_ = o.track.Write(p)
		}
	}
}

// next renumbers a packet.
func (o *outgoing) next(k relayed, now time.Time) rtp.Packet {
	p := *k.packet
	if !o.started || o.camera != k.camera {
		if o.started {
			o.seq = o.lastSeq + 1 - p.SequenceNumber
			o.ts = o.lastTS + uint32(now.Sub(o.at).Seconds()*float64(o.track.Codec().Rate)) - p.Timestamp
		}
		o.started, o.camera = true, k.camera
	}
	p.SequenceNumber += o.seq
	p.Timestamp += o.ts
	if int16(p.SequenceNumber-o.lastSeq) > 0 || o.at.IsZero() {
		o.lastSeq, o.lastTS, o.at = p.SequenceNumber, p.Timestamp, now
	}
	return p
}

// start takes the session's tracks; nothing is sent before.
func (v *viewer) start() {
	v.out[videoTrack].track = v.session.Sender("video")
	v.out[audioTrack].track = v.session.Sender("audio")
}

// RTP implements part of rtc.Handler: viewers send no media.
func (v *viewer) RTP(*rtp.Header, []byte, time.Time) {}

// RTCP implements part of rtc.Handler: it passes a wish for a key frame on.
func (v *viewer) RTCP(packets []rtcp.Packet, _ time.Time) {
	for _, p := range packets {
		switch p.(type) {
		case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
			if p := v.seat.publisher(); p != nil && !p.hadKey(v.server.now()) {
				p.wantKey()
			}
		}
	}
}
