package media

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
)

// extradata is a file's decoder configuration, hashed, and its picture's size.
func extradata(t *testing.T, path string) (sum string, width, height int) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-select_streams", "v", "-show_data_hash", "sha256", "-show_streams", "-of", "json", path).Output()
	if err != nil {
		t.Fatalf("ffprobe: %v", err)
	}
	var p struct {
		Streams []struct {
			Width, Height int
			Sum           string `json:"extradata_hash"`
		}
	}
	if err := json.Unmarshal(out, &p); err != nil || len(p.Streams) != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	return p.Streams[0].Sum, p.Streams[0].Width, p.Streams[0].Height
}

// TestSetupIsWhatFFmpegMakesOfTheSameStream compares the decoder configuration
// of every shape of stream, byte by byte, with another implementation's.
func TestSetupIsWhatFFmpegMakesOfTheSameStream(t *testing.T) {
	h264 := func() rtp.Payloader { return &codecs.H264Payloader{} }
	av1 := func() rtp.Payloader { return &codecs.AV1Payloader{} }
	for _, c := range []struct{ name, codec, args string }{
		{"avc1.42C0", "h264", "-c:v libx264 -profile:v baseline -tune zerolatency -f h264"},
		{"avc1.4D40", "h264", "-c:v libx264 -profile:v main -bf 0 -f h264"},
		{"avc1.6400", "h264", "-c:v libx264 -profile:v high -bf 0 -x264-params interlaced=1 -vf crop=90:76 -f h264"},
		{"avc1.6400", "h264", "-c:v libx264 -profile:v high -bf 0 -x264-params cqm=jvt -f h264"},
		{"avc1.6E00", "h264", "-c:v libx264 -profile:v high10 -pix_fmt yuv420p10le -bf 0 -f h264"},
		{"avc1.7A00", "h264", "-c:v libx264 -profile:v high422 -pix_fmt yuv422p -bf 0 -f h264"},
		{"avc1.F400", "h264", "-c:v libx264 -profile:v high444 -pix_fmt yuv444p -bf 0 -f h264"},
		{"avc1.6400", "h264", "-c:v libx264 -profile:v high -pix_fmt gray -bf 0 -f h264"},
		{"av01.0.00M.08", "av1", "-c:v libaom-av1 -usage realtime -cpu-used 8 -f ivf"},
		{"av01.0.00M.10", "av1", "-c:v libaom-av1 -usage realtime -cpu-used 8 -pix_fmt yuv420p10le -f ivf"},
		{"av01.1.00M.08", "av1", "-c:v libaom-av1 -usage realtime -cpu-used 8 -pix_fmt yuv444p -f ivf"},
		{"av01.2.00M.08", "av1", "-c:v libaom-av1 -usage realtime -cpu-used 8 -pix_fmt yuv422p -f ivf"},
		{"av01.2.00M.12", "av1", "-c:v libaom-av1 -usage realtime -cpu-used 8 -pix_fmt yuv420p12le -f ivf"},
		{"av01.0.00M.08", "av1", "-c:v libaom-av1 -usage realtime -cpu-used 8 -color_primaries bt709 -color_trc bt709 -colorspace bt709 -f ivf"},
		{"av01.0.00M.08", "av1", "-c:v libsvtav1 -preset 10 -f ivf"},
		{"av01.0.31M.08", "av1", "-c:v librav1e -speed 10 -f ivf"},
	} {
		t.Run(c.args, func(t *testing.T) {
			e := encoding{codec: c.codec, args: strings.Fields(c.args), payloader: h264}
			if c.codec == "av1" {
				e.payloader = av1
			}
			var first *frame
			a := newAssembler(e.codec, func(f frame) {
				if first == nil {
					first = &f
				}
			})
			frames := e.encode(t, "0.1", "98x82")
			e.wire(frames[:1], time.Unix(0, 0), func(p packet) { a.push(p, 0) })
			if first == nil || !first.key || !strings.HasPrefix(first.name, c.name) {
				t.Fatalf("%+v", first.setup)
			}
			dir := t.TempDir()
			ours, stream, theirs := filepath.Join(dir, "ours"), filepath.Join(dir, "stream"), filepath.Join(dir, "theirs.mkv")
			w := newWebM(trackInfo{codec: e.codec, setup: first.setup}, time.Unix(0, 0))
			w.add(videoTrack, 0, true, first.data)
			write(t, ours, w.pending)
			write(t, stream, rawStream(e.codec, frames[0]))
			ffmpeg(t, "-i", stream, "-c", "copy", theirs)
			want, width, height := extradata(t, theirs)
			if got, _, _ := extradata(t, ours); got != want || first.width != width || first.height != height {
				t.Errorf("%dx%d, ffmpeg says %dx%d; %s, %s", first.width, first.height, width, height, got, want)
			}
		})
	}
}

// rawStream is a frame as a file that ffmpeg reads.
func rawStream(codec string, f []byte) []byte {
	if codec == "h264" {
		return f
	}
	head := make([]byte, 44)
	copy(head, "DKIF\x00\x00\x20\x00AV01\x62\x00\x52\x00\x0f\x00\x00\x00\x01\x00\x00\x00\x01")
	head[32], head[33] = byte(len(f)), byte(len(f)>>8)
	return append(head, f...)
}
