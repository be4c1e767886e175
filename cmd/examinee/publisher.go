package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
)

// connectLimit is the longest wait for one connection.
const connectLimit = 10 * time.Second

// publisher is one examinee's camera and microphone: it keeps her published
// until told to stop, however often the server goes away.
type publisher struct {
	stack  *stack
	target func() (endpoint, error) // asked before every attempt
	feeds  []*feed
	tell   func(string) // what happens, for people; never nil

	mu      sync.Mutex
	joined  time.Duration // of the first connection: from the POST until media can flow
	joins   int
	since   time.Time // connected since; zero when not
	uptime  time.Duration
	lastErr error
}

// run publishes until ctx ends, then ends the session properly.
func (p *publisher) run(ctx context.Context) {
	for wait := time.Duration(0); ctx.Err() == nil; {
		began := time.Now()
		err := p.connection(ctx)
		if ctx.Err() != nil {
			return
		}
		p.note(err)
		wait = backoff(wait, time.Since(began), err)
		p.tell(fmt.Sprintf("%v; trying again in %.1f s", err, wait.Seconds()))
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// backoff doubles from half a second to five, starts afresh after a connection
// that lasted, and obeys Retry-After. The jitter keeps a hundred publishers from
// knocking at the same moment.
func backoff(last, lasted time.Duration, err error) time.Duration {
	if lasted > connectLimit {
		last = 0
	}
	wait := min(max(last*2, 500*time.Millisecond), 5*time.Second)
	if refused := new(refusedError); errors.As(err, &refused) && refused.after > 0 {
		return refused.after
	}
	return wait - time.Duration(rand.Int64N(int64(wait/5)))
}

// connection is one PeerConnection's life. It returns why it ended.
func (p *publisher) connection(ctx context.Context) error {
	e, err := p.target()
	if err != nil {
		return err
	}
	pc, err := p.stack.api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return fmt.Errorf("open connection: %w", err)
	}
	var readers sync.WaitGroup
	defer readers.Wait()
	defer pc.GracefulClose()
	if err := p.addTracks(pc, &readers); err != nil {
		return err
	}
	state := watch(pc)

	dialing, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	began := time.Now()
	s, err := dial(dialing, p.stack.client, e, pc, state)
	defer s.close() // best effort: a server that is gone forgets by itself
	if err != nil {
		return err
	}
	p.up(began)
	defer p.down()
	p.tell("connected")
	return untilLost(ctx, state)
}

// untilLost waits for the end of a connection that is up.
func untilLost(ctx context.Context, state <-chan webrtc.PeerConnectionState) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case s := <-state:
			if s != webrtc.PeerConnectionStateConnected { // it may come back by itself
				return errors.New("the connection broke")
			}
		}
	}
}

func (p *publisher) addTracks(pc *webrtc.PeerConnection, readers *sync.WaitGroup) error {
	for _, f := range p.feeds {
		t, err := pc.AddTransceiverFromTrack(f, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		if err != nil {
			return fmt.Errorf("add track: %w", err)
		}
		readers.Go(func() { f.readFeedback(t.Sender()) })
	}
	return nil
}

// watch reports that pc is connected, and later that it is lost. Two slots are
// all it ever needs.
func watch(pc *webrtc.PeerConnection) <-chan webrtc.PeerConnectionState {
	states := make(chan webrtc.PeerConnectionState, 2)
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		switch s {
		case webrtc.PeerConnectionStateConnected, webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
			select {
			case states <- s:
			default:
			}
		}
	})
	return states
}

func (p *publisher) up(began time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.since, p.lastErr = time.Now(), nil
	if p.joins++; p.joins == 1 {
		p.joined = p.since.Sub(began)
	}
}

func (p *publisher) down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.uptime += time.Since(p.since)
	p.since = time.Time{}
}

func (p *publisher) note(err error) {
	p.mu.Lock()
	p.lastErr = err
	p.mu.Unlock()
}

// standing is a publisher's state at one moment.
type standing struct {
	connected bool
	joins     int
	joined    time.Duration
	uptime    time.Duration // connected time so far
	err       error         // why it is not connected, if known
}

func (p *publisher) standing() standing {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := standing{connected: !p.since.IsZero(), joins: p.joins, joined: p.joined, uptime: p.uptime, err: p.lastErr}
	if s.connected {
		s.uptime += time.Since(p.since)
	}
	return s
}
