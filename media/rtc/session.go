package rtc

import (
	"crypto/rand"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v5/packetio"
)

// Bounds of a session.
const (
	maxPacket = 2048 // bytes of a datagram; more is cut and fails its check
	maxEarly  = 64   // packets kept that came before the keys
	maxSSRCs  = 32   // streams that a peer may begin
)

// Handler is who a session's media is for. Its methods must not block and must
// not keep what they are given; RTP and RTCP are called one at a time, from
// whatever goroutine read the packet.
type Handler interface {
	// State says that the session is connected, or that it cannot go on and
	// should be closed. It may come before Open has returned.
	State(up bool)
	// RTP takes a packet that is authentic and no copy, and when it came.
	RTP(h *rtp.Header, payload []byte, at time.Time)
	// RTCP takes the reports of a peer.
	RTCP(packets []rtcp.Packet, at time.Time)
}

// Session is one peer. Close it when it is not needed any more.
type Session struct {
	server       *Server
	handler      Handler
	sections     []Section
	fingerprints [][]byte
	began        time.Time
	senders      map[string]*Sender // by kind; fixed at Open
	answer       string

	dtls  *packetio.Buffer // the handshake's datagrams
	route atomic.Pointer[route]
	heard atomic.Int64 // when the peer last proved itself, Unix ns
	up    atomic.Bool
	kill  sync.Once
	ended chan struct{} // run has returned

	addresses []netip.AddrPort // guarded by server.mu, as the next
	conns     []*stream        // in the order they came

	credMu sync.Mutex
	creds  credentials
	next   *credentials // of a restart that no check has used yet

	mu     sync.Mutex // the receiving half
	closed bool
	in     *srtp.Context
	early  [][]byte
	ssrcs  []uint32
	header rtp.Header
	buf    []byte

	outMu  sync.Mutex // the sending half
	out    *srtp.Context
	outBuf []byte
}

// credentials are of one ICE generation: ours, and the peer's user name.
type credentials struct{ ufrag, pwd, peer string }

func newCredentials(peer string) credentials {
	return credentials{rand.Text()[:16], rand.Text() + rand.Text()[:6], peer}
}

// route is where packets to the peer go.
type route struct {
	udp netip.AddrPort
	tcp *stream
}

// errNoRoute says that the peer has not been heard of yet.
var errNoRoute = errors.New("the peer has no address yet")

// Open makes a session of an offer; replies are to its sections, in order. Its
// handler hears of the session from now on. It is the peer's turn next: a
// session that does not connect within JoinTimeout is given up.
func (s *Server) Open(o *Offer, replies []Reply, h Handler) (*Session, error) {
	p := &Session{server: s, handler: h, sections: o.Sections, fingerprints: o.fingerprints, began: s.now(),
		senders: map[string]*Sender{}, dtls: packetio.NewBuffer(), ended: make(chan struct{}),
		creds: newCredentials(o.ufrag), buf: make([]byte, 0, maxPacket)}
	p.dtls.SetLimitCount(dtlsQueue)
	p.heard.Store(p.began.UnixNano())
	for i, r := range replies {
		if r.Send && !r.rejected() {
			p.senders[o.Sections[i].Kind] = newSender(p, r.Codec)
		}
	}
	p.answer = p.describe(o, replies)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errors.New("open session: the server is closed")
	}
	s.sessions[p] = true
	s.ufrags[p.creds.ufrag] = p
	go p.run()
	return p, nil
}

// Answer is the SDP answer to the offer.
func (s *Session) Answer() string { return s.answer }

// Sender is the track of a kind to the peer, nil if there is none.
func (s *Session) Sender(kind string) *Sender { return s.senders[kind] }

// Alive reports whether the session is connected and its peer was heard of
// within the given time.
func (s *Session) Alive(now time.Time, within time.Duration) bool {
	return s.up.Load() && now.UnixNano()-s.heard.Load() < int64(within)
}

// Close ends the session, tells the peer so, and waits until its handler is
// left alone. It must not be called from the handler's methods.
func (s *Session) Close() {
	s.server.forget(s)
	s.die()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	<-s.ended
	s.server.hangUp(s)
}

// die makes run return.
func (s *Session) die() {
	s.kill.Do(func() { _ = s.dtls.Close() }) // it never fails
}

// run is the session's one goroutine: the handshake, then the wait for its end.
func (s *Session) run() {
	defer close(s.ended)
	defer s.handler.State(false)
	defer s.up.Store(false)
	conn, in, err := s.handshake()
	if conn != nil {
		defer conn.Close()
	}
	if err != nil {
		return
	}
	s.up.Store(true)
	s.handler.State(true)
	s.listen(in)
	s.drain(conn)
}

// drain waits for the peer's close_notify, or for die.
func (s *Session) drain(conn *dtls.Conn) {
	buf := make([]byte, maxPacket)
	for {
		if _, err := conn.Read(buf); err != nil {
			return
		}
	}
}

// sweep ends a session that waits in vain.
func (s *Session) sweep(now time.Time) {
	up := s.up.Load()
	silent := now.Sub(time.Unix(0, s.heard.Load()))
	if !up && now.Sub(s.began) > JoinTimeout || up && silent > SilenceTimeout {
		s.die()
		return
	}
	if up {
		for _, t := range s.senders {
			t.report(now)
		}
	}
}

func (s *Session) credentials() credentials {
	s.credMu.Lock()
	defer s.credMu.Unlock()
	if s.next != nil {
		return *s.next
	}
	return s.creds
}

// password is what a check to one of our user names must be signed with.
func (s *Session) password(ours, theirs string) string {
	s.credMu.Lock()
	defer s.credMu.Unlock()
	for _, c := range []*credentials{&s.creds, s.next} {
		if c != nil && c.ufrag == ours && c.peer == theirs {
			return c.pwd
		}
	}
	return ""
}

// proved takes note that the peer used the credentials of a user name.
func (s *Session) proved(ours string) {
	s.heard.Store(s.server.now().UnixNano())
	s.credMu.Lock()
	old := ""
	if s.next != nil && s.next.ufrag == ours {
		old = s.creds.ufrag
		s.creds, s.next = *s.next, nil
	}
	s.credMu.Unlock()
	if old != "" {
		s.server.mu.Lock()
		delete(s.server.ufrags, old)
		s.server.mu.Unlock()
	}
}

// Restart begins an ICE restart (RFC 8445 §9) and returns the fragment that
// answers it. Until the peer's first check the old path goes on.
func (s *Session) Restart(f Fragment) (string, error) {
	if !f.Restart() {
		return "", BadOffer("An ICE restart needs ice-ufrag and ice-pwd.")
	}
	c := newCredentials(f.Ufrag)
	s.credMu.Lock()
	old := s.next
	s.next = &c
	s.credMu.Unlock()
	s.server.mu.Lock()
	if old != nil {
		delete(s.server.ufrags, old.ufrag)
	}
	if s.server.sessions[s] {
		s.server.ufrags[c.ufrag] = s
	}
	s.server.mu.Unlock()
	return s.fragment(), nil
}
