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
	newest [3]time.Time // the time of each track's newest frame
	came   [3]time.Time // when it came
}

// push takes a frame.
func (v *interleaver) push(it item, now time.Time) {
	f := it.frame
	it.at = now
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
	return !v.newest[other].Before(it.frame.at) || now.Sub(v.came[other]) >= holdIdle || now.Sub(it.at) >= hold
}
