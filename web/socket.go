package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"qyragy/proctor"
)

const (
	socketRead    = 64 << 10         // bytes of one message from a client
	socketQueue   = 64               // messages that wait for a slow client
	socketPing    = 15 * time.Second // between pings; the session is checked too
	socketSilence = 40 * time.Second // without even a pong
	socketWrite   = 10 * time.Second // for one message to leave
	socketLinger  = time.Second      // for the client to read why it was closed
	socketsEach   = 16               // of one caller
	socketsAll    = 4096
	watchedMost   = 64 // seats on one screen
)

// closing is why a WebSocket ends: a status of RFC 6455 §7.4.1 and a few words.
type closing struct {
	code int
	text string
}

// Error implements error.
func (c *closing) Error() string { return c.text }

// socketConn is one client's WebSocket. The reader is the handler's own
// goroutine; writer and feeder are two more, and all three end with ctx.
type socketConn struct {
	s    *Server
	conn *websocket.Conn
	r    *http.Request
	who  caller
	end  context.CancelCauseFunc
	out  chan message // capacity socketQueue; the feeder waits, live data is dropped
	asks chan watch   // unbuffered: from the reader to the feeder
}

// message is one thing to write.
type message struct {
	kind int // websocket.TextMessage or BinaryMessage
	data []byte
}

// watch is what a member of staff asks for: an exam, and the seats on screen.
type watch struct {
	Type       string           `json:"type"`
	Exam       proctor.ExamID   `json:"exam"`
	Thumbnails []proctor.SeatID `json:"thumbnails"`
}

// serveSocket is GET /api/v1/ws. The guard has checked Origin and session.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	c := callOf(r.Context())
	key := string(c.who.actor())
	if !s.places.take(key, &s.sockets) {
		s.refuse(w, r, proctor.Errorf(kindTooMany, "too_many"))
		return
	}
	defer s.sockets.Done()
	defer s.places.give(key)
	up := websocket.Upgrader{
		HandshakeTimeout: 10 * time.Second, ReadBufferSize: 4096, WriteBufferSize: 4096,
		CheckOrigin: func(*http.Request) bool { return true },
		Error: func(w http.ResponseWriter, r *http.Request, _ int, _ error) {
			s.refuse(w, r, proctor.Errorf(proctor.Invalid, "socket"))
		},
	}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	ctx, end := context.WithCancelCause(s.ctx)
	k := &socketConn{s: s, conn: conn, r: r, who: c.who, end: end, out: make(chan message, socketQueue), asks: make(chan watch)}
	k.run(ctx)
}

// run serves until the client, the session or the server ends.
func (k *socketConn) run(ctx context.Context) {
	var others sync.WaitGroup
	defer others.Wait()
	defer k.conn.Close() // wakes a writer that waits for a client that does not read
	defer k.end(nil)
	stop := context.AfterFunc(ctx, func() { _ = k.conn.SetReadDeadline(time.Now()) }) // wakes the reader
	defer stop()
	others.Go(func() { k.write(ctx) })
	others.Go(func() { k.contain(ctx) })

	k.conn.SetReadLimit(socketRead)
	k.heard(ctx)
	k.conn.SetPongHandler(func(string) error { k.heard(ctx); return nil })
	err := k.read(ctx)
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	k.end(err)
	k.leave(err)
}

// heard gives the client socketSilence more, unless the socket is ending.
func (k *socketConn) heard(ctx context.Context) {
	_ = k.conn.SetReadDeadline(time.Now().Add(socketSilence)) // fails only when closed
	if ctx.Err() != nil {
		_ = k.conn.SetReadDeadline(time.Now()) // likewise
	}
}

// leave tells the client why, and then reads what it is still sending: closing
// with unread data would reset the connection and lose the reason.
func (k *socketConn) leave(err error) {
	why := &closing{websocket.CloseGoingAway, "the server is stopping"}
	if !errors.As(err, &why) && k.s.ctx.Err() == nil && !errors.Is(err, websocket.ErrReadLimit) {
		return // the client has gone
	}
	deadline := time.Now().Add(socketLinger)
	if !errors.Is(err, websocket.ErrReadLimit) { // for that one gorilla has written 1009
		_ = k.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(why.code, why.text), deadline)
	}
	_ = k.conn.NetConn().SetReadDeadline(deadline)
	_, _ = io.CopyN(io.Discard, k.conn.NetConn(), 16<<20) // until the client closes, or the deadline
}

