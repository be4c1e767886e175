package media

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
	wmedia "github.com/pion/webrtc/v4/pkg/media"
)

// TestStarvedOfKeyFrames has a camera that lost a packet and then sends no key
// frame, whatever it is asked: it is asked on and on, never more than twice in
// a second, and what cannot be shown is not recorded.
func TestStarvedOfKeyFrames(t *testing.T) {
	sent := clip(t, "6", "320", "240")
	k, stop := run(t, t.TempDir(), &journal{}, nil)
	c := &client{pc: newPC(t)}
	var err error
	c.video, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, "video", "examinee")
	if err != nil {
		t.Fatal(err)
	}
	sender, err := c.pc.AddTrack(c.video)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var asked []time.Time
	go func() {
		for {
			packets, _, err := sender.ReadRTCP()
			if err != nil {
				return
			}
			for _, p := range packets {
				if _, ok := p.(*rtcp.PictureLossIndication); ok {
					mu.Lock()
					asked = append(asked, time.Now())
					mu.Unlock()
				}
			}
		}
	}()
	c.connect(t, k.url+"/whip/seat-1")
	next := time.Now()
	for i, f := range sent {
		if i >= 10 && f[0]&1 == 0 {
			continue
		}
		s := wmedia.Sample{Data: f, Duration: time.Second / 15}
		if i == 10 {
			s.PrevDroppedPackets = 1
		}
		if err := c.video.WriteSample(s); err != nil {
			t.Fatal(err)
		}
		next = next.Add(time.Second / 15)
		time.Sleep(time.Until(next))
	}
	c.end(t)
	stop()
	mu.Lock()
	defer mu.Unlock()
	most := 0
	for i, at := range asked {
		n := slices.IndexFunc(asked[i:], func(b time.Time) bool { return b.Sub(at) > 950*time.Millisecond }) // they left a second apart
		if n < 0 {
			n = len(asked) - i
		}
		most = max(most, n)
	}
	segments, _, _ := k.journal.all()
	frames := 0
	for _, g := range segments {
		frames += g.Frames
	}
	t.Logf("F17: %d frames recorded before the loss, then %d PLIs in %v, at most %d in a second", frames, len(asked), time.Duration(len(sent))*time.Second/15, most)
	if most > 2 || len(asked) < 4 {
		t.Errorf("%d PLIs, %d in a second", len(asked), most)
	}
	if frames > 10 {
		t.Errorf("%d frames were recorded, 10 can be shown", frames)
	}
}
