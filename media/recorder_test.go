package media

import (
	"testing"
	"time"

	"qyragy/proctor"
)

// still is a VP8 key frame (of nothing) or a delta frame of n bytes.
func still(key bool, n int, at time.Time) frame {
	data := make([]byte, n)
	data[0] = 1
	if key {
		copy(data, []byte{0x10, 0, 0, 0x9d, 1, 0x2a, 64, 1, 240, 0})
	}
	return frame{track: videoTrack, codec: "vp8", key: key, setup: setup{width: 320, height: 240}, at: at, data: data}
}

// newTestRecorder is a recorder whose turns the test takes itself.
func newTestRecorder(t *testing.T, j *journal) (*recorder, *time.Time) {
	t.Helper()
	sp, err := openSpool(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sp.root.Close() })
	now := time.Unix(1_800_000_000, 0)
	r := newRecorder("seat-1", &recorderEnv{spool: sp, log: j, now: func() time.Time { return now }, stats: &counters{},
		stored: func(proctor.Segment) {}, fatal: func(err error) { t.Error(err) }, warn: func(string, ...any) {}}, func() {})
	r.running, r.publisher = true, true
	return r, &now
}

func TestOverflowDropsUpToAKeyFrameAndIsAGap(t *testing.T) {
	j := &journal{}
	r, now := newTestRecorder(t, j)
	r.push(0, still(true, 100, *now))
	if !r.turn() {
		t.Fatal("ended")
	}
	for range 10 { // the disk does nothing: no turn
		*now = now.Add(100 * time.Millisecond)
		r.push(0, still(false, maxQueue/8, *now))
	}
	if r.queued > maxQueue {
		t.Errorf("%d bytes queued", r.queued)
	}
	*now = now.Add(time.Second)
	r.turn()
	r.push(0, still(false, 100, *now)) // there is room, but nothing to refer to
	*now = now.Add(200 * time.Millisecond)
	r.push(0, still(true, 100, *now))
	r.push(0, still(false, 100, now.Add(60*time.Millisecond)))
	r.turn()
	r.close()
	segments, _, gaps := j.all()
	if len(segments) != 2 || len(gaps) != 1 || gaps[0].Cause != proctor.GapOverload || gaps[0].From != segments[0].End || gaps[0].To != segments[1].Start {
		t.Fatalf("the gap does not lie between two segments: %+v %+v", segments, gaps)
	}
	if got, dropped := segments[0].Frames+segments[1].Frames, r.env.stats.dropped.Load(); got+int(dropped) != 14 || dropped < 3 {
		t.Errorf("%d recorded, %d dropped of 14", got, dropped)
	}
}

func TestSegmentsEndWhenTheyMust(t *testing.T) {
	j := &journal{}
	r, now := newTestRecorder(t, j)
	start := *now
	for i := range 15 * 130 { // a key frame a second for 130 s
		*now = start.Add(time.Duration(i) * time.Second / 15)
		r.push(0, still(i%15 == 0, 50, *now))
		r.turn()
	}
	big := still(true, 50, now.Add(66*time.Millisecond))
	big.width = 640
	r.push(0, big)
	jumped := still(true, 50, now.Add(133*time.Millisecond))
	jumped.width, jumped.broken = 640, true
	r.push(0, jumped)
	r.push(1, still(true, 50, now.Add(200*time.Millisecond)))
	*now = now.Add(200 * time.Millisecond)
	r.turn()
	*now = now.Add(3 * time.Second)
	r.turn()
	segments, _, gaps := j.all()
	if len(segments) != 6 || len(gaps) != 0 {
		t.Fatalf("%d segments, gaps %v", len(segments), gaps)
	}
	frames := 0
	for i, g := range segments {
		frames += g.Frames
		if g.Number != i || g.End.Sub(g.Start) > time.Minute || i > 0 && (g.Prev != segments[i-1].SHA256 || g.Start.Sub(segments[i-1].End).Abs() > 5*time.Millisecond) {
			t.Errorf("segment %d: %+v", i, g)
		}
	}
	if frames != 15*130+3 || segments[3].Width != 640 || segments[5].Camera != 1 {
		t.Errorf("%d frames, %+v", frames, segments)
	}
}

func TestSegmentWithoutAnotherKeyFrameEndsAtAMinute(t *testing.T) {
	j := &journal{}
	r, now := newTestRecorder(t, j)
	asked := 0
	r.wantKey = func() { asked++ }
	start := *now
	for i := range 15 * 70 {
		*now = start.Add(time.Duration(i) * time.Second / 15)
		r.push(0, still(i == 0, 50, *now))
		r.turn()
	}
	segments, _, _ := j.all()
	if len(segments) != 1 || segments[0].End.Sub(segments[0].Start) > time.Minute || asked == 0 || r.seg != nil {
		t.Errorf("%+v, %d key frames asked for", segments, asked)
	}
}

// TestSegmentsAreBounded: a publisher whose picture changes its size with each
// key frame must not make a segment of each.
func TestSegmentsAreBounded(t *testing.T) {
	j := &journal{}
	r, now := newTestRecorder(t, j)
	begun := *now
	for i := range 1000 {
		f := still(true, 100, *now)
		f.width += i % 2
		r.push(0, f)
		*now = now.Add(20 * time.Millisecond)
		r.turn()
	}
	*now = now.Add(startEvery)
	r.push(0, still(true, 100, *now))
	*now = now.Add(time.Second)
	r.turn()
	r.close()
	segments, _, gaps := j.all()
	if most := startBurst + int(now.Sub(begun)/startEvery); len(segments) > most {
		t.Errorf("%d segments, at most %d may be", len(segments), most)
	}
	if n := len(segments); n == 0 || segments[n-1].Start.Before(now.Add(-2*time.Second)) {
		t.Error("it does not go on afterwards")
	}
	if len(gaps) == 0 || gaps[0].Cause != proctor.GapDevice {
		t.Errorf("what was not recorded: %+v", gaps)
	}
}

// TestShareOfTheDiskIsBounded: one publisher must not fill the disk of all.
func TestShareOfTheDiskIsBounded(t *testing.T) {
	j := &journal{}
	r, now := newTestRecorder(t, j)
	begun, total := *now, 0
	send := func(key bool) {
		r.push(0, still(key, 1<<20, *now))
		*now = now.Add(100 * time.Millisecond) // ten times the share
		total += r.queued
		r.turn()
	}
	for i := range 300 {
		send(i%10 == 0)
	}
	if most := shareBurst + shareRate*int(now.Sub(begun)/time.Second+1); total > most {
		t.Errorf("%d MiB were taken, at most %d may be", total>>20, most>>20)
	}
	if r.missed != proctor.GapDevice {
		t.Errorf("why it is not recorded: %q", r.missed)
	}
	*now = now.Add(10 * time.Second)
	total = 0
	send(true)
	if total == 0 {
		t.Error("it does not go on afterwards")
	}
	r.close()
}
