package media

import (
	"bytes"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"qyragy/proctor"
)

// Bounds of a recorder.
const (
	maxQueue    = 8 << 20                  // bytes of frames that wait for the disk
	itemCost    = 128                      // bytes that a queued frame takes beside its data
	tick        = 100 * time.Millisecond   // between writes: what a crash may cost
	syncEvery   = time.Second              // between fsyncs: what a power cut may cost
	segmentGoal = 58 * time.Second         // closed at the first key frame after this
	segmentMax  = 59500 * time.Millisecond // closed even without one: a minute at most
	silence     = 2 * time.Second          // closed when no video came for so long
	stall       = time.Second              // between turns: it is us who were not there
	gapMin      = time.Second              // shorter holes are not worth a Gap
	comeBack    = 30 * time.Second         // who left may come back so soon, and a gap go on
	startEvery  = 2 * time.Second          // between segments in the long run: each costs the disk, the journal and the vault
	startBurst  = 30                       // of them that may follow each other at once
	shareRate   = 1 << 20                  // bytes a second of a seat in the long run, over ten times what a camera is asked for
	shareBurst  = 128 << 20                // bytes beyond that
)

// recorder writes one seat's segments. It belongs to the seat: a publisher
// that comes back goes on in the same timeline. Its goroutine lives while
// there is something to record; nobody who gives it frames ever waits for it.
type recorder struct {
	seat    proctor.SeatID
	env     *recorderEnv
	wantKey func()       // asks the seat's publisher for a key frame
	drift   atomic.Int64 // of the camera's clock, a time.Duration

	mu        sync.Mutex // guards what follows
	queue     []item
	queued    int           // bytes
	share     *rate.Limiter // of the disk, bytes: a publisher decides how much it sends
	skip      bool
	missed    proctor.GapCause // why video since the newest queued frame is missing
	stuck     proctor.GapCause // why nothing can be written now
	seen      bool             // a segment of the seat was sealed
	running   bool
	stopping  bool
	over      bool // the seat's exam has ended: nothing more will come
	publisher bool
	newest    int // camera of the newest publisher
	rotate    bool
	waiters   []chan struct{} // closed when the open segment is sealed
	live      proctor.Segment
	open      bool
	flushed   int64
	done      sync.WaitGroup

	// Owned by run (and by recovery, before it).
	order   interleaver
	next    int
	prev    string
	camera  int
	lastEnd time.Time
	cause   proctor.GapCause // of the hole under way; "" is the network
	seg     *segment
	damaged int // number of a segment that could not be sealed, -1 if none
	limit   int64
	retry   time.Time
	starts  *rate.Limiter // of segments: a publisher can begin one with each key frame
	split   bool
	audioAt time.Time // newest audio frame
	audio   bool      // the publisher offered audio
	begun   time.Time // the publisher came
	leftAt  time.Time // it left by its own wish, zero if it did not
	settled bool      // all time up to its end is accounted for
	final   bool      // leftAt is the end of the seat's exam
	heard   bool      // the newest publisher sent something
	turned  time.Time // the last turn, by the real clock
	awake   time.Time // the end of the last stall
}

// recorderEnv is what all recorders share.
type recorderEnv struct {
	spool *spool
	log   Log
	now   func() time.Time
	stats *counters
	// stored takes a segment that is sealed and logged.
	stored func(proctor.Segment)
	// fatal ends the server: the journal cannot be written.
	fatal func(error)
	warn  func(msg string, args ...any)
}

// segment is the file being written.
type segment struct {
	proctor.Segment
	track   trackInfo
	file    *os.File
	webm    *webmWriter
	written int64
	synced  int64
	syncAt  time.Time
	lastAt  time.Time
	step    time.Duration // between its last two video frames
}

type itemKind int

const (
	itemFrame itemKind = iota
	itemBegin
	itemEnd
	itemOver
)

// item is one entry of a recorder's queue.
type item struct {
	kind   itemKind
	frame  frame
	camera int
	audio  bool             // itemBegin: audio was offered
	left   bool             // itemEnd: nobody is to come back
	cause  proctor.GapCause // why frames before this one are missing
	at     time.Time
}

func newRecorder(seat proctor.SeatID, env *recorderEnv, wantKey func()) *recorder {
	return &recorder{seat: seat, env: env, wantKey: wantKey, damaged: -1, camera: -1,
		starts: rate.NewLimiter(rate.Every(startEvery), startBurst), share: rate.NewLimiter(shareRate, shareBurst)}
}

// run owns the file. It ends when the publisher has gone and all is sealed.
func (r *recorder) run() {
	defer r.done.Done()
	defer r.release()
	t := time.NewTimer(untilTurn())
	defer t.Stop()
	for range t.C {
		if !r.turn() {
			return
		}
		t.Reset(untilTurn())
	}
}

// untilTurn is how long to wait for the next turn. All recorders take theirs at
// the same moments: to wake a process often for little costs more than the work.
func untilTurn() time.Duration { return tick - time.Duration(time.Now().UnixNano())%tick }

