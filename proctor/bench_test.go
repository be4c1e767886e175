package proctor

import (
	"testing"
	"time"
)

// BenchmarkLook is one look through the engine: no fact follows from most.
func BenchmarkLook(b *testing.B) {
	for name, obs := range map[string][]Observation{
		"quiet":   nil,
		"covered": {{Cause: CauseCovered, Score: 0.9}},
	} {
		b.Run(name, func(b *testing.B) {
			h := newHall(b, 200)
			at := noon
			b.ResetTimer()
			for i := 0; b.Loop(); i++ {
				if i%len(h.seats) == 0 {
					at = at.Add(time.Second)
				}
				l := Look{Seat: h.seats[i%len(h.seats)], At: at, Observations: obs}
				if err := h.Look(b.Context(), l); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "looks/s")
		})
	}
}

// BenchmarkFlapping is the worst case: facts follow from most looks.
func BenchmarkFlapping(b *testing.B) {
	h := newHall(b, 50)
	at := noon
	before := h.j.calls
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		if i%len(h.seats) == 0 {
			at = at.Add(time.Second)
		}
		l := Look{Seat: h.seats[i%len(h.seats)], At: at}
		if i/len(h.seats)%5 < 2 {
			l.Observations = []Observation{{Cause: CauseCovered, Score: 0.9}, {Cause: CauseOutsider, Score: 0.9}}
		}
		if err := h.Look(b.Context(), l); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "looks/s")
	b.ReportMetric(float64(h.j.calls-before)/float64(b.N), "appends/look")
}
