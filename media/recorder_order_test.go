package media

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"qyragy/proctor"
)

// arrival is a frame and when it is whole.
type arrival struct {
	frame frame
	at    time.Time
}

// arrivals makes the frames of a stream whose packets come late, and video now
// and then half a second late, because it had to be sent again.
func arrivals(frames [][]byte, start time.Time) []arrival {
	random := rand.New(rand.NewPCG(1, 2))
	var out []arrival
	free := start
	for i, data := range frames {
		at := start.Add(time.Duration(i) * time.Second / 15)
		key, w, h := inspect("vp8", data)
		late := time.Duration(random.IntN(60)) * time.Millisecond
		if i%20 == 13 {
			late = 500 * time.Millisecond
		}
		if free = maxTime(free, at.Add(late)); i == 0 {
			free = at
		}
		out = append(out, arrival{frame{track: videoTrack, codec: "vp8", key: key, at: at, data: data, setup: setup{width: w, height: h}}, free})
	}
	free = start
	end := out[len(out)-1].frame.at
	for at := start; at.Before(end); at = at.Add(20 * time.Millisecond) {
		free = maxTime(free, at.Add(time.Duration(random.IntN(30))*time.Millisecond))
		out = append(out, arrival{frame{track: audioTrack, key: true, at: at, data: []byte{0xf8, 0xff, 0xfe}}, free})
	}
	slices.SortStableFunc(out, func(a, b arrival) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	return out
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// recordLate records a stream that comes late and says how long each video
// frame waited before it was written, less the wait for the recorder's turn.
func recordLate(t *testing.T, frames [][]byte) (*recorder, proctor.Segment, []time.Duration) {
	t.Helper()
	j := &journal{}
	r, now := newTestRecorder(t, j)
	r.audio, r.begun = true, *now
	var waits []time.Duration
	var pushed []time.Time
	coming := arrivals(frames, *now)
	for end := coming[len(coming)-1].at.Add(time.Second); now.Before(end); *now = now.Add(tick) {
		for len(coming) > 0 && !coming[0].at.After(*now) {
			r.push(0, coming[0].frame)
			if coming[0].frame.track == videoTrack {
				pushed = append(pushed, *now)
			}
			coming = coming[1:]
		}
		r.turn()
		for written := int(r.env.stats.frames.Load()); len(waits) < written; {
			waits = append(waits, now.Sub(pushed[len(waits)]))
		}
	}
	*now = now.Add(3 * time.Second)
	r.turn()
	segments, _, _ := j.all()
	if len(segments) != 1 || segments[0].Frames != len(frames) {
		t.Fatalf("%+v", segments)
	}
	return r, segments[0], waits
}

// TestBlocksAreInOrderOfTime: within a cluster times never fall, no video frame
// is moved in time, and none waits for more than one turn.
func TestBlocksAreInOrderOfTime(t *testing.T) {
	frames := clip(t, "8", "320", "240")
	r, g, waits := recordLate(t, frames)
	data := segmentData(t, r, g)
	edges := map[int64]int64{} // by cluster
	l, err := scan(bytes.NewReader(data), int64(len(data)), false, nil)
	if err != nil {
		t.Fatal(err)
	}
	moved, back := 0, 0
	i := 0
	edge := int64(0)
	_, _ = scan(bytes.NewReader(data), int64(len(data)), false, func(b block) bool {
		var cluster clusterAt
		for _, c := range l.clusters {
			if b.offset >= c.offset && b.offset < c.end {
				cluster = c
			}
		}
		if last, found := edges[cluster.offset]; found && b.ms < last || b.ms < cluster.ms {
			t.Errorf("a block of %d ms in a cluster of %d ms, after one of %d ms", b.ms, cluster.ms, last)
		}
		edges[cluster.offset] = b.ms
		if b.ms < edge {
			back++
		}
		edge = b.ms
		if b.track == videoTrack {
			if b.ms != int64(i)*1000/15 {
				moved++
			}
			i++
		}
		return true
	})
	if moved > 0 || i != len(frames) {
		t.Errorf("%d of %d frames were moved in time", moved, i)
	}
	if most := slices.Max(waits); most > holdVideo {
		t.Errorf("a frame waited %v", most)
	}
	if p := ffprobe(t, data); p.Streams[0].Frames != "120" {
		t.Errorf("%+v", p)
	}
	t.Logf("%d clusters, %d of them begin earlier than the one before ends", len(l.clusters), back)
}

// TestTrackThatIsSilentIsNotWaitedFor: without sound, a frame is written at
// the very next turn.
func TestTrackThatIsSilentIsNotWaitedFor(t *testing.T) {
	r, now := newTestRecorder(t, &journal{})
	r.push(0, frame{track: audioTrack, key: true, at: *now, data: []byte{1}})
	r.turn()
	*now = now.Add(holdIdle)
	for i := range 10 {
		r.push(0, still(i == 0, 50, *now))
		r.turn()
		if got := r.env.stats.frames.Load(); got != int64(i+1) {
			t.Fatalf("%d of %d frames are written", got, i+1)
		}
		*now = now.Add(time.Second / 15)
	}
}

// TestRegularTracksHardlyWait: as our page sends them, in time, next to nothing
// waits for more than the recorder's turn.
func TestRegularTracksHardlyWait(t *testing.T) {
	r, now := newTestRecorder(t, &journal{})
	start, sent, waited := *now, 0, 0
	for ms := range 20_000 {
		*now = start.Add(time.Duration(ms) * time.Millisecond)
		if ms%60 == 20 {
			r.push(0, frame{track: audioTrack, key: true, at: *now, data: []byte{1}})
		}
		if ms%67 == 0 {
			r.push(0, still(ms%1005 == 0, 50, *now))
			sent++
		}
		if ms%100 == 99 {
			r.turn()
			waited += sent - int(r.env.stats.frames.Load())
		}
	}
	if waited > sent/50 {
		t.Errorf("%d of %d frames waited for a second turn", waited, sent)
	}
}
