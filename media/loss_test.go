package media

import (
	"math/rand/v2"
	"net"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"
)

// badNetwork relays datagrams between one client and the server, late, out of
// order, and not all of them.
type badNetwork struct {
	in, out *net.UDPConn
	mu      sync.Mutex
	random  *rand.Rand
	loss    float64
	delay   time.Duration
	jitter  time.Duration
	client  *net.UDPAddr
	pending sync.WaitGroup
}

func newBadNetwork(t *testing.T, server *net.UDPAddr, loss float64, delay, jitter time.Duration) *badNetwork {
	t.Helper()
	n := &badNetwork{random: rand.New(rand.NewPCG(1, 2)), loss: loss, delay: delay, jitter: jitter}
	var err error
	if n.in, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		t.Fatal(err)
	}
	if n.out, err = net.DialUDP("udp4", nil, server); err != nil {
		t.Fatal(err)
	}
	n.pending.Go(func() { n.relay(n.in, func(b []byte) { n.out.Write(b) }) })
	n.pending.Go(func() {
		n.relay(n.out, func(b []byte) {
			n.mu.Lock()
			to := n.client
			n.mu.Unlock()
			if to != nil {
				n.in.WriteToUDP(b, to)
			}
		})
	})
	t.Cleanup(func() { n.in.Close(); n.out.Close(); n.pending.Wait() })
	return n
}

func (n *badNetwork) relay(from *net.UDPConn, to func([]byte)) {
	buf := make([]byte, 2048)
	for {
		k, addr, err := from.ReadFromUDP(buf)
		if err != nil {
			return
		}
		n.mu.Lock()
		if from == n.in {
			n.client = addr
		}
		// DTLS has timers of a second: lose media only, so that the test is about media.
		lost := buf[0] >= 128 && n.random.Float64() < n.loss
		wait := n.delay + time.Duration(n.random.Int64N(int64(n.jitter)+1))
		n.mu.Unlock()
		if lost {
			continue
		}
		b := append([]byte(nil), buf[:k]...)
		n.pending.Add(1)
		time.AfterFunc(wait, func() { defer n.pending.Done(); to(b) })
	}
}

// through makes an answer point at the relay instead of the server.
func (n *badNetwork) through(answer string) string {
	port := n.in.LocalAddr().(*net.UDPAddr).Port
	return regexp.MustCompile(`(127\.0\.0\.1) \d+ typ host`).ReplaceAllString(answer, "$1 "+strconv.Itoa(port)+" typ host")
}

// TestLossAndReorderingAreMended counts the frames that come through a network
// which loses every twentieth packet and reorders most.
func TestLossAndReorderingAreMended(t *testing.T) {
	sent := clip(t, "10", "320", "240")
	for _, c := range []struct {
		name          string
		loss          float64
		delay, jitter time.Duration
		want          float64
	}{
		{"jitter alone", 0, 40 * time.Millisecond, 20 * time.Millisecond, 1},
		{"5 % loss, 10 ms jitter, 80 ms RTT", 0.05, 40 * time.Millisecond, 10 * time.Millisecond, 0.99},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, _ := run(t, t.TempDir(), &journal{}, nil)
			n := newBadNetwork(t, net.UDPAddrFromAddrPort(k.rtc.Addr()), c.loss, c.delay, c.jitter)
			began := time.Now()
			p := publishThrough(t, k, "seat-1", n.through)
			p.play(t, sent)
			ended := time.Now()
			time.Sleep(900 * time.Millisecond) // for the last packets to be mended
			p.end(t)
			until(t, "sealed", func() bool { g, _, _ := k.journal.all(); return len(g) > 0 })
			segments, _, gaps := k.journal.all()
			frames := 0
			for _, g := range segments {
				frames += g.Frames
			}
			accounted(t, segments, gaps, began, ended)
			st := k.Stats()
			t.Logf("%d of %d frames, %d packets lost, %d copies, gaps %v", frames, len(sent), st.Lost, st.Copies, gaps)
			if float64(frames) < c.want*float64(len(sent)) {
				t.Errorf("%d of %d frames were recorded", frames, len(sent))
			}
		})
	}
}
