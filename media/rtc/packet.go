package rtc

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// receive takes a datagram that is no STUN from a path of the session.
func (s *Session) receive(b []byte) {
	defer func() {
		if v := recover(); v != nil {
			if s.server.cfg.Panicked != nil {
				s.server.cfg.Panicked(v)
			}
			s.die()
		}
	}()
	switch {
	case b[0] >= 20 && b[0] < 64:
		_, _ = s.dtls.Write(b, nil) // a full queue loses a datagram, as networks do
	case b[0] >= 128 && b[0] < 192 && len(b) >= 12:
		s.media(b, s.server.now())
	}
}

// media takes an SRTP or SRTCP packet.
func (s *Session) media(b []byte, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
	case s.in == nil:
		if len(s.early) < maxEarly {
			s.early = append(s.early, append([]byte(nil), b...))
		}
	case b[1] >= 192 && b[1] < 224: // RFC 5761 §4
		s.reports(b, at)
	default:
		s.packet(b, at)
	}
}

// listen starts the flow of media to the handler, beginning with what came
// before the keys.
func (s *Session) listen(in *srtp.Context) {
	s.mu.Lock()
	s.in = in
	early := s.early
	s.early = nil
	s.mu.Unlock()
	for _, b := range early {
		s.receive(b) // what comes meanwhile may overtake it, as on any network
	}
}

// packet decrypts an RTP packet and hands it on; s.mu is held.
func (s *Session) packet(b []byte, at time.Time) {
	h := &s.header
	plain, err := s.in.DecryptRTP(s.buf, b, h)
	if err != nil || !s.known(h.SSRC) {
		return
	}
	s.heard.Store(at.UnixNano())
	start, end := headerSize(plain), len(plain)
	if h.Padding && end > start {
		end -= int(plain[end-1])
	}
	if start > end {
		return
	}
	s.handler.RTP(h, plain[start:end], at)
}

// headerSize is how long a packet's header is as it came: with extensions and
// whatever pads them (RFC 3550 §5.1, §5.3.1). The packet has been parsed.
func headerSize(b []byte) int {
	n := 12 + 4*int(b[0]&0x0f)
	if b[0]&0x10 != 0 {
		n += 4 + 4*int(binary.BigEndian.Uint16(b[n+2:]))
	}
	return n
}

// known bounds how many streams a peer can begin: each costs state.
func (s *Session) known(ssrc uint32) bool {
	if slices.Contains(s.ssrcs, ssrc) {
		return true
	}
	if len(s.ssrcs) >= maxSSRCs {
		s.die()
		return false
	}
	s.ssrcs = append(s.ssrcs, ssrc)
	return true
}

// reports decrypts a compound RTCP packet; s.mu is held.
func (s *Session) reports(b []byte, at time.Time) {
	plain, err := s.in.DecryptRTCP(nil, b, nil)
	if err != nil {
		return
	}
	s.heard.Store(at.UnixNano())
	packets, err := rtcp.Unmarshal(plain)
	if err != nil {
		return
	}
	for _, p := range packets {
		if n, ok := p.(*rtcp.TransportLayerNack); ok {
			for _, t := range s.senders {
				t.resend(n)
			}
		}
	}
	s.handler.RTCP(packets, at)
}

// send writes a datagram to the peer's nominated path. It does not wait for a
// peer that does not read: see sendPatiently.
func (s *Session) send(b []byte) error {
	r := s.route.Load()
	switch {
	case r == nil:
		return errNoRoute
	case r.tcp != nil:
		return r.tcp.offer(b)
	default:
		return s.server.writeUDP(b, r.udp)
	}
}

// sendPatiently is send for a goroutine that may wait.
func (s *Session) sendPatiently(b []byte) error {
	if r := s.route.Load(); r != nil && r.tcp != nil {
		return r.tcp.write(b)
	}
	return s.send(b)
}

// WriteRTCP sends feedback. An error is one of the path: it may heal.
func (s *Session) WriteRTCP(packets ...rtcp.Packet) error {
	raw, err := rtcp.Marshal(packets)
	if err != nil {
		return err
	}
	s.outMu.Lock()
	defer s.outMu.Unlock()
	if s.out == nil {
		return errNoRoute
	}
	sealed, err := s.out.EncryptRTCP(s.outBuf, raw, nil)
	if err != nil {
		return err
	}
	s.outBuf = sealed[:0]
	return s.send(sealed)
}

// seal encrypts an RTP packet; the result is the caller's.
func (s *Session) seal(h *rtp.Header, payload, dst []byte) ([]byte, error) {
	plain, err := h.Marshal()
	if err != nil {
		return nil, err
	}
	s.outMu.Lock()
	defer s.outMu.Unlock()
	if s.out == nil {
		return nil, errNoRoute
	}
	return s.out.EncryptRTP(dst[:0], append(plain, payload...), nil)
}
