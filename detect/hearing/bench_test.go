package hearing

import (
	"syscall"
	"testing"

	"qyragy/detect"
)

// cpu is the processor time of this process so far, in milliseconds.
func cpu(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	ms := func(t syscall.Timeval) float64 { return float64(t.Sec)*1e3 + float64(t.Usec)/1e3 }
	return ms(u.Utime) + ms(u.Stime)
}

// BenchmarkSecond is what a second of sound costs a detector.
func BenchmarkSecond(b *testing.B) {
	h := open(b)
	for _, c := range []Sample{Spoken()[0], Sounding()[1]} {
		packets := opus(b, 60, 1, c.Input...)[34:51]
		b.Run(c.Name, func(b *testing.B) {
			var memory []byte
			start := cpu(b)
			for b.Loop() {
				r := h.Hear(detect.HearRequest{Packets: packets, Memory: memory})
				if r.Err != "" {
					b.Fatal(r.Err)
				}
				memory = r.Memory
			}
			b.ReportMetric((cpu(b)-start)/float64(b.N), "cpu-ms/op")
		})
		b.Run(c.Name+" decode", func(b *testing.B) {
			start := cpu(b)
			for b.Loop() {
				if _, err := decode(packets); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((cpu(b)-start)/float64(b.N), "cpu-ms/op")
		})
	}
}
