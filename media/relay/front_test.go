package relay

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// get asks for a page by a client of its own and returns the protocol.
func get(t *testing.T, url string, transport *http.Transport) string {
	t.Helper()
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := (&http.Client{Transport: transport, Timeout: 20 * time.Second}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestPages: HTTP works as if nothing else were on the port.
func TestPages(t *testing.T) {
	b := newBed(t)
	pages(t, b.plain)
	pages(t, b.tls)
	plain, secure := "http://"+b.plain.Pages.Addr().String(), "https://"+b.tls.Pages.Addr().String()
	if got := get(t, plain, &http.Transport{}); got != "HTTP/1.1 hello" {
		t.Errorf("plain: %q", got)
	}
	if got := get(t, secure, &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: b.roots}}); got != "HTTP/2.0 hello" {
		t.Errorf("ALPN h2: %q", got)
	}
	if got := get(t, secure, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: b.roots, NextProtos: []string{"http/1.1"}}}); got != "HTTP/1.1 hello" {
		t.Errorf("ALPN http/1.1: %q", got)
	}
	noALPN := func(ctx context.Context, network, addr string) (net.Conn, error) {
		return (&tls.Dialer{Config: &tls.Config{RootCAs: b.roots}}).DialContext(ctx, network, addr)
	}
	if got := get(t, secure, &http.Transport{DialTLSContext: noALPN}); got != "HTTP/1.1 hello" {
		t.Errorf("no ALPN: %q", got)
	}
	if got := get(t, strings.Replace(secure, "https", "http", 1), &http.Transport{}); !strings.Contains(got, "https") {
		t.Errorf("HTTP where TLS is spoken: %q", got)
	}
}

// TestICEOverTCP: a framed STUN message reaches the media engine's listener
// whole, at the plain and the TLS port and at a port of its own.
func TestICEOverTCP(t *testing.T) {
	b := newBed(t)
	own := listen(t)
	b.plain.Feed(b.plain.ICE, own)
	frame := binary.BigEndian.AppendUint16(nil, 20)
	frame = append(frame, 0, 1, 0, 0)
	frame = binary.BigEndian.AppendUint32(frame, magicCookie)
	frame = append(frame, "transactionx"...)
	for _, c := range []struct {
		to   net.Addr
		from *Stream
	}{{b.plain.Pages.Addr(), b.plain.ICE}, {b.tls.Pages.Addr(), b.tls.ICE}, {own.Addr(), b.plain.ICE}} {
		conn, err := net.Dial("tcp", c.to.String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for _, part := range [][]byte{frame[:1], frame[1:5], frame[5:]} { // as a bad network may cut it
			if _, err := conn.Write(part); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
		}
		in, err := c.from.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		got := make([]byte, len(frame))
		if _, err := io.ReadFull(in, got); err != nil || string(got) != string(frame) {
			t.Errorf("%q, %v", got, err)
		}
		if _, ok := in.RemoteAddr().(*net.TCPAddr); !ok {
			t.Errorf("its address is a %T", in.RemoteAddr())
		}
	}
	// Nothing but ICE is served at that port.
	conn, err := net.Dial("tcp", own.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n")
	if _, err := bufio.NewReader(conn).ReadByte(); err == nil {
		t.Error("a page is served at the ICE port")
	}
}

// TestFlood opens thousands of connections that never say what they are, and
// as many that begin a handshake and stop. Others must get through meanwhile,
// and what the server keeps is bounded.
func TestFlood(t *testing.T) {
	b := newBed(t)
	pages(t, b.plain)
	pages(t, b.tls)
	const flood = 5000
	before := runtime.NumGoroutine()
	var idle []net.Conn
	defer func() {
		for _, c := range idle {
			c.Close()
		}
	}()
	for i := range flood {
		for _, f := range []*Front{b.plain, b.tls} {
			c, err := net.Dial("tcp", f.Pages.Addr().String())
			if err != nil {
				t.Skipf("after %d connections: %v", len(idle), err) // the machine's own bound
			}
			idle = append(idle, c)
			if i%2 == 0 {
				c.Write([]byte{0x16, 3, 1}[:1+i%3])
			}
		}
	}
	began := time.Now()
	if got := get(t, "http://"+b.plain.Pages.Addr().String(), &http.Transport{}); got != "HTTP/1.1 hello" {
		t.Errorf("plain: %q", got)
	}
	relay, err := b.client(t, "tls", b.issue("seat")).Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	took := time.Since(began)
	for _, f := range []*Front{b.plain, b.tls} {
		until(t, "the waiting are bounded", func() bool {
			f.waiting.mu.Lock()
			defer f.waiting.mu.Unlock()
			return len(f.waiting.at) <= maxWaiting
		})
	}
	if n := runtime.NumGoroutine() - before; n > 2*maxWaiting+100 {
		t.Errorf("%d goroutines more", n)
	}
	t.Logf("%d connections that say nothing: a page and an allocation in %v, %d goroutines", len(idle), took.Round(time.Millisecond), runtime.NumGoroutine()-before)
}

// TestStrangers: connections that speak STUN and never allocate are bounded,
// and push out each other only.
func TestStrangers(t *testing.T) {
	b := newBed(t)
	settled := b.raw(t, b.issue("seat"))
	if got := refusal(settled.ask(stun.MethodAllocate, udpTransport)); got != 0 {
		t.Fatal(got)
	}
	hello := stun.MustBuild(stun.TransactionID, stun.BindingRequest).Raw
	for range 2 * maxStrangers {
		c, err := net.Dial("tcp", b.plain.Pages.Addr().String())
		if err != nil {
			t.Skip(err)
		}
		defer c.Close()
		if _, err := c.Write(hello); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "strangers are bounded", func() bool { return b.relay.Stats().Connections <= maxStrangers+1 })
	if got := refusal(settled.ask(stun.MethodRefresh)); got != 0 {
		t.Errorf("who has an allocation is pushed out: %d", got)
	}
}

// FuzzTell: any first bytes are told apart, in at most ten of them, and the
// connection then reads as if nobody had looked.
func FuzzTell(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\n"))
	f.Add([]byte{0x16, 3, 1, 2, 0, 1})
	f.Add([]byte{0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 1, 2, 3})
	f.Add([]byte{0, 20, 0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 1, 2, 3})
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) {
		near, far := net.Pipe()
		go func() { far.Write(b); far.Close() }()
		c, kind := peek(near)
		if kind == isNothing {
			if len(b) >= 10 {
				t.Errorf("% x are not enough", b[:10])
			}
			near.Close()
			return
		}
		got, err := io.ReadAll(c)
		if err != nil || string(got) != string(b) {
			t.Errorf("% x reads as % x, %v", b, got, err)
		}
		near.Close()
	})
}
