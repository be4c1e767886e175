package clips

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"
)

// picture is a photograph of nothing: coloured stripes with a fine pattern.
func picture(t *testing.T, dir, name string) {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 1920, 1537))
	for y := range 1537 {
		for x := range 1920 {
			v := uint8(60 + (x/4+y/4)%2*120)
			img.SetRGBA(x, y, color.RGBA{v, uint8(x / 8), uint8(y / 7), 255})
		}
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func testPhotos(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	picture(t, dir, examineePhoto)
	picture(t, dir, otherPhoto)
	return dir
}

// sharpness is the mean absolute difference of neighbouring pixels.
func sharpness(luma []byte) float64 {
	sum := 0.0
	for i := 1; i < len(luma); i++ {
		sum += math.Abs(float64(luma[i]) - float64(luma[i-1]))
	}
	return sum / float64(len(luma)-1)
}

func mean(p []byte) float64 {
	sum := 0.0
	for _, v := range p {
		sum += float64(v)
	}
	return sum / float64(len(p))
}

func TestFramesLookLikeWhatTheyShow(t *testing.T) {
	photos, err := loadPhotos(testPhotos(t))
	if err != nil {
		t.Fatal(err)
	}
	c := newCamera(photos)
	luma := func(n int, shows Shows) []byte {
		return bytes.Clone(c.render(n, shows)[:Width*Height])
	}
	honest, next := luma(10, Honest), luma(11, Honest)
	if bytes.Equal(honest, next) {
		t.Error("a live camera never gives the same frame twice")
	}
	if !bytes.Equal(honest, luma(10, Honest)) {
		t.Error("a frame differs from run to run")
	}
	if bytes.Equal(honest, luma(10, Two)) {
		t.Error("the second person is not in the picture")
	}
	if m := mean(luma(10, Covered)); m < 16 || m > 19 {
		t.Errorf("covered camera has luma %.1f, want black", m)
	}
	if a, b := sharpness(honest), sharpness(luma(10, Blurred)); b > a/3 {
		t.Errorf("blurred is hardly less sharp: %.2f against %.2f", b, a)
	}
	if a, b := mean(honest), mean(luma(10, Blurred)); math.Abs(a-b) > 2 {
		t.Errorf("blur changes the brightness: %.1f, %.1f", a, b)
	}
}

// A one-minute clip must come back to where it began.
func TestMotionLoopsInAMinute(t *testing.T) {
	first, again := move(honestFrame(), 3), move(honestFrame(), 3+60*FPS)
	if math.Abs(first.x0-again.x0) > 1e-6 || math.Abs(first.y0-again.y0) > 1e-6 || math.Abs(first.ax-again.ax) > 1e-9 {
		t.Errorf("%+v, a minute later %+v", first, again)
	}
}

func TestScriptsHaveNoHoles(t *testing.T) {
	for _, s := range Scripts() {
		at := 0
		for _, part := range s.Stretches {
			if part.From != at || part.To <= part.From {
				t.Errorf("%s: stretch %+v after second %d", s.File, part, at)
			}
			if got := s.At(part.From * FPS); got != part.Shows {
				t.Errorf("%s: first frame of %+v shows %s", s.File, part, got)
			}
			if got := s.At(part.To*FPS - 1); got != part.Shows {
				t.Errorf("%s: last frame of %+v shows %s", s.File, part, got)
			}
			at = part.To
		}
		if at != s.Seconds {
			t.Errorf("%s: %d s described of %d", s.File, at, s.Seconds)
		}
	}
}

func needFFmpeg(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
}

// A short clip goes through the real encoder and must have a key frame a second.
func TestEncodedClipHasAKeyFrameASecond(t *testing.T) {
	needFFmpeg(t)
	photos, err := loadPhotos(testPhotos(t))
	if err != nil {
		t.Fatal(err)
	}
	dir, ticks := t.TempDir(), 0
	s := script("short.ivf", Honest, 2, Covered, 1)
	if err := encode(t.Context(), dir, s, newCamera(photos), func() { ticks++ }); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "short.ivf"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, header, err := ivfreader.NewWith(f)
	if err != nil {
		t.Fatal(err)
	}
	if header.FourCC != "VP80" || header.Width != Width || header.Height != Height {
		t.Errorf("header %+v", header)
	}
	n := 0
	for ; ; n++ {
		frame, _, err := r.ParseNextFrame()
		if err != nil {
			break
		}
		if key := frame[0]&1 == 0; n%FPS == 0 && !key {
			t.Errorf("frame %d is no key frame", n)
		}
	}
	if n != 3*FPS || ticks != n {
		t.Errorf("%d frames, %d ticks, want %d", n, ticks, 3*FPS)
	}
}

func TestAudioHasOnePacketAPage(t *testing.T) {
	needFFmpeg(t)
	path := filepath.Join(t.TempDir(), AudioFile)
	if err := encodeAudio(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, _, err := oggreader.NewWith(f)
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	for ; ; pages++ {
		if _, _, err := r.ParseNextPage(); err != nil {
			break
		}
	}
	if pages < 3000 {
		t.Errorf("%d pages for 3000 packets", pages)
	}
}

func TestFailedEncodingLeavesNothing(t *testing.T) {
	needFFmpeg(t)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	input := func(w io.Writer) error {
		_, err := w.Write(make([]byte, frameBytes))
		cancel()
		return err
	}
	path := filepath.Join(dir, "x.ivf")
	if err := ffmpeg(ctx, path, input, "-f", "rawvideo", "-s", "640x480", "-i", "pipe:0", "-f", "ivf"); err == nil {
		t.Error("a cancelled encoding reported success")
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestStampNoticesChanges(t *testing.T) {
	photos, out := testPhotos(t), t.TempDir()
	want, err := newStamp(photos)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{AudioFile, EnrolmentFile, OtherFile}
	for _, s := range Scripts() {
		names = append(names, s.File, s.description())
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(out, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want.upToDate(out) {
		t.Error("up to date without a stamp")
	}
	if err := want.save(out); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if made, err := Make(t.Context(), Options{Photos: photos, Out: out}); err != nil || made {
		t.Errorf("made again in %s: %v, %v", time.Since(began), made, err)
	}
	if err := os.Truncate(filepath.Join(out, "two.ivf"), 1); err != nil {
		t.Fatal(err)
	}
	if want.upToDate(out) {
		t.Error("a truncated clip passes for whole")
	}
}

func TestMissingPhotographsSayWhatToDo(t *testing.T) {
	_, err := Make(t.Context(), Options{Photos: t.TempDir(), Out: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "npm ci") {
		t.Errorf("got %v", err)
	}
}
