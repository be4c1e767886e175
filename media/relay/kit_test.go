package relay

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bed is a relay behind a plain and a TLS front, with a socket that answers
// what it gets as its media port.
type bed struct {
	t          *testing.T
	relay      *Server
	secret     []byte
	media      *net.UDPConn
	plain, tls *Front
	udp        net.Addr
	roots      *x509.CertPool
	now        time.Time
}

func newBed(t *testing.T) *bed {
	t.Helper()
	b := &bed{t: t, secret: bytes.Repeat([]byte{7}, 32), now: time.Now()}
	var err error
	if b.media, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		t.Fatal(err)
	}
	echoed := make(chan struct{})
	go func() {
		defer close(echoed)
		buf := make([]byte, 2000)
		for {
			n, from, err := b.media.ReadFromUDP(buf)
			if err != nil {
				return
			}
			b.media.WriteToUDP(buf[:n], from)
		}
	}()
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.udp = udp.LocalAddr()
	quiet := slog.New(slog.DiscardHandler)
	b.plain = NewFront(listen(t), nil, quiet)
	b.tls = NewFront(listen(t), b.certificate(), quiet)
	both := newPair(b.plain.TURN, b.tls.TURN)
	b.relay, err = New(Config{Secret: b.secret, Realm: "qyragy", Media: b.media.LocalAddr().(*net.UDPAddr).AddrPort(),
		Peers: func() []netip.Addr {
			return []netip.Addr{netip.MustParseAddr("203.0.113.5"), netip.MustParseAddr("127.0.0.1")}
		},
		UDP: udp, TCP: both, Now: func() time.Time { return b.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, c := range []io.Closer{b.relay, b.plain, b.tls, b.media} {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
		<-echoed
	})
	return b
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// pair is two listeners as one.
type pair struct {
	net.Listener
	conns chan net.Conn
	other net.Listener
	done  chan struct{}
}

func newPair(a, b net.Listener) *pair {
	p := &pair{a, make(chan net.Conn), b, make(chan struct{})}
	for _, l := range []net.Listener{a, b} {
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				select {
				case p.conns <- c:
				case <-p.done:
					c.Close()
					return
				}
			}
		}()
	}
	return p
}

func (p *pair) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pair) Close() error {
	close(p.done)
	p.other.Close()
	return p.Listener.Close()
}

func (b *bed) certificate() *tls.Config {
	b.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		b.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		b.t.Fatal(err)
	}
	b.roots = x509.NewCertPool()
	b.roots.AddCert(leaf)
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// ways are the transports to the relay.
func ways() []string { return []string{"udp", "tcp", "tls", "tls with ALPN", "tcp at the TLS port"} }

// dial connects to the relay by one of the ways.
func (b *bed) dial(t *testing.T, way string) net.PacketConn {
	t.Helper()
	var conn net.Conn
	var err error
	secure := &tls.Config{RootCAs: b.roots}
	switch way {
	case "udp":
		c, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return c
	case "tcp":
		conn, err = net.Dial("tcp", b.plain.TURN.Addr().String())
	case "tcp at the TLS port":
		conn, err = net.Dial("tcp", b.tls.TURN.Addr().String())
	case "tls with ALPN":
		secure.NextProtos = []string{"stun.turn"}
		fallthrough
	case "tls":
		conn, err = tls.Dial("tcp", b.tls.TURN.Addr().String(), secure)
	}
	if err != nil {
		t.Fatal(err)
	}
	return turn.NewSTUNConn(conn)
}

// client is a TURN client with these credentials.
func (b *bed) client(t *testing.T, way string, c Credentials) *turn.Client {
	t.Helper()
	conn := b.dial(t, way)
	cl, err := turn.NewClient(&turn.ClientConfig{
		TURNServerAddr: b.udp.String(), Conn: conn, Username: c.Username, Password: c.Password, RTO: 2 * time.Second,
		LoggerFactory: &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := cl.Listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cl.Close(); conn.Close() })
	return cl
}

func (b *bed) issue(user string) Credentials { return Issue(b.secret, user, b.now) }

// until waits for something that must come true.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never came true: %s", what)
}

// pages serves HTTP on a front and answers the protocol version.
func pages(t *testing.T, f *Front) {
	t.Helper()
	s := &http.Server{ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			io.WriteString(w, r.Proto+" "+string(body))
		})}
	ended := make(chan struct{})
	go func() { defer close(ended); s.Serve(f.Pages) }()
	t.Cleanup(func() { s.Close(); <-ended })
}
