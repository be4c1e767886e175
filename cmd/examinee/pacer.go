package main

import (
	"container/heap"
	"context"
	"time"

	"github.com/pion/webrtc/v4"
)

// A frame goes out in bursts of packets a few milliseconds apart, as a
// browser's own pacer sends a key frame.
const (
	burst    = 8
	burstGap = 4 * time.Millisecond
)

// late is when a pacer gives up catching up (the machine slept) and goes on from now.
const late = time.Second

// playing is a clip being played into a feed.
type playing struct {
	feed  *feed
	clip  *clip
	start int       // the clip's frame at due zero
	count int       // frames begun
	frame int       // the clip's frame under way
	part  int       // its next payload
	base  time.Time // when the frame under way was due
	due   time.Time // when to act next
}

// pacer plays any number of clips from one goroutine, earliest first.
type pacer struct{ queue schedule }

// add plays c into f from frame start on, beginning at the given time. Call it
// before run.
func (p *pacer) add(f *feed, c *clip, start int, at time.Time) {
	n := len(c.frames)
	start = c.nearestKey(start % n)
	heap.Push(&p.queue, &playing{feed: f, clip: c, start: start, frame: start, base: at, due: at})
}

// run plays until ctx ends.
func (p *pacer) run(ctx context.Context) {
	if len(p.queue) == 0 {
		<-ctx.Done()
		return
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		next := p.step(time.Now())
		timer.Reset(time.Until(next))
	}
}

// step sends everything due by now and says when the next packet is due.
func (p *pacer) step(now time.Time) time.Time {
	for !p.queue[0].due.After(now) {
		p.queue[0].advance(now)
		heap.Fix(&p.queue, 0)
	}
	return p.queue[0].due
}

// advance sends one burst of the frame under way.
func (s *playing) advance(now time.Time) {
	if s.part == 0 {
		if s.feed.wantKey.Swap(false) && s.clip.kind == webrtc.RTPCodecTypeVideo {
			// Nearest to where the clip's own clock stands, not merely the next
			// one: a PLI a second must not make the story run faster.
			s.frame = s.clip.nearestKey((s.start + s.count) % len(s.clip.frames))
		}
	}
	current := s.clip.frames[s.frame]
	for range burst {
		s.feed.sendPart(current, s.part, s.clip.ticks)
		if s.part++; s.part == len(current.payloads) {
			s.next(now)
			return
		}
	}
	s.due = s.due.Add(burstGap)
}

func (s *playing) next(now time.Time) {
	s.part = 0
	s.count++
	s.frame = (s.frame + 1) % len(s.clip.frames)
	s.base = s.base.Add(s.clip.interval)
	if now.Sub(s.base) > late {
		s.base = now
	}
	s.due = s.base
}

// schedule is a heap of what is playing, by due time.
type schedule []*playing

// Len implements heap.Interface.
func (q schedule) Len() int { return len(q) }

// Less implements heap.Interface.
func (q schedule) Less(i, j int) bool { return q[i].due.Before(q[j].due) }

// Swap implements heap.Interface.
func (q schedule) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *schedule) Push(x any) { *q = append(*q, x.(*playing)) }

// Pop implements heap.Interface.
func (q *schedule) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}
