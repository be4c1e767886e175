package media

import "qyragy/proctor"

// begin tells the recorder that a publisher is there; audio, that it is to send
// some.
func (r *recorder) begin(camera int, audio bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopping {
		return
	}
	r.publisher, r.newest = true, camera
	r.queue = append(r.queue, item{kind: itemBegin, camera: camera, audio: audio, at: r.env.now()})
	if !r.running {
		r.running = true
		r.done.Add(1)
		go r.run()
	}
}

// end tells the recorder that a publisher went; left, that it did so by its own
// wish: what is missing then is missing up to now, and not until somebody comes
// back.
func (r *recorder) end(camera int, left bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	newest := camera == r.newest
	r.publisher = r.publisher && !newest
	if r.running {
		r.queue = append(r.queue, item{kind: itemEnd, camera: camera, left: left && newest, at: r.env.now()})
	}
}

// settle says that the seat's exam is over: all time up to now is to be
// accounted for. The publisher has gone by then.
func (r *recorder) settle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopping || r.over {
		return
	}
	r.over, r.publisher = true, false
	r.queue = append(r.queue, item{kind: itemOver, at: r.env.now()})
	if !r.running {
		r.running = true
		r.done.Add(1)
		go r.run()
	}
}

// accounted reports that settle was called and is done.
func (r *recorder) accounted() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.over && !r.running
}

// refuse takes note that video arrives which cannot be recorded.
func (r *recorder) refuse(cause proctor.GapCause) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.missed = cause
}

// push queues a frame, or drops it (and, if it is video, all up to the next key
// frame) when the disk is too far behind.
func (r *recorder) push(camera int, f frame) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.running || r.stopping {
		return
	}
	video := f.track == videoTrack
	switch {
	case r.queued+len(f.data)+itemCost > maxQueue:
		r.drop(video, proctor.GapOverload)
		return
	case r.skip && video && !f.key:
		r.env.stats.dropped.Add(1)
		return
	case !r.share.AllowN(r.env.now(), len(f.data)+itemCost):
		r.drop(video, proctor.GapDevice)
		return
	}
	it := item{frame: f, camera: camera}
	if video {
		r.skip, it.cause, r.missed = false, r.missed, ""
	}
	r.queued += len(f.data) + itemCost
	r.queue = append(r.queue, it)
}

// drop leaves out a frame; if it is video, all up to the next key frame.
func (r *recorder) drop(video bool, cause proctor.GapCause) {
	if video {
		r.skip, r.missed = true, cause
	}
	r.env.stats.dropped.Add(1)
}

// stop seals what is open, waits for the goroutine, and accounts for the time
// up to now.
func (r *recorder) stop() {
	r.mu.Lock()
	r.stopping = true
	r.mu.Unlock()
	r.done.Wait()
	switch {
	case r.begun.IsZero() || r.settled:
	case r.leftAt.IsZero():
		r.finish(r.env.now())
	default:
		r.finish(r.leftAt)
	}
}

// flush asks for the open segment to be closed at the next key frame and
// returns a channel that is closed once it is sealed; nil if none is open.
func (r *recorder) flush() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.open {
		return nil
	}
	r.rotate = true
	c := make(chan struct{})
	r.waiters = append(r.waiters, c)
	return c
}
