package media

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"qyragy/proctor"
)

// TestOutageIsMendedOrAGap loses every media packet for three seconds. A
// sender that remembers what it sent can send all of it again.
func TestOutageIsMendedOrAGap(t *testing.T) {
	sent := clip(t, "8", "320", "240")
	k, stop := run(t, t.TempDir(), &journal{}, nil)
	n := newBadNetwork(t, net.UDPAddrFromAddrPort(k.rtc.Addr()), 0, time.Millisecond, time.Millisecond)
	lose := func(share float64) { n.mu.Lock(); n.loss = share; n.mu.Unlock() }
	began := time.Now()
	c := publishThrough(t, k, "seat-1", n.through)
	c.play(t, sent[:30])
	lose(1)
	c.play(t, sent[30:75])
	lose(0)
	c.play(t, sent[75:])
	ended := time.Now()
	time.Sleep(700 * time.Millisecond) // for what is sent again
	c.end(t)
	stop()
	segments, _, gaps := k.journal.all()
	frames := 0
	for _, g := range segments {
		frames += g.Frames
		if g.Camera != 0 {
			t.Errorf("it had to join again: %+v", g)
		}
	}
	accounted(t, segments, gaps, began, ended)
	t.Logf("%d of %d frames, gaps %v", frames, len(sent), gaps)
	if len(gaps) == 0 && frames < len(sent)-15 {
		t.Errorf("%d of %d frames and no gap", frames, len(sent))
	}
}

// awayVault is a vault that cannot be reached until it is back.
type awayVault struct {
	Vault
	back  atomic.Bool
	tries atomic.Int32
}

func (v *awayVault) Put(ctx context.Context, key string, r io.ReadSeeker, size int64, sha256 string, keep time.Duration, kind string) (proctor.Receipt, error) {
	if v.tries.Add(1); !v.back.Load() {
		return proctor.Receipt{}, errors.New("connection refused")
	}
	return v.Vault.Put(ctx, key, r, size, sha256, keep, kind)
}

// TestStoreAwayCostsNothing records while the store is away, and stores all
// of it once it is back.
func TestStoreAwayCostsNothing(t *testing.T) {
	sent := clip(t, "3", "320", "240")
	v := &awayVault{Vault: openVault(t)}
	k, _ := run(t, t.TempDir(), &journal{}, v)
	c := publish(t, k, "seat-1")
	c.play(t, sent[:30])
	c.play(t, sent[30:])
	c.end(t)
	until(t, "all is sealed and was tried", func() bool { return k.Stats().Seats == 0 && v.tries.Load() >= 2 && k.Stats().Backlog > 0 })
	if _, receipts, gaps := k.journal.all(); len(receipts) > 0 || len(gaps) > 0 || k.Stats().Dropped > 0 {
		t.Errorf("receipts %v, gaps %v", receipts, gaps)
	}
	v.back.Store(true)
	until(t, "all is stored", func() bool { return k.Stats().Backlog == 0 })
	segments, receipts, _ := k.journal.all()
	frames := 0
	for _, g := range segments {
		frames += g.Frames
	}
	if len(receipts) != len(segments) || frames != len(sent) {
		t.Errorf("%d receipts for %d segments, %d of %d frames", len(receipts), len(segments), frames, len(sent))
	}
}
