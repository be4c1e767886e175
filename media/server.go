// Package media receives examinees' cameras over WHIP, records every frame of
// them, hands the newest key frame of each to the detectors and relays live
// video to proctors over WHEP. Sealed recordings go to a vault against a
// verified receipt. What examinees' pages recorded themselves while they were
// cut off it takes as backfills. It knows nothing of exams, rights or detection.
//
// A packet's way: [qyragy/media/rtc] receives and decrypts it, publisher.go
// puts it in order, an assembler (frame.go) makes frames of it, recorder.go
// writes them, upload.go stores what is sealed. [qyragy/media/relay] is how
// packets come through networks that block UDP; it stands beside this package,
// and cmd/qyragy brings the two together.
package media

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"qyragy/media/rtc"
	"qyragy/proctor"
)

// beatEvery is the rhythm of all feedback: one ticker for all publishers.
const beatEvery = 40 * time.Millisecond

// Server is the media engine. Make it with New, then Run it.
type Server struct {
	cfg       Config
	log       *slog.Logger
	now       func() time.Time
	spool     *spool
	rtc       *rtc.Server
	uploads   *uploads
	env       *recorderEnv
	stats     counters
	space     *space
	backfills *backfills

	mu    sync.Mutex
	seats map[proctor.SeatID]*seat
	joins int  // sessions that are not connected yet
	ready bool // recovery is done, and the end has not come

	sessions sync.WaitGroup // goroutines of publishers and viewers
	failed   chan error     // capacity 1: the first fatal error
	stop     chan struct{}
	stopOnce sync.Once
	began    bool
	ended    chan struct{}
}

// New opens the spool and the sockets. Nobody is let in before Run.
func New(cfg Config) (*Server, error) {
	if cfg.Log == nil || cfg.Last == nil || cfg.Spool == "" {
		return nil, errors.New("media: Spool, Log and Last are required")
	}
	if cfg.VideoKbps == 0 {
		cfg.VideoKbps = 600
	}
	s := &Server{cfg: cfg, log: cfg.Logger, now: cfg.Now, seats: map[proctor.SeatID]*seat{},
		failed: make(chan error, 1), stop: make(chan struct{}), ended: make(chan struct{})}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	var err error
	if s.spool, err = openSpool(cfg.Spool); err != nil {
		return nil, err
	}
	s.space = &space{dir: cfg.Spool, now: time.Now}
	s.backfills = &backfills{server: s, log: cfg.Backfills, reserve: cfg.reserve(), busy: map[string]*holding{}}
	if s.rtc, err = rtc.Listen(rtc.Config{UDP: cfg.UDP, TCP: cfg.TCP, TCPPorts: cfg.TCPPorts, PublicIPs: cfg.PublicIPs, Loopback: cfg.Loopback,
		Now: s.now, Panicked: s.contain}); err != nil {
		return nil, errors.Join(err, s.spool.root.Close())
	}
	s.uploads = &uploads{spool: s.spool, vault: cfg.Vault, log: cfg.Log, keep: cfg.Keep, fatal: s.fatal,
		warn: s.log.Warn, stats: &s.stats, wake: make(chan struct{}, 1)}
	s.env = &recorderEnv{spool: s.spool, log: cfg.Log, now: s.now, stats: &s.stats,
		stored: s.uploads.add, fatal: s.fatal, warn: s.log.Warn}
	return s, nil
}

// contain takes note of a panic over a session's packets, which ended it.
func (s *Server) contain(v any) {
	s.stats.panics.Add(1)
	s.log.Error("a session's packets caused a panic", "panic", v)
}

// fatal ends the server with err; only the first counts.
func (s *Server) fatal(err error) {
	select {
	case s.failed <- err:
	default:
	}
}

// Run recovers the spool, then serves until ctx ends or Close is called: it
// then ends all sessions, seals every recording and returns. What is not
// uploaded by then stays in the spool for the next run. It returns an error if
// the journal failed; the server must not be used after that.
func (s *Server) Run(ctx context.Context) error {
	s.mu.Lock()
	if s.began {
		s.mu.Unlock()
		return errors.New("media: Run was called twice or after Close")
	}
	s.began = true
	s.mu.Unlock()
	defer close(s.ended)
	err := s.recoverSpool()
	if err == nil {
		err = s.backfills.recover()
	}
	if err == nil {
		err = s.serve(ctx)
	}
	return errors.Join(err, s.shutdown())
}

