package vision

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"qyragy/detect"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	modelsDir = "../../models/onnx"
	samples   = "../../models/node_modules/@vladmandic/face-api/demo"
	media     = "../../../shared/media" // real webcam clips; not everybody has them
)

// One person each, cut out of the samples.
const (
	oneWoman  = "crop=640:480:1236:60"               // sample1
	herAgain  = "crop=560:420:1280:90,scale=640:480" // sample1, another frame around the same face
	other     = "crop=600:450:0:420,scale=640:480"   // sample6
	third     = "crop=480:360:420:260,scale=640:480" // sample3
	wholeRoom = "scale=1280:-2"
)

var shared = sync.OnceValues(func() (*Vision, error) { return New(modelsDir) })

// eyes returns the networks, loaded once for all tests.
func eyes(t testing.TB) *Vision {
	t.Helper()
	v, err := shared()
	if err != nil {
		t.Fatalf("run `make models` first: %v", err)
	}
	return v
}

// sample is the path of one of face-api's sample pictures.
func sample(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(samples, name)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("run `make models` first: %v", err)
	}
	return path
}

// shot returns the path of real media, or skips.
func shot(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(media, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("this test needs real media, which is not here: %v", err)
	}
	return path
}

func ffmpeg(t testing.TB, args ...string) {
	t.Helper()
	args = append([]string{"-v", "error", "-y"}, args...)
	if out, err := exec.Command("ffmpeg", args...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %v: %v\n%s", args, err, out)
	}
}

func encoder(codec detect.Codec) string {
	if codec == detect.VP9 {
		return "libvpx-vp9"
	}
	return "libvpx"
}

// keyFrames encodes count key frames of a source with an ffmpeg
// filter.
func keyFrames(t testing.TB, codec detect.Codec, path, filter string, count string) [][]byte {
	t.Helper()
	if codec == detect.H264 || codec == detect.AV1 {
		return otherKeyFrames(t, codec, "-i", path, "-an", "-vf", filter, "-frames:v", count)
	}
	ivf := filepath.Join(t.TempDir(), "a.ivf")
	ffmpeg(t, "-i", path, "-an", "-vf", filter, "-frames:v", count, "-pix_fmt", "yuv420p",
		"-c:v", encoder(codec), "-g", "1", "-b:v", "2M", "-deadline", "realtime", "-f", "ivf", ivf)
	return readFrames(t, ivf)
}

func readFrames(t testing.TB, ivf string) [][]byte {
	t.Helper()
	b, err := os.ReadFile(ivf)
	if err != nil {
		t.Fatal(err)
	}
	var frames [][]byte
	for b = b[32:]; len(b) > 12; {
		n := binary.LittleEndian.Uint32(b)
		frames = append(frames, b[12:12+n])
		b = b[12+n:]
	}
	if len(frames) == 0 {
		t.Fatal("ffmpeg gave no frame")
	}
	return frames
}

func keyFrame(t testing.TB, codec detect.Codec, path, filter string) []byte {
	t.Helper()
	return keyFrames(t, codec, path, filter, "1")[0]
}

// still is a JPEG of a source, with an ffmpeg filter.
func still(t testing.TB, path, filter string) []byte {
	t.Helper()
	jpg := filepath.Join(t.TempDir(), "a.jpg")
	ffmpeg(t, "-i", path, "-vf", filter, "-frames:v", "1", "-q:v", "2", jpg)
	b, err := os.ReadFile(jpg)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// request is a request for a camera that was calibrated long ago.
func request(codec detect.Codec, frame []byte) detect.LookRequest {
	return detect.LookRequest{Frame: detect.Frame{Seat: "s1", Codec: codec, Data: frame, Camera: 1}, Age: 10}
}

// Nobody sees a thumbnail that nobody asked for.
func TestBlindLookHasNoThumbnail(t *testing.T) {
	v := eyes(t)
	r := request(detect.VP8, keyFrame(t, detect.VP8, sample(t, "sample1.jpg"), oneWoman))
	want := v.Look(r)
	r.Blind = true
	if got := v.Look(r); got.Thumbnail != nil || len(got.Look.Faces) != len(want.Look.Faces) {
		t.Errorf("%d bytes of thumbnail, %d faces", len(got.Thumbnail), len(got.Look.Faces))
	}
}
