package proctor

import (
	"slices"
	"time"
)

// watch is what the engine remembers of one admitted seat between journaled
// facts: how long each cause has been seen or gone. It is a pure function of
// what it is told and when; it has no clock and no I/O of its own.
type watch struct {
	policy Policy
	off    []Cause // by accommodation: neither warned nor raised
	newID  func() string

	media    MediaReport
	heard    time.Time // the SFU's newest report, or when the watch began
	lastLook time.Time
	// lastHeard is when the newest sound that was listened to ended.
	lastHeard time.Time
	// down is the page's claim that its camera gives no picture, e.g.
	// "camera_error NotReadableError"; "" while it claims nothing.
	down    string
	claimed time.Time // since when down is claimed
	back    bool      // the page says that it is over: so it is with the next frames
	spoke   time.Time // when it was claimed last
	label   string    // the camera's name, as the page says it
	placard placard
	starved starvation
	spans   map[Cause]*span
}

// span is one cause's run of evidence.
type span struct {
	since, last time.Time // first and latest sight of this run
	warned      time.Time
	lastWarned  time.Time  // of this run or an earlier one
	incident    IncidentID // "" until a candidate opened
	closed      time.Time  // when the incident ended, for merging
	judged      bool       // a person has spoken: what comes next is another incident
	peak        Peak
	told        float64 // the score that the journal knows of the incident's peak
}

const (
	// flicker is how long a cause that has not opened yet may vanish without
	// starting over: one missed look.
	flicker = 1500 * time.Millisecond
	// blind is the longest silence between looks over which evidence still
	// adds up; missing data never becomes an incident.
	blind = 3 * time.Second
	// merge is how soon after its end a candidate goes on instead of a new
	// one opening.
	merge = 30 * time.Second
)

// pictured are the causes that looks speak of, watched those and the two that
// telemetry does.
func pictured() []Cause {
	return []Cause{CauseCovered, CauseDark, CauseBlurred, CauseNoFace, CauseOutsider, CauseIdentity, CauseObject, CauseAway, CauseFrozen}
}

func watched() []Cause {
	return append(pictured(), CauseBlocked, CauseNetwork, CauseVoice, CauseVirtual)
}

// newWatch watches seat t from now on. What its page claimed before still
// stands: after a restart nobody repeats it.
func newWatch(p Policy, t *Seat, newID func() string, now time.Time) *watch {
	w := &watch{policy: p, off: t.Accommodation.Off, newID: newID, heard: now, spans: map[Cause]*span{}}
	w.remember(t.Warnings)
	for _, r := range t.Reports {
		w.claim(r)
	}
	w.spoke = now // it speaks again soon, if it is there
	return w
}

// resume adopts a candidate that was open before a restart.
func (w *watch) resume(i *Incident, now time.Time) {
	if i.Cause == CauseBlocked && !i.Candidate() {
		w.down = "" // judged before the restart
	}
	w.spans[i.Cause] = &span{
		since: i.Opened, last: now, warned: i.Warned, lastWarned: w.span(i.Cause).lastWarned, incident: i.ID, judged: !i.Candidate(),
		peak: i.Peak, told: i.Peak.Score,
	}
}

// look weighs one look.
func (w *watch) look(l Look) []Fact {
	if !l.At.After(w.lastLook) {
		return nil
	}
	w.lastLook = l.At
	if l.Calibrating {
		return nil
	}
	w.refute(l)
	out, taken := w.placeholder(l)
	taken = (taken || w.down != "") && w.asks(CauseBlocked)
	if _, blurred := best(l.Observations, CauseBlurred); !blurred {
		w.starved.blurred = time.Time{}
	}
	for _, c := range pictured() {
		o, seen := best(l.Observations, c)
		switch {
		case seen && !w.excused(c, taken):
			out = append(out, w.hit(l.Seat, c, Peak{l.At, o.Score, o.Detail, l.Detector, o.Box})...)
			continue
		case c == CauseNoFace && w.faceless(l): // too blurred to see anybody: nobody has come back
			continue
		case c == CauseIdentity && l.Distance == nil && !w.open(c): // a face too bad to compare clears nobody; blind ends the run
			continue
		case seen && c == CauseBlurred && !taken && w.thin(w.media): // the network's fault, then
			w.starved.blurred = l.At
			out = append(out, w.hit(l.Seat, CauseNetwork, Peak{l.At, o.Score, networkDetail(w.media), l.Detector, o.Box})...)
		}
		out = append(out, w.miss(c, l.At)...)
	}
	return out
}

// excused reports whether the picture's cause has another explanation at this
// moment: a camera that the page says is taken away, or that shows a vendor's
// picture (taken), shows no room; a starved network shows blur. What comes
// after a candidate has opened excuses nothing: else covering the lens and
// then claiming would close it.
func (w *watch) excused(c Cause, taken bool) bool {
	switch c {
	case CauseCovered, CauseNoFace, CauseFrozen, CauseDark:
		return taken && !w.open(c)
	case CauseBlurred:
		return (taken || w.wasThin()) && !w.open(c)
	default:
		return false
	}
}

// faceless reports a blurred look without a face. It begins no run of nobody
// being there, and goes on with one.
func (w *watch) faceless(l Look) bool {
	_, blurred := best(l.Observations, CauseBlurred)
	if !blurred || len(l.Faces) > 0 {
		return false
	}
	if s := w.spans[CauseNoFace]; s != nil && !s.since.IsZero() && l.At.Sub(s.last) <= blind {
		s.last = l.At
	}
	return true
}

