package proctor

import "time"

// This file is what a watch makes of the page's word.

// claimHolds is how long after its claim a page that has no camera need not
// have a transport: without a camera there is nothing to connect for. A page
// repeats its claim more often than that, which it cannot without a network.
const claimHolds = 25 * time.Second

// report takes the page's word. It can open a blocked-camera candidate but
// never closes anything: only pictures that arrive again do that.
func (w *watch) report(r ClientReport) []Fact {
	if !w.claim(r) {
		if r.Kind == ReportDevice {
			return w.named(r.Seat, r.At)
		}
		return nil
	}
	return w.hit(r.Seat, CauseBlocked, Peak{At: r.At, Score: 1, Detail: w.down})
}

// claim remembers what the page says of its camera and reports whether it
// says that there is no picture.
func (w *watch) claim(r ClientReport) bool {
	switch r.Kind {
	case ReportCameraError, ReportTrackEnded, ReportTrackMuted:
		if s := w.spans[CauseBlocked]; s != nil && s.open() && s.judged {
			return false // weighed already; said again later it is another incident
		}
		if w.down == "" {
			w.claimed = r.At
		}
		w.down, w.spoke, w.back = string(r.Kind), r.At, false
		if r.Detail != "" {
			w.down += " " + r.Detail
		}
		return true
	case ReportTrackUnmuted, ReportCameraStarted:
		w.back = w.down != ""
	case ReportDevice:
		w.label = r.Detail
	}
	return false
}

// named weighs the camera's name: that of a program is a hint. It is what the
// page says, so that a name that says nothing proves nothing.
func (w *watch) named(seat SeatID, at time.Time) []Fact {
	if !w.policy.virtual(w.label) {
		return w.miss(CauseVirtual, at)
	}
	return w.hit(seat, CauseVirtual, Peak{At: at, Score: 0.5, Detail: w.label})
}

// refute drops the page's claim that its camera gives no picture when looks
// keep showing a face: else one false claim would excuse all that follows.
func (w *watch) refute(l Look) {
	_, covered := best(l.Observations, CauseCovered)
	if w.down != "" && len(l.Faces) > 0 && !covered && l.At.Sub(w.claimed) >= flicker {
		w.down = ""
	}
}
