package detect

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"qyragy/proctor"
)

// Looks takes what the detectors saw. An error ends the dispatcher: it means
// that the journal failed.
type Looks interface {
	Look(ctx context.Context, l proctor.Look) error
}

// Seats tells the dispatcher what a worker must know of a seat.
type Seats interface {
	// Terms are those of a seat's next look.
	Terms(id proctor.SeatID) Terms
}

// Config is what a Dispatcher needs.
type Config struct {
	NATS  *nats.Conn
	Looks Looks
	Seats Seats
	// InFlight bounds the requests under way over all seats; 0 means 8.
	InFlight int
	// Timeout of one look; 0 means 2 s, so that the next frame still comes
	// within the 3 s after which the engine calls a seat unseen. Stills and
	// comparisons, which people wait for, may take twice as long.
	Timeout time.Duration
}

// Dispatcher keeps the newest key frame of each seat and has detectors look at
// it: at most one request in flight per seat, seats in the order in which
// their frames came, so that under overload the rate falls evenly. A frame
// that is overtaken by a newer one is counted, never queued.
type Dispatcher struct {
	cfg   Config
	stats counters
	*line[*slot]
}

// slot is one seat's place. Its fields are guarded by the line's mu.
type slot struct {
	turn
	frame   Frame
	camera  int
	changed time.Time // when the camera last did
	age     int
	memory  []byte

	thumbnail []byte
	pictured  time.Time
	wanted    time.Time // when somebody last asked for the thumbnail
}

// Stats are counts since the start.
type Stats struct {
	Looks, Overtaken, Failed, Oversized uint64
	// Waiting is how many seats have a frame that nobody looks at yet.
	Waiting int
}

type counters struct{ looks, overtaken, failed, oversized atomic.Uint64 }

// New returns a Dispatcher; Run does its work.
func New(cfg Config) *Dispatcher {
	if cfg.InFlight == 0 {
		cfg.InFlight = 8
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 2 * time.Second
	}
	return &Dispatcher{cfg: cfg, line: newLine[*slot](cfg.InFlight)}
}

