package rtc

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Timeouts of sessions.
const (
	// JoinTimeout is how long a session may take to connect.
	JoinTimeout = 10 * time.Second
	// SilenceTimeout is how long a connected peer may send nothing: consent
	// lasts 30 s (RFC 7675 §5.1), and shorter outages must heal by themselves.
	SilenceTimeout = 25 * time.Second
	// sweepEvery is how often sessions are checked for both.
	sweepEvery = 500 * time.Millisecond
)

// socketBuffer is the kernel's receive buffer of the media socket: the default
// of 208 KiB drops packets as soon as the server is late.
const socketBuffer = 4 << 20

// Config is what a Server needs.
type Config struct {
	UDP string       // "host:port" of the one media socket; port 0 takes any, no host is all interfaces
	TCP net.Listener // optional: ICE over TCP; the server closes it
	// TCPPorts are announced instead of TCP's own port; optional.
	TCPPorts []int
	// PublicIPs are announced instead of the machine's own addresses.
	PublicIPs []net.IP
	// Loopback announces 127.0.0.1 too: for tests and demos.
	Loopback bool
	// Now is the clock of arrival times, time.Now if nil.
	Now func() time.Time
	// Panicked is told of a panic in a Handler or a parser, which ended one
	// session; optional.
	Panicked func(v any)
}

// Server owns the sockets and finds each packet's session.
type Server struct {
	cfg        Config
	now        func() time.Time
	udp        *net.UDPConn
	identity   identity
	announced  []netip.Addr
	candidates []string // of an answer, without "a=candidate:"

	mu       sync.RWMutex
	ufrags   map[string]*Session
	peers    map[netip.AddrPort]*Session // addresses that proved a session's credentials
	streams  map[*stream]bool            // ICE-TCP connections
	sessions map[*Session]bool
	closed   bool

	running sync.WaitGroup
	stop    chan struct{}
}

// Listen opens the sockets and serves them until Close.
func Listen(cfg Config) (*Server, error) {
	s := &Server{cfg: cfg, now: cfg.Now, ufrags: map[string]*Session{}, peers: map[netip.AddrPort]*Session{},
		streams: map[*stream]bool{}, sessions: map[*Session]bool{}, stop: make(chan struct{})}
	if s.now == nil {
		s.now = time.Now
	}
	var err error
	if s.identity, err = newIdentity(); err != nil {
		return nil, err
	}
	addr, err := net.ResolveUDPAddr("udp4", cfg.UDP)
	if err != nil {
		return nil, fmt.Errorf("media socket: %w", err)
	}
	if addr.IP == nil && cfg.Loopback && len(cfg.PublicIPs) == 0 {
		addr.IP = net.IPv4(127, 0, 0, 1)
	}
	if s.udp, err = net.ListenUDP("udp4", addr); err != nil {
		return nil, fmt.Errorf("media socket: %w", err)
	}
	// Refused beyond net.core.rmem_max: then the kernel gives what it may.
	if err := s.udp.SetReadBuffer(socketBuffer); err != nil {
		return nil, errors.Join(fmt.Errorf("media socket: %w", err), s.udp.Close())
	}
	if s.candidates, err = s.announce(); err != nil {
		return nil, errors.Join(err, s.udp.Close())
	}
	s.running.Go(s.readUDP)
	s.running.Go(s.sweep)
	if cfg.TCP != nil {
		s.running.Go(s.acceptTCP)
	}
	return s, nil
}

// Addr is the media socket's address.
func (s *Server) Addr() netip.AddrPort { return s.udp.LocalAddr().(*net.UDPAddr).AddrPort() }

// Announced are the addresses of the candidates.
func (s *Server) Announced() []netip.Addr { return s.announced }

// Close ends all sessions and closes the sockets; it waits for both.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	sessions := make([]*Session, 0, len(s.sessions))
	for p := range s.sessions {
		sessions = append(sessions, p)
	}
	s.mu.Unlock()
	for _, p := range sessions {
		p.Close()
	}
	close(s.stop)
	err := s.udp.Close()
	if s.cfg.TCP != nil {
		if e := s.cfg.TCP.Close(); !errors.Is(e, net.ErrClosed) {
			err = errors.Join(err, e)
		}
	}
	s.mu.Lock()
	for c := range s.streams {
		c.close()
	}
	s.mu.Unlock()
	s.running.Wait()
	return err
}

