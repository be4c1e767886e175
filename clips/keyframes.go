package clips

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// Frames reads at most count frames of a picture or clip as I420 of Width x
// Height, after an ffmpeg filter ("" is none, "fps=1" one a second).
// What has another shape is cut to fit.
func Frames(ctx context.Context, path, filter string, count int) ([][]byte, error) {
	fit := fmt.Sprintf("scale=%d:%d:force_original_aspect_ratio=increase,crop=%[1]d:%[2]d,setsar=1", Width, Height)
	if filter != "" {
		fit += "," + filter
	}
	raw, err := pipe(ctx, nil, "-i", path, "-an", "-vf", fit, "-frames:v", fmt.Sprint(count),
		"-fps_mode", "passthrough", "-pix_fmt", "yuv420p", "-color_range", "tv", "-f", "rawvideo", "-")
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return slices.Collect(slices.Chunk(raw, frameBytes)), nil
}

// KeyFrames encodes each I420 frame of Width x Height as a VP8 key frame of
// about the given kilobytes: what a page sends when it is asked for one every
// second. 12 is usual at 500 kbit/s, 4 a starved line.
func KeyFrames(ctx context.Context, frames [][]byte, kilobytes int) ([][]byte, error) {
	if len(frames) == 0 {
		return nil, nil
	}
	rate := fmt.Sprintf("%dk", 8*kilobytes) // at a frame a second
	ivf, err := pipe(ctx, bytes.Join(frames, nil), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", fmt.Sprintf("%dx%d", Width, Height),
		"-r", "1", "-i", "pipe:0", "-c:v", "libvpx", "-g", "1", "-deadline", "realtime", "-cpu-used", "6", "-threads", "1",
		"-b:v", rate, "-maxrate", rate, "-bufsize", rate, "-lag-in-frames", "0", "-auto-alt-ref", "0", "-f", "ivf", "-")
	if err != nil {
		return nil, fmt.Errorf("encode key frames: %w", err)
	}
	keys, err := splitIVF(ivf)
	if err == nil && len(keys) != len(frames) {
		err = fmt.Errorf("encode key frames: %d of %d came back", len(keys), len(frames))
	}
	return keys, err
}

// splitIVF returns the frames of an IVF file.
func splitIVF(b []byte) ([][]byte, error) {
	if len(b) < 32 {
		return nil, io.ErrUnexpectedEOF
	}
	var r [][]byte
	for b = b[32:]; len(b) > 0; {
		if len(b) < 12 || uint64(len(b)-12) < uint64(binary.LittleEndian.Uint32(b)) {
			return nil, io.ErrUnexpectedEOF
		}
		n := int(binary.LittleEndian.Uint32(b))
		r, b = append(r, b[12:12+n]), b[12+n:]
	}
	return r, nil
}

// pipe runs ffmpeg on input and returns what it writes.
func pipe(ctx context.Context, input []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "ffmpeg", append([]string{"-hide_banner", "-loglevel", "error", "-nostats"}, args...)...)
	var out, complaint bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &complaint
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, errors.New("ffmpeg is not installed (apt-get install ffmpeg)")
		}
		return nil, fmt.Errorf("ffmpeg: %w: %.300s", err, strings.TrimSpace(complaint.String()))
	}
	return out.Bytes(), nil
}