// KeyFrame offers a seat's newest key frame. It never blocks; data is not
// kept by the caller afterwards.
func (d *Dispatcher) KeyFrame(seat proctor.SeatID, camera int, at time.Time, codec string, data []byte) {
	if len(data) > MaxFrame {
		d.stats.oversized.Add(1)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.seats[seat]
	if s == nil {
		s = &slot{camera: camera}
		d.seats[seat] = s
	}
	if s.fresh {
		d.stats.overtaken.Add(1)
	}
	if s.camera != camera {
		s.change(camera, at)
	}
	s.frame = Frame{Seat: seat, At: at, Codec: Codec(codec), Data: data, Camera: camera}
	s.fresh = true
	d.enqueue(s)
}

// again is how soon a seat's camera is back for a reconnection.
const again = 30 * time.Second

// change makes a camera the seat's. One that is soon back calibrates for one
// look at most, and one that changes again soon goes on where it was: else
// reconnecting every few seconds would hide everything.
func (s *slot) change(camera int, at time.Time) {
	s.camera, s.memory = camera, nil
	switch {
	case at.Sub(s.frame.At) >= again:
		s.age = 0
	case at.Sub(s.changed) >= again:
		s.age = min(s.age, CalibrationLooks-1)
	}
	s.changed = at
}

// Newest returns the newest encoded key frame of a seat, for a still.
func (d *Dispatcher) Newest(seat proctor.SeatID) (Frame, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.seats[seat]
	if s == nil {
		return Frame{}, false
	}
	return s.frame, true
}

// watched is how long after somebody asked for a seat's thumbnail new ones are
// made; a wall asks for those on screen each second.
const watched = 5 * time.Second

// Latest returns a seat's newest thumbnail (JPEG) and when its frame arrived.
// If nobody asked for it lately it is an old one; the next look makes another.
func (d *Dispatcher) Latest(seat proctor.SeatID) (jpeg []byte, at time.Time, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.seats[seat]
	if s == nil {
		return nil, time.Time{}, false
	}
	s.wanted = time.Now()
	if s.thumbnail == nil {
		return nil, time.Time{}, false
	}
	return s.thumbnail, s.pictured, true
}

// Stats returns the counts so far.
func (d *Dispatcher) Stats() Stats {
	d.mu.Lock()
	waiting := len(d.queue)
	d.mu.Unlock()
	return Stats{
		Looks: d.stats.looks.Load(), Overtaken: d.stats.overtaken.Load(),
		Failed: d.stats.failed.Load(), Oversized: d.stats.oversized.Load(), Waiting: waiting,
	}
}

// Run dispatches until ctx ends or Looks fails, and waits for the requests
// under way.
func (d *Dispatcher) Run(ctx context.Context) error { return d.run(ctx, d.look) }

// look sends one seat's frame to a worker and hands on what it saw.
func (d *Dispatcher) look(ctx context.Context, s *slot) error {
	d.mu.Lock()
	req := LookRequest{Frame: s.frame, Age: s.age, Memory: s.memory, Blind: s.thumbnail != nil && time.Since(s.wanted) > watched}
	d.mu.Unlock()
	req.Terms = d.cfg.Seats.Terms(req.Frame.Seat)
	var reply LookReply
	err := ask(ctx, d.cfg.NATS, SubjectLook, d.cfg.Timeout, req, &reply)
	if err == nil && reply.Fault {
		err = fmt.Errorf("look: %s", reply.Err)
	}
	unseen := err == nil && reply.Err != ""

	d.mu.Lock()
	s.busy = false
	if err == nil && !unseen && s.camera == req.Frame.Camera {
		s.age, s.memory = s.age+1, atMost(reply.Memory, MaxMemory)
		if reply.Thumbnail = atMost(reply.Thumbnail, maxThumbnail); reply.Thumbnail != nil {
			s.thumbnail, s.pictured = reply.Thumbnail, req.Frame.At
		}
	}
	d.enqueue(s)
	d.mu.Unlock()

	if err != nil {
		// A look that failed is counted and the tile shows its age; missing
		// data never becomes an observation.
		d.stats.failed.Add(1)
		return nil
	}
	if unseen {
		d.stats.failed.Add(1)
		reply.Look = unseenLook(reply.Err)
	} else {
		d.stats.looks.Add(1)
	}
	reply.Look.Seat, reply.Look.At = req.Frame.Seat, req.Frame.At
	err = d.cfg.Looks.Look(ctx, reply.Look)
	switch proctor.KindOf(err) {
	case proctor.NotFound: // the seat is gone
		return nil
	case proctor.Invalid: // a worker's nonsense
		d.stats.failed.Add(1)
		return nil
	}
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("take a look: %w", err)
	}
	return nil
}

// maxThumbnail is the largest thumbnail that is kept, in bytes: one of 320
// pixels' width has some ten thousand.
const maxThumbnail = 256 << 10

// atMost is what a worker gave, nil if it is more than it may.
func atMost(b []byte, most int) []byte {
	if len(b) > most {
		return nil
	}
	return b
}

// unseenLook is what a frame says that no detector can look at, for its size or
// its damage: nobody is to be seen. Else a camera could hide by its settings.
func unseenLook(why string) proctor.Look {
	if len(why) > 200 {
		why = why[:200]
	}
	return proctor.Look{Observations: []proctor.Observation{
		{Cause: proctor.CauseNoFace, Score: 1, Detail: "the picture cannot be looked at: " + strings.ToValidUTF8(why, "?")},
	}}
}

// Picture has a worker turn an encoded key frame into a JPEG of full size.
func (d *Dispatcher) Picture(ctx context.Context, codec string, data []byte) ([]byte, error) {
	var reply PictureReply
	err := ask(ctx, d.cfg.NATS, SubjectPicture, 2*d.cfg.Timeout, PictureRequest{Codec: Codec(codec), Data: data}, &reply)
	if err == nil && reply.Err != "" {
		err = fmt.Errorf("make a picture: %s", reply.Err)
	}
	return reply.JPEG, err
}

func ask(ctx context.Context, nc *nats.Conn, subject string, timeout time.Duration, req, reply any) error {
	body, err := Encode(req)
	if err != nil {
		return fmt.Errorf("ask %s: %w", subject, err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	m, err := nc.RequestWithContext(ctx, subject, body)
	if err != nil {
		return fmt.Errorf("ask %s: %w: %w", subject, proctor.Errorf(proctor.Unavailable, "detector"), err)
	}
	if err := Decode(m.Data, reply); err != nil {
		return fmt.Errorf("ask %s: %w", subject, err)
	}
	return nil
}
