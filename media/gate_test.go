package media

import (
	"testing"
	"time"
)

// room is a gate with a clock, fed with packets of 60 ms.
type room struct {
	gate
	at      time.Time
	insists bool
	passed  int // seconds handed on
}

func newRoom() *room {
	r := &room{at: time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)}
	r.insist = func() bool { return r.insists }
	return r
}

// hear pushes seconds of packets whose levels follow one after another, in
// dBov, and returns how many seconds were handed on.
func (r *room) hear(seconds int, levels ...uint8) int {
	before := r.passed
	for i := range seconds * 17 {
		r.at = r.at.Add(60 * time.Millisecond)
		if out := r.push(r.at, levels[i%len(levels)], []byte{0xf8}); out != nil {
			r.passed++
		}
	}
	return r.passed - before
}

func TestGate(t *testing.T) {
	r := newRoom()
	// One second is tried at once, then one in fifteen.
	if n := r.hear(46, 70, 72, 69); n != 3 {
		t.Errorf("of 46 quiet seconds %d were handed on, want 3", n)
	}
	if n := r.hear(10, 70, 71, 30, 28, 45, 31); n < 9 {
		t.Errorf("of 10 seconds of speech %d were handed on", n)
	}
	if n := r.hear(10, 69); n > 3 {
		t.Errorf("of 10 quiet seconds after speech %d were handed on", n)
	}
	// A click is one packet of a second.
	if n := r.hear(20, 70, 70, 70, 70, 70, 70, 20, 70, 70, 70, 70, 70, 70, 70, 70, 70, 70); n > 2 {
		t.Errorf("of 20 seconds with a click each %d were handed on", n)
	}
}

// A fan that is switched on is soon the room's noise; speech over it is not.
func TestGateLearnsTheRoom(t *testing.T) {
	r := newRoom()
	r.hear(5, 75)
	r.hear(20, 48, 50, 49)
	if n := r.hear(20, 48, 50, 49); n > 2 {
		t.Errorf("of 20 seconds of a fan %d were handed on", n)
	}
	if n := r.hear(10, 48, 50, 36, 34, 33, 40); n < 9 {
		t.Errorf("of 10 seconds of speech beside a fan %d were handed on", n)
	}
	// A minute of speech without a pause of a second goes on being heard.
	if n := r.hear(60, 48, 34, 33, 36, 34, 33, 40, 35, 36, 33, 34, 35); n < 58 {
		t.Errorf("of a minute of speech %d seconds were handed on", n)
	}
}

func TestGateWithoutLevels(t *testing.T) {
	r := newRoom()
	if n := r.hear(20, noLevel); n < 9 || n > 11 {
		t.Errorf("of 20 seconds without levels %d were handed on, want one in two", n)
	}
}

// Where speech was found the levels, which are the client's word, are not
// asked.
func TestGateInsists(t *testing.T) {
	r := newRoom()
	r.hear(3, 127)
	r.insists = true
	if n := r.hear(10, 127); n < 9 {
		t.Errorf("of 10 seconds that are insisted on %d were handed on", n)
	}
}

// A second is bounded, and one that was torn apart is not handed on.
func TestGateIsBounded(t *testing.T) {
	r := newRoom()
	var most int
	for range 3000 {
		r.at = r.at.Add(time.Millisecond)
		for _, p := range r.push(r.at, 10, make([]byte, 1200)) {
			most += len(p)
		}
		if len(r.packets) > maxSoundPackets || r.bytes > maxSound {
			t.Fatalf("%d packets, %d bytes are kept", len(r.packets), r.bytes)
		}
	}
	if most == 0 {
		t.Error("loud sound was not handed on")
	}
	r.at = r.at.Add(time.Minute)
	if out := r.push(r.at, 10, []byte{1}); out != nil {
		t.Error("what came before a break of a minute was handed on after it")
	}
}

func TestGateOfSilenceAllocatesNothing(t *testing.T) {
	r := newRoom()
	r.hear(30, 127) // the slice has grown
	data := []byte{0xf8}
	if n := testing.AllocsPerRun(200, func() {
		r.at = r.at.Add(60 * time.Millisecond)
		r.newest, r.gate.passed = r.at, r.at
		r.push(r.at, 127, data)
	}); n != 0 {
		t.Errorf("a quiet packet costs %v allocations", n)
	}
}

// BenchmarkGate is what a second of sound costs the server before anything is
// handed on.
func BenchmarkGate(b *testing.B) {
	for name, level := range map[string]uint8{"quiet": 80, "speech": 25} {
		b.Run(name, func(b *testing.B) {
			r := newRoom()
			r.hear(5, 80)
			for b.Loop() {
				r.hear(1, level)
			}
		})
	}
}
