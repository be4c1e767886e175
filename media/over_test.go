package media

import (
	"testing"
	"time"

	"qyragy/proctor"
)

// ended waits until the recorder has said its last of a seat.
func ended(t *testing.T, k *kit, seat proctor.SeatID) {
	t.Helper()
	k.EndSeat(seat)
	until(t, "the seat is settled", func() bool { return k.Settled(seat) })
}

// TestLostPublisherIsAGapAtTheEnd loses a publisher without a DELETE: its gap
// is told when its exam ends, not when the server does.
func TestLostPublisherIsAGapAtTheEnd(t *testing.T) {
	sent := clip(t, "2", "320", "240")
	k, stop := run(t, t.TempDir(), &journal{}, nil)
	first := time.Now()
	c := publish(t, k, "seat-1")
	c.play(t, sent)
	time.Sleep(1500 * time.Millisecond)
	ended(t, k, "seat-1")
	last := time.Now()
	segments, _, gaps := k.journal.all()
	if len(segments) != 1 || len(gaps) != 1 || gaps[0].Cause != proctor.GapNetwork {
		t.Fatalf("segments %+v, gaps %+v", segments, gaps)
	}
	accounted(t, segments, gaps, first, last)
	stop()
	if _, _, after := k.journal.all(); len(after) != len(gaps) {
		t.Errorf("told twice: %+v", after)
	}
}

// TestSilentCameraIsTheDevices connects and sends nothing.
func TestSilentCameraIsTheDevices(t *testing.T) {
	j := &journal{}
	r, now := newTestRecorder(t, j)
	first := *now
	r.begin(0, false)
	r.turn()
	*now = now.Add(time.Minute)
	r.end(0, false)
	r.settle()
	r.turn()
	_, _, gaps := j.all()
	if len(gaps) != 1 || gaps[0].Cause != proctor.GapDevice {
		t.Fatalf("gaps %+v", gaps)
	}
	accounted(t, nil, gaps, first, *now)
	if r.turn(); !r.accounted() {
		t.Error("not settled")
	}
}

// TestSilentAfterAnOutage tells the network's part from the camera's.
func TestSilentAfterAnOutage(t *testing.T) {
	j := &journal{}
	r, now := newTestRecorder(t, j)
	first := *now
	r.begin(0, false)
	r.push(0, still(true, 100, *now))
	r.turn()
	r.end(0, false)
	r.turn()
	*now = now.Add(20 * time.Second)
	r.running = true
	r.begin(1, false)
	r.turn()
	*now = now.Add(10 * time.Second)
	r.end(1, false)
	r.settle()
	r.turn()
	segments, _, gaps := j.all()
	if len(gaps) != 2 || gaps[0].Cause != proctor.GapNetwork || gaps[1].Cause != proctor.GapDevice || gaps[1].To.Sub(gaps[1].From) != 10*time.Second {
		t.Fatalf("gaps %+v", gaps)
	}
	accounted(t, segments, gaps, first, *now)
}

// TestEndAfterARestart never sees the publisher again: what is missing since
// its last frame is the restart's.
func TestEndAfterARestart(t *testing.T) {
	sent := clip(t, "2", "320", "240")
	k, stop := run(t, t.TempDir(), &journal{}, nil)
	first := time.Now()
	c := publish(t, k, "seat-1")
	c.play(t, sent)
	stop()
	time.Sleep(1200 * time.Millisecond)
	again, _ := run(t, k.dir, k.journal, nil)
	ended(t, again, "seat-1")
	last := time.Now()
	segments, _, gaps := k.journal.all()
	if len(segments) != 1 || len(gaps) == 0 || gaps[len(gaps)-1].Cause != proctor.GapRestart {
		t.Fatalf("segments %+v, gaps %+v", segments, gaps)
	}
	accounted(t, segments, gaps, first, last)
}

// TestNobodyIsSettledAtOnce ends a seat that no publisher ever came to.
func TestNobodyIsSettledAtOnce(t *testing.T) {
	k, stop := run(t, t.TempDir(), &journal{}, nil)
	if k.EndSeat("nobody"); !k.Settled("nobody") {
		t.Error("it waits for nobody")
	}
	stop()
	if k.Settled("nobody") {
		t.Error("settled after the end")
	}
}
