package detect

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"qyragy/proctor"
)

func broker(t *testing.T) string {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("NATS does not start")
	}
	return s.ClientURL()
}

func connect(t *testing.T, url string) *nats.Conn {
	t.Helper()
	closed := make(chan struct{})
	nc, err := nats.Connect(url, nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close(); <-closed })
	return nc
}

// witness takes looks as the engine does, and knows its seats' companions.
type witness struct {
	mu    sync.Mutex
	looks []proctor.Look
	err   error
}

func (w *witness) Look(_ context.Context, l proctor.Look) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks = append(w.looks, l)
	return w.err
}

func (w *witness) Terms(id proctor.SeatID) Terms { return Terms{Companions: len(id)} }

func (w *witness) count() int { w.mu.Lock(); defer w.mu.Unlock(); return len(w.looks) }

// worker answers looks with answer, one at a time and in its own goroutine,
// as a detector does.
func worker(t *testing.T, url string, answer func(LookRequest) *LookReply) {
	t.Helper()
	nc := connect(t, url)
	requests := make(chan *nats.Msg, 1000)
	if _, err := nc.ChanQueueSubscribe(SubjectLook, Queue, requests); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case m := <-requests:
				respondTo(t, m, answer)
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-done })
}

func respondTo(t *testing.T, m *nats.Msg, answer func(LookRequest) *LookReply) {
	var q LookRequest
	if err := Decode(m.Data, &q); err != nil {
		t.Error(err)
		return
	}
	a := answer(q)
	if a == nil {
		return
	}
	b, err := Encode(*a)
	if err != nil {
		t.Error(err)
		return
	}
	if err := m.Respond(b); err != nil {
		t.Error(err)
	}
}

// dispatching runs a Dispatcher until the test's end.
func dispatching(t *testing.T, url string, c Config) (*Dispatcher, *witness) {
	t.Helper()
	w := &witness{}
	c.NATS, c.Looks, c.Seats = connect(t, url), w, w
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second // never, unless a test wants it
	}
	d := New(c)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return d, w
}

func seatName(i int) proctor.SeatID { return proctor.SeatID(fmt.Sprintf("seat%d", i)) }

// With one slow worker and fifty impatient seats all come round equally
// often, none has two looks under way, and each look is at its newest frame.
func TestOverloadIsFair(t *testing.T) {
	url := broker(t)
	const seats, rounds = 50, 6
	var mu sync.Mutex
	looks, newest := map[proctor.SeatID]int{}, map[proctor.SeatID]byte{}
	proceed := make(chan struct{})
	worker(t, url, func(q LookRequest) *LookReply {
		<-proceed
		mu.Lock()
		defer mu.Unlock()
		looks[q.Frame.Seat]++
		if q.Age != looks[q.Frame.Seat]-1 {
			t.Errorf("%s: age %d at look %d: two under way, or one lost", q.Frame.Seat, q.Age, looks[q.Frame.Seat])
		}
		if newest[q.Frame.Seat] > q.Frame.Data[0] {
			t.Errorf("%s: frame %d after %d", q.Frame.Seat, q.Frame.Data[0], newest[q.Frame.Seat])
		}
		newest[q.Frame.Seat] = q.Frame.Data[0]
		return &LookReply{}
	})
	d, w := dispatching(t, url, Config{})
	offered := 0
	offer := func() {
		offered++
		for i := range seats {
			d.KeyFrame(seatName(i), 1, time.Now(), "vp8", []byte{byte(offered)})
		}
	}
	offer()
	for n := range seats * rounds {
		if n%10 == 0 {
			offer() // five frames for each look
		}
		proceed <- struct{}{}
		eventually(t, "a look", func() bool { return w.count() > n })
	}
	mu.Lock()
	for i := range seats {
		if n := looks[seatName(i)]; n < rounds-1 || n > rounds+1 {
			t.Errorf("%s was looked at %d times, not %d", seatName(i), n, rounds)
		}
	}
	mu.Unlock()
	st := d.Stats()
	if all := uint64(offered * seats); st.Overtaken == 0 || st.Overtaken+st.Looks+uint64(seats) < all {
		t.Errorf("%d frames offered, stats %+v: some are not accounted for", all, st)
	}
	close(proceed)
}

