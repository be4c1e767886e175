package proctor

import (
	"slices"
	"testing"
	"time"
)

func TestWatchOutsider(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(3, s.flow, func() { s.sees(CauseOutsider) })
	s.want()
	if !slices.Equal(s.warned(), []Cause{CauseOutsider}) {
		t.Errorf("warned %v before the candidate", s.warned())
	}
	s.run(1, s.flow, func() { s.sees(CauseOutsider) })
	if i := s.want(CauseOutsider)[0]; i.Cause.Reason() != A5 || i.Warned.IsZero() {
		t.Errorf("opened %+v", i)
	}

	s = newStand(t, Accommodation{Off: []Cause{CauseOutsider}, Companions: 1})
	s.run(60, s.flow, func() { s.sees(CauseOutsider) })
	s.want()
	if len(s.warned()) > 0 {
		t.Errorf("warned %v of her assistant", s.warned())
	}
	s.run(2, s.flow, s.black) // everything else still counts
	s.want(CauseCovered)
}

// A candidate that comes back within the merge time is the same incident.
func TestWatchMerge(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(3, s.flow, s.black)
	for range 5 {
		s.run(28, s.flow, func() { s.look() })
		if i := s.want(CauseCovered)[0]; i.State != IncidentClosed {
			t.Fatalf("it is %v", i.State)
		}
		s.run(3, s.flow, s.black)
		if i := s.want(CauseCovered)[0]; i.State != IncidentOpen || !i.Closed.IsZero() {
			t.Fatalf("it is %v, closed at %v", i.State, i.Closed)
		}
	}
	s.run(29, s.flow, func() { s.look() }) // the next is 30 s after the last
	s.run(3, s.flow, s.black)
	s.want(CauseCovered, CauseCovered)
}

// What comes after a person's word is another incident, however soon.
func TestWatchJudged(t *testing.T) {
	judge := func(s *stand, id IncidentID) {
		s.fold(&IncidentJudged{Incident: id, Text: "a tissue"})
		s.w.judge(id)
	}
	t.Run("when over", func(t *testing.T) {
		s := newStand(t, Accommodation{})
		s.run(3, s.flow, s.black)
		s.run(5, s.flow, func() { s.look() })
		judge(s, s.want(CauseCovered)[0].ID)
		s.run(3, s.flow, s.black)
		all := s.want(CauseCovered, CauseCovered)
		if all[0].State != IncidentDismissed || all[1].State != IncidentOpen {
			t.Errorf("states %v, %v", all[0].State, all[1].State)
		}
	})
	t.Run("while it goes on", func(t *testing.T) {
		s := newStand(t, Accommodation{})
		s.run(3, s.flow, s.black)
		judge(s, s.want(CauseCovered)[0].ID)
		s.run(30, s.flow, s.black)
		s.want(CauseCovered)
		s.run(4, s.flow, func() { s.look() })
		i := s.want(CauseCovered)[0]
		if i.State != IncidentDismissed || i.Closed.IsZero() {
			t.Errorf("the end is not known: %+v", i)
		}
		s.run(3, s.flow, s.black)
		s.want(CauseCovered, CauseCovered)
	})
	t.Run("before a restart", func(t *testing.T) {
		s := newStand(t, Accommodation{})
		s.run(3, s.flow, s.black)
		judge(s, s.want(CauseCovered)[0].ID)
		s.restart()
		s.run(4, s.flow, func() { s.look() })
		s.run(3, s.flow, s.black)
		s.want(CauseCovered, CauseCovered)
	})
}

// restart gives the seat a watch as after a replay.
func (s *stand) restart() {
	s.w = newWatch(s.state.Exam.Policy, s.state.Seats[testSeat], s.newID, s.at)
	for _, i := range s.state.Incidents {
		if i.Closed.IsZero() {
			s.w.resume(i, s.at)
		}
	}
}

