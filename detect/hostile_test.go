package detect

import (
	"bytes"
	"testing"
	"time"
)

// A worker that gives back more than it may is not believed: its memory would
// go with every frame until none fits a message.
func TestEndlessMemoryIsDropped(t *testing.T) {
	url := broker(t)
	seen := make(chan LookRequest, 10)
	worker(t, url, func(q LookRequest) *LookReply {
		seen <- q
		return &LookReply{Memory: bytes.Repeat([]byte{1}, 400<<10), Thumbnail: bytes.Repeat([]byte{1}, 300<<10)}
	})
	d, w := dispatching(t, url, Config{})
	for i := range 2 {
		d.KeyFrame("s", 1, time.Now(), "vp8", []byte{byte(i)})
		if q := <-seen; len(q.Memory) > MaxMemory {
			t.Errorf("%d bytes of memory are sent on", len(q.Memory))
		}
		eventually(t, "the look", func() bool { return w.count() == i+1 })
	}
	if jpeg, _, _ := d.Latest("s"); len(jpeg) > maxThumbnail {
		t.Errorf("a thumbnail of %d bytes", len(jpeg))
	}
}

// A worker that fails says nothing of the picture: only a picture that cannot
// be looked at does.
func TestWorkersFailureAccusesNobody(t *testing.T) {
	url := broker(t)
	worker(t, url, func(q LookRequest) *LookReply {
		return &LookReply{Err: "the network fell over", Fault: q.Frame.Data[0] == 1}
	})
	d, w := dispatching(t, url, Config{})
	d.KeyFrame("s", 1, time.Now(), "vp8", []byte{1})
	eventually(t, "a failed look", func() bool { return d.Stats().Failed == 1 })
	d.KeyFrame("s", 1, time.Now(), "vp8", []byte{2})
	eventually(t, "a look at a bad picture", func() bool { return w.count() > 0 })
	if n := w.count(); n != 1 {
		t.Errorf("%d looks, want that of the bad picture alone", n)
	}
}

// Reconnecting again and again does not calibrate for ever.
func TestReconnectingHidesNothing(t *testing.T) {
	for _, first := range []int{1, CalibrationLooks} { // looks before the first reconnection
		s := &slot{camera: 1}
		at, counted := time.Now(), 0
		look := func() {
			if s.age >= CalibrationLooks {
				counted++
			}
			s.age++
			s.frame.At = at
			at = at.Add(time.Second)
		}
		for range first {
			look()
		}
		counted = 0
		for camera := range 30 {
			s.change(camera+2, at)
			look()
		}
		if counted < 20 {
			t.Errorf("%d looks before: of 30 looks %d count", first, counted)
		}
		s.change(99, at.Add(again))
		if s.age != 0 {
			t.Errorf("a camera that comes back late begins at age %d", s.age)
		}
	}
}
