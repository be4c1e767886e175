package rtc

import (
	"crypto/tls"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/stun/v4"
	"github.com/pion/transport/v5/packetio"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tape is a Handler that remembers.
type tape struct {
	mu       sync.Mutex
	states   []bool
	payloads []string
	reports  []rtcp.Packet
	panics   bool
}

func (t *tape) State(up bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.states = append(t.states, up)
}

func (t *tape) RTP(_ *rtp.Header, payload []byte, _ time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.panics {
		panic("the handler's own fault")
	}
	t.payloads = append(t.payloads, string(payload))
}

func (t *tape) RTCP(packets []rtcp.Packet, _ time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reports = append(t.reports, packets...)
}

func (t *tape) got() (states, payloads string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return fmt.Sprint(t.states), strings.Join(t.payloads, " ")
}

func listen(t *testing.T, change ...func(*Config)) *Server {
	t.Helper()
	cfg := Config{UDP: "127.0.0.1:0", Loopback: true}
	for _, f := range change {
		f(&cfg)
	}
	s, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 2000 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("never came true: %s", what)
}

// caller is a peer made of the bare protocols: it sends what a test wants.
type caller struct {
	t       *testing.T
	server  net.Addr
	conn    net.PacketConn
	cert    identity
	ufrag   string
	remote  credentials // the server's, from its answer
	in      chan []byte // what is neither STUN nor DTLS
	dtls    *packetio.Buffer
	secured *dtls.Conn
	sealing *srtp.Context
	opening *srtp.Context
	seq     uint16
	answers chan *stun.Message
}

const callerUfrag = "caller"

// call makes a caller and a session for it.
func call(t *testing.T, s *Server, h Handler, replies ...Reply) (*caller, *Session) {
	t.Helper()
	id, err := newIdentity()
	if err != nil {
		t.Fatal(err)
	}
	c := &caller{t: t, server: s.udp.LocalAddr(), cert: id, ufrag: callerUfrag}
	o, err := ParseOffer([]byte(offerOf(id.fingerprint)))
	if err != nil {
		t.Fatal(err)
	}
	if replies == nil {
		replies = []Reply{{Codec: o.Sections[0].Codecs[0]}, {Codec: o.Sections[1].Codecs[0]}}
	}
	p, err := s.Open(o, replies, h)
	if err != nil {
		t.Fatal(err)
	}
	c.remote = credentials{attribute(p.Answer(), "ice-ufrag"), attribute(p.Answer(), "ice-pwd"), ""}
	if c.conn, err = net.ListenPacket("udp4", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	c.attach(c.conn)
	return c, p
}

func attribute(sdp, name string) string {
	m := regexp.MustCompile(`a=` + name + `:(\S+)`).FindStringSubmatch(sdp)
	if m == nil {
		return ""
	}
	return m[1]
}

func offerOf(fingerprint string) string {
	section := "c=IN IP4 0.0.0.0\r\na=ice-ufrag:" + callerUfrag + "\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 " + fingerprint +
		"\r\na=setup:actpass\r\na=rtcp-mux\r\na=sendrecv\r\n"
	return "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n" +
		"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" + section + "a=mid:0\r\na=rtpmap:111 opus/48000/2\r\n" +
		"m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" + section + "a=mid:1\r\na=rtpmap:96 VP8/90000\r\n"
}

// attach reads a socket's packets until it is closed.
func (c *caller) attach(conn net.PacketConn) {
	if c.in == nil {
		c.in, c.dtls, c.answers = make(chan []byte, 100), packetio.NewBuffer(), make(chan *stun.Message, 100)
		c.t.Cleanup(func() { c.dtls.Close() })
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		buf := make([]byte, 2048)
		for {
			n, _, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			c.sort(append([]byte(nil), buf[:n]...))
		}
	})
	c.t.Cleanup(func() { conn.Close(); reading.Wait() })
}

func (c *caller) sort(b []byte) {
	switch {
	case b[0] < 4:
		m := &stun.Message{Raw: b}
		if m.Decode() == nil {
			c.answers <- m
		}
	case b[0] < 64:
		c.dtls.Write(b, nil)
	default:
		c.in <- b
	}
}

// check builds a connectivity check.
func (c *caller) check(with credentials, nominate bool) []byte {
	c.t.Helper()
	setters := []stun.Setter{stun.TransactionID, stun.BindingRequest, stun.NewUsername(with.ufrag + ":" + c.ufrag)}
	if nominate {
		setters = append(setters, stun.RawAttribute{Type: stun.AttrUseCandidate})
	}
	m, err := stun.Build(append(setters, stun.NewShortTermIntegrity(with.pwd), stun.Fingerprint)...)
	if err != nil {
		c.t.Fatal(err)
	}
	return m.Raw
}

// ping sends a check and waits for its answer.
func (c *caller) ping(conn net.PacketConn, with credentials) {
	c.t.Helper()
	c.write(conn, c.check(with, true))
	select {
	case m := <-c.answers:
		var mapped stun.XORMappedAddress
		if err := mapped.GetFrom(m); err != nil || mapped.Port != conn.LocalAddr().(*net.UDPAddr).Port {
			c.t.Fatalf("answer to a check: %v %v", m, err)
		}
	case <-time.After(5 * time.Second):
		c.t.Fatal("no answer to a check")
	}
}

func (c *caller) write(conn net.PacketConn, b []byte) {
	if _, err := conn.WriteTo(b, c.server); err != nil {
		c.t.Error(err)
	}
}

// callerPipe is what the caller's DTLS sees.
type callerPipe struct {
	net.PacketConn
	c *caller
}

func (p callerPipe) ReadFrom(b []byte) (int, net.Addr, error) {
	n, _, err := p.c.dtls.Read(b, nil)
	return n, p.c.server, err
}
func (p callerPipe) Close() error                      { return nil }
func (p callerPipe) SetDeadline(t time.Time) error     { return p.SetReadDeadline(t) }
func (p callerPipe) SetReadDeadline(t time.Time) error { return p.c.dtls.SetReadDeadline(t) }
func (p callerPipe) SetWriteDeadline(time.Time) error  { return nil }

// handshake does ICE and DTLS; an error is of DTLS.
func (c *caller) handshake(cert tls.Certificate) error {
	c.t.Helper()
	c.ping(c.conn, c.remote)
	conn, err := dtls.ClientWithOptions(callerPipe{c.conn, c}, c.server, dtls.WithCertificates(cert), dtls.WithInsecureSkipVerify(true),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret), dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	if err := conn.HandshakeContext(c.t.Context()); err != nil {
		return err
	}
	c.secured = conn
	state, _ := conn.ConnectionState()
	k := srtp.Config{Profile: srtp.ProtectionProfileAeadAes128Gcm}
	if err := k.ExtractSessionKeysFromDTLS(&state, true); err != nil {
		return err
	}
	if c.sealing, err = srtp.CreateContext(k.Keys.LocalMasterKey, k.Keys.LocalMasterSalt, k.Profile); err != nil {
		return err
	}
	c.opening, err = srtp.CreateContext(k.Keys.RemoteMasterKey, k.Keys.RemoteMasterSalt, k.Profile)
	return err
}

// connect does all that it takes.
func (c *caller) connect() {
	c.t.Helper()
	if err := c.handshake(c.cert.certificate); err != nil {
		c.t.Fatal(err)
	}
}

// seal makes the next SRTP packet of a stream.
func (c *caller) seal(ssrc uint32, payload string) []byte {
	c.t.Helper()
	c.seq++
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 96, SSRC: ssrc, SequenceNumber: c.seq}, Payload: []byte(payload)}
	raw, err := p.Marshal()
	if err != nil {
		c.t.Fatal(err)
	}
	sealed, err := c.sealing.EncryptRTP(nil, raw, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return sealed
}

func (c *caller) next() []byte {
	c.t.Helper()
	select {
	case b := <-c.in:
		return b
	case <-time.After(5 * time.Second):
		c.t.Fatal("nothing came")
		return nil
	}
}