// read takes the client's messages.
func (k *socketConn) read(ctx context.Context) error {
	for {
		kind, data, err := k.conn.ReadMessage()
		if err != nil {
			return err
		}
		ask, err := parseWatch(kind, data)
		if err != nil {
			return err
		}
		if k.who.seat != "" {
			k.s.log.Warn("an examinee asked to watch", "seat", k.who.seat)
			return &closing{websocket.ClosePolicyViolation, "an examinee sends nothing"}
		}
		select {
		case k.asks <- ask:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// parseWatch reads a client's message; the error is a *closing.
func parseWatch(kind int, data []byte) (watch, error) {
	var w watch
	if kind != websocket.TextMessage {
		return w, &closing{websocket.CloseUnsupportedData, "text messages only"}
	}
	if !utf8.Valid(data) || json.Unmarshal(data, &w) != nil {
		return w, &closing{websocket.CloseInvalidFramePayloadData, "not the JSON of a message"}
	}
	switch {
	case w.Type != "watch":
		return w, &closing{websocket.ClosePolicyViolation, "unknown type"}
	case w.Exam == "":
		return w, &closing{websocket.ClosePolicyViolation, "watch names no exam"}
	case len(w.Thumbnails) > watchedMost:
		return w, &closing{websocket.ClosePolicyViolation, "too many thumbnails"}
	}
	return w, nil
}

// write sends what is queued, and pings.
func (k *socketConn) write(ctx context.Context) {
	ping := time.NewTicker(socketPing)
	defer ping.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case m := <-k.out:
			_ = k.conn.SetWriteDeadline(time.Now().Add(socketWrite)) // only stores it
			err = k.conn.WriteMessage(m.kind, m.data)
		case <-ping.C:
			err = k.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(socketWrite))
		}
		if err != nil {
			k.end(err)
			return
		}
	}
}

// contain runs the feeder; its panic ends this socket alone.
func (k *socketConn) contain(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			k.s.log.Error("socket feeder panicked", "panic", p)
			k.end(&closing{websocket.CloseInternalServerErr, "internal error"})
		}
	}()
	if k.who.seat != "" {
		k.feedExaminee(ctx)
	} else {
		k.feedStaff(ctx)
	}
}

// send queues v as JSON and waits while the queue is full: meanwhile the
// engine cuts the subscription of a client that is too far behind.
func (k *socketConn) send(ctx context.Context, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		k.s.log.Error("encode a socket message", "err", err)
		k.end(&closing{websocket.CloseInternalServerErr, "internal error"})
		return
	}
	select {
	case k.out <- message{websocket.TextMessage, data}:
	case <-ctx.Done():
	}
}

// crowded reports whether the client is behind, so that what will be newer in
// a second is better not sent.
func (k *socketConn) crowded() bool { return len(k.out) > socketQueue/2 }

// stillWelcome ends the socket when its session has ended or changed hands.
func (k *socketConn) stillWelcome(ctx context.Context) {
	session, err := k.s.loadSession(ctx, k.r)
	var now caller
	if err == nil {
		now, err = k.s.identify(session)
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		k.s.log.Warn("check a socket's session", "err", err)
	case now.anonymous() || now.seat != k.who.seat || now.person.Login != k.who.person.Login || !now.has(everyone()):
		k.end(&closing{websocket.ClosePolicyViolation, "the session has ended"})
	}
}

// places counts the sockets of each caller.
type places struct {
	mu     sync.Mutex
	taken  map[string]int
	all    int
	closed bool
}

// take counts one more in, also into running, unless there is no place.
func (p *places) take(key string, running *sync.WaitGroup) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.all >= socketsAll || p.taken[key] >= socketsEach {
		return false
	}
	p.taken[key]++
	p.all++
	running.Add(1)
	return true
}

func (p *places) give(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.taken[key]--; p.taken[key] == 0 {
		delete(p.taken, key)
	}
}

// close lets nobody in any more.
func (p *places) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
}
