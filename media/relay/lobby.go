package relay

import (
	"container/list"
	"net"
	"sync"
)

// lobby bounds how many connections may be here that have not shown yet what
// they are for. When it is full, the one that has been here longest is closed:
// an honest client is through in a moment, so a flood pushes out itself.
type lobby struct {
	limit int

	mu    sync.Mutex
	order list.List // of net.Conn, oldest first
	at    map[net.Conn]*list.Element
}

func newLobby(limit int) *lobby { return &lobby{limit: limit, at: map[net.Conn]*list.Element{}} }

// enter lets c in, and perhaps another out.
func (l *lobby) enter(c net.Conn) {
	l.mu.Lock()
	if l.at[c] != nil {
		l.mu.Unlock()
		return
	}
	l.at[c] = l.order.PushBack(c)
	var out net.Conn
	if len(l.at) > l.limit {
		out = l.order.Remove(l.order.Front()).(net.Conn)
		delete(l.at, out)
	}
	l.mu.Unlock()
	if out != nil {
		out.Close()
	}
}

// leave forgets c.
func (l *lobby) leave(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.at[c]; e != nil {
		l.order.Remove(e)
		delete(l.at, c)
	}
}

// clear closes everybody.
func (l *lobby) clear() {
	l.mu.Lock()
	all := make([]net.Conn, 0, len(l.at))
	for c := range l.at {
		all = append(all, c)
	}
	l.mu.Unlock()
	for _, c := range all {
		c.Close()
	}
}
