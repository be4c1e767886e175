package proctor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWatchCovered(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(5, s.flow, func() { s.look() })
	s.run(1, s.flow, s.black)
	s.want()
	s.run(1, s.flow, s.black)
	i := s.want(CauseCovered)[0]
	if i.State != IncidentOpen || i.Cause.Reason() != A1 || i.Fault || i.Client != "" {
		t.Errorf("a covered camera opened %+v", i)
	}
	if want := noon.Add(6 * time.Second); !i.Opened.Equal(want) {
		t.Errorf("opened at %v, want the first black look", i.Opened.Sub(noon))
	}
	if !i.Network.Connected || i.Network.Bits == 0 {
		t.Errorf("the connection at that moment is missing: %+v", i.Network)
	}
	s.run(3, s.flow, s.black)
	s.run(3, s.flow, func() { s.look() })
	i = s.want(CauseCovered)[0]
	if i.State != IncidentClosed || !i.Closed.Equal(noon.Add(10*time.Second)) {
		t.Errorf("closed %v at %v, want at the last black look", i.State, i.Closed.Sub(noon))
	}
}

// With looks that jitter by 50 ms the second look is enough; with 300 ms the
// third always is.
func TestWatchCoveredWithJitter(t *testing.T) {
	for jitter, looks := range map[time.Duration]int{50 * time.Millisecond: 2, 300 * time.Millisecond: 3} {
		for seed := range 200 {
			s := newStand(t, Accommodation{})
			s.jitter = jitter
			s.run(seed%7, s.flow, func() { s.look() })
			for range seed { // another part of the random numbers
				s.rng.Int64()
			}
			s.run(looks, s.flow, s.black)
			s.want(CauseCovered)
		}
	}
}

func TestWatchSingleLookIsNothing(t *testing.T) {
	for _, c := range pictured() {
		t.Run(string(c), func(t *testing.T) {
			s := newStand(t, Accommodation{})
			for range 20 {
				s.run(1, s.flow, func() { s.sees(c) })
				s.run(3, s.flow, func() { s.look() })
			}
			s.want()
		})
	}
}

// One missed look does not start a covered camera's run over; two do.
func TestWatchFlicker(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(1, s.flow, s.black)
	s.run(1, s.flow, func() { s.look() })
	s.want()
	s.run(1, s.flow, s.black)
	s.want(CauseCovered)

	s = newStand(t, Accommodation{})
	for range 5 {
		s.run(1, s.flow, s.black)
		s.run(2, s.flow, func() { s.look() })
	}
	s.want()
}

func TestWatchCalibratingCountsForNothing(t *testing.T) {
	s := newStand(t, Accommodation{})
	calibrate := func() {
		l := Look{Seat: testSeat, At: s.at, Calibrating: true, Observations: []Observation{{Cause: CauseCovered, Score: 1}}}
		s.fold(s.w.look(l)...)
	}
	s.run(20, s.flow, calibrate)
	s.want()
	// Nor does it bridge two single black looks.
	s.run(1, s.flow, s.black)
	s.run(10, s.flow, calibrate)
	s.run(1, s.flow, s.black)
	s.want()
	if got := s.warned(); len(got) > 2 {
		t.Errorf("warned %v", got)
	}
	s.run(1, s.flow, s.black)
	s.want(CauseCovered)
}

// Looks that are late, doubled or missing prove nothing.
func TestWatchBlindTime(t *testing.T) {
	t.Run("before an incident", func(t *testing.T) {
		s := newStand(t, Accommodation{})
		for range 10 {
			s.run(1, s.flow, s.black)
			s.wait(blind)
		}
		s.want()
	})
	t.Run("after an incident", func(t *testing.T) {
		s := newStand(t, Accommodation{})
		s.run(3, s.flow, s.black)
		s.run(3, s.flow, func() { s.look() })
		s.wait(merge)
		s.want(CauseCovered)
		s.run(1, s.flow, s.black)
		s.wait(blind + time.Second)
		s.run(1, s.flow, s.black)
		s.want(CauseCovered)
		s.run(1, s.flow, s.black)
		s.want(CauseCovered, CauseCovered)
	})
	t.Run("within an incident", func(t *testing.T) {
		s := newStand(t, Accommodation{})
		s.run(2, s.flow, s.black)
		s.wait(time.Minute)
		s.run(1, s.flow, s.black)
		if i := s.want(CauseCovered)[0]; i.State != IncidentOpen {
			t.Errorf("missing looks closed it: %v", i.State)
		}
	})
	t.Run("late and doubled", func(t *testing.T) {
		s := newStand(t, Accommodation{})
		s.run(1, s.flow, s.black, s.black, s.black)
		s.at = s.at.Add(-900 * time.Millisecond)
		s.black()
		s.want()
	})
}

// What the page says of its own camera makes the picture the device's fault,
// whatever the picture shows.
func TestWatchBlocked(t *testing.T) {
	for _, r := range []struct {
		kind   ReportKind
		detail string
	}{
		{ReportCameraError, "NotReadableError"}, {ReportCameraError, "AbortError"},
		{ReportTrackEnded, ""}, {ReportTrackMuted, ""},
	} {
		t.Run(string(r.kind)+r.detail, func(t *testing.T) {
			s := newStand(t, Accommodation{})
			s.run(5, s.flow, func() { s.look() })
			s.report(r.kind, r.detail)
			i := s.want(CauseBlocked)[0]
			if !i.Fault || i.Cause.Reason() != A2 || !strings.HasPrefix(i.Client, string(r.kind)) || !strings.HasSuffix(i.Client, r.detail) {
				t.Errorf("opened %+v", i)
			}
			s.run(10, s.flow, s.black)
			s.run(10, func() { s.media(MediaReport{Connected: true, Bits: 30_000}) })
			if i := s.want(CauseBlocked)[0]; i.State != IncidentOpen {
				t.Errorf("it is %v while the camera is still gone", i.State)
			}
			if slices.Contains(s.warned(), CauseCovered) {
				t.Error("warned of a covered camera")
			}
		})
	}
}