// asks reports whether a cause may become a candidate.
func (w *watch) asks(c Cause) bool {
	rule, ok := w.policy.Rules[c]
	return ok && !rule.Off && !slices.Contains(w.off, c)
}

// open reports whether a candidate of cause c goes on.
func (w *watch) open(c Cause) bool {
	s := w.spans[c]
	return s != nil && s.open()
}

func best(obs []Observation, c Cause) (Observation, bool) {
	var top Observation
	seen := false
	for _, o := range obs {
		if o.Cause == c && (!seen || o.Score > top.Score) {
			top, seen = o, true
		}
	}
	return top, seen
}

// packets takes the SFU's report, once a second.
func (w *watch) packets(m MediaReport) []Fact {
	if !m.At.After(w.heard) {
		return nil
	}
	w.heard = m.At
	return append(w.weigh(m), w.hush(m)...)
}

// silence stands in for the reports of a seat that nobody reports of any more.
func (w *watch) silence(seat SeatID, now time.Time) []Fact {
	if now.Sub(w.heard) <= silent {
		return nil
	}
	return w.weigh(MediaReport{Seat: seat, At: now})
}

// weigh: packets that stop are a network fault; if the page said why its
// camera stopped, that is the blocked camera's.
func (w *watch) weigh(m MediaReport) []Fact {
	w.media = m
	if w.thin(m) {
		w.starved.thin = m.At
	}
	flowing := m.Connected && m.VideoFrames > 0
	if w.back && flowing {
		w.down, w.back = "", false
	}
	var out []Fact
	switch {
	case w.down != "" && !flowing:
		out = w.hit(m.Seat, CauseBlocked, Peak{At: m.At, Score: 1, Detail: w.down})
	case w.down == "" && flowing && !w.placard.stands():
		out = w.miss(CauseBlocked, m.At)
	}
	if flowing {
		out = append(out, w.named(m.Seat, m.At)...)
	}
	switch {
	case w.down != "" && (m.Connected || m.At.Sub(w.spoke) < claimHolds):
		return append(out, w.miss(CauseNetwork, m.At)...)
	case !flowing || w.smeared(m):
		return append(out, w.hit(m.Seat, CauseNetwork, Peak{At: m.At, Score: 1, Detail: networkDetail(m)})...)
	default:
		return append(out, w.miss(CauseNetwork, m.At)...)
	}
}

// hit counts one sight of a cause and says what it leads to.
func (w *watch) hit(seat SeatID, c Cause, p Peak) []Fact {
	if slices.Contains(w.off, c) {
		return nil
	}
	rule, ok := w.policy.Rules[c]
	if !ok {
		return nil
	}
	s := w.span(c)
	if !s.open() && p.At.Sub(s.last) > blind {
		s.forget()
	}
	if s.since.IsZero() {
		s.since = p.At
	}
	s.last = p.At
	if s.peak.At.IsZero() || p.Score > s.peak.Score {
		s.peak = p
	}
	var out []Fact
	if s.warned.IsZero() && p.At.Sub(s.since) >= rule.Warn {
		out = s.warn(seat, c, p.At)
	}
	if rule.Off || p.At.Sub(s.since) < rule.Open {
		return out
	}
	return append(out, w.raise(seat, c, s)...)
}

// raise opens a candidate, goes on with the one that just ended, or tells the
// journal of stronger evidence.
func (w *watch) raise(seat SeatID, c Cause, s *span) []Fact {
	switch {
	case s.open():
		if s.peak.Score < s.told+0.05 {
			return nil
		}
		s.told = s.peak.Score
		return []Fact{&IncidentPeaked{s.incident, s.peak}}
	case s.incident != "" && !s.judged && s.since.Sub(s.closed) < merge:
		s.closed = time.Time{}
		return []Fact{&IncidentResumed{s.incident, s.since}}
	}
	s.incident, s.closed, s.judged, s.told = IncidentID(w.newID()), time.Time{}, false, s.peak.Score
	return []Fact{&IncidentOpened{Incident{
		ID: s.incident, Seat: seat, Cause: c, State: IncidentOpen, Opened: s.since,
		Peak: s.peak, Fault: c.Fault(), Network: w.media, Client: w.down, Warned: s.warned,
	}}}
}

// miss counts one sight without the cause.
func (w *watch) miss(c Cause, at time.Time) []Fact {
	s := w.spans[c]
	if s == nil || s.since.IsZero() {
		return nil
	}
	gone := at.Sub(s.last)
	if !s.open() {
		if gone >= flicker {
			s.forget()
		}
		return nil
	}
	if gone < w.policy.Rules[c].Close {
		return nil
	}
	s.closed = s.last
	s.forget()
	return []Fact{&IncidentEnded{s.incident, s.last}}
}

// open reports whether the span's incident is going on.
func (s *span) open() bool { return s.incident != "" && s.closed.IsZero() }

// forget ends a run of evidence; the incident stays known, for merging, with
// the score that a later run must surpass to be its peak.
func (s *span) forget() { s.since, s.warned, s.peak = time.Time{}, time.Time{}, Peak{} }

// judge remembers that a person has spoken on an incident.
func (w *watch) judge(id IncidentID) {
	for c, s := range w.spans {
		if s.incident != id {
			continue
		}
		s.judged = true
		if c == CauseBlocked {
			w.down = "" // the claim has been weighed; it excuses nothing more
		}
	}
}

// finish ends what is open when the seat's exam ends.
func (w *watch) finish(now time.Time) []Fact {
	var out []Fact
	for _, c := range watched() {
		if s := w.spans[c]; s != nil && s.open() {
			out = append(out, &IncidentEnded{s.incident, now})
			s.closed = now
		}
	}
	return out
}
