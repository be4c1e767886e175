package journal

import (
	"slices"
	"sync"
	"testing"
	"time"

	"qyragy/proctor"
)

// BenchmarkAppend appends one event at a time, durably: alone, and from as
// many exams at once.
func BenchmarkAppend(b *testing.B) {
	for name, writers := range map[string]int{"1": 1, "50": 50} {
		b.Run("writers="+name, func(b *testing.B) {
			j := open(b, file(b))
			var mu sync.Mutex
			var took []time.Duration
			var wg sync.WaitGroup
			start := time.Now()
			for w := range writers {
				wg.Go(func() {
					for i := w; i < b.N; i += writers {
						t := time.Now()
						if _, err := j.Append(b.Context(), warned(w)); err != nil {
							b.Error(err)
						}
						d := time.Since(t)
						mu.Lock()
						took = append(took, d)
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			slices.Sort(took)
			b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "events/s")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1e3, "p99-ms")
		})
	}
}

// BenchmarkReplay reads and checks a journal of 10,000 events.
func BenchmarkReplay(b *testing.B) {
	const events = 10_000
	j := open(b, file(b))
	batch := make([]proctor.Event, events)
	for i := range batch {
		batch[i] = warned(i)
	}
	add(b, j, batch...)
	for b.Loop() {
		if err := j.Replay(b.Context(), func(proctor.Event) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(events*b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkLogin(b *testing.B) {
	a := open(b, file(b)).Accounts()
	if err := a.Create(b.Context(), aigul(), "password", nil, nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := a.Login(b.Context(), "aigul", "password"); err != nil {
			b.Fatal(err)
		}
	}
}
