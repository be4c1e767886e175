package hearing

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"strconv"
	"testing"

	"github.com/pion/webrtc/v4/pkg/media/oggreader"
)

const modelsDir = "../../models/onnx"

func open(tb testing.TB) *Hearing {
	tb.Helper()
	h, err := New(modelsDir)
	if err != nil {
		tb.Fatalf("%v (make models)", err)
	}
	tb.Cleanup(func() {
		if err := h.Close(); err != nil {
			tb.Error(err)
		}
	})
	return h
}

// opus encodes a sound, given as ffmpeg's input options, as browsers do:
// packets of ms milliseconds, 32 kbit/s.
func opus(tb testing.TB, ms, channels int, input ...string) [][]byte {
	tb.Helper()
	args := append([]string{"-v", "error"}, input...)
	args = append(args, "-vn", "-ar", "48000", "-ac", strconv.Itoa(channels), "-c:a", "libopus", "-b:a", "32k", "-application", "voip",
		"-frame_duration", strconv.Itoa(ms), "-page_duration", strconv.Itoa(1000*ms), "-f", "ogg", "-")
	var stderr bytes.Buffer
	cmd := exec.Command("ffmpeg", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("ffmpeg: %v\n%s", err, stderr.String())
	}
	return packets(tb, out)
}

// packets takes an Ogg stream of one packet a page apart.
func packets(tb testing.TB, ogg []byte) (out [][]byte) {
	tb.Helper()
	r, _, err := oggreader.NewWith(bytes.NewReader(ogg))
	if err != nil {
		tb.Fatal(err)
	}
	for {
		page, _, err := r.ParseNextPage()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			tb.Fatal(err)
		}
		if len(page) > 0 && !bytes.HasPrefix(page, []byte("OpusTags")) {
			out = append(out, page)
		}
	}
}

// synth is an input of ffmpeg's own making.
func synth(graph string) []string { return []string{"-f", "lavfi", "-i", graph} }
