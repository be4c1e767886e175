package hearing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"

	"github.com/pion/webrtc/v4/pkg/media/oggreader"

	"qyragy/detect"
	"qyragy/proctor"
)

// Measured is how many seconds of a Sample were taken for speech.
type Measured struct {
	Name    string `json:"name"`
	Speech  bool   `json:"speech"` // it is
	Seconds int    `json:"seconds"`
	Found   int    `json:"found"` // seconds that were taken for speech
}

// Measure encodes a sample as the page does, in packets of ms milliseconds (20
// or 60), and hears it as the server has it heard: a second at a time.
func (h *Hearing) Measure(ctx context.Context, s Sample, ms int) (Measured, error) {
	m := Measured{Name: s.Name, Speech: s.Speech}
	packets, err := encode(ctx, s.Input, ms, 1)
	if err != nil {
		return m, fmt.Errorf("measure %s: %w", s.Name, err)
	}
	var memory []byte
	for second := range slices.Chunk(packets, 1000/ms+1) {
		if len(second)*ms < 500 {
			break // the rest is too short to count
		}
		r := h.Hear(detect.HearRequest{Packets: second, Memory: memory})
		if r.Err != "" {
			return m, fmt.Errorf("measure %s: %s", s.Name, r.Err)
		}
		memory = r.Memory
		m.Seconds++
		if (proctor.Heard{Voice: r.Voice}).Speech() {
			m.Found++
		}
	}
	return m, nil
}

// encode has ffmpeg encode an input as browsers do: Opus of 32 kbit/s.
func encode(ctx context.Context, input []string, ms, channels int) ([][]byte, error) {
	args := slices.Concat([]string{"-v", "error"}, input, []string{"-vn", "-ar", "48000", "-ac", strconv.Itoa(channels),
		"-c:a", "libopus", "-b:a", "32k", "-application", "voip",
		"-frame_duration", strconv.Itoa(ms), "-page_duration", strconv.Itoa(1000 * ms), "-f", "ogg", "-"})
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "ffmpeg", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("encode with ffmpeg: %w: %s", err, stderr.String())
	}
	return pages(out)
}

// pages takes an Ogg stream of one packet a page apart, and leaves its headers
// out.
func pages(ogg []byte) (out [][]byte, err error) {
	r, _, err := oggreader.NewWith(bytes.NewReader(ogg))
	if err != nil {
		return nil, fmt.Errorf("read Ogg: %w", err)
	}
	for {
		page, _, err := r.ParseNextPage()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read Ogg: %w", err)
		}
		if len(page) > 0 && !bytes.HasPrefix(page, []byte("OpusTags")) {
			out = append(out, page)
		}
	}
}
