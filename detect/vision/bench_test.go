package vision

import (
	"path/filepath"
	"syscall"
	"testing"

	"gocv.io/x/gocv"

	"qyragy/detect"
	"qyragy/proctor"
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

// benchClips are the key frames, one a second, of real webcams where there
// are any, else of a sample; encoded as the page publishes: 500 kbit/s.
func benchClips(b *testing.B) [][][]byte {
	b.Helper()
	clips, _ := filepath.Glob(filepath.Join(media, "webcam", "*.mkv"))
	if len(clips) == 0 {
		return [][][]byte{{keyFrame(b, detect.VP8, sample(b, "sample1.jpg"), oneWoman)}}
	}
	var r [][][]byte
	for _, c := range clips {
		if filepath.Base(c) == "bird.mkv" { // two people: every look would count them
			continue
		}
		ivf := filepath.Join(b.TempDir(), "a.ivf")
		ffmpeg(b, "-i", c, "-an", "-vf", "fps=15", "-pix_fmt", "yuv420p", "-c:v", "libvpx", "-g", "15", "-keyint_min", "15",
			"-b:v", "500k", "-maxrate", "500k", "-bufsize", "500k", "-deadline", "realtime", "-cpu-used", "6", "-f", "ivf", ivf)
		var keys [][]byte
		for _, f := range readFrames(b, ivf) {
			if KeyFrame(detect.VP8, f) {
				keys = append(keys, f)
			}
		}
		r = append(r, keys)
	}
	return r
}

// BenchmarkLook is what a look costs, as the server asks for it: one a second
// at each of several seats, with the memory of the one before. Each clip runs
// to its end and back.
func BenchmarkLook(b *testing.B) {
	v := eyes(b)
	clips := benchClips(b)
	memories := make([][]byte, len(clips))
	i, counted, size := 0, 0, 0
	look := func() {
		seat, at := i%len(clips), i/len(clips)
		i++
		n := len(clips[seat])
		at %= max(1, 2*n-2)
		r := request(detect.VP8, clips[seat][min(at, 2*n-2-at)])
		r.Memory = memories[seat]
		reply := v.Look(r)
		if reply.Err != "" {
			b.Fatal(reply.Err)
		}
		memories[seat] = reply.Memory
		r.Memory = reply.Memory
		if size += len(r.Frame.Data); recall(r).Since == 0 {
			counted++
		}
	}
	for range clips {
		look() // a camera's first look always counts persons
	}
	i, counted, size = 0, 0, 0
	measured(b, look)
	b.ReportMetric(float64(counted)/float64(i), "counts/op")
	b.ReportMetric(float64(size)/float64(i), "frame-B/op")
}

// BenchmarkStage is what each stage of a look costs.
func BenchmarkStage(b *testing.B) {
	v := eyes(b)
	frame := benchClips(b)[0][0]
	p, err := decode(detect.VP8, frame)
	if err != nil {
		b.Fatal(err)
	}
	defer p.close()
	bgr, err := p.full()
	if err != nil {
		b.Fatal(err)
	}
	gray := gocv.NewMat()
	defer gray.Close()
	small := shrunk(bgr, thumbnailWidth)
	defer small.Close()
	found, err := v.faces(bgr, bgr.Cols())
	if err != nil || len(found) == 0 {
		b.Fatalf("no face: %v", err)
	}
	gocv.CvtColor(small, &gray, gocv.ColorBGRToGray)
	var remembered stillness
	stages := []struct {
		name string
		run  func() error
	}{
		{"decode", func() error {
			m, err := decode(detect.VP8, frame)
			if err == nil {
				m.close()
			}
			return err
		}},
		{"shrink", func() error {
			q, err := decode(detect.VP8, frame)
			if err != nil {
				return err
			}
			defer q.close()
			m, err := q.shrunk(thumbnailWidth)
			m.Close()
			return err
		}},
		{"measure", func() error {
			gocv.CvtColor(small, &gray, gocv.ColorBGRToGray)
			measure(gray)
			return nil
		}},
		{"thumbnail", func() error {
			m := shrunk(bgr, thumbnailWidth)
			defer m.Close()
			_, err := encodeJPEG(m, thumbnailQuality)
			return err
		}},
		{"faces", func() error { _, err := v.faces(small, bgr.Cols()); return err }},
		{"sharpness", func() error { _, err := faceSharpness(p, found[0]); return err }},
		{"view", func() error { _, err := viewOf(p); return err }},          // only if the face is soft
		{"surface", func() error { _, err := surfaceOf(gray); return err }}, // only without a face
		{"still", func() error {
			remembered = remembered.next(meansOf(gray), pointsOf(gray), false)
			return nil
		}},
		{"persons", func() error { _, err := v.things(bgr, personSide, wanteds(proctor.Thresholds{})[:1]); return err }},
		{"objects", func() error { _, err := v.things(bgr, objectSide, wanteds(proctor.Thresholds{})); return err }},
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