// A request carries what the worker needs, and the reply's memory comes back
// with the next, until the camera is another.
func TestMemoryLivesWithTheCamera(t *testing.T) {
	url := broker(t)
	seen := make(chan LookRequest, 10)
	worker(t, url, func(q LookRequest) *LookReply {
		seen <- q
		return &LookReply{Memory: fmt.Appendf(nil, "after %d", q.Age), Thumbnail: []byte("jpeg")}
	})
	d, w := dispatching(t, url, Config{})
	at := time.Now().Truncate(time.Millisecond).UTC()
	for i, want := range []struct {
		camera, age int
		memory      string
	}{{1, 0, ""}, {1, 1, "after 0"}, {1, 2, "after 1"},
		{2, CalibrationLooks - 1, ""}, {2, CalibrationLooks, "after 2"}} { // soon back: one look calibrates
		at = at.Add(time.Second)
		d.KeyFrame("abc", want.camera, at, "vp9", []byte{byte(i)})
		q := <-seen
		if q.Age != want.age || string(q.Memory) != want.memory || q.Terms.Companions != 3 || q.Frame.Codec != VP9 || !q.Frame.At.Equal(at) {
			t.Errorf("request %d: %+v, want %+v", i, q, want)
		}
		eventually(t, "the look", func() bool { return w.count() == i+1 })
	}
	if l := w.looks[4]; l.Seat != "abc" || !l.At.Equal(at) {
		t.Errorf("look %+v", l)
	}
	if jpeg, taken, ok := d.Latest("abc"); !ok || string(jpeg) != "jpeg" || !taken.Equal(at) {
		t.Errorf("thumbnail %q of %v", jpeg, taken)
	}
	if f, ok := d.Newest("abc"); !ok || f.Data[0] != 4 {
		t.Errorf("newest frame %+v", f)
	}
	d.Forget("abc")
	if _, _, ok := d.Latest("abc"); ok {
		t.Error("a forgotten seat has a thumbnail")
	}
	if _, ok := d.Newest("abc"); ok {
		t.Error("a forgotten seat has a frame")
	}
}

// A camera that changes during a look does not inherit its memory.
func TestCameraChangesDuringALook(t *testing.T) {
	url := broker(t)
	seen, answer := make(chan LookRequest, 10), make(chan struct{})
	worker(t, url, func(q LookRequest) *LookReply {
		seen <- q
		<-answer
		return &LookReply{Memory: []byte("old")}
	})
	d, _ := dispatching(t, url, Config{})
	d.KeyFrame("s", 1, time.Now(), "vp8", []byte{1})
	<-seen
	d.KeyFrame("s", 2, time.Now(), "vp8", []byte{2})
	close(answer)
	if q := <-seen; q.Age != 0 || q.Memory != nil || q.Frame.Camera != 2 {
		t.Errorf("the new camera's first look: %+v", q)
	}
}

// A worker that never answers costs one look, not the seat.
func TestSilentWorkerIsCountedAndLeft(t *testing.T) {
	url := broker(t)
	worker(t, url, func(q LookRequest) *LookReply {
		if q.Frame.Data[0] == 1 {
			return nil
		}
		return &LookReply{}
	})
	d, w := dispatching(t, url, Config{Timeout: 50 * time.Millisecond})
	d.KeyFrame("s", 1, time.Now(), "vp8", []byte{1})
	eventually(t, "a failed look", func() bool { return d.Stats().Failed == 1 })
	eventually(t, "a look", func() bool {
		d.KeyFrame("s", 1, time.Now(), "vp8", []byte{2}) // a slow machine may time out once more
		return w.count() > 0
	})
}

func TestWorkerThatRefusesIsCounted(t *testing.T) {
	url := broker(t)
	worker(t, url, func(LookRequest) *LookReply { return &LookReply{Err: "this is no picture"} })
	d, w := dispatching(t, url, Config{})
	d.KeyFrame("s", 1, time.Now(), "vp8", []byte{1})
	eventually(t, "a failed look", func() bool { return d.Stats().Failed == 1 })
	if _, _, ok := d.Latest("s"); ok {
		t.Error("a failed look left a picture")
	}
	// What cannot be looked at is not silence: nobody is to be seen.
	eventually(t, "word of it", func() bool { return w.count() == 1 })
}

func TestNobodyAnswers(t *testing.T) {
	url := broker(t)
	d, w := dispatching(t, url, Config{})
	d.KeyFrame("s", 1, time.Now(), "vp8", []byte{1})
	eventually(t, "a failed look", func() bool { return d.Stats().Failed == 1 })
	_, err := d.Picture(context.Background(), "vp8", []byte{1})
	if !errors.Is(err, nats.ErrNoResponders) || proctor.KindOf(err) != proctor.Unavailable {
		t.Errorf("a picture without detectors: %v", err)
	}
	if _, err := d.Portrait(context.Background(), PortraitRequest{}); proctor.KindOf(err) != proctor.Unavailable {
		t.Errorf("a comparison without detectors: %v", err)
	}
	worker(t, url, func(LookRequest) *LookReply { return &LookReply{} })
	d.KeyFrame("s", 1, time.Now(), "vp8", []byte{2})
	eventually(t, "a look", func() bool { return w.count() == 1 })
}

