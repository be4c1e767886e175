package relay

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
	"golang.org/x/time/rate"
)

const (
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

// AllocatePacketConn makes a relay: a socket that is connected to the media
// port, so that nothing else can be sent to or heard from. Its address is what
// the media engine sees a client at, as ICE expects of a relayed candidate.
func (g generator) AllocatePacketConn(cfg turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	s := g.s
	conn, err := net.DialUDP(cfg.Network, nil, net.UDPAddrFromAddrPort(s.cfg.Media))
	if err != nil {
		return nil, nil, err
	}
	r := &relayed{UDPConn: conn, s: s, user: cfg.UserID, rate: rate.NewLimiter(bytesPerSecond, bytesAtOnce)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.taken[r.user] >= Quota || len(s.open) >= maxAllocations {
		return nil, nil, errors.Join(errFull, conn.Close())
	}
	s.taken[r.user]++
	s.open[r] = struct{}{}
	return r, conn.LocalAddr(), nil
}

// relayed is the relay of one allocation, a net.PacketConn that reaches only
// the media port.
type relayed struct {
	*net.UDPConn
	s    *Server
	user string
	rate *rate.Limiter
	once sync.Once

	mu    sync.Mutex
	asked [32]question // a ring: the newest checks (RFC 8445 §7.2.5)
	next  int
	peer  *net.UDPAddr // where the client sent last
}

// question is a connectivity check and the address it was sent to. The media
// port has several, and an answer must come from the one that was asked.
type question struct {
	id   [stun.TransactionIDSize]byte
	peer *net.UDPAddr
}

// WriteTo implements net.PacketConn. A packet for anything but the media port
// goes nowhere; permissions name addresses only, so ports are checked here.
func (r *relayed) WriteTo(p []byte, to net.Addr) (int, error) {
	peer, ok := to.(*net.UDPAddr)
	if !ok || !r.aim(peer, p) {
		r.s.refused.Add(1)
		return len(p), nil
	}
	if !r.rate.AllowN(time.Now(), len(p)) {
		return len(p), nil // like any other congested path
	}
	r.s.bytes.Add(int64(len(p)))
	n, err := r.Write(p)
	if errors.Is(err, syscall.ECONNREFUSED) { // the media socket is not open (yet)
		return len(p), nil
	}
	return n, err
}

// aim remembers where a packet is sent to; false if that is not the media port.
func (r *relayed) aim(peer *net.UDPAddr, p []byte) bool {
	if peer.Port != int(r.s.cfg.Media.Port()) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.peer == nil || !r.peer.IP.Equal(peer.IP) {
		ip, ok := netip.AddrFromSlice(peer.IP)
		if !ok || !r.s.isPeer(ip.Unmap()) {
			return false
		}
		r.peer = peer
	}
	if stun.IsMessage(p) {
		q := &r.asked[r.next%len(r.asked)]
		copy(q.id[:], p[8:])
		q.peer = r.peer
		r.next++
	}
	return true
}

// ReadFrom implements net.PacketConn.
func (r *relayed) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, err := r.Read(p)
		switch {
		case errors.Is(err, syscall.ECONNREFUSED):
			continue
		case err != nil:
			return 0, nil, err
		}
		from := r.origin(p[:n])
		if from == nil || !r.rate.AllowN(time.Now(), n) {
			continue
		}
		r.s.bytes.Add(int64(n))
		return n, from, nil
	}
}

// origin is the address that a packet of the media port comes from, as the
// client knows it; nil before the client has sent anything.
func (r *relayed) origin(p []byte) *net.UDPAddr {
	r.mu.Lock()
	defer r.mu.Unlock()
	if stun.IsMessage(p) {
		for _, q := range r.asked {
			if q.peer != nil && bytes.Equal(q.id[:], p[8:20]) {
				return q.peer
			}
		}
	}
	return r.peer
}

// Close implements net.PacketConn. It may be called more than once.
func (r *relayed) Close() error {
	r.once.Do(func() {
		r.UDPConn.Close()
		s := r.s
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, r)
		if s.taken[r.user]--; s.taken[r.user] == 0 {
			delete(s.taken, r.user)
		}
	})
	return nil
}
