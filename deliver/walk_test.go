package deliver

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"qyragy/proctor"
)

// Whatever is decided, and whatever breaks in between, once all works again
// the platform holds what the journal says, and nothing is owed.
func TestRandomWalk(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 7))
			c, p := agsCampus(t, proctor.ExamRecord{})
			p.grade("lti-0", 85, opens.Add(-time.Hour))
			p.grade("lti-1", 60, opens.Add(-time.Hour))
			live := map[proctor.SeatID][]proctor.Act{}
			for range 40 {
				seat := c.seats[rng.IntN(2)]
				switch n := rng.IntN(10); {
				case n < 2 && len(live[seat]) < 3:
					live[seat] = append(live[seat], c.annul(seat))
				case n < 4 && len(live[seat]) > 0:
					i := rng.IntN(len(live[seat]))
					c.end(live[seat][i])
					live[seat] = append(live[seat][:i:i], live[seat][i+1:]...)
				case n == 4:
					p.set([]int{503, 500, 401, 409, 429}[rng.IntN(5)], false, "")
				case n == 5:
					p.set(0, true, "")
				case n == 6:
					p.set(0, false, "")
				case n == 7:
					c.restart()
				default:
					c.pass()
				}
				c.clock.add(time.Duration(rng.IntN(2000)) * time.Second / 100)
			}
			p.set(0, false, "")
			for range 40 {
				c.clock.add(mostWait + time.Second)
				c.pass()
			}
			for _, d := range c.book() {
				if d.Done.IsZero() {
					t.Errorf("%s %s is owed: %+v", d.Effect, d.Key, d.Progress)
				}
			}
			for i, want := range []float64{85, 60} {
				if len(live[c.seats[i]]) > 0 {
					want = 0
				}
				if g := p.has(fmt.Sprint("lti-", i)); g.given == nil || *g.given != want {
					t.Errorf("seat %d has %d acts in force, its score is %+v, want %v", i, len(live[c.seats[i]]), g, want)
				}
			}
		})
	}
}
