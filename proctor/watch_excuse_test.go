package proctor

import (
	"math"
	"strings"
	"testing"
	"time"
)

// A page that repeats a claim which a person has judged makes a new candidate
// of it: else it would hide the lens for the rest of the exam.
func TestWatchJudgedClaimRepeated(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(3, s.flow, func() { s.look() })
	s.report(ReportTrackMuted, "")
	s.run(5, s.flow, s.black)
	blocked := s.want(CauseBlocked)[0]
	s.fold(&IncidentJudged{Incident: blocked.ID, Text: "nothing"})
	s.w.judge(blocked.ID)
	for range 20 {
		s.report(ReportTrackMuted, "")
		s.run(1, s.flow, s.black)
	}
	for _, i := range s.incidents() {
		if i.Candidate() {
			return
		}
	}
	t.Error("a black picture is nobody's to look at once its excuse was dismissed and said again")
}

// Where nobody is asked to look at a blocked camera, claiming one excuses
// nothing: it would hide a covered lens from everybody.
func TestWatchClaimOfWhatIsOff(t *testing.T) {
	check := func(name string, s *stand) {
		s.run(3, s.flow, func() { s.look() })
		s.report(ReportTrackMuted, "")
		s.run(10, s.flow, s.black)
		for _, i := range s.incidents() {
			if i.Cause == CauseCovered {
				return
			}
		}
		t.Errorf("%s: a claim that opens nothing hides a covered lens", name)
	}
	check("by accommodation", newStand(t, Accommodation{Off: []Cause{CauseBlocked}}))
	s := newStand(t, Accommodation{})
	delete(s.w.policy.Rules, CauseBlocked)
	check("by policy", s)
	s = newStand(t, Accommodation{})
	s.w.policy.Rules[CauseBlocked] = Rule{Off: true}
	check("advice only", s)
}

// What a worker answers is bounded before it is kept or journaled.
func TestLookIsBounded(t *testing.T) {
	h := newHall(t, 1)
	id := h.seats[0]
	long := strings.Repeat("қ", 1<<20)
	l := Look{Seat: id, At: h.now(), Detector: long, Faces: make([]Box, 1e5), Persons: make([]Box, 1e5), Objects: make([]Thing, 1e5), People: 1e9}
	for range 10000 {
		l.Observations = append(l.Observations, Observation{Cause: CauseOutsider, Score: 1e300, Detail: long, Box: &Box{-0.1, 0.5, 1e300, math.MaxFloat64}})
	}
	for range 6 {
		h.ok(h.Look(t.Context(), l))
		l.At = l.At.Add(time.Second)
	}
	live, _ := h.Live(id)
	if k := live.Look; len(k.Faces)+len(k.Persons)+len(k.Objects)+len(k.Observations) > 500 || len(k.Detector) > 1500 {
		t.Errorf("kept %d faces, %d observations, a name of %d bytes", len(k.Faces), len(k.Observations), len(k.Detector))
	}
	h.ok(h.Engine.ViewSeat(id, func(s *State, _ *Seat) {
		n := 0
		for _, i := range s.Incidents {
			n++
			if p := i.Peak; p.Score > 1 || len(p.Detail) > 2000 || len(p.Detector) > 1500 || !p.Box.inside() {
				t.Errorf("journaled score %g, box %+v, %d bytes", p.Score, p.Box, len(p.Detail))
			}
		}
		if n == 0 {
			t.Error("no incident")
		}
	}))
}

// A picture without a face, now sharp, now blurred, is nobody to be seen all
// the while: else going from one to the other would hide both.
func TestWatchNobodySharpOrBlurred(t *testing.T) {
	for _, blurred := range []int{2, 5} {
		s := newStand(t, Accommodation{})
		for range 10 {
			s.run(2, s.flow, func() { s.sees(CauseNoFace) })
			s.run(blurred, s.flow, func() { s.sees(CauseBlurred) })
		}
		if got := s.incidents(); len(got) != 1 || got[0].Cause != CauseNoFace {
			t.Errorf("%d s blurred, 2 s sharp: %+v", blurred, got)
		}
	}
}
