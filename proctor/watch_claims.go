package proctor

// This file is what a watch makes of the page's word.

// report takes the page's word. It can open a blocked-camera candidate but
// never closes anything: only pictures that arrive again do that.
func (w *watch) report(r ClientReport) []Fact {
	if !w.claim(r) {
		return nil
	}
	return w.hit(r.Seat, CauseBlocked, Peak{At: r.At, Score: 1, Detail: w.down})
}

// claim remembers what the page says of its camera and reports whether it
// says that there is no picture.
func (w *watch) claim(r ClientReport) bool {
	switch r.Kind {
	case ReportCameraError, ReportTrackEnded, ReportTrackMuted:
		if w.down == "" {
			w.claimed = r.At
		}
		w.down = string(r.Kind)
		if r.Detail != "" {
			w.down += " " + r.Detail
		}
		return true
	case ReportTrackUnmuted, ReportCameraStarted:
		w.down = ""
	}
	return false
}

// refute drops the page's claim that its camera gives no picture when looks
// keep showing a face: else one false claim would excuse all that follows.
func (w *watch) refute(l Look) {
	_, covered := best(l.Observations, CauseCovered)
	if w.down != "" && len(l.Faces) > 0 && !covered && l.At.Sub(w.claimed) >= flicker {
		w.down = ""
	}
}
