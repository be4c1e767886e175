package rtc

import (
	"net"
	"net/netip"
	"strings"

	"github.com/pion/stun/v4"
)

// valid is a connectivity check that proves to know a session's credentials.
type valid struct {
	session   *Session
	nominated bool   // the peer chose this path
	answer    []byte // nil if none can be made: the peer asks again
}

// check looks at a connectivity check (RFC 8445 §7.3). What is not a valid one
// for a session of ours gets no answer.
func (s *Server) check(b []byte, from netip.AddrPort) (v valid, ok bool) {
	m := &stun.Message{Raw: append([]byte(nil), b...)}
	if m.Decode() != nil || m.Type != stun.BindingRequest {
		return v, false
	}
	var name stun.Username
	if name.GetFrom(m) != nil {
		return v, false
	}
	ours, theirs, _ := strings.Cut(string(name), ":")
	s.mu.RLock()
	p := s.ufrags[ours]
	s.mu.RUnlock()
	if p == nil {
		return v, false
	}
	key := p.password(ours, theirs)
	if key == "" {
		return v, false
	}
	integrity := stun.NewShortTermIntegrity(key)
	if integrity.Check(m) != nil {
		return v, false
	}
	p.proved(ours)
	v = valid{session: p, nominated: m.Contains(stun.AttrUseCandidate)}
	answer, err := stun.Build(stun.NewTransactionIDSetter(m.TransactionID), stun.BindingSuccess,
		&stun.XORMappedAddress{IP: net.IP(from.Addr().AsSlice()), Port: int(from.Port())}, integrity, stun.Fingerprint)
	if err == nil {
		v.answer = answer.Raw
	}
	return v, true
}
