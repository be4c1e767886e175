package media

import (
	"slices"
	"sync"
	"time"

	"github.com/pion/rtcp"
)

// Bounds of feedback to publishers.
const (
	nackAfter = 20 * time.Millisecond  // a packet may be late by so much before it is asked for
	nackAgain = 100 * time.Millisecond // until it is asked for again, as long as it is worth it
	rrEvery   = 500 * time.Millisecond // its page knows by them that it is heard
	// maxMissing is how many packets are waited for: whoever lacks more needs
	// a key frame.
	maxMissing = window
	seqJump    = 3000 // a sequence number farther off is another stream (RFC 3550 appendix A.1)
)

// reception is what receiver reports (RFC 3550 §6.4.1) and NACKs (RFC 4585
// §6.2.1) need to know of one track. The track's reader tells it of packets;
// the server's beat asks it what to send, for all publishers in one goroutine.
type reception struct {
	mu      sync.Mutex
	ssrc    uint32 // 0: no track yet
	rate    float64
	started bool
	first   uint32 // extended sequence numbers
	highest uint32
	got     uint32
	missing []missing

	asked, askedBefore, highestBefore uint32 // packets asked for at least once; at the last strain

	expectedBefore, gotBefore uint32 // at the last report
	jitter                    float64
	transit                   float64
	senderReport              uint32 // the middle of its NTP time
	senderReportAt            time.Time
}

// missing is a packet that has not come.
type missing struct {
	seq         uint16
	since, next time.Time
	asked       bool
}

func (r *reception) begin(ssrc uint32, rate float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ssrc, r.rate, r.started = ssrc, rate, false
}

// packet takes note of a packet. nack says whether to ask for what is missing.
func (r *reception) packet(seq uint16, ts uint32, at time.Time, nack bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ahead := int16(seq - uint16(r.highest))
	if !r.started || ahead > seqJump || ahead < -seqJump {
		r.started, r.first, r.highest = true, uint32(seq), uint32(seq)
		r.got, r.expectedBefore, r.gotBefore = 0, 0, 0
		r.missing, r.jitter, ahead = r.missing[:0], 0, 0
		r.transit = r.transitOf(ts, at)
	}
	r.got++
	if ahead < 0 {
		r.found(seq)
		return
	}
	if nack && ahead <= window {
		for s := uint16(r.highest) + 1; s != seq && ahead > 0; s++ {
			r.missing = append(r.missing, missing{seq: s, since: at, next: at.Add(nackAfter)})
		}
		if over := len(r.missing) - maxMissing; over > 0 {
			r.missing = slices.Delete(r.missing, 0, over)
		}
	}
	r.highest += uint32(ahead)
	transit := r.transitOf(ts, at)
	d := transit - r.transit
	r.transit = transit
	if d < r.rate && d > -r.rate { // not a jump of the sender's clock
		r.jitter += (max(d, -d) - r.jitter) / 16
	}
}

func (r *reception) transitOf(ts uint32, at time.Time) float64 {
	return float64(at.UnixMicro()%1e9)/1e6*r.rate - float64(ts)
}

// found takes a packet that came late, or again, off the list.
func (r *reception) found(seq uint16) {
	for i, m := range r.missing {
		if m.seq == seq {
			r.missing = append(r.missing[:i], r.missing[i+1:]...)
			return
		}
	}
}

// report takes note of a sender's report.
func (r *reception) report(s *rtcp.SenderReport, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.senderReport, r.senderReportAt = uint32(s.NTPTime>>16), now
}

// nacks lists what to ask for now.
func (r *reception) nacks(now time.Time) (ssrc uint32, seqs []uint16) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := r.missing[:0]
	for _, m := range r.missing {
		if now.Sub(m.since) > videoWait {
			continue // nobody waits for it any more
		}
		if !now.Before(m.next) {
			m.next = now.Add(nackAgain)
			if !m.asked {
				m.asked = true
				r.asked++
			}
			seqs = append(seqs, m.seq)
		}
		kept = append(kept, m)
	}
	r.missing = kept
	return r.ssrc, seqs
}

// strain is the share of packets since the last call that had to be asked for.
func (r *reception) strain() float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	expected, asked := r.highest-r.highestBefore, r.asked-r.askedBefore
	fresh := r.highestBefore == 0 || expected > seqJump
	r.highestBefore, r.askedBefore = r.highest, r.asked
	if fresh || expected == 0 {
		return 0
	}
	return min(float64(asked)/float64(expected), 1)
}

// block is the track's part of a receiver report, and begins the next one.
func (r *reception) block(now time.Time) (b rtcp.ReceptionReport, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.started {
		return b, false
	}
	expected := r.highest - r.first + 1
	lost := int64(expected) - int64(r.got)
	b = rtcp.ReceptionReport{SSRC: r.ssrc, LastSequenceNumber: r.highest, Jitter: uint32(r.jitter),
		TotalLost: uint32(min(max(lost, 0), 1<<23-1)), LastSenderReport: r.senderReport}
	wanted, got := expected-r.expectedBefore, r.got-r.gotBefore
	if wanted > got {
		b.FractionLost = uint8(min(uint64(wanted-got)*256/uint64(wanted), 255))
	}
	r.expectedBefore, r.gotBefore = expected, r.got
	if r.senderReport != 0 {
		b.Delay = uint32(now.Sub(r.senderReportAt).Seconds() * 65536)
	}
	return b, true
}

// feedback makes what is due to be sent to the publisher.
func (p *publisher) feedback(now time.Time) []rtcp.Packet {
	var out []rtcp.Packet
	if now.Sub(p.reportedAt) >= rrEvery {
		p.reportedAt = now
		rr := &rtcp.ReceiverReport{SSRC: p.own}
		for _, track := range []byte{videoTrack, audioTrack} {
			if b, ok := p.tracked[track].block(now); ok {
				rr.Reports = append(rr.Reports, b)
			}
		}
		if len(rr.Reports) > 0 {
			out = append(out, rr)
		}
		if kbps := p.ceiling.judge(p.tracked[videoTrack].strain(), int(p.kbps.Load()), p.server.cfg.VideoKbps); kbps > 0 {
			out = append(out, &rtcp.ReceiverEstimatedMaximumBitrate{SenderSSRC: p.own, Bitrate: float32(kbps * 1000), SSRCs: []uint32{p.ssrc.Load()}})
		}
	}
	if ssrc, seqs := p.tracked[videoTrack].nacks(now); len(seqs) > 0 {
		out = append(out, &rtcp.TransportLayerNack{SenderSSRC: p.own, MediaSSRC: ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers(seqs)})
	}
	return out
}

// answerMedia sends what is due.
func (p *publisher) answerMedia(now time.Time) {
	if out := p.feedback(now); len(out) > 0 {
		// An error means that the transport is going: its end is handled there.
		_ = p.session.WriteRTCP(out...)
	}
}
