package relay

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/pion/turn/v5"
	"golang.org/x/time/rate"
)

const (
	// packetMax is more than any packet of WebRTC.
	packetMax = 1600
	// An allocation carries one camera up or one live view down; the bound is
	// several times that.
	bytesPerSecond = 1 << 20
	bytesAtOnce    = 1 << 20
)

var (
	errNoTCP = errors.New("relay: there are no relays over TCP (RFC 6062)")
	errFull  = errors.New("relay: no more allocations")
)

// generator implements turn.RelayAddressGenerator.
type generator struct{ s *Server }

var _ turn.RelayAddressGenerator = generator{}

// Validate implements turn.RelayAddressGenerator.
func (generator) Validate() error { return nil }

// AllocateListener refuses: no browser needs a TCP relay, and what is not
// there cannot be turned against the network that it is in.
func (generator) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errNoTCP
}

// AllocateConn refuses, likewise.
func (generator) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errNoTCP }

// AllocatePacketConn makes a relay. Its address is a name only: the way in is
// through the media engine.
func (g generator) AllocatePacketConn(cfg turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	s := g.s
	ip, ok := s.face(cfg.Network)
	if !ok {
		return nil, nil, errFull
	}
	port := 49152 + s.ports.Add(1)%16384 // the dynamic ports
	r := &relayed{s: s, user: cfg.UserID, addr: net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, uint16(port))),
		legs: map[netip.Addr]*leg{}, in: make(chan *leg), done: make(chan struct{}), rate: rate.NewLimiter(bytesPerSecond, bytesAtOnce)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.taken[r.user] >= Quota || len(s.open) >= maxAllocations {
		return nil, nil, errFull
	}
	s.taken[r.user]++
	s.open[r] = struct{}{}
	return r, r.addr, nil
}

// face is the address that a relay is told to have: one of the media port's.
func (s *Server) face(network string) (netip.Addr, bool) {
	for _, ip := range s.cfg.Peers() {
		if ip = ip.Unmap(); ip.Is4() == (network == "udp4") {
			return ip, true
		}
	}
	return netip.Addr{}, false
}

// relayed is the relay of one allocation, a net.PacketConn that reaches only
// the media port: every socket it has is connected to that.
type relayed struct {
	s    *Server
	user string
	addr *net.UDPAddr
	in   chan *leg // those with a packet for ReadFrom
	done chan struct{}
	rate *rate.Limiter

	mu   sync.Mutex
	legs map[netip.Addr]*leg // by the address at which the client knows the media port
}

// leg is the way from one relay to the media port under one of its addresses.
// Each has a socket of its own, so that an answer comes from the address that
// was asked.
type leg struct {
	conn *net.UDPConn
	as   *net.UDPAddr
	buf  [packetMax]byte
	n    int
	free chan struct{} // capacity 1: buf has been copied
}

// WriteTo implements net.PacketConn. A packet for anything but the media port
// goes nowhere; permissions name addresses only, so ports are checked here.
func (r *relayed) WriteTo(p []byte, to net.Addr) (int, error) {
	udp, ok := to.(*net.UDPAddr)
	if !ok {
		return len(p), nil
	}
	peer := udp.AddrPort()
	l := r.leg(netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port()))
	if l == nil {
		r.s.refused.Add(1)
		return len(p), nil
	}
	if !r.rate.AllowN(time.Now(), len(p)) {
		return len(p), nil // like any other congested path
	}
	r.s.bytes.Add(int64(len(p)))
	n, err := l.conn.Write(p)
	if errors.Is(err, syscall.ECONNREFUSED) { // the media socket is not open (yet)
		return len(p), nil
	}
	return n, err
}

// leg returns the way to peer, nil if peer is not the media port.
func (r *relayed) leg(peer netip.AddrPort) *leg {
	if peer.Port() != r.s.cfg.Media.Port() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.legs[peer.Addr()]; l != nil {
		return l
	}
	select {
	case <-r.done:
		return nil
	default:
	}
	if !r.s.isPeer(peer.Addr()) {
		return nil
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(r.s.cfg.Media))
	if err != nil {
		return nil
	}
	l := &leg{conn: conn, as: net.UDPAddrFromAddrPort(peer), free: make(chan struct{}, 1)}
	r.legs[peer.Addr()] = l
	r.s.legs.Go(func() { r.listen(l) })
	return l
}

// listen hands what the media port answers to ReadFrom, until the socket is
// closed.
func (r *relayed) listen(l *leg) {
	for {
		n, err := l.conn.Read(l.buf[:])
		if errors.Is(err, syscall.ECONNREFUSED) {
			continue
		}
		if err != nil {
			return
		}
		l.n = n
		select {
		case r.in <- l:
			<-l.free
		case <-r.done:
			return
		}
	}
}

// ReadFrom implements net.PacketConn.
func (r *relayed) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		select {
		case l := <-r.in:
			n := copy(p, l.buf[:l.n])
			l.free <- struct{}{}
			if !r.rate.AllowN(time.Now(), n) {
				continue
			}
			r.s.bytes.Add(int64(n))
			return n, l.as, nil
		case <-r.done:
			return 0, nil, net.ErrClosed
		}
	}
}

// Close implements net.PacketConn. It may be called more than once.
func (r *relayed) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.done:
		return nil
	default:
	}
	close(r.done)
	for _, l := range r.legs {
		l.conn.Close()
	}
	s := r.s
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, r)
	if s.taken[r.user]--; s.taken[r.user] == 0 {
		delete(s.taken, r.user)
	}
	return nil
}

// LocalAddr implements net.PacketConn.
func (r *relayed) LocalAddr() net.Addr { return r.addr }

// SetDeadline implements net.PacketConn; a relay has none.
func (*relayed) SetDeadline(time.Time) error { return errors.ErrUnsupported }

// SetReadDeadline implements net.PacketConn; a relay has none.
func (*relayed) SetReadDeadline(time.Time) error { return errors.ErrUnsupported }

// SetWriteDeadline implements net.PacketConn; a relay has none.
func (*relayed) SetWriteDeadline(time.Time) error { return errors.ErrUnsupported }
