package eval

import (
	"image/color"
	"math"
	"testing"

	"qyragy/proctor"
)

func TestWilson(t *testing.T) {
	// Newcombe (1998), table I: 81 of 263 and 0 of 20.
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {0, 20, 0, 0.1611}} {
		if low, high := wilson(c.k, c.n); math.Abs(low-c.low) > 1e-4 || math.Abs(high-c.high) > 1e-4 {
			t.Errorf("%d of %d: %.4f to %.4f", c.k, c.n, low, high)
		}
	}
}

func TestMostPerHour(t *testing.T) {
	// The usual table of Poisson's one-sided bounds.
	for n, want := range map[int]float64{0: 2.996, 1: 4.744, 10: 16.962} {
		if got := mostPerHour(n, 2); math.Abs(got-want/2) > 1e-3 {
			t.Errorf("%d in 2 h: at most %.3f an hour, want %.3f", n, got, want/2)
		}
	}
}

func TestDelay(t *testing.T) {
	d := delayOf([]int{9, 1, 2, 3, 4, 5, 6, 7, 8, 10})
	if delayOf(nil) != nil || d.Median != 5 || d.Late != 10 {
		t.Errorf("%+v", d)
	}
}

func TestIdentityRates(t *testing.T) {
	var r Identity
	genuine, impostors := make([]float64, 100), make([]float64, 1000)
	for i := range genuine {
		genuine[i] = 0.3 + 0.004*float64(i) // 0.3 .. 0.696
	}
	for i := range impostors {
		impostors[i] = 0.598 + 0.001*float64(i) // 0.598 .. 1.597
	}
	r.judge(genuine, impostors)
	if k := r.AtLimit.Accepted.Count; k < 75 || k > 76 || r.AtLimit.False.Count > 3 || r.AtLimit.False.Count < 2 {
		t.Errorf("at the limit: %+v", r.AtLimit)
	}
	if r.TAR1.False.Count > 10 || r.TAR1.Accepted.Count < 76 || r.TAR01.False.Count > 1 || r.TAR01.Accepted.Count > r.TAR1.Accepted.Count {
		t.Errorf("at 1 %%: %+v, at 0.1 %%: %+v", r.TAR1, r.TAR01)
	}
	// Where 1-(d-0.3)/0.4 = (d-0.598)/1: d is about 0.67, the rate 0.075.
	if math.Abs(r.EER-0.075) > 0.01 || math.Abs(r.EERAt-0.67) > 0.01 {
		t.Errorf("equal error rate %.3f at %.3f", r.EER, r.EERAt)
	}
	(&Identity{}).judge(nil, nil)
}

func TestTone(t *testing.T) {
	for _, c := range []struct {
		colour  color.RGBA
		l, a, b float64
	}{
		{color.RGBA{255, 255, 255, 255}, 100, 0, 0},
		{color.RGBA{255, 0, 0, 255}, 53.24, 80.09, 67.20},
		{color.RGBA{0, 0, 255, 255}, 32.30, 79.19, -107.86},
		{color.RGBA{0, 0, 0, 255}, 0, 0, 0},
	} {
		if l, a, b := lab(c.colour); math.Abs(l-c.l) > 0.02 || math.Abs(a-c.a) > 0.05 || math.Abs(b-c.b) > 0.05 {
			t.Errorf("%v is %.2f %.2f %.2f", c.colour, l, a, b)
		}
	}
	for _, c := range []struct {
		l, b, angle float64
		tone        Tone
	}{{65, 18, 39.81, Intermediate}, {70, 15, 53.13, Light}, {50, 20, 0, Brown}, {35, 15, -45, Dark}} {
		if got := typologyAngle(c.l, c.b); math.Abs(got-c.angle) > 0.01 || toneOf(got) != c.tone {
			t.Errorf("L* %.0f, b* %.0f: %.2f, %s", c.l, c.b, got, toneOf(got))
		}
	}
	if toneOf(math.NaN()) != Unknown || skin(color.Gray{128}) || !skin(color.RGBA{198, 140, 110, 255}) || !skin(color.RGBA{80, 48, 36, 255}) {
		t.Error("grey is skin, or skin is not")
	}
}

// A right cause that was there before the change says nothing of the change.
func TestNoteCountsFromTheChange(t *testing.T) {
	covered := []proctor.Cause{proctor.CauseCovered}
	look := proctor.Look{Observations: []proctor.Observation{{Cause: proctor.CauseCovered}}}
	o := outcome{trial: trial{causes: covered, change: 2}, seen: -1, raised: -1, observed: map[proctor.Cause]int{}}
	o.note(0, look, covered, nil)
	o.note(2, look, covered, nil)
	if !o.early || o.hit() {
		t.Errorf("early: %+v", o)
	}
	o = outcome{trial: trial{causes: covered, change: 2}, seen: -1, raised: -1, observed: map[proctor.Cause]int{}}
	o.note(1, proctor.Look{}, nil, nil)
	o.note(2, look, nil, nil)
	o.note(3, look, append([]proctor.Cause{proctor.CauseOutsider}, covered...), nil)
	if o.early || !o.hit() || o.seen != 2 || o.raised != 3 || len(o.wrong) != 1 {
		t.Errorf("in time: %+v", o)
	}
}
