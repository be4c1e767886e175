package relay

import (
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"
)

const (
	// maxWaiting bounds the connections that have not said yet what they are.
	maxWaiting = 2048
	// sayBy is how long one may take for its TLS handshake and first bytes.
	sayBy = 10 * time.Second
	// httpsWanted is what a program gets that speaks HTTP where TLS is spoken.
	httpsWanted = "HTTP/1.0 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\nThis address wants https.\n"
)

// Front is one TCP port with three services behind it, told apart by the first
// bytes that a client sends: the pages, TURN and ICE over TCP. With TLS, the
// pages are inside it, TURN may be inside or outside, and ICE over TCP, which
// knows no TLS (RFC 6544), is outside.
type Front struct {
	Pages *Stream // HTTP; a *tls.Conn where ALPN chose HTTP
	TURN  *Stream
	ICE   *Stream

	listener net.Listener
	tls      *tls.Config // nil: no TLS
	log      *slog.Logger
	waiting  *lobby
	stop     chan struct{}
	once     sync.Once
	err      error
	running  sync.WaitGroup
}

// NewFront takes over l. A Stream that is closed refuses its connections, so
// close those that nobody serves. config may be nil; log may not.
func NewFront(l net.Listener, config *tls.Config, log *slog.Logger) *Front {
	f := &Front{listener: l, log: log, waiting: newLobby(maxWaiting), stop: make(chan struct{})}
	for _, s := range []**Stream{&f.Pages, &f.TURN, &f.ICE} {
		*s = &Stream{addr: l.Addr(), conns: make(chan net.Conn), stop: f.stop, done: make(chan struct{})}
	}
	if config != nil {
		f.tls = config.Clone()
		if !slices.Contains(f.tls.NextProtos, "http/1.1") {
			f.tls.NextProtos = append(f.tls.NextProtos, "http/1.1")
		}
		f.tls.NextProtos = append(f.tls.NextProtos, "stun.turn") // RFC 7443
	}
	f.running.Go(func() { f.accept(l, func(c net.Conn) { f.receive(c, f.sort) }) })
	return f
}

// Close ends all three Streams, and the connections that none of them has yet.
func (f *Front) Close() error {
	f.once.Do(func() {
		close(f.stop)
		if err := f.listener.Close(); !errors.Is(err, net.ErrClosed) {
			f.err = err
		}
	})
	f.waiting.clear()
	f.running.Wait()
	return f.err
}

// accept goes on until the listener is closed. Running out of descriptors, for
// instance, passes.
func (f *Front) accept(l net.Listener, receive func(net.Conn)) {
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			f.running.Go(func() { receive(conn) })
			continue
		case errors.Is(err, net.ErrClosed):
			return
		}
		f.log.Warn("cannot accept a connection", "err", err)
		select {
		case <-f.stop:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// receive finds out what a connection is and hands it on, or closes it.
func (f *Front) receive(conn net.Conn, sort func(net.Conn) (*Stream, net.Conn)) {
	f.waiting.enter(conn)
	defer f.waiting.leave(conn)
	select {
	case <-f.stop: // too late for Close to see it
		conn.Close()
		return
	default:
	}
	to, c := sort(conn)
	if to == nil || c.SetDeadline(time.Time{}) != nil || !to.give(c) {
		conn.Close()
	}
}

// sort returns the Stream for a connection and what is to be given to it, nil
// for none.
func (f *Front) sort(conn net.Conn) (*Stream, net.Conn) {
	if conn.SetDeadline(time.Now().Add(sayBy)) != nil {
		return nil, nil
	}
	c, kind := peek(conn)
	switch {
	case kind == isTURN:
		return f.TURN, c
	case kind == isICE:
		return f.ICE, c
	case kind == isOther && f.tls == nil:
		return f.Pages, c
	case kind == isTLS && f.tls != nil:
		return f.inside(tls.Server(c, f.tls))
	case kind == isOther:
		sayHTTPS(conn)
	}
	return nil, nil
}

// sayHTTPS answers a request that should have come over TLS. The rest of it is
// read, or the answer would be lost with the connection.
func sayHTTPS(conn net.Conn) {
	_, err := conn.Write([]byte(httpsWanted))
	if tcp, ok := conn.(*net.TCPConn); ok && err == nil && tcp.CloseWrite() == nil && conn.SetDeadline(time.Now().Add(time.Second)) == nil {
		_, _ = io.CopyN(io.Discard, conn, 64<<10) // who sends more gets no answer
	}
}

// inside sorts a TLS connection: by ALPN where the client used it.
func (f *Front) inside(c *tls.Conn) (*Stream, net.Conn) {
	if err := c.Handshake(); err != nil {
		if op := (*net.OpError)(nil); errors.As(err, &op) {
			err = op.Err // without addresses: whose they are is nobody's business
		}
		f.log.Debug("TLS handshake", "err", err)
		return nil, nil
	}
	switch c.ConnectionState().NegotiatedProtocol {
	case "stun.turn":
		return f.TURN, c
	case "":
	case "acme-tls/1": // the handshake was all (RFC 8737 §3)
		return nil, nil
	default:
		return f.Pages, c
	}
	p, kind := peek(c)
	switch kind {
	case isTURN:
		return f.TURN, p
	case isOther:
		return f.Pages, p
	default:
		return nil, nil
	}
}

// Stream is the net.Listener of one service behind a Front.
type Stream struct {
	addr  net.Addr
	conns chan net.Conn // unbuffered
	stop  <-chan struct{}
	done  chan struct{}
	once  sync.Once
}

// give waits until somebody accepts c; false if nobody will.
func (s *Stream) give(c net.Conn) bool {
	select {
	case <-s.done: // also when somebody happens to wait
		return false
	default:
	}
	select {
	case s.conns <- c:
		return true
	case <-s.done:
	case <-s.stop:
	}
	return false
}

// Accept implements net.Listener.
func (s *Stream) Accept() (net.Conn, error) {
	select {
	case c := <-s.conns:
		return c, nil
	case <-s.done:
	case <-s.stop:
	}
	return nil, net.ErrClosed
}

// Close implements net.Listener: of this service only. It may be called more
// than once.
func (s *Stream) Close() error {
	s.once.Do(func() { close(s.done) })
	return nil
}

// Addr implements net.Listener.
func (s *Stream) Addr() net.Addr { return s.addr }

// Feed adds a further port of the service s alone, without TLS, until s or f
// is closed, and l with it.
func (f *Front) Feed(s *Stream, l net.Listener) {
	f.running.Go(func() {
		f.accept(l, func(c net.Conn) {
			f.receive(c, func(c net.Conn) (*Stream, net.Conn) {
				to, p := f.sort(c)
				if to != s {
					return nil, nil
				}
				return to, p
			})
		})
	})
	f.running.Go(func() {
		select {
		case <-s.done:
		case <-s.stop:
		}
		l.Close()
	})
}
