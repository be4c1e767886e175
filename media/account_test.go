package media

import (
	"encoding/binary"
	"testing"
	"time"

	wmedia "github.com/pion/webrtc/v4/pkg/media"

	"qyragy/proctor"
)

// accounted checks that segments and gaps cover the time from first to last
// without a hole or an overlap of more than a second in all.
func accounted(t *testing.T, segments []proctor.Segment, gaps []proctor.Gap, first, last time.Time) {
	t.Helper()
	var sum time.Duration
	for _, g := range segments {
		sum += g.End.Sub(g.Start)
	}
	for _, g := range gaps {
		sum += g.To.Sub(g.From)
	}
	wall := last.Sub(first)
	t.Logf("%v of %v are accounted for, by %d segments and %d gaps", sum.Round(time.Millisecond), wall.Round(time.Millisecond), len(segments), len(gaps))
	if (sum - wall).Abs() > time.Second {
		t.Errorf("%v of %v are accounted for: segments %+v, gaps %+v", sum, wall, segments, gaps)
	}
}

// TestLargeCameraIsRecorded sends 1080p: the recorder takes all of it, the
// detectors nothing.
func TestLargeCameraIsRecorded(t *testing.T) {
	sent := clip(t, "2", "1920", "1080")
	k, stop := run(t, t.TempDir(), &journal{}, nil)
	c := publish(t, k, "seat-1")
	first := time.Now()
	c.play(t, sent)
	c.end(t)
	stop()
	segments, _, gaps := k.journal.all()
	if len(segments) != 1 || segments[0].Frames != len(sent) || segments[0].Width != 1920 || len(gaps) != 0 {
		t.Fatalf("segments %+v, gaps %+v of %d frames", segments, gaps, len(sent))
	}
	if st := k.Stats(); len(k.frames.keys) != 2 || st.TooLarge != 2 || st.Dropped != 0 {
		t.Errorf("the detectors got %d key frames; %+v", len(k.frames.keys), st)
	}
	accounted(t, segments, gaps, first, segments[0].End)
}

// huge is a clip whose key frames say that they are wider than 4096 pixels.
func huge(frames [][]byte) [][]byte {
	out := make([][]byte, len(frames))
	for i, f := range frames {
		out[i] = append([]byte(nil), f...)
		if key, _, _ := inspect("vp8", f); key {
			binary.LittleEndian.PutUint16(out[i][6:], maxSide+16)
		}
	}
	return out
}

// TestRefusedSizeIsAGap sends what is too large to record, before something
// that is not, at the end of a session, and up to the server's end.
func TestRefusedSizeIsAGap(t *testing.T) {
	sent := clip(t, "2", "320", "240")
	k, stop := run(t, t.TempDir(), &journal{}, nil)
	first := time.Now()
	a := publish(t, k, "seat-a")
	b := publish(t, k, "seat-b")
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.play(t, sent)
		b.play(t, huge(sent))
	}()
	a.play(t, huge(sent))
	a.play(t, sent)
	a.play(t, huge(sent))
	a.end(t)
	ended := time.Now()
	<-done
	stop()
	last := time.Now()
	segments, _, gaps := k.journal.all()
	by := func(seat proctor.SeatID) (s []proctor.Segment, g []proctor.Gap) {
		for _, x := range segments {
			if x.Seat == seat {
				s = append(s, x)
			}
		}
		for _, x := range gaps {
			if x.Seat == seat {
				g = append(g, x)
			}
			if x.Cause != proctor.GapDevice {
				t.Errorf("gap: %+v", x)
			}
		}
		return s, g
	}
	s, g := by("seat-a")
	if len(s) != 1 || len(g) != 2 {
		t.Fatalf("seat-a: %+v %+v", s, g)
	}
	accounted(t, s, g, first, ended)
	s, g = by("seat-b")
	if len(s) != 1 || len(g) != 1 {
		t.Fatalf("seat-b: %+v %+v", s, g)
	}
	accounted(t, s, g, first, last)

	// The next run goes on where the journal is.
	again, stop := run(t, k.dir, k.journal, nil)
	b = publish(t, again, "seat-b")
	b.play(t, sent[:15])
	b.end(t)
	last = time.Now()
	stop()
	segments, _, gaps = k.journal.all()
	gaps[len(gaps)-1].Cause = proctor.GapDevice // it is a restart
	s, g = by("seat-b")
	accounted(t, s, g, first, last)
}

// TestOverloadUpToTheEndIsAGap never gives the recorder's queue room again.
func TestOverloadUpToTheEndIsAGap(t *testing.T) {
	j := &journal{}
	r, now := newTestRecorder(t, j)
	first := *now
	r.begin(0, false)
	r.push(0, still(true, 100, *now))
	r.turn()
	for range 40 {
		*now = now.Add(100 * time.Millisecond)
		r.push(0, still(false, maxQueue/4, *now))
	}
	r.end(0, true)
	ended := *now
	r.turn()
	*now = now.Add(comeBack)
	r.turn()
	segments, _, gaps := j.all()
	if r.running {
		t.Error("the recorder has not ended")
	}
	if len(segments) != 1 || len(gaps) != 1 || gaps[0].Cause != proctor.GapOverload {
		t.Fatalf("segments %+v, gaps %+v", segments, gaps)
	}
	accounted(t, segments, gaps, first, ended)
}

// TestNothingRecordableIsAGap is a publisher without one key frame.
func TestNothingRecordableIsAGap(t *testing.T) {
	j := &journal{}
	r, now := newTestRecorder(t, j)
	first := *now
	r.begin(0, false)
	for range 30 {
		*now = now.Add(100 * time.Millisecond)
		r.push(0, still(false, 100, *now))
		r.turn()
	}
	r.end(0, true)
	ended := *now
	r.turn()
	*now = now.Add(comeBack)
	r.turn()
	segments, _, gaps := j.all()
	if len(segments) != 0 || len(gaps) != 1 || gaps[0].Cause != proctor.GapNetwork {
		t.Fatalf("segments %+v, gaps %+v", segments, gaps)
	}
	accounted(t, segments, gaps, first, ended)
}

// TestCameraThatStopsIsADevice: sound still comes, so it is not the network
// that the picture is missing for.
func TestCameraThatStopsIsADevice(t *testing.T) {
	t.Parallel()
	sent := clip(t, "2", "320", "240")
	k, _ := run(t, t.TempDir(), &journal{}, nil)
	c := publish(t, k, "seat-1")
	c.play(t, sent[:len(sent)-1])
	if err := c.video.WriteSample(wmedia.Sample{Data: sent[len(sent)-1], Duration: 10 * time.Second}); err != nil {
		t.Fatal(err) // the camera's clock goes on
	}
	for range 200 {
		if err := c.audio.WriteSample(wmedia.Sample{Data: []byte{0xf8, 0xff, 0xfe}, Duration: 50 * time.Millisecond}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.play(t, sent)
	c.end(t)
	until(t, "sealed", func() bool { g, _, _ := k.journal.all(); return len(g) == 2 })
	if _, _, gaps := k.journal.all(); len(gaps) != 1 || gaps[0].Cause != proctor.GapDevice || gaps[0].To.Sub(gaps[0].From) < 9*time.Second {
		t.Errorf("gaps %+v", gaps)
	}
}
