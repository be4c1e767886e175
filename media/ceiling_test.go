package media

import "testing"

// TestCeilingFollowsTheLink has a sender that obeys on a link that becomes
// narrow and wide again.
func TestCeilingFollowsTheLink(t *testing.T) {
	var c ceiling
	rate, over, told := 500.0, 0, 0
	second := func(carries float64) {
		came := min(rate, carries)
		if told = c.judge((rate-came)/rate, int(came), 600); told > 0 {
			rate = min(500, float64(told))
		}
		if rate > carries*1.3 {
			over++
		}
	}
	for range 30 {
		second(1000)
	}
	if told != 0 {
		t.Errorf("a wide link is told %d kbit/s", told)
	}
	over = 0
	for range 60 {
		second(250)
	}
	if over > 3 || rate < 200 {
		t.Errorf("%d s of 60 far above 250 kbit/s, now %.0f", over, rate)
	}
	for range 120 {
		second(1000)
	}
	if rate < 500 || told != 0 {
		t.Errorf("wide again: %.0f kbit/s, still told %d", rate, told)
	}
	for range 60 { // random loss, with the odd bad second
		for _, lost := range []float64{0.1, 0.12, 0.25, 0.08} {
			if told := c.judge(lost, 450, 600); told != 0 {
				t.Fatalf("loss of %v lowers the ceiling to %d", lost, told)
			}
		}
	}
}
