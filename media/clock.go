package media

import "time"

// timeline maps RTP timestamps onto the server's time of arrival. It never
// trusts the clock rate of the SDP: iOS Safari may send video at 1 MHz. For a
// first second, and whenever RTP and arrival part by more than maxDrift, times
// are simply those of arrival, while the rate is learnt anew.
type timeline struct {
	nominal float64 // ticks a second by the SDP

	locked  bool
	rate    float64
	zero    time.Time // arrival that stands for tick 0 of the count
	ticks   int64     // RTP time so far, unwrapped
	last    uint32    // newest RTP timestamp
	started bool
	begin   time.Time // of learning
	base    int64     // ticks at begin
	out     time.Time // newest time given out

	late  time.Duration // least lateness since then
	since time.Time

	// drift is how far the sender's clock has left the server's since it was
	// learnt, as far as is known; of a break, how far it was.
	drift time.Duration
}

// Bounds of a timeline.
const (
	maxDrift  = 200 * time.Millisecond
	learnTime = time.Second
	lateTime  = 2 * time.Second
)

// at returns when a frame with timestamp ts, whose first packet arrived at
// now, was there; broken says that the sender's clock jumped or drifted away.
func (t *timeline) at(ts uint32, now time.Time) (at time.Time, broken bool) {
	if !t.started {
		t.started, t.last = true, ts
		t.learn(now)
	}
	step := int32(ts - t.last)
	t.last = ts
	t.ticks += int64(step)
	if step < 0 && t.locked {
		broken, t.drift = true, now.Sub(t.zero.Add(t.span(t.ticks)))
		t.learn(now)
	}
	if t.locked {
		at = t.zero.Add(t.span(t.ticks))
		if t.drifted(now.Sub(at), now) {
			broken, t.drift = true, now.Sub(at)
			t.learn(now)
		}
	}
	if !t.locked {
		at = now
		t.lock(now)
	}
	if !at.After(t.out) {
		at = t.out.Add(time.Millisecond)
	}
	t.out = at
	return at, broken
}

func (t *timeline) span(ticks int64) time.Duration {
	return time.Duration(float64(ticks) / t.rate * float64(time.Second))
}

func (t *timeline) learn(now time.Time) {
	t.locked, t.begin, t.base = false, now, t.ticks
}

// lock ends learning once the measured rate is near one that senders use.
func (t *timeline) lock(now time.Time) {
	span := now.Sub(t.begin)
	if span < learnTime {
		return
	}
	measured := float64(t.ticks-t.base) / span.Seconds()
	for _, rate := range []float64{t.nominal, 1e6} {
		if measured > rate*0.8 && measured < rate*1.25 {
			t.locked, t.rate = true, rate
			t.zero = now.Add(-t.span(t.ticks))
			t.late, t.since, t.drift = 0, now, 0
			return
		}
	}
	t.learn(now)
}

// drifted reports that the sender's clock has left the server's: at once if a
// frame seems to come before its time, and after two seconds in which not one
// frame was on time if all of them come late.
func (t *timeline) drifted(late time.Duration, now time.Time) bool {
	if late < -maxDrift {
		return true
	}
	if now.Sub(t.since) >= lateTime {
		if t.late > maxDrift {
			return true
		}
		t.drift = t.late
		t.late, t.since = late, now
	}
	t.late = min(t.late, late)
	return false
}
