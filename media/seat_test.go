package media

import "testing"

// TestActivateNeedsNoServer: the server's lock is taken before a seat's, so a
// seat must not need it while it holds its own.
func TestActivateNeedsNoServer(t *testing.T) {
	k, _ := run(t, t.TempDir(), &journal{}, nil)
	st := k.seat("seat")
	join := func() *peer {
		p, err := k.newPeer()
		if err != nil {
			t.Fatal(err)
		}
		close(p.opened)
		return p
	}
	publish := func(codec string) *publisher {
		p := &publisher{peer: join(), seat: st, camera: -1, codec: codec}
		p.ended = func() { st.leave(p) }
		if err := st.admit(p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	st.activate(publish("vp8"))
	v := &viewer{peer: join(), seat: st}
	v.ended = func() { st.unwatch(v) }
	if err := st.watch(v); err != nil {
		t.Fatal(err)
	}
	next := publish("vp9")
	k.mu.Lock() // as the beat does, which then asks the seat
	done := make(chan struct{})
	go func() { defer close(done); st.activate(next) }()
	until(t, "the seat has its new publisher", func() bool {
		return st.mu.TryLock() && func() bool { defer st.mu.Unlock(); return st.current == next }()
	})
	k.mu.Unlock()
	<-done
	until(t, "the viewer is sent away", func() bool { _, n := st.count(); return n == 0 })
}