func TestWatchResumesAfterRestart(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(3, s.flow, s.black)
	s.restart()
	s.run(3, s.flow, s.black)
	s.want(CauseCovered)
	s.restart()
	s.run(4, s.flow, func() { s.look() })
	if i := s.want(CauseCovered)[0]; i.State != IncidentClosed {
		t.Errorf("it is %v", i.State)
	}
}

// The page does not repeat its claim for a server that restarted.
func TestWatchClaimOutlivesRestart(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(3, s.flow, func() { s.look() })
	s.report(ReportTrackMuted, "")
	s.restart()
	s.run(20, s.flow, s.black)
	if i := s.want(CauseBlocked)[0]; i.State != IncidentOpen {
		t.Errorf("it is %v", i.State)
	}
}

func TestWatchPeak(t *testing.T) {
	s := newStand(t, Accommodation{})
	at := func(score float64) func() {
		return func() {
			s.look(Observation{CauseCovered, score - 0.2, nil, "weak"}, Observation{CauseCovered, score, nil, "strong"})
		}
	}
	peak := func() Peak { return s.want(CauseCovered)[0].Peak }
	s.run(3, s.flow, at(0.6))
	if p := peak(); p.Score != 0.6 || p.Detail != "strong" || p.Detector != "test" {
		t.Errorf("peak %+v", p)
	}
	before := s.state.LastSeq
	s.run(3, s.flow, at(0.62))
	if s.state.LastSeq != before {
		t.Error("a hair's breadth more was journaled")
	}
	s.run(1, s.flow, at(0.8))
	if p := peak(); p.Score != 0.8 || !p.At.Equal(s.at) {
		t.Errorf("peak %+v", p)
	}
	// A second, weaker run of the same incident leaves the peak alone.
	s.run(5, s.flow, func() { s.look() })
	s.run(5, s.flow, at(0.7))
	if p := peak(); p.Score != 0.8 {
		t.Errorf("a weaker run made the peak %+v", p)
	}
	s.run(1, s.flow, at(0.95))
	if p := peak(); p.Score != 0.95 {
		t.Errorf("peak %+v", p)
	}
}

func TestWatchFinishClosesAll(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(5, s.flow, func() {
		s.look(Observation{CauseOutsider, 0.9, nil, ""}, Observation{CauseCovered, 0.9, nil, ""})
	})
	s.report(ReportTrackEnded, "")
	if len(s.incidents()) != 3 {
		t.Fatalf("%d incidents", len(s.incidents()))
	}
	s.fold(s.w.finish(s.at)...)
	for _, i := range s.incidents() {
		if i.State != IncidentClosed || i.Closed.IsZero() {
			t.Errorf("%s is %v", i.Cause, i.State)
		}
	}
	if more := s.w.finish(s.at); len(more) > 0 {
		t.Errorf("finished twice: %v", more)
	}
}

// A seat nobody reports of is a dead network, counted every second.
func TestWatchSilence(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(5, s.flow)
	quiet := func() { s.fold(s.w.silence(testSeat, s.at)...) }
	s.run(2, quiet)
	s.want()
	s.run(3, quiet) // counted from the third second of silence on
	if !slices.Equal(s.warned(), []Cause{CauseNetwork}) {
		t.Errorf("warned %v", s.warned())
	}
	s.run(1, quiet)
	if i := s.want(CauseNetwork)[0]; !i.Fault || i.Opened.Sub(noon) > 8*time.Second {
		t.Errorf("opened %+v", i)
	}
	s.run(3, s.flow, quiet)
	if i := s.want(CauseNetwork)[0]; i.State != IncidentClosed {
		t.Errorf("it is %v", i.State)
	}
}

// Only what telemetry saw may be blamed on the network, and a cause without a
// rule is not watched.
func TestWatchIgnoresOtherCauses(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(60, s.flow, func() {
		s.look(Observation{CauseNetwork, 1, nil, ""},
			Observation{CauseOther, 1, nil, ""}, Observation{"ghost", 1, nil, ""})
	})
	s.want()
	delete(s.w.policy.Rules, CauseCovered)
	s.run(60, s.flow, s.black)
	s.want()
}