func TestOversizeFrameIsCounted(t *testing.T) {
	d := New(Config{})
	d.KeyFrame("s", 1, time.Now(), "vp8", make([]byte, MaxFrame+1))
	if st := d.Stats(); st.Oversized != 1 || st.Waiting != 0 {
		t.Errorf("stats %+v", st)
	}
	if _, ok := d.Newest("s"); ok {
		t.Error("an oversize frame was kept")
	}
}

// A seat that is forgotten while it waits is not looked at.
func TestForgottenSeatIsNotLookedAt(t *testing.T) {
	url := broker(t)
	seen, answer := make(chan LookRequest, 10), make(chan struct{})
	worker(t, url, func(q LookRequest) *LookReply {
		seen <- q
		<-answer
		return &LookReply{}
	})
	d, w := dispatching(t, url, Config{InFlight: 1})
	d.KeyFrame("first", 1, time.Now(), "vp8", []byte{1})
	<-seen
	d.KeyFrame("gone", 1, time.Now(), "vp8", []byte{2})
	d.KeyFrame("last", 1, time.Now(), "vp8", []byte{3})
	d.Forget("gone")
	close(answer)
	if q := <-seen; q.Frame.Seat != "last" {
		t.Errorf("looked at %s", q.Frame.Seat)
	}
	eventually(t, "both looks", func() bool { return w.count() == 2 })
}

// When the journal fails the dispatcher ends; an unknown seat or a worker's
// nonsense does not end it.
func TestRunEndsWithTheJournal(t *testing.T) {
	url := broker(t)
	worker(t, url, func(LookRequest) *LookReply { return &LookReply{} })
	broken := errors.New("the disk is full")
	w := &witness{err: proctor.Errorf(proctor.NotFound, "seat")}
	d := New(Config{NATS: connect(t, url), Looks: w, Seats: w, Timeout: 30 * time.Second})
	done := make(chan error, 1)
	go func() { done <- d.Run(context.Background()) }()
	d.KeyFrame("s", 1, time.Now(), "vp8", []byte{1})
	eventually(t, "a look", func() bool { return w.count() == 1 })
	w.mu.Lock()
	w.err = proctor.Errorf(proctor.Invalid, "look")
	w.mu.Unlock()
	d.KeyFrame("s", 1, time.Now(), "vp8", []byte{2})
	eventually(t, "a refused look", func() bool { return d.Stats().Failed == 1 })
	w.mu.Lock()
	w.err = broken
	w.mu.Unlock()
	d.KeyFrame("s", 1, time.Now(), "vp8", []byte{3})
	if err := <-done; !errors.Is(err, broken) {
		t.Errorf("run ended with %v", err)
	}
}

// Two supervised workers, of which one crashes and one hangs: looks go on,
// and in the end two new workers answer.
func TestLooksGoOnWhenWorkersCrashAndHang(t *testing.T) {
	url := broker(t)
	pids := filepath.Join(t.TempDir(), "pids")
	for range 2 {
		supervised(t, supervisor(pids, "QYRAGY_TEST_NATS="+url))
	}
	eventually(t, "two workers", func() bool { return len(started(t, pids)) == 2 })
	d, w := dispatching(t, url, Config{Timeout: 500 * time.Millisecond})
	n := 0
	// looksUntil offers frames until ok, given who answered so far.
	looksUntil := func(what string, ok func(by map[string]int) bool) {
		t.Helper()
		eventually(t, what, func() bool {
			n++
			d.KeyFrame(seatName(n%8), 1, time.Now(), "vp8", []byte{1})
			w.mu.Lock()
			defer w.mu.Unlock()
			by := map[string]int{}
			for _, l := range w.looks {
				by[l.Detector]++
			}
			return ok(by)
		})
	}
	looksUntil("both answer", func(by map[string]int) bool { return len(by) == 2 })
	first := started(t, pids)
	if err := syscall.Kill(first[0], syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	looksUntil("a look is lost with the hung worker", func(map[string]int) bool { return d.Stats().Failed > 0 })
	if err := syscall.Kill(first[1], syscall.SIGSEGV); err != nil {
		t.Fatal(err)
	}
	looksUntil("two new workers answer", func(by map[string]int) bool { return len(by) == 4 })
}
