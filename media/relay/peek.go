package relay

import (
	"encoding/binary"
	"net"
)

// What a client's first bytes may be.
type kind byte

const (
	isNothing kind = iota // it said nothing in time, or went
	isTURN                // a STUN message (RFC 8489 §5)
	isICE                 // one framed by two bytes of length (RFC 4571)
	isTLS                 // a handshake record (RFC 8446 §5.1)
	isOther               // HTTP, or rubbish
)

// magicCookie is in every STUN message (RFC 8489 §5).
const magicCookie = 0x2112A442

// tell looks at a client's first bytes; enough is false if more are needed.
func tell(b []byte) (k kind, enough bool) {
	switch {
	case len(b) == 0:
		return isNothing, false
	case b[0] == 0x16:
		return isTLS, true
	case b[0] > 0x07: // neither STUN nor the length of one; HTTP is letters
		return isOther, true
	case len(b) < 8:
		return isNothing, false
	case b[0]>>6 == 0 && binary.BigEndian.Uint32(b[4:]) == magicCookie:
		return isTURN, true
	case len(b) < 10:
		return isNothing, false
	case b[2]>>6 == 0 && binary.BigEndian.Uint32(b[6:]) == magicCookie:
		return isICE, true
	default:
		return isOther, true
	}
}

// peek reads as much as it takes to tell what conn is. The connection that it
// returns reads the same bytes again.
func peek(conn net.Conn) (net.Conn, kind) {
	var head [10]byte
	n := 0
	for {
		if k, enough := tell(head[:n]); enough {
			return &replay{Conn: conn, head: append([]byte(nil), head[:n]...)}, k
		}
		m, err := conn.Read(head[n:])
		if n += m; err != nil {
			return nil, isNothing
		}
	}
}

// replay is a connection some bytes of which have been read already.
type replay struct {
	net.Conn
	head []byte
}

// Read implements net.Conn.
func (r *replay) Read(p []byte) (int, error) {
	if len(r.head) == 0 {
		return r.Conn.Read(p)
	}
	n := copy(p, r.head)
	if r.head = r.head[n:]; len(r.head) == 0 {
		r.head = nil
	}
	return n, nil
}
