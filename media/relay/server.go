// Package relay lets examinees whose networks block UDP reach the media
// engine: a TURN server (RFC 8656) whose relays lead to this server's media
// port and nowhere else, and a Front that shares the pages' TCP port with it.
// It is not a TURN server for anything else: there is no way to make it send
// a packet to another address.
package relay

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"
)

// Bounds of what clients may take.
const (
	// Quota is how many allocations a user may have at a time; more are
	// refused with 486 (RFC 8656 §7.2).
	Quota = 4

	maxAllocations = 4096
	maxControls    = 8192             // TCP and TLS connections
	maxStrangers   = 1024             // of them, those without an allocation
	strangerIdle   = 10 * time.Second // between two messages of such a one
	controlIdle    = 5 * time.Minute  // between two messages of the others
	writeLimit     = 10 * time.Second // a client that takes nothing is cut
	// allocationLife is until a refresh is due (RFC 8656 §3.2): short, so that
	// a browser that vanished gives its quota back soon.
	allocationLife = 2 * time.Minute
	// maxAge is how long one allocation may be refreshed: longer than any exam.
	maxAge = 12 * time.Hour
)

// Config is what a Server needs. Everything without a remark is required.
type Config struct {
	Secret []byte         // ≥ 32 bytes; keys the credentials
	Realm  string         // of the long-term credentials (RFC 8489 §9.2)
	Media  netip.AddrPort // where the media socket is reached from this machine
	// Peers are the addresses at which clients know the media socket: those of
	// its candidates. Its port is always Media's.
	Peers func() []netip.Addr

	UDP net.PacketConn   // optional: TURN over UDP
	TCP net.Listener     // optional: TURN over TCP; TLS is the listener's
	Now func() time.Time // optional, for tests
}

// Server is the TURN server. Make it with New.
type Server struct {
	cfg      Config
	turn     *turn.Server
	lobby    *lobby
	controls sync.WaitGroup

	mu     sync.Mutex
	closed bool
	taken  map[string]int // allocations by user
	open   map[*relayed]struct{}
	live   map[string]lease    // allocations by client address
	known  map[string]*control // TCP connections by client address

	refused atomic.Int64
	bytes   atomic.Int64
}

// lease is an allocation that exists.
type lease struct {
	user  string
	since time.Time
}

// New starts a server on cfg's sockets, which are its own from then on.
func New(cfg Config) (*Server, error) {
	switch {
	case len(cfg.Secret) < 32:
		return nil, errors.New("relay: the secret is shorter than 32 bytes")
	case cfg.Realm == "" || cfg.Peers == nil || !cfg.Media.IsValid():
		return nil, errors.New("relay: Realm, Media and Peers are required")
	case cfg.UDP == nil && cfg.TCP == nil:
		return nil, errors.New("relay: there is neither a UDP nor a TCP socket")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Server{cfg: cfg, lobby: newLobby(maxStrangers), taken: map[string]int{}, open: map[*relayed]struct{}{},
		live: map[string]lease{}, known: map[string]*control{}}
	tc := turn.ServerConfig{
		Realm: cfg.Realm, AuthHandler: s.authenticate, QuotaHandler: s.withinQuota, AllocationLifetime: allocationLife,
		StrictAddressFamily: true, // a browser that comes over IPv6 wants an IPv4 relay all the same: media is IPv4
		LoggerFactory:       &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled},
		EventHandler:        turn.EventHandler{OnAllocationCreated: s.created, OnAllocationDeleted: s.deleted},
	}
	if cfg.UDP != nil {
		tc.PacketConnConfigs = []turn.PacketConnConfig{{PacketConn: cfg.UDP, RelayAddressGenerator: generator{s}, PermissionHandler: s.permit}}
	}
	if cfg.TCP != nil {
		tc.ListenerConfigs = []turn.ListenerConfig{{Listener: gate{cfg.TCP, s}, RelayAddressGenerator: generator{s}, PermissionHandler: s.permit}}
	}
	var err error
	if s.turn, err = turn.NewServer(tc); err != nil {
		return nil, fmt.Errorf("start TURN: %w", err)
	}
	return s, nil
}

// Close ends every allocation and connection and waits for them.
func (s *Server) Close() error {
	err := s.turn.Close()
	s.mu.Lock()
	s.closed = true
	var ending []io.Closer
	for r := range s.open {
		ending = append(ending, r)
	}
	for _, c := range s.known {
		ending = append(ending, c)
	}
	s.mu.Unlock()
	for _, c := range ending {
		c.Close()
	}
	s.controls.Wait()
	if err != nil {
		return fmt.Errorf("stop TURN: %w", err)
	}
	return nil
}

// Stats are a Server's counts.
type Stats struct {
	Allocations int   // at this moment
	Connections int   // TCP and TLS, at this moment
	Refused     int64 // packets and permissions for other addresses than the media port's
	Bytes       int64 // relayed, both ways
}

// Stats returns the counts as they are now.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{Allocations: len(s.open), Connections: len(s.known), Refused: s.refused.Load(), Bytes: s.bytes.Load()}
}

// permit implements turn.PermissionHandler: the media port's own addresses. It
// is asked for permissions, channels and RFC 6062 connections alike.
func (s *Server) permit(_ net.Addr, peer net.IP) bool {
	ip, ok := netip.AddrFromSlice(peer)
	if ok && s.isPeer(ip.Unmap()) {
		return true
	}
	s.refused.Add(1)
	return false
}

func (s *Server) isPeer(ip netip.Addr) bool {
	for _, own := range s.cfg.Peers() {
		if own.Unmap() == ip {
			return true
		}
	}
	return false
}

// withinQuota implements turn.QuotaHandler.
func (s *Server) withinQuota(user, _ string, _ net.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken[user] < Quota && len(s.open) < maxAllocations
}

// created and deleted follow the allocations.
func (s *Server) created(client, _ net.Addr, _, user, _ string, _ net.Addr, _ int) {
	s.mu.Lock()
	s.live[key(client)] = lease{user, s.cfg.Now()}
	c := s.known[key(client)]
	s.mu.Unlock()
	if c != nil {
		c.settled.Store(true)
		s.lobby.leave(c)
	}
}

func (s *Server) deleted(client, _ net.Addr, _, _, _ string) {
	s.mu.Lock()
	delete(s.live, key(client))
	c := s.known[key(client)]
	s.mu.Unlock()
	if c != nil {
		s.stranger(c)
	}
}

// key tells clients apart; the same port may be one over UDP and one over TCP.
func key(a net.Addr) string { return a.Network() + " " + a.String() }
