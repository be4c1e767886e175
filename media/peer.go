package media

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"
)

// joinTimeout is how long a session may take to connect before it is freed.
const joinTimeout = 10 * time.Second

// maxJoins bounds sessions that are not connected yet: each costs a
// handshake's memory, and offers are cheap to send.
const maxJoins = 64

// peer is one WebRTC session, of a publisher or of a viewer.
type peer struct {
	server *Server
	id     string // names its resource; unguessable
	pc     *webrtc.PeerConnection
	// ended is called once, in a goroutine of its own, after the transport
	// has been closed.
	ended func()
	// leaving, if set, is called before close when the peer asked for it.
	leaving func()

	up     atomic.Bool // the transport is connected
	ending atomic.Bool // close was called
	timer  *time.Timer
	joined sync.Once
	once   sync.Once
	gone   chan struct{} // closed when all of it has ended

	mu    sync.Mutex // guards what follows: one negotiation at a time
	offer string
	etag  string
}

// newPeer reserves a place and makes a session that frees itself if it does
// not connect in time. up is called when it is connected.
func (s *Server) newPeer(api *webrtc.API, up func()) (*peer, error) {
	if err := s.reserve(); err != nil {
		return nil, err
	}
	p := &peer{server: s, id: rand.Text(), gone: make(chan struct{}), ended: func() {}}
	pc, err := api.NewPeerConnection(s.ice.config)
	if err != nil {
		s.joined()
		s.sessions.Done()
		return nil, fmt.Errorf("new session: %w", err)
	}
	p.pc = pc
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		switch state {
		case webrtc.PeerConnectionStateConnected:
			p.up.Store(true)
			p.timer.Stop()
			p.joined.Do(s.joined)
			up()
		case webrtc.PeerConnectionStateDisconnected:
			p.up.Store(false)
		case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
			p.close()
		}
	})
	p.timer = time.AfterFunc(joinTimeout, p.close)
	return p, nil
}

// close ends the session; it does not wait. It may be called from anywhere and
// more than once.
func (p *peer) close() {
	p.once.Do(func() {
		p.ending.Store(true)
		p.up.Store(false)
		p.timer.Stop()
		p.joined.Do(p.server.joined)
		go func() {
			defer p.server.sessions.Done()
			defer close(p.gone)
			if err := p.pc.GracefulClose(); err != nil {
				p.server.log.Warn("close session", "error", err)
			}
			p.ended()
		}()
	})
}

// answer applies an offer and returns the whole answer, candidates included.
// Errors are the peer's fault.
func (p *peer) answer(ctx context.Context, offer string) (answer string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.negotiate(ctx, offer)
}

func (p *peer) negotiate(ctx context.Context, offer string) (answer string, err error) {
	defer func() {
		if e := recover(); e != nil {
			p.server.stats.panics.Add(1)
			err = badOffer("The offer cannot be answered.")
		}
	}()
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", badOffer("The offer cannot be accepted.")
	}
	made, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return "", badOffer("The offer cannot be answered.")
	}
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(made); err != nil {
		return "", badOffer("The offer cannot be answered.")
	}
	select {
	case <-gathered:
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(joinTimeout):
		return "", badOffer("The offer cannot be answered.")
	}
	p.offer, p.etag = offer, `"`+rand.Text()[:16]+`"`
	return p.pc.LocalDescription().SDP, nil
}

// tag is the ETag of the present ICE session (RFC 9725 §4.3.1).
func (p *peer) tag() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.etag
}

// restart moves the session to new ICE credentials and returns the fragment
// for the reply.
func (p *peer) restart(ctx context.Context, f fragment) (body, etag string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	offer, err := withCredentials(p.offer, f)
	if err != nil {
		return "", "", err
	}
	answer, err := p.negotiate(ctx, offer)
	if err != nil {
		return "", "", err
	}
	body, err = answerFragment(answer)
	return body, p.etag, err
}
