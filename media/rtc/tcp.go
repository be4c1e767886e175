package rtc

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"
)

// Bounds of ICE-TCP.
const (
	maxStreams   = 4096             // connections in all
	maxStrangers = 256              // of them that no session has yet
	streamIdle   = 60 * time.Second // without a frame
	streamWrite  = 300 * time.Millisecond
	streamOffer  = 2 * time.Millisecond // for who must not wait
	streamEnd    = time.Second          // to take the last packet of a session that has ended
)

// stream is a connection that carries framed packets (RFC 4571 §2).
type stream struct {
	conn    net.Conn
	from    netip.AddrPort
	since   time.Time
	session *Session  // owned by the reader; guarded by Server.mu for others
	end     time.Time // when to stop after the session did; the reader's

	mu   sync.Mutex // one frame at a time
	out  []byte
	left int // bytes at the beginning of out that an earlier frame still has to go
}

func (s *Server) acceptTCP() {
	for {
		conn, err := s.cfg.TCP.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			select { // out of descriptors, most likely: others need them too
			case <-s.stop:
				return
			case <-time.After(100 * time.Millisecond):
				continue
			}
		}
		c := &stream{conn: conn, since: time.Now()}
		if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
			c.from = netip.AddrPortFrom(a.AddrPort().Addr().Unmap(), a.AddrPort().Port())
		}
		if !s.take(c) {
			c.close()
			continue
		}
		s.running.Go(func() { s.readTCP(c) })
	}
}

// take counts a connection, or refuses it. Too many strangers push out the one
// that has been here longest: an honest peer is known within a moment, so that
// a flood pushes out itself.
func (s *Server) take(c *stream) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.streams) >= maxStreams {
		return false
	}
	strangers := 0
	var oldest *stream
	for other := range s.streams {
		if other.session != nil {
			continue
		}
		if strangers++; oldest == nil || other.since.Before(oldest.since) {
			oldest = other
		}
	}
	if strangers >= maxStrangers {
		oldest.close()
		delete(s.streams, oldest)
	}
	s.streams[c] = true
	return true
}

// readTCP takes frames until the connection ends. The first must be a valid
// check: it says whose connection this is.
func (s *Server) readTCP(c *stream) {
	defer func() {
		c.close()
		s.mu.Lock()
		delete(s.streams, c)
		if p := c.session; p != nil {
			p.conns = slices.DeleteFunc(p.conns, func(other *stream) bool { return other == c })
		}
		s.mu.Unlock()
	}()
	in := bufio.NewReaderSize(c.conn, 4096)
	buf := make([]byte, maxPacket)
	patience := JoinTimeout
	for {
		if c.conn.SetReadDeadline(c.until(patience)) != nil {
			return
		}
		b, err := readFrame(in, buf)
		if err != nil {
			return
		}
		switch {
		case len(b) == 0:
		case b[0] < 4:
			if v, ok := s.check(b, c.from); ok {
				if !s.bindStream(c, v.session, v.nominated) || c.write(v.answer) != nil {
					return
				}
			}
		case c.session != nil:
			c.session.receive(b)
		}
		if c.session == nil {
			return // a stranger
		}
		patience = streamIdle
	}
}

func readFrame(in *bufio.Reader, buf []byte) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(head[:]))
	if n > len(buf) {
		return nil, io.ErrShortBuffer
	}
	_, err := io.ReadFull(in, buf[:n])
	return buf[:n], err
}

// bindStream makes a connection a session's own; it reports false if it has
// another already.
func (s *Server) bindStream(c *stream, p *Session, nominated bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.sessions[p] || c.session != nil && c.session != p {
		return false
	}
	if c.session == nil {
		c.session = p
		p.conns = append(p.conns, c)
		s.trim(p)
	}
	if nominated || p.route.Load() == nil {
		p.route.Store(&route{tcp: c})
	}
	return true
}

// trim closes the oldest of a session's connections but the one in use, if
// there are more than a peer needs; s.mu is held.
func (s *Server) trim(p *Session) {
	if len(p.conns) <= maxAddresses {
		return
	}
	i := 0
	if r := p.route.Load(); r != nil && r.tcp == p.conns[0] {
		i = 1
	}
	p.conns[i].close()
	p.conns = slices.Delete(p.conns, i, i+1)
}

// hangUp lets the connections of a session that has ended go, as soon as they
// had time to take its last packet.
func (s *Server) hangUp(p *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range p.conns {
		_ = c.conn.SetReadDeadline(time.Now().Add(streamEnd)) // an error says that it is closed
	}
}

// until is how long to wait for the next frame.
func (c *stream) until(patience time.Duration) time.Time {
	if c.session != nil {
		select {
		case <-c.session.ended:
			if c.end.IsZero() {
				c.end = time.Now().Add(streamEnd)
			}
			return c.end
		default:
		}
	}
	return time.Now().Add(patience)
}

// write sends one frame. A peer that does not read is let go.
func (c *stream) write(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frame(b)
	err := c.conn.SetWriteDeadline(time.Now().Add(streamWrite))
	if err == nil {
		_, err = c.conn.Write(c.out)
	}
	c.left = 0
	if err != nil {
		c.close()
	}
	return err
}

// errBusy says that a packet was lost because the peer does not read.
var errBusy = errors.New("the peer's connection takes nothing now")

// offer sends one frame if that can be done at once: it is for goroutines that
// serve other sessions too. What cannot be sent is lost, as on any network.
func (c *stream) offer(b []byte) error {
	if !c.mu.TryLock() {
		return errBusy
	}
	defer c.mu.Unlock()
	before := c.left
	c.frame(b)
	if err := c.conn.SetWriteDeadline(time.Now().Add(streamOffer)); err != nil {
		return err
	}
	n, err := c.conn.Write(c.out)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		c.close()
		return err
	}
	end := len(c.out)
	if n <= before && err != nil { // none of it went: it need not
		end, err = before, errBusy
	} else {
		err = nil
	}
	c.left = copy(c.out, c.out[n:end])
	return err
}

// frame puts a packet behind what is left of an earlier one; c.mu is held.
func (c *stream) frame(b []byte) {
	c.out = append(binary.BigEndian.AppendUint16(c.out[:c.left], uint16(len(b))), b...)
}

// close ends the connection; its reader does the rest.
func (c *stream) close() {
	_ = c.conn.Close() // an error says that it is closed
}
