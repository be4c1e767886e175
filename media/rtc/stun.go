package rtc

import (
	"net"
	"net/netip"
	"strings"

	"github.com/pion/stun/v4"
)

// check answers a connectivity check (RFC 8445 §7.3). It returns the session
// whose credentials the peer proved to know, nil if none, and whether the peer
// nominates this path. What is not a valid check of ours gets no answer.
func (s *Server) check(b []byte, from netip.AddrPort, reply func([]byte) error) (p *Session, nominated bool) {
	m := &stun.Message{Raw: append([]byte(nil), b...)}
	if m.Decode() != nil || m.Type != stun.BindingRequest {
		return nil, false
	}
	var name stun.Username
	if name.GetFrom(m) != nil {
		return nil, false
	}
	ours, theirs, _ := strings.Cut(string(name), ":")
	s.mu.RLock()
	p = s.ufrags[ours]
	s.mu.RUnlock()
	if p == nil {
		return nil, false
	}
	key := p.password(ours, theirs)
	if key == "" {
		return nil, false
	}
	integrity := stun.NewShortTermIntegrity(key)
	if integrity.Check(m) != nil {
		return nil, false
	}
	p.proved(ours)
	answer, err := stun.Build(stun.NewTransactionIDSetter(m.TransactionID), stun.BindingSuccess,
		&stun.XORMappedAddress{IP: net.IP(from.Addr().AsSlice()), Port: int(from.Port())}, integrity, stun.Fingerprint)
	if err == nil {
		// An answer that is not sent is one that was lost: the peer asks again.
		_ = reply(answer.Raw)
	}
	return p, m.Contains(stun.AttrUseCandidate)
}