// turn does what is due and reports whether to go on.
func (r *recorder) turn() bool {
	r.mu.Lock()
	batch, stopping := r.queue, r.stopping
	r.queue, r.queued = nil, 0
	rotate := r.rotate
	r.mu.Unlock()
	now := r.env.now()
	woke := time.Now()
	if woke.Sub(r.turned) > stall {
		r.awake = now
	}
	r.turned = woke
	if !r.take(batch, rotate, stopping, now) {
		return false
	}
	r.write(now)
	if r.seg != nil && (stopping || r.wentQuiet(now) || now.Sub(r.seg.Start) > segmentMax) {
		if !r.close() {
			return false
		}
	}
	if r.damaged >= 0 && (stopping || !now.Before(r.retry)) && !r.mend() {
		return false
	}
	if r.owes() && (r.final || now.Sub(r.leftAt) >= comeBack) && !r.finish(r.leftAt) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if stopping || !r.publisher && r.seg == nil && r.damaged < 0 && !r.owes() && len(r.queue)+len(r.order.held) == 0 {
		r.running = false
		return false
	}
	return true
}

// wentQuiet reports that no video came for too long. Where it was this process
// that slept, what came meanwhile is still in the socket.
func (r *recorder) wentQuiet(now time.Time) bool {
	return now.Sub(r.seg.lastAt) > silence && now.Sub(r.awake) > silence
}

// take handles a batch, frames in order of time; it reports false if the
// journal failed.
func (r *recorder) take(batch []item, rotate, stopping bool, now time.Time) bool {
	for _, it := range batch {
		if it.kind == itemFrame {
			r.order.push(it, now)
			continue
		}
		if !r.handleAll(r.order.ready(now, true), rotate) || !r.handle(it, rotate) {
			return false
		}
	}
	return r.handleAll(r.order.ready(now, stopping), rotate)
}

func (r *recorder) handleAll(items []item, rotate bool) bool {
	for _, it := range items {
		if !r.handle(it, rotate) {
			return false
		}
	}
	return true
}

// release lets go of who waits for a segment that will not be sealed now.
func (r *recorder) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running, r.open, r.rotate = false, false, false
	for _, c := range r.waiters {
		close(c)
	}
	r.waiters = nil
}

// handle takes one item and reports false if the journal failed.
func (r *recorder) handle(it item, rotate bool) bool {
	switch it.kind {
	case itemBegin:
		r.audio, r.begun, r.leftAt, r.settled, r.heard = it.audio, it.at, time.Time{}, false, false
		return true
	case itemOver:
		if r.seg != nil && !r.close() {
			return false
		}
		r.leftAt, r.settled, r.final = it.at, false, true
		return true
	case itemEnd:
		if r.seg != nil && r.seg.Camera == it.camera && !r.close() {
			return false
		}
		if it.left {
			r.leftAt = it.at
		}
		return true
	}
	if it.cause != "" {
		r.cause = it.cause
	}
	r.heard = true
	if it.frame.track == audioTrack {
		r.sound(it.frame)
		return true
	}
	return r.picture(it.frame, it.camera, rotate)
}

// sound adds an audio frame to the open segment.
func (r *recorder) sound(f frame) {
	r.audioAt = f.at
	if r.seg == nil {
		return
	}
	if !r.seg.track.audio {
		r.split = true // a track cannot be added to a file: begin another
		return
	}
	r.seg.webm.add(audioTrack, f.at.Sub(r.seg.Start).Milliseconds(), true, f.data)
	r.env.stats.audio.Add(1)
}

// picture adds a video frame, closing and opening segments as it must.
func (r *recorder) picture(f frame, camera int, rotate bool) bool {
	r.split = r.split || f.broken || r.seg != nil && r.hole(f.at) // a gap lies between segments
	r.drift.Store(int64(f.drift))
	if f.broken {
		r.env.stats.clockBreaks.Add(1)
	}
	if f.key && r.seg != nil && r.due(f, camera, rotate) {
		if f.at.After(r.seg.lastAt) && f.at.Before(r.seg.End) {
			r.seg.End, r.lastEnd = f.at, f.at // its last frame was not as long as the one before
		}
		if !r.close() {
			return false
		}
	}
	if r.seg == nil {
		if !f.key {
			r.env.stats.dropped.Add(1)
			r.wantKey()
			return true
		}
		if !r.start(f, camera) {
			return true
		}
	}
	if !r.gap(f.at) {
		return false
	}
	g := r.seg
	ms := g.webm.add(videoTrack, f.at.Sub(g.Start).Milliseconds(), f.key, f.data)
	at := g.Start.Add(time.Duration(ms) * time.Millisecond)
	if g.Frames > 0 {
		g.step = min(at.Sub(g.lastAt), time.Second)
	}
	g.lastAt = at
	g.Frames++
	g.End = at.Add(g.step)
	r.lastEnd = g.End
	r.env.stats.frames.Add(1)
	return true
}

// due reports whether a key frame must begin a new segment.
func (r *recorder) due(f frame, camera int, rotate bool) bool {
	g := r.seg
	return rotate || r.split || g.Camera != camera || g.track.codec != f.codec ||
		g.Width != f.width || g.Height != f.height || !bytes.Equal(g.track.private, f.private) || f.at.Sub(g.Start) >= segmentGoal
}
