package media

import (
	"context"
	"time"

	"qyragy/proctor"
)

// since is the end of what is accounted for: of the newest recorded frame, or
// of the newest gap, or before both the moment when the first publisher came.
func (r *recorder) since() time.Time {
	if r.lastEnd.IsZero() {
		return r.begun
	}
	return r.lastEnd
}

// hole reports that too much time passed up to at to go unmentioned.
func (r *recorder) hole(at time.Time) bool {
	from := r.since()
	return !from.IsZero() && at.Sub(from) > gapMin
}

// gap tells the journal of the time up to at if it is a hole, and reports
// false if the journal failed.
func (r *recorder) gap(at time.Time) bool {
	cause := r.cause
	r.cause = ""
	if !r.hole(at) {
		return true
	}
	if cause == "" {
		cause = proctor.GapNetwork
	}
	r.env.stats.gaps.Add(1)
	return r.logged("record gap", func(ctx context.Context) error {
		return r.env.log.RecordingGap(ctx, proctor.Gap{Seat: r.seat, From: r.since(), To: at, Cause: cause})
	})
}

// unrecorded says why what arrives now is not recorded, "" if it is.
func (r *recorder) unrecorded() proctor.GapCause {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stuck != "" {
		return r.stuck
	}
	return r.missed
}

// known reports that the seat was recorded before, or is about to be.
func (r *recorder) known() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running || r.seen
}

// owes reports that somebody left after a hole of which the journal does not
// know yet. A publisher that has trouble leaves, and is back at once: its hole
// is one.
func (r *recorder) owes() bool {
	return !r.leftAt.IsZero() && !r.settled && r.hole(r.leftAt)
}

// mute is how long a publisher may send nothing before that is its camera's
// fault and not the network's.
const mute = 5 * time.Second

// silent reports that up to at nothing at all has come from the newest
// publisher: its transport works, so its camera does not.
func (r *recorder) silent(at time.Time) bool {
	return !r.begun.IsZero() && !r.heard && r.cause == "" && at.Sub(r.begun) > mute
}

// finish accounts for the time up to now, when nothing more will come for a
// while, and leaves word of it for the next run. It reports false if the
// journal failed. What the disk refused is the next run's to account for.
func (r *recorder) finish(now time.Time) bool {
	if r.damaged >= 0 {
		return true
	}
	r.mu.Lock()
	if r.missed != "" {
		r.cause, r.missed = r.missed, ""
	}
	r.mu.Unlock()
	open := r.hole(now)
	if r.silent(now) {
		if r.hole(r.begun) {
			if !r.gap(r.begun) {
				return false
			}
			r.lastEnd = r.begun
		}
		r.cause = proctor.GapDevice
	}
	if !r.gap(now) {
		return false
	}
	r.settled = true
	if !open {
		return true
	}
	r.lastEnd = now
	if newest := r.next - 1; r.env.spool.has(r.seat, newest, "json") {
		if err := r.env.spool.updateNote(r.seat, newest, func(n *note) { n.Until = now }); err != nil {
			r.refused(err)
		}
	}
	return true
}

// lose takes back what was counted as recorded after at.
func (r *recorder) lose(at time.Time) {
	if r.lastEnd.IsZero() || r.lastEnd.After(at) {
		r.lastEnd = at
	}
}
