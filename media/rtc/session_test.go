package rtc

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

func TestMediaGoesBothWays(t *testing.T) {
	s := listen(t)
	h := &tape{}
	vp8 := Codec{PayloadType: 96, Name: "VP8", Rate: 90000}
	c, p := call(t, s, h, Reply{}, Reply{Codec: vp8, Send: true})
	if !strings.Contains(p.Answer(), "m=audio 0 ") || !strings.Contains(p.Answer(), "a=group:BUNDLE 1\r\n") {
		t.Errorf("the audio section is not rejected:\n%s", p.Answer())
	}
	c.connect()
	for _, word := range []string{"one", "two"} {
		c.write(c.conn, c.seal(7, word))
	}
	until(t, "both packets", func() bool { _, got := h.got(); return got == "one two" })
	c.write(c.conn, c.seal(7, "three"))
	until(t, "the third", func() bool { _, got := h.got(); return got == "one two three" })
	if states, _ := h.got(); states != "[true]" || !p.Alive(time.Now(), time.Minute) {
		t.Errorf("states %s", states)
	}
	track := p.Sender("video")
	if p.Sender("audio") != nil || track == nil {
		t.Fatal("the senders are not those of the replies")
	}
	if err := track.Write(rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: 500, Timestamp: 9000}, Payload: []byte("live")}); err != nil {
		t.Fatal(err)
	}
	sent := c.next()
	var got rtp.Header
	plain, err := c.opening.DecryptRTP(nil, sent, &got)
	if err != nil || string(plain[got.MarshalSize():]) != "live" || got.PayloadType != 96 || got.SequenceNumber != 500 {
		t.Fatalf("%+v %v", got, err)
	}
	nack, err := rtcp.Marshal([]rtcp.Packet{&rtcp.TransportLayerNack{SenderSSRC: 7, MediaSSRC: got.SSRC, Nacks: rtcp.NackPairsFromSequenceNumbers([]uint16{499, 500})}})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := c.sealing.EncryptRTCP(nil, nack, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.write(c.conn, sealed)
	for b := c.next(); !bytes.Equal(b, sent); b = c.next() {
		plain, err := c.opening.DecryptRTCP(nil, b, nil)
		if err != nil || plain[1] != 200 { // its reports may come first
			t.Fatalf("neither the packet again nor a report: %v %x", err, plain)
		}
	}
}

// TestPacketsBeforeTheKeysAreKept: a peer may be ready before the server.
func TestPacketsBeforeTheKeysAreKept(t *testing.T) {
	s := listen(t)
	h := &tape{}
	c, p := call(t, s, h)
	c.connect()
	until(t, "connected", func() bool { states, _ := h.got(); return states == "[true]" })
	p.mu.Lock()
	in := p.in
	p.in = nil // as it was a moment ago
	p.mu.Unlock()
	for i := range maxEarly + 10 {
		c.write(c.conn, c.seal(7, fmt.Sprint(i)))
	}
	until(t, "they came", func() bool { p.mu.Lock(); defer p.mu.Unlock(); return len(p.early) == maxEarly })
	p.listen(in)
	if _, got := h.got(); strings.Count(got, " ") != maxEarly-1 || !strings.HasPrefix(got, "0 1 2 ") {
		t.Errorf("got %q", got)
	}
}

func TestStrangersAreNotHeard(t *testing.T) {
	s := listen(t)
	h := &tape{}
	c, _ := call(t, s, h)
	stranger, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	hello := bytes.Repeat([]byte{22, 254, 253, 0}, 20)
	wrong := c.remote
	wrong.pwd += "x"
	for _, b := range [][]byte{hello, {0x80, 96}, {}, {0}, c.check(wrong, true), c.check(credentials{"nobody", c.remote.pwd, ""}, true)} {
		c.write(stranger, b)
	}
	c.ufrag = "another"
	c.write(stranger, c.check(c.remote, true)) // not the offer's user
	c.ufrag = callerUfrag
	c.connect()
	c.write(stranger, hello)
	c.write(stranger, c.seal(7, "stolen")) // right keys, wrong address
	c.write(c.conn, c.seal(7, "mine"))
	until(t, "the peer's own packet", func() bool { _, got := h.got(); return got == "mine" })
	stranger.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, _, err := stranger.ReadFrom(make([]byte, 100)); err == nil {
		t.Errorf("a stranger got an answer of %d bytes", n)
	}
}

