package clips

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// VP8Args are ffmpeg's options for VP8 as a browser's camera sends it: about
// 500 kbit/s, realtime, and a key frame a second, because a clip cannot make
// one when a PLI asks for it.
func VP8Args() []string {
	return []string{
		"-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-threads", "1",
		"-b:v", "500k", "-minrate", "500k", "-maxrate", "500k", "-bufsize", "600k",
		"-g", strconv.Itoa(FPS), "-keyint_min", strconv.Itoa(FPS), "-error-resilient", "1",
		"-lag-in-frames", "0", "-auto-alt-ref", "0", "-max-intra-rate", "300",
	}
}

// mjpegArgs double every frame: Chromium plays an MJPEG file at 30 frames a
// second whatever the file says.
func mjpegArgs() []string {
	return []string{"-r", "30", "-c:v", "mjpeg", "-huffman", "default", "-q:v", "5", "-pix_fmt", "yuvj420p"}
}

// encode renders a script frame by frame into ffmpeg.
func encode(ctx context.Context, dir string, s Script, c *camera, tick func()) error {
	args := []string{
		"-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", fmt.Sprintf("%dx%d", Width, Height),
		"-r", strconv.Itoa(FPS), "-i", "pipe:0",
	}
	if strings.HasSuffix(s.File, ".ivf") {
		args = append(append(args, VP8Args()...), "-f", "ivf")
	} else {
		args = append(append(args, mjpegArgs()...), "-f", "mjpeg")
	}
	frames := func(w io.Writer) error {
		for n := range s.Frames() {
			if _, err := w.Write(c.render(n, s.At(n))); err != nil {
				return err
			}
			tick()
		}
		return nil
	}
	return ffmpeg(ctx, filepath.Join(dir, s.File), frames, args...)
}

// encodeAudio synthesises a quiet room with a fan in it: one minute of Ogg Opus,
// 32 kbit/s, with one 20 ms packet a page so that any reader of pages can send it.
func encodeAudio(ctx context.Context, path string) error {
	const room = "anoisesrc=color=brown:amplitude=0.02:seed=7:sample_rate=48000:duration=60[n];" +
		"sine=frequency=120:sample_rate=48000:duration=60,volume=0.02[t];[n][t]amix=inputs=2"
	return ffmpeg(ctx, path, nil, "-filter_complex", room, "-c:a", "libopus", "-b:a", "32k", "-ac", "1",
		"-ar", "48000", "-frame_duration", "20", "-page_duration", "20000", "-f", "ogg")
}

// ffmpeg runs ffmpeg on what input writes, and puts the result in place only
// when it is whole.
func ffmpeg(ctx context.Context, path string, input func(io.Writer) error, args ...string) error {
	part := path + ".part"
	defer os.Remove(part) // gone already unless something failed
	args = append(append([]string{"-hide_banner", "-loglevel", "error", "-nostats", "-y"}, args...), part)
	cmd := exec.CommandContext(ctx, "ffmpeg", args...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := feed(cmd, input); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return errors.New("ffmpeg is not installed: it encodes the clips (apt-get install ffmpeg)")
		}
		return fmt.Errorf("encode %s: %w: %.300s", filepath.Base(path), err, complaint.Bytes())
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("encode %s: %w", filepath.Base(path), err)
	}
	return nil
}

// feed starts cmd, gives it the input, and waits for it.
func feed(cmd *exec.Cmd, input func(io.Writer) error) error {
	if input == nil {
		return cmd.Run()
	}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	written := input(pipe)
	closed := pipe.Close()
	// ffmpeg's own exit says more than the broken pipe it leaves behind.
	return errors.Join(cmd.Wait(), written, closed)
}
