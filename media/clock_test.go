package media

import (
	"math/rand/v2"
	"testing"
	"time"
)

// sender is a simulated camera's clock.
type sender struct {
	name   string
	rate   float64       // ticks a second that it says it has: 90 kHz, or iOS Safari's 1 MHz
	drift  float64       // seconds a second that it is fast
	length time.Duration // of the simulation
	first  uint32
	jitter time.Duration                     // of the network
	jump   func(at time.Duration) (tk int64) // ticks added from a moment on
	breaks [2]int                            // at least and at most
}

func at(when time.Duration, ticks int64) func(time.Duration) int64 {
	return func(now time.Duration) int64 {
		if now >= when {
			return ticks
		}
		return 0
	}
}

// TestClocksAgainstArrival: whatever a sender's clock does, recorded time is
// that of arrival, to a hundredth of every minute, and what it does is told.
func TestClocksAgainstArrival(t *testing.T) {
	never := func(time.Duration) int64 { return 0 }
	minute, hour := time.Minute, time.Hour
	for _, s := range []sender{
		{"exact", 90000, 0, hour, 7, 40 * time.Millisecond, never, [2]int{0, 0}},
		{"wraps in the middle", 90000, 0, 10 * minute, 1<<32 - 90000*300, 40 * time.Millisecond, never, [2]int{0, 0}},
		{"wraps in the first second", 90000, 0, 10 * minute, 1<<32 - 45000, 40 * time.Millisecond, never, [2]int{0, 0}},
		{"wraps at 1 MHz each 71 min", 1e6, 0, 3 * hour, 1 << 31, 40 * time.Millisecond, never, [2]int{0, 0}},
		{"50 ms/h fast", 90000, 0.05 / 3600, 3 * hour, 7, 40 * time.Millisecond, never, [2]int{0, 0}},
		{"50 ms/h slow", 90000, -0.05 / 3600, 3 * hour, 7, 40 * time.Millisecond, never, [2]int{0, 0}},
		{"20 s in 104 min fast", 90000, 20.0 / (104 * 60), 104 * minute, 7, 40 * time.Millisecond, never, [2]int{60, 160}},
		{"20 s in 104 min slow", 90000, -20.0 / (104 * 60), 104 * minute, 7, 40 * time.Millisecond, never, [2]int{60, 160}},
		{"20 s in 104 min at 1 MHz", 1e6, 20.0 / (104 * 60), 104 * minute, 7, 40 * time.Millisecond, never, [2]int{60, 160}},
		{"an hour forward", 90000, 0, 4 * minute, 7, 40 * time.Millisecond, at(2*minute, 90000*3600), [2]int{1, 1}},
		{"an hour back", 90000, 0, 4 * minute, 7, 40 * time.Millisecond, at(2*minute, -90000*3600), [2]int{1, 1}},
		{"half a second forward", 90000, 0, 4 * minute, 7, 40 * time.Millisecond, at(2*minute, 45000), [2]int{1, 1}},
		{"half a second back", 90000, 0, 4 * minute, 7, 40 * time.Millisecond, at(2*minute, -45000), [2]int{1, 1}},
		{"a day forward, over the wrap", 90000, 0, 4 * minute, 7, 40 * time.Millisecond, at(2*minute, 90000*86400), [2]int{1, 1}},
		{"forward while it is learnt", 90000, 0, 4 * minute, 7, 40 * time.Millisecond, at(minute/120, 90000*60), [2]int{0, 1}},
		{"a clock of 48 kHz", 48000, 0, 4 * minute, 7, 40 * time.Millisecond, never, [2]int{0, 0}},
		{"turns into 1 MHz", 90000, 0, 4 * minute, 7, 40 * time.Millisecond, func(now time.Duration) int64 {
			return int64(max(now-2*minute, 0).Seconds() * 910000)
		}, [2]int{1, 2}},
	} {
		t.Run(s.name, func(t *testing.T) { s.check(t) })
	}
}

func (s sender) check(t *testing.T) {
	line := timeline{nominal: 90000}
	random := rand.New(rand.NewPCG(1, 2))
	begin := time.Unix(1_800_000_000, 0)
	var first, last, worst time.Duration
	breaks, told := 0, time.Duration(0)
	for n := 0; ; n++ {
		real := time.Duration(n) * time.Second / 15
		if real > s.length {
			break
		}
		ticks := int64(real.Seconds()*(1+s.drift)*s.rate) + s.jump(real)
		arrival := begin.Add(real + time.Duration(random.Int64N(int64(s.jitter))))
		out, broken := line.at(s.first+uint32(ticks), arrival)
		if broken {
			breaks++
			told += line.drift
		}
		off := out.Sub(arrival)
		worst = max(worst, off.Abs())
		if n == 0 {
			first = off
		}
		if out.Sub(begin) <= last && n > 0 {
			t.Fatalf("time stands still at %v", real)
		}
		last = out.Sub(begin)
		if real >= time.Minute && (off-first).Abs() > real/100 {
			t.Fatalf("after %v the recording is %v off", real, off-first)
		}
	}
	if breaks < s.breaks[0] || breaks > s.breaks[1] {
		t.Errorf("%d breaks", breaks)
	}
	if worst > maxDrift+2*s.jitter && s.jump(s.length) == 0 {
		t.Errorf("a frame is %v off", worst)
	}
	t.Logf("%d breaks of %v in all, now %v; a frame at most %v off", breaks, told.Round(time.Millisecond), line.drift.Round(time.Millisecond), worst)
}

// TestJumpBeginsASegmentEvenIfItsFrameIsLost: the boundary is drawn at the
// first frame that can be recorded after the jump.
func TestJumpBeginsASegmentEvenIfItsFrameIsLost(t *testing.T) {
	for _, lose := range []bool{false, true} {
		j := &journal{}
		r, now := newTestRecorder(t, j)
		a := newAssembler("vp8", func(f frame) { r.push(0, f) })
		start := *now
		for i := range 90 {
			*now = start.Add(time.Duration(i) * time.Second / 15)
			ts := uint32(i * 6000)
			if i >= 50 {
				ts += 90000 * 1000
			}
			lost := 0
			if lose && i == 50 {
				lost = 1 // a packet of the frame before: this one cannot be decoded
			}
			payload := append([]byte{0x10}, still(i%15 == 0, 50, *now).data...)
			a.push(packet{ts: ts, marker: true, payload: payload, at: *now}, lost)
			r.turn()
		}
		*now = now.Add(3 * time.Second)
		r.turn()
		segments, _, gaps := j.all()
		if len(segments) != 2 || len(gaps) != 0 || r.env.stats.clockBreaks.Load() != 1 {
			t.Errorf("lost %v: %+v, gaps %+v", lose, segments, gaps)
		}
		if off := segments[1].End.Sub(start) - 6*time.Second; off.Abs() > 100*time.Millisecond {
			t.Errorf("lost %v: six seconds are %v off", lose, off)
		}
	}
}

// TestFramesDoNotOutrunTheClock: who sends more of them than milliseconds pass
// must not have time recorded that is yet to come.
func TestFramesDoNotOutrunTheClock(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	var newest time.Time
	refused := 0
	a := newAssembler("vp8", func(f frame) { newest = f.at })
	a.refuse = func() { refused++ }
	picture := []byte{0x10, 0, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0}
	for i := range 5000 {
		a.push(packet{seq: uint16(i), ts: uint32(i), marker: true, payload: picture, at: now}, 0)
	}
	if newest.IsZero() || newest.Sub(now) > maxAhead {
		t.Errorf("recorded up to %v after now", newest.Sub(now))
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
}
