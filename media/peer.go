package media

import (
	"crypto/rand"
	"sync"
	"sync/atomic"
	"time"

	"qyragy/media/rtc"
)

// maxJoins bounds sessions that are not connected yet: each costs a
// handshake's memory, and offers are cheap to send.
const maxJoins = 64

// steady is how long a session may be silent and still count as connected: a
// peer checks its path every few seconds (RFC 7675 §5.1).
const steady = 5 * time.Second

// peer is one WebRTC session, of a publisher or of a viewer.
type peer struct {
	server  *Server
	id      string // names its resource; unguessable
	session *rtc.Session
	// connected is called when the transport is up.
	connected func()
	// ended is called once, after the last packet.
	ended func()
	// leaving, if set, is called before close when the peer asked for it.
	leaving func()

	ending atomic.Bool // close was called
	joined sync.Once
	once   sync.Once
	opened chan struct{} // closed when session is set, or will never be
	gone   chan struct{} // closed when all of it has ended

	mu   sync.Mutex // guards what follows
	etag string
}

// newPeer reserves a place for a session.
func (s *Server) newPeer() (*peer, error) {
	if err := s.reserve(); err != nil {
		return nil, err
	}
	return &peer{server: s, id: rand.Text(), etag: newTag(), opened: make(chan struct{}), gone: make(chan struct{}),
		connected: func() {}, ended: func() {}}, nil
}

func newTag() string { return `"` + rand.Text()[:16] + `"` }

// open answers an offer. The peer ends by close, whether this fails or not.
func (p *peer) open(o *rtc.Offer, replies []rtc.Reply, h rtc.Handler) (err error) {
	defer close(p.opened)
	p.session, err = p.server.rtc.Open(o, replies, h)
	return err
}

// State implements part of rtc.Handler.
func (p *peer) State(up bool) {
	if !up {
		p.close()
		return
	}
	<-p.opened
	p.joined.Do(p.server.joined)
	p.connected()
}

// up reports whether the peer was heard of lately.
func (p *peer) up(now time.Time) bool {
	return !p.ending.Load() && p.session != nil && p.session.Alive(now, steady)
}

// close ends the session; it does not wait. It may be called from anywhere and
// more than once.
func (p *peer) close() {
	p.once.Do(func() {
		p.ending.Store(true)
		p.joined.Do(p.server.joined)
		go func() {
			defer p.server.sessions.Done()
			defer close(p.gone)
			<-p.opened
			if p.session != nil {
				p.session.Close()
			}
			p.ended()
		}()
	})
}

// tag is the ETag of the present ICE session (RFC 9725 §4.3.1).
func (p *peer) tag() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.etag
}

// restart moves the session to new ICE credentials and returns the fragment
// for the reply.
func (p *peer) restart(f rtc.Fragment) (body, etag string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if body, err = p.session.Restart(f); err != nil {
		return "", "", err
	}
	p.etag = newTag()
	return body, p.etag, nil
}