func TestWatchClaimNeverCloses(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(3, s.flow, func() { s.look() })
	s.report(ReportCameraError, "NotReadableError")
	s.run(3, func() { s.media(MediaReport{Connected: true}) })
	s.report(ReportCameraStarted, "")
	s.run(2, func() { s.media(MediaReport{Connected: true}) })
	if i := s.want(CauseBlocked)[0]; i.State != IncidentOpen {
		t.Fatalf("a claim alone made it %v", i.State)
	}
	s.run(2, s.flow, func() { s.look() })
	if i := s.want(CauseBlocked)[0]; i.State != IncidentClosed {
		t.Errorf("frames arrive again and it is %v", i.State)
	}
}

// One lie about a blocked camera does not excuse what the server sees later.
func TestWatchRefutesClaim(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(3, s.flow, func() { s.look() })
	s.report(ReportCameraError, "NotReadableError")
	s.run(4, s.flow, func() { s.look() })
	if i := s.want(CauseBlocked)[0]; i.State != IncidentClosed {
		t.Errorf("a face is seen and it is %v", i.State)
	}
	s.run(2, s.flow, s.black)
	s.want(CauseBlocked, CauseCovered)
}

func TestWatchNetworkDead(t *testing.T) {
	for name, m := range map[string]MediaReport{
		"no transport":    {},
		"no packets":      {Connected: true},
		"no video frames": {Connected: true, Bits: 32_000}, // the audio still flows
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, Accommodation{})
			s.run(5, s.flow, func() { s.look() })
			s.run(3, func() { s.media(m) })
			s.want()
			s.run(20, func() { s.media(m) })
			i := s.want(CauseNetwork)[0]
			if !i.Fault || i.Cause.Reason() != "" || i.Peak.Detail != name || i.Client != "" {
				t.Errorf("opened %+v", i)
			}
			s.run(4, s.flow, func() { s.look() })
			if i := s.want(CauseNetwork)[0]; i.State != IncidentClosed {
				t.Errorf("packets flow and it is %v", i.State)
			}
		})
	}
}

// A blur is the camera's only while the network is good; else it is the
// network's fault, and said so.
func TestWatchBlurred(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(8, s.flow, func() { s.sees(CauseBlurred) })
	i := s.want(CauseBlurred)[0]
	if i.Cause.Reason() != A3 || i.Warned.IsZero() || !i.Warned.Before(s.at) || i.Fault {
		t.Errorf("opened %+v", i)
	}

	s = newStand(t, Accommodation{})
	s.run(20, s.starve, func() { s.sees(CauseBlurred) })
	i = s.want(CauseNetwork)[0]
	if !i.Fault || !strings.HasPrefix(i.Peak.Detail, "blurred: loss 0.30") {
		t.Errorf("a starved blur opened %+v", i)
	}
	if slices.Contains(s.warned(), CauseBlurred) {
		t.Error("warned of a blur that is not hers")
	}
	// Without a blur a thin stream is nothing: a still room costs few bits.
	s = newStand(t, Accommodation{})
	s.run(60, s.starve, func() { s.look() })
	s.want()
}

func TestWatchDarkIsAdviceOnly(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(600, s.flow, func() { s.sees(CauseDark) })
	s.want()
	if got := s.warned(); !slices.Equal(got, []Cause{CauseDark}) {
		t.Errorf("warned %v, want once of the dark", got)
	}
}

// The four look-alikes of a black or useless picture give four causes, and a
// blur by bitrate differs from both a blur and a black-out.
func TestWatchLookAlikes(t *testing.T) {
	play := func(f func(s *stand)) string {
		s := newStand(t, Accommodation{})
		s.run(5, s.flow, func() { s.look() })
		f(s)
		out := []string{}
		for _, i := range s.incidents() {
			out = append(out, fmt.Sprint(i.Cause, " ", strings.Fields(i.Peak.Detail + " -")[0]))
		}
		return fmt.Sprint(out, " ", s.warned())
	}
	got := map[string]string{
		"covered": play(func(s *stand) { s.run(15, s.flow, s.black) }),
		"blocked": play(func(s *stand) {
			s.report(ReportCameraError, "NotReadableError")
			s.run(15, s.flow, s.black)
		}),
		"black-out": play(func(s *stand) { s.run(15, func() { s.media(MediaReport{}) }) }),
		"dark":      play(func(s *stand) { s.run(15, s.flow, func() { s.sees(CauseDark) }) }),
		"starved":   play(func(s *stand) { s.run(15, s.starve, func() { s.sees(CauseBlurred) }) }),
	}
	want := map[string]string{
		"covered":   "[covered test] [covered]",
		"blocked":   "[blocked camera_error] [blocked]",
		"black-out": "[network no] [network]",
		"dark":      "[] [dark]",
		"starved":   "[network blurred:] [network]",
	}
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: %s, want %s", name, got[name], want[name])
		}
	}
}