// serve runs everything that runs for all seats.
func (s *Server) serve(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	var background sync.WaitGroup
	defer background.Wait()
	defer cancel()
	if s.cfg.Vault != nil {
		background.Go(func() { s.uploads.run(ctx) })
	}
	background.Go(func() { s.backfills.tidyOften(ctx) })
	s.mu.Lock()
	s.ready = true
	s.mu.Unlock()
	clock := time.NewTicker(beatEvery)
	defer clock.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.stop:
			return nil
		case err := <-s.failed:
			return err
		case <-clock.C:
			s.beat(s.now())
		}
	}
}

// shutdown ends the sessions, seals the recordings and closes the sockets.
func (s *Server) shutdown() error {
	s.mu.Lock()
	s.ready = false
	seats := make([]*seat, 0, len(s.seats))
	for _, st := range s.seats {
		seats = append(seats, st)
	}
	s.mu.Unlock()
	var ending sync.WaitGroup
	for _, st := range seats {
		ending.Go(st.close)
	}
	ending.Wait()
	s.sessions.Wait()
	for _, st := range seats {
		ending.Go(st.recorder.stop)
	}
	ending.Wait()
	err := errors.Join(s.rtc.Close(), s.spool.root.Close())
	select {
	case failed := <-s.failed: // while sealing
		err = errors.Join(failed, err)
	default:
	}
	return err
}

// Close ends Run and waits for it, or releases what New opened if Run was
// never called. It may be called more than once.
func (s *Server) Close() error {
	s.mu.Lock()
	began := s.began
	s.began = true
	s.mu.Unlock()
	var err error
	s.stopOnce.Do(func() {
		close(s.stop)
		if !began {
			err = s.shutdown()
			close(s.ended)
		}
	})
	<-s.ended
	return err
}

// seat returns a seat's state, making it if needed.
func (s *Server) seat(id proctor.SeatID) *seat {
	if st := s.lookup(id); st != nil {
		return st
	}
	made := newSeat(s, id) // asks the journal: not under the lock
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.seats[id]
	if st == nil {
		st = made
		s.seats[id] = st
	}
	return st
}

// lookup returns a seat's state, nil if it has none.
func (s *Server) lookup(id proctor.SeatID) *seat {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seats[id]
}

// errNotReady is the answer before recovery is done and after the end.
func errNotReady() error { return proctor.Errorf(proctor.Unavailable, "media_not_ready") }

// reserve counts a session that is about to connect, or refuses it.
func (s *Server) reserve() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.ready:
		return errNotReady()
	case s.joins >= maxJoins:
		return proctor.Errorf(proctor.Unavailable, "media_busy")
	}
	s.joins++
	s.sessions.Add(1)
	return nil
}

// joined ends what reserve began: the session is connected or gone.
func (s *Server) joined() {
	s.mu.Lock()
	s.joins--
	s.mu.Unlock()
}

// EndSeat ends a seat's publisher and viewers and lets no more in: its exam is
// over. What was recorded is sealed as usual, and what was not up to now is
// told to the journal as gaps. It does not wait; see Settled.
func (s *Server) EndSeat(id proctor.SeatID) {
	st := s.lookup(id)
	if st == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready {
		s.sessions.Go(func() {
			st.close()
			st.recorder.settle()
		})
	}
}

// Settled reports that the journal has all that the recorder will ever say of
// a seat that was ended.
func (s *Server) Settled(id proctor.SeatID) bool {
	s.mu.Lock()
	st, ready := s.seats[id], s.ready
	s.mu.Unlock()
	return ready && (st == nil || st.recorder.accounted())
}

// beat asks for key frames and lost packets and reports, for all publishers.
func (s *Server) beat(now time.Time) {
	s.mu.Lock()
	seats := make([]*seat, 0, len(s.seats))
	for id, st := range s.seats {
		if st.forgettable(now) {
			delete(s.seats, id)
			continue
		}
		seats = append(seats, st)
	}
	s.mu.Unlock()
	for _, st := range seats {
		st.beat(now)
	}
}
