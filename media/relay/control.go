package relay

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// gate is the listener of TURN over TCP with our bounds.
type gate struct {
	net.Listener
	s *Server
}

// Accept implements net.Listener.
func (g gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := g.s.admit(conn); c != nil {
			return c, nil
		}
		conn.Close()
	}
}

// admit counts a connection; nil if there are too many.
func (s *Server) admit(conn net.Conn) *control {
	c := &control{Conn: conn, s: s}
	k := key(conn.RemoteAddr())
	s.mu.Lock()
	if s.closed || len(s.known) >= maxControls || s.known[k] != nil {
		s.mu.Unlock()
		return nil
	}
	s.known[k] = c
	s.controls.Add(1)
	s.mu.Unlock()
	s.stranger(c)
	return c
}

// stranger puts c with those that have no allocation.
func (s *Server) stranger(c *control) {
	c.settled.Store(false)
	s.lobby.enter(c)
	s.mu.Lock()
	gone := s.known[key(c.RemoteAddr())] != c
	s.mu.Unlock()
	if gone {
		s.lobby.leave(c)
	}
}

// control is the TCP or TLS connection of one TURN client. It is cut when it
// says nothing for long or takes nothing.
type control struct {
	net.Conn
	s       *Server
	settled atomic.Bool // has an allocation
	once    sync.Once
}

// Read implements net.Conn.
func (c *control) Read(p []byte) (int, error) {
	idle := strangerIdle
	if c.settled.Load() {
		idle = controlIdle
	}
	if err := c.Conn.SetReadDeadline(time.Now().Add(idle)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write implements net.Conn. Half a message cannot be taken back, so a write
// that fails is the end.
func (c *control) Write(p []byte) (int, error) {
	if err := c.Conn.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	if err != nil {
		c.Close()
	}
	return n, err
}

// Close implements net.Conn. It may be called more than once.
func (c *control) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		err = c.Conn.Close()
		c.s.mu.Lock()
		delete(c.s.known, key(c.RemoteAddr()))
		c.s.mu.Unlock()
		c.s.lobby.leave(c)
		c.s.controls.Done()
	})
	return err
}
