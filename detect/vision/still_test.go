package vision

import (
	"math"
	"math/rand/v2"
	"testing"
)

// person is what points there are of somebody who sways before a camera with
// sensor noise, at a time in seconds. The same seed gives the same noise.
func person(at float64, seed uint64) points {
	random := rand.New(rand.NewPCG(seed, uint64(at*1000)))
	p := make(points, pointColumns*pointRows)
	x := 16 + 3*math.Sin(at*0.7) + 2*math.Sin(at*0.31+1) + math.Sin(at*1.9)
	y := 12 + 1.5*math.Sin(at*0.43) + math.Sin(at*1.3+2)
	for i := range p {
		dx, dy := float64(i%pointColumns)-x, float64(i/pointColumns)-y
		room := 90 + 40*math.Sin(float64(i%pointColumns)*0.9)*math.Cos(float64(i/pointColumns)*1.1)
		k := math.Exp(-(dx*dx + dy*dy*0.7) / 40)
		p[i] = byte(max(0, min(255, math.Round(room*(1-k)+170*k+random.NormFloat64()))))
	}
	return p
}

// looks is when key frames come: about one a second.
func looks(n int, random *rand.Rand) []float64 {
	t, r := 0.0, []float64(nil)
	for range n {
		t += 0.8 + 0.4*random.Float64()
		r = append(r, t)
	}
	return r
}

// A film of up to a minute that is played again and again is noticed within
// four minutes; somebody who sways about and comes back to every place is no
// film, for her camera's noise never comes back.
func TestLoopsRecur(t *testing.T) {
	const fps = 15
	random := rand.New(rand.NewPCG(1, 2))
	found, all, after := 0, 0, 0
	for period := 7.3; period < 61; period += 1.7 {
		s := stillness{}
		all++
		for i, at := range looks(240, random) {
			frame := math.Floor(math.Mod(at, period)*fps) / fps
			now := person(frame, 1)
			if s = s.next(now, now, false); s.Run > 0 {
				t.Fatalf("period %.1f, look %d: a moving film stands", period, i)
			}
			if s.Loops >= loopOpens {
				found, after = found+1, max(after, i+1)
				break
			}
		}
	}
	t.Logf("%d of %d loops found, the last after %d looks", found, all, after)
	if found*100 < all*95 {
		t.Errorf("only %d of %d loops were found", found, all)
	}
	s := stillness{}
	for i, at := range looks(1200, random) {
		now := person(at, uint64(i))
		if s = s.next(now, now, false); s.Run > 0 || s.Loops > 0 {
			t.Fatalf("look %d at somebody alive: %d stand, %.1f recurrences", i, s.Run, s.Loops)
		}
		if !s.valid() {
			t.Fatalf("look %d: not a valid memory", i)
		}
	}
}

// A picture that is the same but for what the encoder makes of it stands.
func TestStillsStand(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	still, s := person(1, 1), stillness{}
	for i := range 10 {
		p := append(points(nil), still...)
		for range len(p) / 20 {
			p[random.IntN(len(p))]++
		}
		s = s.next(p, p, false)
		if s.Run != i || s.Loops > 0 {
			t.Fatalf("look %d of a still: %d stand, %.1f recurrences", i, s.Run, s.Loops)
		}
	}
}

// Marks keep how far two frames are apart, as far as that is little.
func TestMarksKeepDistances(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	a := person(1, 1)
	for _, step := range []float64{0.5, 1, 2, 4} {
		sum := 0.0
		for range 50 {
			b := append(points(nil), a...)
			for i := range b {
				b[i] = byte(math.Round(float64(b[i]) + step*random.NormFloat64()))
			}
			sum += markOf(a).apart(markOf(b)) / 50
		}
		if want := math.Sqrt(step*step + 1.0/12); math.Abs(sum-want) > 0.3*want {
			t.Errorf("frames %.1f apart have marks %.2f apart", step, sum)
		}
	}
}
