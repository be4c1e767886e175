// Package rtc is the least WebRTC that a media server needs: it answers offers
// as an ICE-lite agent (RFC 8445 §2.5) with DTLS-SRTP (RFC 5763, RFC 5764) and
// takes every packet of every session from one UDP socket, or from ICE-TCP
// connections (RFC 6544), straight to its receiver: in the goroutine that read
// it, without a queue in between. Handing packets from goroutine to goroutine
// is half of what a general PeerConnection costs.
//
// A [Server] owns the sockets, an [Offer] is what a peer sent and what has
// been checked of it, a [Session] is one peer, a [Sender] one track to it.
// It knows no codecs and no WHIP; what to accept of an offer is its caller's
// to decide.
package rtc
