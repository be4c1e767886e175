package media

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"qyragy/proctor"
)

// diskRetry is how long a recorder waits after the disk refused.
const diskRetry = time.Second

// start opens a segment at a key frame; it reports false if the disk refuses.
func (r *recorder) start(f frame, camera int) bool {
	if r.damaged >= 0 || r.env.now().Before(r.retry) {
		r.env.stats.dropped.Add(1)
		return false
	}
	if !r.starts.AllowN(r.env.now(), 1) {
		r.cause = proctor.GapDevice
		r.env.stats.dropped.Add(1)
		return false
	}
	track := trackInfo{codec: f.codec, setup: f.setup, audio: r.audio &&
		(f.at.Sub(r.audioAt) < 5*time.Second || f.at.Sub(r.begun) < 5*time.Second)}
	g := &segment{track: track, syncAt: f.at, lastAt: f.at, step: time.Second / 15, Segment: proctor.Segment{
		Seat: r.seat, Number: r.next, Camera: camera, Start: f.at, End: f.at, Prev: r.prev,
		Codecs: track.codecs(), Width: f.width, Height: f.height,
	}}
	var err error
	if g.file, err = r.env.spool.create(g.Segment); err != nil {
		r.refused(err)
		err = errors.Join(r.env.spool.remove(r.seat, g.Number, "part"), r.env.spool.remove(r.seat, g.Number, "json"))
		if err != nil {
			r.damaged, r.limit = g.Number, -1
		}
		return false
	}
	g.webm = newWebM(track, f.at)
	r.seg, r.camera, r.split = g, camera, false
	r.mu.Lock()
	r.rotate = false
	r.mu.Unlock()
	return true
}

// write hands what is pending to the file system and, once a second, to the
// disk.
func (r *recorder) write(now time.Time) {
	g := r.seg
	if g == nil {
		return
	}
	n, err := g.file.Write(g.webm.pending)
	g.written += int64(n)
	if err != nil {
		r.abandon(err, -1)
		return
	}
	g.webm.pending = g.webm.pending[:0]
	if now.Sub(g.syncAt) >= syncEvery && g.written > g.synced {
		if err := g.file.Sync(); err != nil {
			// What the kernel could not write is lost even if a second
			// fsync says otherwise: keep only what the last one had.
			r.abandon(err, g.synced)
			return
		}
		g.synced, g.syncAt = g.written, now
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.live, r.open, r.flushed, r.stuck = g.Segment, true, g.written, ""
	r.live.Size = g.written
}

// close seals the open segment and reports false if the journal failed.
func (r *recorder) close() bool {
	r.write(r.env.now())
	g := r.seg
	if g == nil {
		return true // write gave it up
	}
	done, err := seal(g.file, -1, false)
	if err != nil {
		limit := g.synced
		if errors.Is(err, syscall.ENOSPC) {
			limit = -1 // what was written is there: only the index did not fit
		}
		r.abandon(err, limit)
		return true
	}
	r.seg = nil
	if err := g.file.Close(); err != nil {
		r.refused(err)
	}
	g.Size, g.SHA256, g.Frames = done.size, done.sha256, done.frames
	if err := r.publish(g.Segment); err != nil {
		return r.failed(err, g.Number)
	}
	return true
}

// errLog marks a failure of the journal, which ends the server.
type errLog struct{ error }

func (e errLog) Unwrap() error { return e.error }

// publish makes a sealed file final and tells the journal of it.
func (r *recorder) publish(g proctor.Segment) error {
	if err := r.env.spool.writeNote(note{Segment: g, Sealed: true}); err != nil {
		return err
	}
	if err := r.env.spool.rename(g); err != nil {
		return err
	}
	return r.announce(g)
}

// announce tells the journal of a segment that has its final name, and moves on.
func (r *recorder) announce(g proctor.Segment) error {
	if err := r.env.log.SegmentSealed(context.Background(), g); err != nil {
		return errLog{fmt.Errorf("log sealed segment: %w", err)}
	}
	r.env.stats.segments.Add(1)
	r.resume(g)
	r.env.stored(g)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = false
	for _, c := range r.waiters {
		close(c)
	}
	r.waiters = nil
	return nil
}

// failed sorts an error of publish: the journal's ends the server, the disk's
// is tried again.
func (r *recorder) failed(err error, number int) bool {
	var fatal errLog
	if errors.As(err, &fatal) {
		r.env.fatal(err)
		return false
	}
	r.refused(err)
	r.damaged, r.limit = number, -1
	return true
}

// abandon gives up writing a segment; mend will save what of it is good, up
// to limit bytes if that is ≥ 0.
func (r *recorder) abandon(err error, limit int64) {
	g := r.seg
	r.seg = nil
	r.refused(errors.Join(err, g.file.Close()))
	r.damaged, r.limit = g.Number, limit
	r.mu.Lock()
	r.open = false
	r.mu.Unlock()
}

// refused notes that the disk failed.
func (r *recorder) refused(err error) {
	r.cause = proctor.GapDisk
	r.retry = r.env.now().Add(diskRetry)
	r.env.stats.diskErrors.Add(1)
	r.env.warn("spool refused", "seat", r.seat, "err", err)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stuck = proctor.GapDisk
}

// mend tries to seal the segment that the disk refused; until it can, nothing
// new is recorded, because numbers and hashes form a chain. It reports false
// if the journal failed.
func (r *recorder) mend() bool {
	err := r.recover(r.damaged, r.limit)
	switch {
	case err == nil:
		r.damaged = -1
		r.wantKey()
		return true
	case errors.As(err, new(errLog)):
		r.env.fatal(err)
		return false
	}
	r.refused(err)
	return true
}

// recover seals what of a segment's file is whole, or removes it if nothing
// is. It is how a crash, a power cut and a full disk all end.
func (r *recorder) recover(number int, limit int64) error {
	sp := r.env.spool
	n, err := r.note(number)
	if errors.Is(err, fs.ErrNotExist) { // it is durable before the file has a byte
		return sp.remove(r.seat, number, "part")
	}
	if err != nil {
		return r.quarantine(number, err)
	}
	f, err := sp.root.OpenFile(name(r.seat, number, "part"), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if n.Sealed { // renamed, but the journal was not told
			if err := sp.sound(n.Segment); err != nil {
				r.lose(n.Segment.Start)
				return r.quarantine(number, err)
			}
			return r.announce(n.Segment)
		}
		return sp.remove(r.seat, number, "json")
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if limit < 0 {
		if err := r.keepTail(f, number); err != nil {
			return err
		}
	}
	done, err := seal(f, limit, true)
	if errors.Is(err, errEmpty) || errors.Is(err, errNoWebM) {
		r.lose(n.Segment.Start)
		if info, err2 := f.Stat(); limit < 0 && err2 == nil && info.Size() > maxStub {
			return r.quarantine(number, err)
		}
		return errors.Join(sp.remove(r.seat, number, "part"), sp.remove(r.seat, number, "json"))
	}
	if err != nil {
		return err
	}
	g := n.Segment
	if !n.Sealed || g.SHA256 != done.sha256 {
		g.Size, g.SHA256, g.Frames, g.Recovered = done.size, done.sha256, done.frames, true
		g.End, g.Prev = g.Start.Add(done.length), r.prev
	}
	return r.publish(g)
}

// logged runs a call of the journal whose failure ends the server.
func (r *recorder) logged(op string, call func(context.Context) error) bool {
	if err := call(context.Background()); err != nil {
		r.env.fatal(fmt.Errorf("%s: %w", op, err))
		return false
	}
	return true
}
