package vision

import (
	"path/filepath"
	"syscall"
	"testing"

	"gocv.io/x/gocv"

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

// measured runs f b.N times and reports the processor time of each.
func measured(b *testing.B, f func()) {
	f()
	b.ResetTimer()
	start := cpu(b)
	for range b.N {
		f()
	}
	b.ReportMetric((cpu(b)-start)/float64(b.N), "cpu-ms/op")
}

// benchFrames are key frames of a real webcam where there is one, else of a
// sample.
func benchFrames(b *testing.B) [][]byte {
	clips, _ := filepath.Glob(filepath.Join(media, "webcam", "*.mkv"))
	if len(clips) == 0 {
		return [][]byte{keyFrame(b, detect.VP8, sample(b, "sample1.jpg"), oneWoman)}
	}
	var frames [][]byte
	for _, c := range clips {
		if filepath.Base(c) != "bird.mkv" { // two people: every look would count them
			frames = append(frames, keyFrames(b, detect.VP8, c, "fps=4", "12")...)
		}
	}
	return frames
}

// BenchmarkLook is what a look costs, as the server asks for it: one a second
// with the memory of the one before.
func BenchmarkLook(b *testing.B) {
	v := eyes(b)
	frames := benchFrames(b)
	r := request(detect.VP8, nil)
	i := 0
	measured(b, func() {
		r.Frame.Data = frames[i%len(frames)]
		i++
		reply := v.Look(r)
		if reply.Err != "" {
			b.Fatal(reply.Err)
		}
		r.Memory = reply.Memory
	})
}

// BenchmarkStage is what each stage of a look costs.
func BenchmarkStage(b *testing.B) {
	v := eyes(b)
	frame := benchFrames(b)[0]
	bgr, err := decode(detect.VP8, frame)
	if err != nil {
		b.Fatal(err)
	}
	defer bgr.Close()
	gray := gocv.NewMat()
	defer gray.Close()
	gocv.CvtColor(bgr, &gray, gocv.ColorBGRToGray)
	found, err := v.faces(bgr)
	if err != nil || len(found) == 0 {
		b.Fatalf("no face: %v", err)
	}
	stages := []struct {
		name string
		run  func() error
	}{
		{"decode", func() error {
			m, err := decode(detect.VP8, frame)
			if err == nil {
				m.Close()
			}
			return err
		}},
		{"measure", func() error {
			gocv.CvtColor(bgr, &gray, gocv.ColorBGRToGray)
			measure(gray)
			return nil
		}},
		{"thumbnail", func() error { _, err := thumbnail(bgr); return err }},
		{"faces", func() error { _, err := v.faces(bgr); return err }},
		{"sharpness", func() error { faceSharpness(gray, found[0]); return nil }},
		{"persons", func() error { _, err := v.persons(bgr); return err }},
		{"embed", func() error { _, err := v.embed(bgr, found[0]); return err }},
	}
	for _, s := range stages {
		b.Run(s.name, func(b *testing.B) {
			measured(b, func() {
				if err := s.run(); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}
