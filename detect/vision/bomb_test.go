package vision

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"qyragy/detect"
)

// mutations of frames that are decoded in a test; together they take seconds.
const mutations = 100_000

func everyCodec() []detect.Codec {
	return []detect.Codec{detect.VP8, detect.VP9, detect.H264, detect.AV1}
}

// tiny is a small key frame, so that very many variants of it can be decoded.
func tiny(t *testing.T, codec detect.Codec) []byte {
	t.Helper()
	if codec == detect.H264 || codec == detect.AV1 {
		return otherKeyFrames(t, codec, "-f", "lavfi", "-i", "testsrc2=size=32x32", "-frames:v", "1")[0]
	}
	ivf := filepath.Join(t.TempDir(), "a.ivf")
	ffmpeg(t, "-f", "lavfi", "-i", "testsrc2=size=32x32", "-frames:v", "1", "-pix_fmt", "yuv420p",
		"-c:v", encoder(codec), "-b:v", "20k", "-f", "ivf", ivf)
	b, err := os.ReadFile(ivf)
	if err != nil {
		t.Fatal(err)
	}
	return b[44:]
}

// decodedAsSaid decodes a frame and fails the test if a picture comes out
// that is larger than allowed or not what the header said.
func decodedAsSaid(t *testing.T, codec detect.Codec, data []byte) bool {
	t.Helper()
	s, refused := frameSize(codec, data)
	m, err := decode(codec, data)
	if err != nil {
		return false
	}
	defer m.close()
	if refused != nil || m.width*m.height > maxPixels || m.width != s.width&^1 || m.height != s.height&^1 {
		t.Errorf("%s: %dx%d came out of a frame of %v (%v): %x", codec, m.width, m.height, s, refused, data)
	}
	return true
}

// mutate changes a few bytes of a frame, cuts it or lengthens it.
func mutate(r *rand.Rand, frame []byte) []byte {
	b := append(make([]byte, 0, len(frame)+64), frame...)
	for range 1 + r.IntN(4) {
		at := r.IntN(len(b))
		if r.IntN(2) == 0 {
			at = r.IntN(min(len(b), 40)) // the headers are where it hurts
		}
		b[at] = byte(r.Uint32())
	}
	switch r.IntN(8) {
	case 0:
		b = b[:r.IntN(len(b))]
	case 1:
		for range 1 + r.IntN(64) {
			b = append(b, byte(r.Uint32()))
		}
	}
	return b
}

// Damaged frames decode to a picture of the size that was checked, or to an
// error; they crash nothing and are never larger than allowed.
func TestDamagedFrames(t *testing.T) {
	for _, codec := range everyCodec() {
		frame := tiny(t, codec)
		r := rand.New(rand.NewPCG(1, uint64(len(codec))))
		decoded := 0
		for range mutations / 4 {
			m := mutate(r, frame)
			// Sizes that are allowed but large only cost time here.
			if s, err := frameSize(codec, m); err == nil && s.width*s.height > 64*64 && r.IntN(50) != 0 {
				continue
			}
			if decodedAsSaid(t, codec, m) {
				decoded++
			}
		}
		t.Logf("%s: %d of %d mutations decoded", codec, decoded, mutations/4)
		if decoded == 0 {
			t.Errorf("%s: no mutation decoded: this tested nothing", codec)
		}
		if !decodedAsSaid(t, codec, frame) {
			t.Errorf("%s: the frame itself does not decode any more", codec)
		}
	}
}

// Every length of a frame but the whole is an error or a picture of its size.
func TestTruncatedFrames(t *testing.T) {
	for _, codec := range everyCodec() {
		frame := tiny(t, codec)
		for n := range frame {
			decodedAsSaid(t, codec, frame[:n])
		}
	}
}

// A side of nothing, which VP8 can say, and the largest that either can.
func TestImpossibleSizes(t *testing.T) {
	for _, s := range []size{{0, 0}, {0, 480}, {640, 0}, {16383, 16383}} {
		if decodedAsSaid(t, detect.VP8, append(vp8Header(s.width, s.height), make([]byte, 100)...)) {
			t.Errorf("VP8 of %v was decoded", s)
		}
	}
	for _, s := range []size{{1, 1}, {65536, 65536}, {65536, 1}} {
		if decodedAsSaid(t, detect.VP9, append(vp9Header(s.width, s.height), make([]byte, 100)...)) {
			t.Errorf("VP9 of %v was decoded", s)
		}
	}
}

// A camera that changes its size with every frame is looked at like any
// other, with the memory of the size before.
func TestSizeChangesWithEveryFrame(t *testing.T) {
	v := eyes(t)
	var memory []byte
	for i, scale := range []string{"320:240", "640:480", "64:48", "1280:720", "240:320", "33:35"} {
		for _, codec := range everyCodec() {
			if codec == detect.H264 && scale == "33:35" {
				scale = "34:36" // it has no odd sizes
			}
			r := request(codec, keyFrame(t, codec, sample(t, "sample1.jpg"), "scale="+scale))
			r.Age, r.Memory = i, memory
			reply := v.Look(r)
			if reply.Err != "" || reply.Look.Width < 32 || reply.Thumbnail == nil {
				t.Errorf("%s %s: %+v", codec, scale, reply)
			}
			causes(t, reply.Look)
			memory = reply.Memory
		}
	}
}
