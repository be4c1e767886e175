package eval

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os/exec"
	"path/filepath"
	"strings"

	"qyragy/detect"
	"qyragy/proctor"
)

// footage is one file of the folder, as a webcam would have shown it.
type footage struct {
	Row
	frames []picture
	// portrait is its first frame as a JPEG, for what is measured once.
	portrait []byte
	faces    int // found on the portrait
	face     proctor.Box
	numbers  []float32 // the largest face's, nil when none was found
	angle    float64   // of the skin, not a number when it cannot be measured
	tone     Tone
	err      error
}

const (
	clipRate   = 5  // frames of a clip that are taken a second
	clipFrames = 30 // at most
)

// canvas brings a picture to a webcam's size: what is larger is scaled down,
// and what is missing at the sides is the picture itself, far out of focus.
const canvas = "split[a][b];[a]scale=640:480:force_original_aspect_ratio=increase,crop=640:480,gblur=sigma=30[back];" +
	"[b]scale='min(640,iw)':'min(480,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2[front];" +
	"[back][front]overlay=(W-w)/2:(H-h)/2,format=yuv420p"

// open reads a file and measures its first frame. A file that cannot be read
// has err set.
func (e *evaluator) open(ctx context.Context, row Row) *footage {
	f := &footage{Row: row, angle: math.NaN(), tone: Unknown}
	f.err = e.read(ctx, f)
	if f.err == nil {
		f.err = e.portray(f)
	}
	return f
}

func (e *evaluator) read(ctx context.Context, f *footage) error {
	path := filepath.Join(e.Dir, f.Path)
	rate := ""
	if f.clip() {
		rate = fmt.Sprintf("fps=%d,", clipRate)
	}
	raw, err := ffmpeg(ctx, nil, "-i", path, "-an", "-filter_complex", "[0:v]"+rate+canvas,
		"-frames:v", fmt.Sprint(f.most()), "-fps_mode", "passthrough", "-f", "rawvideo", "-")
	if err != nil {
		return err
	}
	for ; len(raw) >= frameBytes; raw = raw[frameBytes:] {
		f.frames = append(f.frames, picture(raw[:frameBytes]))
	}
	if len(f.frames) == 0 {
		return errors.New("there is no picture in it")
	}
	f.portrait, err = ffmpeg(ctx, nil, "-i", path, "-an", "-frames:v", "1", "-q:v", "2", "-f", "mjpeg",
		"-vf", "scale='min(1280,iw)':'min(960,ih)':force_original_aspect_ratio=decrease", "-")
	return err
}

func (r Row) most() int {
	if r.clip() {
		return clipFrames
	}
	return 1
}

// portray finds the faces of the first frame, the largest one's numbers and
// its skin's angle.
func (e *evaluator) portray(f *footage) error {
	reply := e.Vision.LookJPEG(f.portrait, detect.LookRequest{Age: detect.CalibrationLooks})
	if reply.Err != "" {
		return errors.New(reply.Err)
	}
	f.faces = len(reply.Look.Faces)
	if f.faces == 0 {
		return nil
	}
	f.face = reply.Look.Faces[0]
	if f.Faces == 1 {
		var err error
		if f.angle, err = skinAngle(f.portrait, f.face); err != nil {
			return err
		}
	}
	// A face that is found but has no numbers is one that cannot be compared.
	if numbers, err := e.Vision.Embed(f.portrait); err == nil {
		f.numbers = numbers
	}
	return nil
}

// at is what the camera shows at look i: the clip forwards and backwards, or
// the still, held by somebody who breathes, with light that drifts and with
// noise, so that no two looks are alike.
func (f *footage) at(s *sensor, i int) picture {
	n := len(f.frames)
	k := i % max(2*n-2, 1)
	if k >= n {
		k = 2*n - 2 - k
	}
	wave := func(looks float64, phase float64) float64 { return math.Sin(2*math.Pi*float64(i)/looks + phase) }
	seed := float64(len(f.Path))
	p := f.frames[k].shifted(2*int(math.Round(2.4*wave(7.3, seed))), 2*int(math.Round(1.4*wave(5.1, 2*seed))))
	return s.noisy(p.lit(1+0.015*wave(9.7, seed)), 1.5, i)
}

// ffmpeg runs it on stdin and returns what it writes.
func ffmpeg(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	var out, complaint bytes.Buffer
	cmd := exec.CommandContext(ctx, "ffmpeg", append([]string{"-v", "error", "-nostdin", "-threads", "1"}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("ffmpeg: %w: %s", err, strings.TrimSpace(complaint.String()))
	}
	return out.Bytes(), nil
}
