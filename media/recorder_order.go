package media

import (
	"slices"
	"time"
)

// How long a frame may wait for the other track to pass it: video as short as
// can be, because what waits is lost in a crash.
const (
	holdVideo = tick
	holdAudio = 2 * tick
	holdIdle  = 2 * tick // a track that gave nothing for so long is not waited for
)

// interleaver puts the frames of two tracks, each in order, into one order of
// time: players take no other. Video that was sent again comes up to a second
// after the sound of its moment; what comes too late to be put in order comes
// out as soon as it is there, and begins a cluster of its own.
type interleaver struct {
	held   []item
	newest [3]time.Time     // the time of each track's newest frame
	came   [3]time.Time     // when it came
	step   [3]time.Duration // how soon after it the next one is at the earliest, as far as can be told
	last   [3]time.Duration // between its two newest frames
}

// push takes a frame.
func (v *interleaver) push(it item, now time.Time) {
	f := it.frame
	it.at = now
	gap := min(max(f.at.Sub(v.newest[f.track]), 0), tick)
	v.step[f.track], v.last[f.track] = min(gap, v.last[f.track]), gap
	v.newest[f.track], v.came[f.track] = f.at, now
	i := len(v.held)
	for i > 0 && v.held[i-1].frame.track != f.track && v.held[i-1].frame.at.After(f.at) {
		i--
	}
	v.held = slices.Insert(v.held, i, it)
}

// ready takes out what need not wait any longer; all means everything.
func (v *interleaver) ready(now time.Time, all bool) []item {
	n := 0
	for n < len(v.held) && (all || v.due(v.held[n], now)) {
		n++
	}
	out := slices.Clone(v.held[:n])
	v.held = slices.Delete(v.held, 0, n)
	return out
}

func (v *interleaver) due(it item, now time.Time) bool {
	other, hold := byte(audioTrack), holdVideo
	if it.frame.track == audioTrack {
		other, hold = videoTrack, holdAudio
	}
	next := v.newest[other].Add(v.step[other])
	return !next.Before(it.frame.at) || now.Sub(v.came[other]) >= holdIdle || now.Sub(it.at) >= hold
}
