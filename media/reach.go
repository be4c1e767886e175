package media

import "net/netip"

// Addr is where the media socket is bound.
func (s *Server) Addr() netip.AddrPort { return s.rtc.Addr() }

// Announced are the addresses at which clients are told to find it, at the
// same port.
func (s *Server) Announced() []netip.Addr { return s.rtc.Announced() }
