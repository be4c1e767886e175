package proctor

import (
	"math"
	"strings"
	"testing"
	"time"
)

// says is a second of which a share is speech; still is one that is so quiet
// that nobody listens.
func (s *stand) says(voice float64) func() {
	return func() {
		s.t.Helper()
		s.fold(s.w.listen(Heard{Seat: testSeat, At: s.at, Voice: voice, Level: -22, Detector: "test"})...)
	}
}

func (s *stand) still() {
	s.t.Helper()
	s.media(MediaReport{Connected: true, VideoFrames: 15, Bits: 500_000, Quiet: true})
}

func TestSpeechIsWarnedOfThenRaised(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(20, s.flow, s.says(0))
	s.run(3, s.flow, s.says(0.9))
	if w := s.warned(); len(w) != 0 {
		t.Fatalf("warned of %v within three seconds", w)
	}
	s.run(1, s.flow, s.says(0.4))
	if w := s.warned(); len(w) != 1 || w[0] != CauseVoice {
		t.Fatalf("warned of %v", w)
	}
	s.want()
	s.run(5, s.flow, s.says(0.9))
	i := s.want(CauseVoice)[0]
	if !i.Cause.Hint() || i.Cause.Reason() != "" || i.Fault {
		t.Errorf("speech is a hint for a person and nothing else: %+v", i)
	}
	if i.Peak.Score != 0.9 || !strings.Contains(i.Peak.Detail, "90 %") || !strings.Contains(i.Peak.Detail, "whose is not known") {
		t.Errorf("the annex reads %+v", i.Peak)
	}
	s.run(6, s.flow, s.says(0.1))
	if i = s.want(CauseVoice)[0]; i.State != IncidentClosed {
		t.Error("it goes on in silence")
	}
}

// A room that falls silent is not listened to any more; the candidate ends all
// the same.
func TestSpeechEndsInAQuietRoom(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(10, s.flow, s.says(0.8))
	s.want(CauseVoice)
	s.run(4, s.still)
	if i := s.want(CauseVoice)[0]; i.State != IncidentOpen {
		t.Error("it ended within a breath")
	}
	s.run(2, s.still)
	if i := s.want(CauseVoice)[0]; i.State != IncidentClosed {
		t.Error("it goes on in a quiet room")
	}
}

// What nobody heard is neither speech nor silence.
func TestUnheardEndsNothing(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(10, s.flow, s.says(0.8))
	s.run(20, s.flow)
	if i := s.want(CauseVoice)[0]; i.State != IncidentOpen {
		t.Error("a candidate ended because nobody listened")
	}
}

func TestWordsAndCoughsAreNothing(t *testing.T) {
	s := newStand(t, Accommodation{})
	for range 30 { // an answer to the invigilator, a cough, each then silence
		s.run(2, s.flow, s.says(0.9))
		s.run(3, s.flow, s.says(0))
		s.run(1, s.flow, s.says(0.2))
	}
	s.want()
	if w := s.warned(); len(w) != 0 {
		t.Errorf("warned of %v", w)
	}
}

func TestSpeechWhereItIsNoMatter(t *testing.T) {
	s := newStand(t, Accommodation{Off: []Cause{CauseVoice}})
	s.run(60, s.flow, s.says(1))
	s.want()
	if w := s.warned(); len(w) != 0 {
		t.Errorf("warned of %v", w)
	}
}

// Old and doubled sounds change nothing.
func TestLateSoundsAreDropped(t *testing.T) {
	s := newStand(t, Accommodation{})
	h := Heard{Seat: testSeat, At: noon.Add(time.Second), Voice: 1}
	s.fold(s.w.listen(h)...)
	for range 20 {
		if out := s.w.listen(h); out != nil {
			t.Fatalf("the same second again gave %v", out)
		}
	}
}

func TestEngineHeard(t *testing.T) {
	h := newHall(t, 1)
	ctx, seat := t.Context(), h.seats[0]
	for _, bad := range []Heard{{Voice: math.NaN()}, {Level: math.Inf(-1)}, {Voice: 1.1}, {Voice: -0.1}} {
		bad.Seat, bad.At = seat, h.clock.add(time.Second)
		wantError(t, h.Heard(ctx, bad), Invalid, "heard")
	}
	wantError(t, h.Heard(ctx, Heard{Seat: "nobody", At: h.clock.now()}), NotFound, "seat")
	for range 12 {
		h.second(seat)
		h.ok(h.Heard(ctx, Heard{Seat: seat, At: h.clock.now(), Voice: 0.9, Level: -20, Detector: "test"}))
	}
	found := false
	h.ok(h.ViewSeat(seat, func(s *State, _ *Seat) {
		for _, i := range s.Incidents {
			found = found || i.Cause == CauseVoice
		}
	}))
	if !found {
		t.Error("twelve seconds of speech are no candidate")
	}
}

// In an oral exam the examinee is to speak.
func TestPolicyForForms(t *testing.T) {
	for form, want := range map[Form]bool{TestComplex: true, WrittenOnline: true, Oral: false, Mixed: false} {
		p := PolicyFor(form)
		wantError(t, p.Validate(), "", "")
		if _, watched := p.Rules[CauseVoice]; watched != want {
			t.Errorf("%s: speech is watched: %v", form, watched)
		}
		if len(p.Rules) < len(DefaultPolicy().Rules)-1 {
			t.Errorf("%s: other causes are missing", form)
		}
	}
}
