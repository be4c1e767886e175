package media

import (
	"bytes"
	"slices"
	"time"
)

// window is how far ahead of its turn a packet may come.
const window = 512

// packet is one RTP packet's part that matters after the transport.
type packet struct {
	seq     uint16
	ts      uint32
	marker  bool
	level   uint8  // how loud a sound is, or noLevel
	payload []byte // may be empty: a padding probe
	at      time.Time
}

// reorderer puts packets back into sequence order, drops copies, and gives up
// on a missing one after a while. It has no clock and no goroutine of its own.
type reorderer struct {
	wait    time.Duration // how long a gap may hold back what follows it
	settle  time.Duration // how long the first packets may be out of order
	emit    func(p packet, lost int)
	started bool
	settled bool
	next    uint16   // the sequence number that is due
	held    []packet // came too soon, in order; usually empty
	bad     uint16   // where a jumped sequence would go on
	jumped  bool

	received, lost, copies int // totals
}

// push takes a packet whose payload is only borrowed. emit is called for each
// packet that is now in order, with the number that were lost before it.
func (r *reorderer) push(p packet) {
	if !r.started {
		r.started, r.next = true, p.seq-window/4
	}
	if !r.settled && r.settle == 0 {
		r.settled, r.next = true, p.seq
	}
	ahead := p.seq - r.next
	switch {
	case ahead == 0 && len(r.held) == 0 && r.settled: // the usual case copies nothing
		r.jumped = false
		r.take(p)
		return
	case ahead < window:
		r.jumped = false
		r.hold(p)
	case int16(ahead) < 0 && -int(int16(ahead)) <= window:
		r.copies++ // a copy, or too late
		return
	default:
		r.jump(p)
		return
	}
	r.drain(p.at)
}

func (r *reorderer) hold(p packet) {
	i, found := slices.BinarySearchFunc(r.held, p.seq-r.next, func(h packet, ahead uint16) int {
		return int(h.seq-r.next) - int(ahead)
	})
	if found {
		r.copies++
		return
	}
	p.payload = bytes.Clone(p.payload)
	r.held = slices.Insert(r.held, i, p)
}

// jump handles a packet far outside of the window: two in a row mean that the
// sender started anew (RFC 3550 appendix A.1).
func (r *reorderer) jump(p packet) {
	if !r.jumped || p.seq != r.bad {
		r.jumped, r.bad = true, p.seq+1
		return
	}
	r.flush()
	r.jumped = false
	r.next = p.seq - 1 // the one before it was dropped
	r.take(p)
}

// drain emits what is in order, and skips a gap that has held back a packet
// for too long.
func (r *reorderer) drain(now time.Time) {
	if !r.settled && !r.begin(now) {
		return
	}
	n := 0
	for _, p := range r.held {
		if p.seq != r.next && now.Sub(p.at) < r.wait && len(r.held)-n < window/2 {
			break
		}
		r.take(p)
		n++
	}
	r.held = slices.Delete(r.held, 0, n)
}

// begin lets the stream begin with the earliest of its first packets, once
// there was time for one to overtake another.
func (r *reorderer) begin(now time.Time) bool {
	first := r.held[0].at
	for _, p := range r.held {
		if p.at.Before(first) {
			first = p.at
		}
	}
	if now.Sub(first) < r.settle && len(r.held) < window/2 {
		return false
	}
	r.settled, r.next = true, r.held[0].seq
	return true
}

// take emits p and counts what is missing before it.
func (r *reorderer) take(p packet) {
	lost := int(p.seq - r.next)
	r.received++
	r.lost += lost
	r.next = p.seq + 1
	r.emit(p, lost)
}

// flush emits everything that is held: the end of the stream.
func (r *reorderer) flush() {
	if !r.settled && len(r.held) > 0 {
		r.settled, r.next = true, r.held[0].seq
	}
	for _, p := range r.held {
		r.take(p)
	}
	r.held = r.held[:0]
}