func TestAnotherCertificateIsRefused(t *testing.T) {
	s := listen(t)
	h := &tape{}
	c, _ := call(t, s, h)
	other, err := newIdentity()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.handshake(other.certificate); err == nil {
		t.Error("the handshake went through")
	}
	until(t, "the session has ended", func() bool { states, _ := h.got(); return states == "[false]" })
}

func TestPeerEndsTheSession(t *testing.T) {
	s := listen(t)
	h := &tape{}
	c, p := call(t, s, h)
	c.connect()
	until(t, "connected", func() bool { states, _ := h.got(); return states == "[true]" })
	c.secured.Close() // sends close_notify
	until(t, "the session has ended", func() bool { states, _ := h.got(); return states == "[true false]" })
	p.Close()
	if len(s.peers)+len(s.ufrags)+len(s.sessions) != 0 {
		t.Errorf("left behind: %d %d %d", len(s.peers), len(s.ufrags), len(s.sessions))
	}
}

// TestPeerMoves: a new address takes the session over by nominating itself;
// the old one is still heard.
func TestPeerMoves(t *testing.T) {
	s := listen(t)
	h := &tape{}
	c, p := call(t, s, h)
	c.connect()
	for i := range maxAddresses + 3 {
		moved, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c.attach(moved)
		c.ping(moved, c.remote)
		c.write(moved, c.seal(7, fmt.Sprint(i)))
		if got := p.route.Load().udp.Port(); int(got) != moved.LocalAddr().(*net.UDPAddr).Port {
			t.Errorf("the route goes to %d", got)
		}
	}
	until(t, "packets of all addresses", func() bool { _, got := h.got(); return got == "0 1 2 3 4 5 6 7 8 9 10" })
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.peers) != maxAddresses {
		t.Errorf("%d addresses are listened to", len(s.peers))
	}
}

func TestRestartKeepsTheOldPathUntilTheNewIsUsed(t *testing.T) {
	s := listen(t)
	h := &tape{}
	c, p := call(t, s, h)
	c.connect()
	if _, err := p.Restart(Fragment{Ufrag: "abcd"}); err == nil {
		t.Error("a restart without a password")
	}
	var fresh credentials
	for range 3 { // only the last counts
		reply, err := p.Restart(Fragment{Ufrag: "renewed", Password: strings.Repeat("p", 22)})
		if err != nil {
			t.Fatal(err)
		}
		c.ping(c.conn, c.remote) // the old way still works
		fresh = credentials{attribute(reply, "ice-ufrag"), attribute(reply, "ice-pwd"), ""}
	}
	s.mu.RLock()
	names := len(s.ufrags)
	s.mu.RUnlock()
	if fresh.ufrag == c.remote.ufrag || names != 2 {
		t.Fatalf("%q, %d names", fresh.ufrag, names)
	}
	c.ufrag = "renewed"
	c.ping(c.conn, fresh)
	c.ufrag = callerUfrag
	c.write(c.conn, c.check(c.remote, true))
	c.write(c.conn, c.seal(7, "still here"))
	until(t, "media", func() bool { _, got := h.got(); return got == "still here" })
	select {
	case <-c.answers:
		t.Error("the old credentials are still good")
	default:
	}
}

