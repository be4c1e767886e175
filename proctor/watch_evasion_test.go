package proctor

import "testing"

// A claim that comes after the lens was covered closes nothing.
func TestWatchClaimDoesNotCloseWhatIsSeen(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(4, s.flow, s.black)
	s.want(CauseCovered)
	s.report(ReportTrackMuted, "")
	s.run(10, s.flow, s.black)
	for _, i := range s.incidents() {
		if i.Cause == CauseCovered && i.State != IncidentOpen {
			t.Errorf("covered is %s while the picture is black", i.State)
		}
	}
}

// Once a person has judged the claim, it excuses nothing more.
func TestWatchJudgedClaimExcusesNoLonger(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(3, s.flow, func() { s.look() })
	s.report(ReportTrackMuted, "")
	s.run(5, s.flow, s.black)
	blocked := s.want(CauseBlocked)[0]
	s.fold(&IncidentJudged{Incident: blocked.ID, Text: "nothing"})
	s.w.judge(blocked.ID)
	s.run(5, s.flow, s.black)
	for _, i := range s.incidents() {
		if i.Cause == CauseCovered {
			return
		}
	}
	t.Error("a covered lens stays unseen after its excuse was judged")
}