// announce lists the host candidates (RFC 8445 §5.1.1, RFC 6544 §4.5).
func (s *Server) announce() ([]string, error) {
	ips := s.cfg.PublicIPs
	if len(ips) == 0 {
		var err error
		if ips, err = s.ownIPs(); err != nil {
			return nil, err
		}
	}
	var out []string
	port := s.Addr().Port()
	for i, ip := range ips {
		if a, ok := netip.AddrFromSlice(ip); ok {
			s.announced = append(s.announced, a.Unmap())
		}
		out = append(out, fmt.Sprintf("%d 1 udp %d %s %d typ host", len(out)+1, 126<<24|(65535-i)<<8|255, ip, port))
	}
	if s.cfg.TCP == nil {
		return out, nil
	}
	tcp, ok := s.cfg.TCP.Addr().(*net.TCPAddr)
	if !ok {
		return nil, fmt.Errorf("media socket: ICE-TCP needs a TCP listener, not %s", s.cfg.TCP.Addr().Network())
	}
	ports := s.cfg.TCPPorts
	if len(ports) == 0 {
		ports = []int{tcp.Port}
	}
	for j, port := range ports {
		for i, ip := range ips {
			local := 65535 - j*len(ips) - i
			out = append(out, fmt.Sprintf("%d 1 tcp %d %s %d typ host tcptype passive", len(out)+1, 90<<24|local<<8|255, ip, port))
		}
	}
	return out, nil
}

// ownIPs are the addresses that the media socket can be reached at.
func (s *Server) ownIPs() ([]net.IP, error) {
	if ip := s.Addr().Addr(); !ip.IsUnspecified() {
		return []net.IP{ip.AsSlice()}, nil
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("media socket: list addresses: %w", err)
	}
	var out []net.IP
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok || n.IP.To4() == nil || n.IP.IsLinkLocalUnicast() || n.IP.IsLoopback() && !s.cfg.Loopback {
			continue
		}
		out = append(out, n.IP.To4())
	}
	return out, nil
}

// readUDP takes every datagram to its session.
func (s *Server) readUDP() {
	buf := make([]byte, maxPacket)
	for {
		n, from, err := s.udp.ReadFromUDPAddrPort(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			select { // an ICMP error of one peer is not the socket's; a lasting one must not cost a core
			case <-s.stop:
				return
			case <-time.After(time.Millisecond):
				continue
			}
		}
		s.datagram(buf[:n], from)
	}
}

// datagram sorts by RFC 7983 §7; only who has proved to know a session's
// credentials gets past STUN.
func (s *Server) datagram(b []byte, from netip.AddrPort) {
	if len(b) == 0 {
		return
	}
	if b[0] < 4 {
		if v, ok := s.check(b, from); ok {
			if !s.bind(v.session, from, v.nominated) {
				return
			}
			// An answer that cannot be sent is one that was lost.
			_ = s.writeUDP(v.answer, from)
		}
		return
	}
	s.mu.RLock()
	p := s.peers[from]
	s.mu.RUnlock()
	if p != nil {
		p.receive(b)
	}
}

func (s *Server) writeUDP(b []byte, to netip.AddrPort) error {
	_, err := s.udp.WriteToUDPAddrPort(b, to)
	return err
}

// maxAddresses bounds how many of a peer's addresses are listened to.
const maxAddresses = 8

// takenFor is how long after its last word a session's address is nobody
// else's: a check from a forged address must not cut off who is there.
const takenFor = 5 * time.Second

// bind lets an address speak for a session; it reports false if it may not.
func (s *Server) bind(p *Session, from netip.AddrPort, nominated bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.sessions[p] {
		return false
	}
	if owner := s.peers[from]; owner != p {
		if owner != nil && owner.uses(from) && owner.Alive(s.now(), takenFor) {
			return false
		}
		s.peers[from] = p
		p.addresses = append(p.addresses, from)
		if len(p.addresses) > maxAddresses {
			s.unbind(p, p.addresses[0])
			p.addresses = p.addresses[1:]
		}
	}
	if nominated || p.route.Load() == nil {
		p.route.Store(&route{udp: from})
	}
	return true
}

// uses reports whether packets to the peer go to a.
func (s *Session) uses(a netip.AddrPort) bool {
	r := s.route.Load()
	return r != nil && r.tcp == nil && r.udp == a
}

// unbind forgets an address of a session; s.mu is held.
func (s *Server) unbind(p *Session, a netip.AddrPort) {
	if s.peers[a] == p {
		delete(s.peers, a)
	}
}

// forget removes a session; nothing reaches it any more.
func (s *Server) forget(p *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, p)
	for _, a := range p.addresses {
		s.unbind(p, a)
	}
	for ufrag, owner := range s.ufrags {
		if owner == p {
			delete(s.ufrags, ufrag)
		}
	}
}

// sweep ends sessions that did not connect, or went silent, and lets senders
// report.
func (s *Server) sweep() {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	var sessions []*Session
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		sessions = sessions[:0]
		s.mu.RLock()
		for p := range s.sessions {
			sessions = append(sessions, p)
		}
		s.mu.RUnlock()
		now := s.now()
		for _, p := range sessions {
			p.sweep(now)
		}
	}
}