func TestPanicEndsOneSessionOnly(t *testing.T) {
	var panics atomic.Int32
	s := listen(t, func(cfg *Config) { cfg.Panicked = func(any) { panics.Add(1) } })
	bad, good := &tape{panics: true}, &tape{}
	c, _ := call(t, s, bad)
	d, _ := call(t, s, good)
	c.connect()
	d.connect()
	c.write(c.conn, c.seal(7, "x"))
	until(t, "its session has ended", func() bool { states, _ := bad.got(); return states == "[true false]" })
	d.write(d.conn, d.seal(7, "well"))
	until(t, "the other goes on", func() bool { _, got := good.got(); return got == "well" })
	if panics.Load() != 1 {
		t.Errorf("%d panics were told", panics.Load())
	}
}

// TestStreamsOfAPeerAreBounded: each costs state, so a peer that begins ever
// more is not a camera.
func TestStreamsOfAPeerAreBounded(t *testing.T) {
	s := listen(t)
	h := &tape{}
	c, _ := call(t, s, h)
	c.connect()
	for i := range maxSSRCs + 1 {
		c.write(c.conn, c.seal(uint32(i+1), "x"))
	}
	until(t, "the session has ended", func() bool { states, _ := h.got(); return states == "[true false]" })
}

// TestWaitingEnds: who does not connect, and who falls silent, is given up.
func TestWaitingEnds(t *testing.T) {
	var skew atomic.Int64
	s := listen(t, func(cfg *Config) { cfg.Now = func() time.Time { return time.Now().Add(time.Duration(skew.Load())) } })
	idle, silent := &tape{}, &tape{}
	call(t, s, idle)
	c, _ := call(t, s, silent)
	c.connect()
	until(t, "connected", func() bool { states, _ := silent.got(); return states == "[true]" })
	skew.Store(int64(JoinTimeout + time.Second))
	until(t, "the idle one has ended", func() bool { states, _ := idle.got(); return states == "[false]" })
	if states, _ := silent.got(); states != "[true]" {
		t.Errorf("silent for a moment: %s", states)
	}
	skew.Store(int64(SilenceTimeout + time.Second))
	until(t, "the silent one has ended", func() bool { states, _ := silent.got(); return states == "[true false]" })
}

// TestGarbageIsDropped: what is not authentic costs nothing, whatever it is.
func TestGarbageIsDropped(t *testing.T) {
	s := listen(t, func(cfg *Config) { cfg.Panicked = func(v any) { t.Error(v) } })
	h := &tape{}
	c, _ := call(t, s, h)
	c.connect()
	good := c.seal(7, "good")
	var all [][]byte
	for n := range len(good) {
		all = append(all, good[:n])
		flipped := bytes.Clone(good)
		flipped[n] ^= 0x40
		all = append(all, flipped)
	}
	all = append(all, bytes.Repeat([]byte{0x80}, 4000), bytes.Repeat([]byte{0xbf, 0xff}, 700), []byte{0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0xbe, 0xde, 0xff, 0xff})
	for _, b := range all {
		c.write(c.conn, b)
	}
	c.write(c.conn, good)
	until(t, "the good one", func() bool { _, got := h.got(); return got == "good" })
}

// TestAddressInUseIsNotTakenOver: a check of one session, sent from a forged
// address, must not cut another session off.
func TestAddressInUseIsNotTakenOver(t *testing.T) {
	s := listen(t)
	h := &tape{}
	c, p := call(t, s, h)
	c.connect()
	until(t, "the session is up on this side too", func() bool { return p.Alive(time.Now(), takenFor) })
	other, q := call(t, s, &tape{})
	c.write(c.conn, other.check(other.remote, true))
	c.ping(c.conn, c.remote) // the other's check came before
	c.write(c.conn, c.seal(7, "still here"))
	until(t, "its media is heard", func() bool { _, got := h.got(); return got == "still here" })
	if q.route.Load() != nil {
		t.Error("the other session has a route")
	}
	p.Close()
	until(t, "the address is free again", func() bool { // as a browser does, ask again
		c.write(c.conn, other.check(other.remote, true))
		return q.route.Load() != nil
	})
}
