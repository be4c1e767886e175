package rtc

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

func listenBoth(t *testing.T) (*Server, string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listen(t, func(cfg *Config) { cfg.TCP = l }), l.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp4", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func frame(b []byte) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...) }

// ended reports that the server has closed the connection.
func ended(t *testing.T, conn net.Conn) bool {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, err := io.Copy(io.Discard, conn)
	var timeout net.Error
	return !(errors.As(err, &timeout) && timeout.Timeout())
}

// TestStrangersOverTCPAreClosed: the first frame must be a valid check.
func TestStrangersOverTCPAreClosed(t *testing.T) {
	s, addr := listenBoth(t)
	c, _ := call(t, s, &tape{})
	wrong := c.remote
	wrong.pwd += "x"
	for name, b := range map[string][]byte{
		"media first": frame([]byte{0x80, 96, 0, 1}), "wrong password": frame(c.check(wrong, true)),
		"too long": {0xff, 0xff, 0}, "empty": frame(nil), "http": []byte("GET / HTTP/1.1\r\n\r\n"),
	} {
		conn := dial(t, addr)
		if _, err := conn.Write(b); err != nil {
			t.Fatal(err)
		}
		if !ended(t, conn) {
			t.Errorf("%s: the connection stays", name)
		}
	}
}

func TestStrangersOverTCPAreBounded(t *testing.T) {
	s, addr := listenBoth(t)
	h := &tape{}
	c, _ := call(t, s, h)
	own := dial(t, addr)
	if _, err := own.Write(frame(c.check(c.remote, true))); err != nil {
		t.Fatal(err)
	}
	until(t, "it is known", func() bool { s.mu.RLock(); defer s.mu.RUnlock(); return len(s.ufrags) == 1 && len(s.streams) == 1 })
	first := dial(t, addr)
	for range maxStrangers + 50 {
		dial(t, addr)
	}
	if !ended(t, first) {
		t.Error("the first of too many stays")
	}
	late := dial(t, addr)
	if _, err := late.Write(frame(c.check(c.remote, false))); err != nil || !alive(late, 1) {
		t.Errorf("a peer that comes during the flood: %v", err)
	}
	s.mu.RLock()
	n := len(s.streams)
	s.mu.RUnlock()
	if n > maxStrangers+1 {
		t.Errorf("%d connections", n)
	}
	if _, err := own.Write(frame(c.check(c.remote, true))); err != nil || !alive(own, 2) {
		t.Errorf("the peer's own connection: %v", err)
	}
}

// alive reports that so many answers to checks come.
func alive(conn net.Conn, answers int) bool {
	conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	for range answers {
		var head [2]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return false
		}
		if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint16(head[:]))); err != nil {
			return false
		}
	}
	return true
}

// deaf connects a session over TCP and returns a connection that nobody reads.
func deaf(t *testing.T) (net.Conn, *Session) {
	t.Helper()
	s, addr := listenBoth(t)
	c, p := call(t, s, &tape{})
	conn := dial(t, addr)
	if _, err := conn.Write(frame(c.check(c.remote, true))); err != nil {
		t.Fatal(err)
	}
	until(t, "the route is there", func() bool { return p.route.Load() != nil })
	return conn, p
}

// TestPeerThatDoesNotReadIsLetGo: who may wait for it does not wait for long.
func TestPeerThatDoesNotReadIsLetGo(t *testing.T) {
	conn, p := deaf(t)
	big := make([]byte, 60_000)
	for range 10_000 {
		if p.sendPatiently(big) != nil {
			break
		}
	}
	if !ended(t, conn) {
		t.Error("the connection is still there")
	}
}

// TestNobodyWaitsForAPeerThatDoesNotRead: what it does not take is lost, and
// what it takes later is in whole frames.
func TestNobodyWaitsForAPeerThatDoesNotRead(t *testing.T) {
	conn, p := deaf(t)
	sent := 0
	offer := func() error {
		b := bytes.Repeat([]byte{byte(sent)}, 30_000+sent)
		err := p.send(b)
		if err == nil {
			sent++
		}
		return err
	}
	for offer() == nil {
		if sent > 10_000 {
			t.Fatal("the connection takes everything")
		}
	}
	in := bufio.NewReader(conn)
	buf := make([]byte, 1<<16)
	next := func() []byte {
		t.Helper()
		conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		b, err := readFrame(in, buf)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	next() // the answer to the check
	for seq := 0; seq < 2*sent && seq < 500; seq++ {
		offer()
		if seq >= sent-1 {
			break // the frame that is left over goes with the next
		}
		if b := next(); len(b) != 30_000+seq || b[0] != byte(seq) || b[len(b)-1] != byte(seq) {
			t.Fatalf("frame %d is %d bytes that begin with %d", seq, len(b), b[0])
		}
	}
	tcp := p.route.Load().tcp
	tcp.mu.Lock() // as a write that waits does
	defer tcp.mu.Unlock()
	if err := p.send([]byte("x")); !errors.Is(err, errBusy) {
		t.Errorf("beside a write that waits: %v", err)
	}
}

// TestConnectionsOfAPeerAreBounded, and end with its session.
func TestConnectionsOfAPeerAreBounded(t *testing.T) {
	s, addr := listenBoth(t)
	c, p := call(t, s, &tape{})
	var all []net.Conn
	for i := range maxAddresses + 4 {
		conn := dial(t, addr)
		all = append(all, conn)
		if _, err := conn.Write(frame(c.check(c.remote, i == 0))); err != nil || !alive(conn, 1) {
			t.Fatalf("connection %d: %v", i, err)
		}
	}
	count := func() int { s.mu.RLock(); defer s.mu.RUnlock(); return len(s.streams) }
	until(t, "they are bounded", func() bool { return count() == maxAddresses })
	if _, err := all[0].Write(frame(c.check(c.remote, true))); err != nil || !alive(all[0], 1) {
		t.Errorf("the one in use: %v", err)
	}
	if !ended(t, all[1]) {
		t.Error("the oldest that is not in use stays")
	}
	p.Close()
	until(t, "they end with the session", func() bool { return count() == 0 })
}
