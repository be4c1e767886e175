package detect

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"qyragy/proctor"
)

// hall takes what was heard as the engine does; at a seat named off speech is
// no matter.
type hall struct {
	mu    sync.Mutex
	heard []proctor.Heard
	err   error
}

func (h *hall) Heard(_ context.Context, x proctor.Heard) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard = append(h.heard, x)
	return h.err
}

func (h *hall) Speech(id proctor.SeatID) (float64, bool) { return 0.6, id != "off" }

func (h *hall) count() int { h.mu.Lock(); defer h.mu.Unlock(); return len(h.heard) }

// listener answers requests of sound as a detector does.
func listener(t *testing.T, url string, answer func(HearRequest) HearReply) {
	t.Helper()
	nc := connect(t, url)
	_, err := nc.QueueSubscribe(SubjectHear, Queue, func(m *nats.Msg) {
		var q HearRequest
		if err := Decode(m.Data, &q); err != nil {
			t.Error(err)
		}
		b, err := json.Marshal(answer(q))
		if err != nil {
			t.Error(err)
		}
		_ = m.Respond(b) // the test may be over
	})
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// listening runs a Listener until the test's end.
func listening(t *testing.T, url string, c ListenConfig) (*Listener, *hall, chan error) {
	t.Helper()
	h := &hall{}
	c.NATS, c.Sounds, c.Wanted = connect(t, url), h, h
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second // never, unless a test wants it
	}
	l := NewListener(c)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return l, h, done
}

// With one slow worker and many talkative seats all come round equally often,
// none has two requests under way, and each is of its newest sound.
func TestListeningIsFair(t *testing.T) {
	url := broker(t)
	const seats, rounds = 20, 5
	var mu sync.Mutex
	heard, newest, busy := map[proctor.SeatID]int{}, map[proctor.SeatID]byte{}, map[proctor.SeatID]bool{}
	proceed := make(chan struct{})
	listener(t, url, func(q HearRequest) HearReply {
		mu.Lock()
		if busy[q.Seat] || newest[q.Seat] > q.Packets[0][0] || q.Threshold != 0.6 {
			t.Errorf("%s: busy %v, sound %d after %d, threshold %v", q.Seat, busy[q.Seat], q.Packets[0][0], newest[q.Seat], q.Threshold)
		}
		busy[q.Seat], newest[q.Seat] = true, q.Packets[0][0]
		mu.Unlock()
		<-proceed
		mu.Lock()
		defer mu.Unlock()
		busy[q.Seat] = false
		heard[q.Seat]++
		return HearReply{Voice: 0.1}
	})
	l, h, _ := listening(t, url, ListenConfig{})
	offered := byte(0)
	offer := func() {
		offered++
		for i := range seats {
			l.Sound(seatName(i), 1, time.Now(), [][]byte{{offered}})
		}
	}
	offer()
	for n := range seats * rounds {
		if n%10 == 0 {
			offer()
		}
		proceed <- struct{}{}
		eventually(t, "a sound", func() bool { return h.count() > n })
	}
	mu.Lock()
	for i := range seats {
		if n := heard[seatName(i)]; n < rounds-1 || n > rounds+1 {
			t.Errorf("%s was heard %d times, not %d", seatName(i), n, rounds)
		}
	}
	mu.Unlock()
	if st := l.Stats(); st.Overtaken == 0 || st.Failed != 0 {
		t.Errorf("stats %+v", st)
	}
	close(proceed)
}

// The memory of a sound comes back with the one that goes on from it, and with
// no other; what was speech is said to have been.
func TestListeningRemembers(t *testing.T) {
	url := broker(t)
	seen := make(chan HearRequest, 1)
	listener(t, url, func(q HearRequest) HearReply {
		seen <- q
		return HearReply{Voice: float64(q.Packets[0][0]) / 100, Memory: fmt.Appendf(nil, "after %d", q.Packets[0][0])}
	})
	l, h, _ := listening(t, url, ListenConfig{})
	at := time.Now()
	for i, step := range []struct {
		camera int
		after  time.Duration
		voice  byte
		memory string
	}{{1, time.Second, 90, ""}, {1, time.Second, 10, "after 90"}, {1, 3 * time.Second, 80, ""}, {2, time.Second, 70, ""}, {2, time.Second, 0, "after 70"}} {
		at = at.Add(step.after)
		l.Sound("s", step.camera, at, [][]byte{{step.voice}})
		if q := <-seen; string(q.Memory) != step.memory || !q.At.Equal(at) {
			t.Errorf("sound %d came with the memory %q, want %q", i, q.Memory, step.memory)
		}
		eventually(t, "a sound", func() bool { return h.count() == i+1 })
		if got := l.Speech("s"); got != (step.voice >= 30) {
			t.Errorf("after %d %% of speech it says %v", step.voice, got)
		}
	}
	l.Forget("s")
	if l.Speech("s") || l.Speech("nobody") {
		t.Error("a seat that is forgotten speaks")
	}
}

// Where speech is no matter nobody listens; a reply that is none is counted
// and told to nobody.
func TestListeningOff(t *testing.T) {
	url := broker(t)
	listener(t, url, func(q HearRequest) HearReply {
		if q.Seat == "off" {
			t.Error("a sound was heard where speech is no matter")
		}
		return HearReply{Err: "broken"}
	})
	l, h, _ := listening(t, url, ListenConfig{})
	l.Sound("off", 1, time.Now(), [][]byte{{1}})
	l.Sound("on", 1, time.Now(), [][]byte{{1}})
	eventually(t, "the failure", func() bool { return l.Stats().Failed == 1 })
	if h.count() != 0 {
		t.Error("a failure was told as silence")
	}
}

// A journal that fails ends the listener.
func TestListeningEndsWithTheJournal(t *testing.T) {
	url := broker(t)
	listener(t, url, func(HearRequest) HearReply { return HearReply{} })
	l, h, done := listening(t, url, ListenConfig{})
	h.mu.Lock()
	h.err = fmt.Errorf("the disk is full")
	h.mu.Unlock()
	l.Sound("s", 1, time.Now(), slices.Repeat([][]byte{{1}}, 3))
	if err := <-done; err == nil {
		t.Error("it goes on")
	}
}
