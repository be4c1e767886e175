package media

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"qyragy/proctor"
)

// sounds remembers what it was handed, and says that it was speech if it is to.
type sounds struct {
	mu      sync.Mutex
	seconds [][][]byte
}

func (s *sounds) Sound(_ proctor.SeatID, _ int, _ time.Time, packets [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seconds = append(s.seconds, packets)
}

func (s *sounds) Speech(proctor.SeatID) bool { return false }

func (s *sounds) got() [][][]byte { s.mu.Lock(); defer s.mu.Unlock(); return s.seconds }

// speaker is a publisher that says how loud its sound is, where the answer lets
// it.
type speaker struct {
	*client
	sound *webrtc.TrackLocalStaticRTP
	level uint8 // the extension's number
	next  rtp.Header
}

func publishLevels(t *testing.T, k *kit, seat string) *speaker {
	t.Helper()
	var engine webrtc.MediaEngine
	if err := engine.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	if err := engine.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: levelURI}, webrtc.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	s := &speaker{client: &client{pc: newPC(t, webrtc.WithMediaEngine(&engine))}}
	var err error
	if s.video, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, "video", "x"); err != nil {
		t.Fatal(err)
	}
	if s.sound, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "audio", "x"); err != nil {
		t.Fatal(err)
	}
	for _, track := range []webrtc.TrackLocal{s.video, s.sound} {
		if _, err := s.pc.AddTrack(track); err != nil {
			t.Fatal(err)
		}
	}
	s.connect(t, k.url+"/whip/"+seat, func(answer string) string {
		for line := range strings.Lines(answer) {
			if rest, ok := strings.CutPrefix(line, "a=extmap:"); ok && strings.Contains(rest, levelURI) {
				if _, err := fmt.Sscan(rest, &s.level); err != nil {
					t.Error(err)
				}
			}
		}
		return answer
	})
	return s
}

// speak sends seconds of packets of 60 ms at a level, in -dBov; each payload
// says its number.
func (s *speaker) speak(t *testing.T, seconds int, level uint8) {
	t.Helper()
	at := time.Now()
	for range seconds * 17 {
		s.next.Version, s.next.SequenceNumber, s.next.Timestamp = 2, s.next.SequenceNumber+1, s.next.Timestamp+2880
		h := s.next
		if s.level > 0 {
			if err := h.SetExtension(s.level, []byte{0x80 | level}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.sound.WriteRTP(&rtp.Packet{Header: h, Payload: fmt.Appendf(nil, "\xf8%05d", h.SequenceNumber)}); err != nil {
			t.Fatal(err)
		}
		at = at.Add(60 * time.Millisecond)
		time.Sleep(time.Until(at))
	}
}

// TestLoudSoundIsHandedOn: the answer asks for levels, a quiet seat is said to
// be quiet, and the seconds of a loud one are handed on whole and in order.
func TestLoudSoundIsHandedOn(t *testing.T) {
	k, _ := run(t, t.TempDir(), &journal{}, nil)
	tap := &sounds{}
	k.mu.Lock()
	k.cfg.Sounds = tap
	k.mu.Unlock()
	s := publishLevels(t, k, "s")
	if s.level == 0 {
		t.Fatal("the answer does not ask for levels")
	}
	<-s.up
	s.speak(t, 6, 85)
	if n := len(tap.got()); n != 1 {
		t.Errorf("of six quiet seconds %d were handed on, want one to try", n)
	}
	until(t, "it is reported as quiet", func() bool { return k.reports.quiet() })
	s.speak(t, 4, 25)
	got := tap.got()[1:]
	if len(got) < 2 {
		t.Fatalf("of four loud seconds %d were handed on", len(got))
	}
	if k.reports.quiet() {
		t.Error("it is reported as quiet")
	}
	all := bytes.Join(bytes.Split(bytes.Join(flat(got), nil), []byte{0xf8}), nil)
	for i := 5; i+5 <= len(all); i += 5 {
		if a, b := numberOf(t, all[i-5:i]), numberOf(t, all[i:i+5]); b != a+1 {
			t.Errorf("packet %d after %d", b, a)
		}
	}
	s.end(t)
}

func flat(seconds [][][]byte) (out [][]byte) {
	for _, s := range seconds {
		out = append(out, s...)
	}
	return out
}

func numberOf(t *testing.T, b []byte) (n int) {
	t.Helper()
	if _, err := fmt.Sscanf(string(b), "%d", &n); err != nil {
		t.Fatalf("%q: %v", b, err)
	}
	return n
}

// TestNoLevelsUnasked: an offer without the extension is answered without.
func TestNoLevelsUnasked(t *testing.T) {
	k, _ := run(t, t.TempDir(), &journal{}, nil)
	publishThrough(t, k, "s", func(answer string) string {
		if strings.Contains(answer, "extmap") {
			t.Error("the answer names an extension that was not offered")
		}
		return answer
	}).end(t)
}

// quiet is what the newest report says.
func (r *reports) quiet() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.all) > 0 && r.all[len(r.all)-1].Quiet
}
