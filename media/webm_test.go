package media

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// film writes a growing recording of frames at 15 a second, with a sound every
// 60 ms, to a file.
func film(t *testing.T, video [][]byte, width, height int) *os.File {
	t.Helper()
	w := newWebM(trackInfo{codec: "vp8", setup: setup{width: width, height: height}, audio: true}, time.Unix(1_800_000_000, 0))
	sound := int64(0)
	for i, f := range video {
		ms := int64(i) * 1000 / 15
		for ; sound <= ms; sound += 60 {
			w.add(audioTrack, sound, true, []byte{0xf8, 0xff, 0xfe})
		}
		key, _, _ := inspect("vp8", f)
		w.add(videoTrack, ms, key, f)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "film.webm"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := f.Write(w.pending); err != nil {
		t.Fatal(err)
	}
	return f
}

func contents(t *testing.T, f *os.File) []byte {
	t.Helper()
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSealedRecordingIsWholeAndSeekable(t *testing.T) {
	t.Parallel()
	video := clip(t, "5", "320", "240")
	f := film(t, video, 320, 240)
	if p := ffprobe(t, contents(t, f)); p.Streams[0].Frames != "75" {
		t.Errorf("growing: %+v", p)
	}
	s, err := seal(f, -1, false)
	if err != nil {
		t.Fatal(err)
	}
	data := contents(t, f)
	sum := sha256.Sum256(data)
	if s.size != int64(len(data)) || s.sha256 != hex.EncodeToString(sum[:]) || s.frames != 75 || (s.length-5*time.Second).Abs() > 2*time.Millisecond {
		t.Errorf("%+v of %d bytes", s, len(data))
	}
	p := ffprobe(t, data)
	if p.Streams[0].Frames != "75" || p.Streams[0].Width != 320 || !strings.HasPrefix(p.Format.Duration, "5.0") {
		t.Errorf("sealed: %+v", p)
	}
	got, at := blocks(t, data)
	for i := range video {
		if !bytes.Equal(got[i], video[i]) || at[i] != int64(i)*1000/15 {
			t.Fatalf("frame %d differs or is at %d", i, at[i])
		}
	}
	again, err := seal(f, -1, true)
	if err != nil || again != s {
		t.Errorf("sealing twice: %+v %v", again, err)
	}
	// Decoding from the middle needs the index.
	out, err := exec.Command("ffmpeg", "-nostdin", "-v", "warning", "-ss", "3", "-i", f.Name(), "-frames:v", "1", "-f", "null", "-").CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("seek: %v %s", err, out)
	}
}

func TestKeyFrameIsTheNewestNotAfter(t *testing.T) {
	video := clip(t, "4", "320", "240")
	f := film(t, video, 320, 240)
	if _, err := seal(f, -1, false); err != nil {
		t.Fatal(err)
	}
	for ms, want := range map[int64]int{-5: 0, 0: 0, 999: 0, 1000: 15, 2500: 30, 99999: 45} {
		data, at, err := keyFrame(f, ms)
		if err != nil || !bytes.Equal(data, video[want]) || at != int64(want)*1000/15 {
			t.Errorf("at %d: frame at %d, %v", ms, at, err)
		}
	}
}

// TestRecoveryAtEveryCut cuts a recording at every fiftieth of its length, and
// near its end, growing as well as sealed: every whole frame before the cut
// must survive, and the result must play.
func TestRecoveryAtEveryCut(t *testing.T) {
	t.Parallel()
	video := clip(t, "3", "320", "240")
	grown := contents(t, film(t, video, 320, 240))
	finished := film(t, video, 320, 240)
	if _, err := seal(finished, -1, false); err != nil {
		t.Fatal(err)
	}
	for kind, data := range map[string][]byte{"growing": grown, "sealed": contents(t, finished)} {
		all := map[int64]int{} // end of a frame → frames up to it
		n := 0
		scan(bytes.NewReader(data), int64(len(data)), false, func(b block) bool {
			if b.track == videoTrack {
				n++
				all[b.offset+int64(b.size)] = n
			}
			return true
		})
		for i := range 51 {
			cut := len(data) * i / 50
			want := 0
			for end, n := range all {
				if end <= int64(cut) {
					want = max(want, n)
				}
			}
			for _, tail := range [][]byte{nil, make([]byte, 4096)} { // a power cut may leave zeros
				path := filepath.Join(t.TempDir(), "cut.webm")
				if err := os.WriteFile(path, append(append([]byte(nil), data[:cut]...), tail...), 0o600); err != nil {
					t.Fatal(err)
				}
				want := want
				if len(tail) > 0 && cut > 0 && data[cut-1] == 0 && all[int64(cut)] > 0 {
					want-- // its own last zero cannot be told from the power cut's
				}
				checkRecovered(t, path, video, want, kind, i)
			}
		}
	}
}

func checkRecovered(t *testing.T, path string, video [][]byte, want int, kind string, i int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := seal(f, -1, true)
	if want == 0 {
		if err == nil {
			t.Errorf("%s, cut %d: sealed %d frames of none", kind, i, s.frames)
		}
		return
	}
	if err != nil || s.frames != want {
		t.Fatalf("%s, cut %d: %d of %d frames: %v", kind, i, s.frames, want, err)
	}
	got, _ := blocks(t, contents(t, f))
	for k := range got {
		if !bytes.Equal(got[k], video[k]) {
			t.Fatalf("%s, cut %d: frame %d differs", kind, i, k)
		}
	}
	if i%10 == 0 {
		ffprobe(t, contents(t, f))
	}
}

func TestDimensionsAreReadFromTheBitstream(t *testing.T) {
	for _, c := range []struct{ codec, lib string }{{"vp8", "libvpx"}, {"vp9", "libvpx-vp9"}} {
		path := filepath.Join(t.TempDir(), "clip.ivf")
		ffmpeg(t, "-f", "lavfi", "-i", "testsrc2=size=322x242:rate=15:duration=1", "-c:v", c.lib, "-deadline", "realtime",
			"-cpu-used", "8", "-lag-in-frames", "0", "-g", "15", "-f", "ivf", path)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		keys := 0
		for p := data[32:]; len(p) >= 12; {
			n := int(p[0]) | int(p[1])<<8 | int(p[2])<<16
			if key, w, h := inspect(c.codec, p[12:12+n]); key {
				keys++
				if w != 322 || h != 242 {
					t.Errorf("%s: %dx%d", c.codec, w, h)
				}
			}
			p = p[12+n:]
		}
		if keys != 1 {
			t.Errorf("%s: %d key frames", c.codec, keys)
		}
	}
}
