package eval

import (
	"math"
	"slices"
)

// Share is a count of a total: the totals are small, so both are given.
type Share struct {
	Of    int `json:"of"`
	Count int `json:"count"`
	// Low and High are the ends of Wilson's 95 % interval, 0..1.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

func shareOf(k, n int) Share {
	s := Share{Of: n, Count: k, High: 1}
	if n > 0 {
		s.Low, s.High = wilson(k, n)
	}
	return s
}

// wilson is the 95 % interval of k of n, honest for few.
func wilson(k, n int) (low, high float64) {
	const z = 1.96
	p, m := float64(k)/float64(n), float64(n)
	middle := p + z*z/(2*m)
	spread := z * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, (middle-spread)/(1+z*z/m)), min(1, (middle+spread)/(1+z*z/m))
}

// Delay is how long something took, in looks, which are seconds: 0 is the
// first look that shows it.
type Delay struct {
	Median float64 `json:"p50"`
	Late   float64 `json:"p95"`
}

func delayOf(looks []int) *Delay {
	if len(looks) == 0 {
		return nil
	}
	slices.Sort(looks)
	return &Delay{Median: quantile(looks, 0.5), Late: quantile(looks, 0.95)}
}

// quantile is the least of the sorted values that a share p does not exceed.
func quantile(sorted []int, p float64) float64 {
	return float64(sorted[max(0, int(math.Ceil(p*float64(len(sorted))))-1)])
}

// mostPerHour is the rate an hour below which the true one lies with 95 %
// confidence when n independent events came in so many hours: Poisson's exact
// one-sided bound, for none the rule of three.
func mostPerHour(n int, hours float64) float64 {
	low, high := 0.0, float64(n)*3+20
	for range 60 {
		mean := (low + high) / 2
		term, sum := math.Exp(-mean), 0.0
		for i := range n + 1 {
			sum += term
			term *= mean / float64(i+1)
		}
		if sum > 0.05 {
			low = mean
		} else {
			high = mean
		}
	}
	return high / hours
}
