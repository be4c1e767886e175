package rtc

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Bounds of ICE-TCP.
const (
	maxStreams   = 4096             // connections in all
	maxStrangers = 256              // of them that no session has yet
	streamIdle   = 60 * time.Second // without a frame
	streamWrite  = 300 * time.Millisecond
)

// stream is a connection that carries framed packets (RFC 4571 §2).
type stream struct {
	conn    net.Conn
	from    netip.AddrPort
	since   time.Time
	session *Session // owned by the reader; guarded by Server.mu for others

	mu  sync.Mutex // one frame at a time
	out []byte
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
		s.mu.Unlock()
	}()
	in := bufio.NewReaderSize(c.conn, 4096)
	buf := make([]byte, maxPacket)
	patience := JoinTimeout
	for {
		if c.conn.SetReadDeadline(time.Now().Add(patience)) != nil {
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
	c.session = p
	if nominated || p.route.Load() == nil {
		p.route.Store(&route{tcp: c})
	}
	return true
}

// write sends one frame. A peer that does not read is let go.
func (c *stream) write(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = append(binary.BigEndian.AppendUint16(c.out[:0], uint16(len(b))), b...)
	err := c.conn.SetWriteDeadline(time.Now().Add(streamWrite))
	if err == nil {
		_, err = c.conn.Write(c.out)
	}
	if err != nil {
		c.close()
	}
	return err
}

// close ends the connection; its reader does the rest.
func (c *stream) close() {
	_ = c.conn.Close() // an error says that it is closed
}
