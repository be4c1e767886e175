package media

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"

	"qyragy/proctor"
)

// TestEveryCodecFromAPeerToTheStore sends a clip of each codec through the
// whole path: transport, recorder, vault.
func TestEveryCodecFromAPeerToTheStore(t *testing.T) {
	k, _ := run(t, t.TempDir(), &journal{}, openVault(t))
	for _, e := range encodings {
		t.Run(e.codec, func(t *testing.T) {
			frames := e.encode(t, "3", "322x242")
			codec := webrtc.RTPCodecCapability{MimeType: "video/" + strings.ToUpper(e.codec), ClockRate: 90000}
			if e.codec == "h264" {
				codec.SDPFmtpLine = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
			}
			seat := proctor.SeatID("seat-" + e.codec)
			c := publishCodec(t, k, string(seat), codec, func(answer string) string {
				if !strings.Contains(answer, strings.ToUpper(e.codec)+"/90000") || len(regexp.MustCompile(`m=video [1-9]`).FindString(answer)) == 0 {
					t.Fatalf("the answer has no %s: %s", e.codec, answer)
				}
				return answer
			})
			c.play(t, frames)
			c.end(t)
			var g proctor.Segment
			until(t, "it is stored", func() bool {
				segments, receipts, _ := k.journal.all()
				if len(segments) > 0 {
					g = segments[len(segments)-1]
				}
				return g.Seat == seat && len(receipts) == len(segments)
			})
			_, receipts, _ := k.journal.all()
			receipt := receipts[len(receipts)-1]
			if g.Frames != len(frames) || !strings.HasPrefix(g.Codecs, e.name) || g.Width != 322 {
				t.Errorf("%+v", g)
			}
			r, err := k.OpenSegment(t.Context(), g, &receipt)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			data := make([]byte, g.Size)
			if _, err := io.ReadFull(r, data); err != nil {
				t.Fatal(err)
			}
			samePictures(t, e, frames, data)
			k.frames.mu.Lock()
			shown := k.frames.codecs[e.codec]
			k.frames.mu.Unlock()
			if shown == 0 {
				t.Error("no key frame went to the detectors: the camera hides by its codec")
			}
			if strings.HasSuffix(receipt.Key, ".mkv") != (e.codec == "h264") {
				t.Errorf("stored as %s", receipt.Key)
			}
		})
	}
}
