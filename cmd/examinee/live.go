package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/pion/webrtc/v4"

	"qyragy/clips"
)

// live publishes what ffmpeg encodes meanwhile: a camera, a file, a stream.
func (c *publishCmd) live(ctx context.Context, t terminal, targets []endpoint) error {
	if len(targets) != 1 {
		return errors.New("only an .ivf clip can be published to several seats: a camera has one")
	}
	st, err := newStack(local(targets), c.Insecure)
	if err != nil {
		return err
	}
	defer st.client.CloseIdleConnections()
	var pace pacer
	video := newFeed(webrtc.RTPCodecTypeVideo)
	feeds := []*feed{video}
	if c.Audio != "" {
		sound, err := loadAudio(c.Audio)
		if err != nil {
			return err
		}
		feeds = append(feeds, pace.tracks(0, sound)...)
	}
	if c.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Duration)
		defer cancel()
	}
	p := &publisher{stack: st, target: fixed(targets[0]), feeds: feeds, tell: func(what string) { t.say("seat 1: %s", what) }}

	publishing, stop := context.WithCancel(ctx)
	defer stop()
	over := make(chan error, 1)
	go func() {
		over <- capture(publishing, c.Clip, video)
		stop() // a camera that is gone publishes nothing
	}()
	runAll(publishing, &pace, []*publisher{p}, 0)
	stop()
	if err := <-over; ctx.Err() == nil {
		return err
	}
	return nil
}

// capture encodes source with ffmpeg and sends every frame as it comes, until
// ctx ends or the source does.
func capture(ctx context.Context, source string, f *feed) error {
	cmd := exec.CommandContext(ctx, "ffmpeg", captureArgs(source)...)
	cmd.WaitDelay = time.Second
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("capture %s: %w", source, err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("capture %s with ffmpeg: %w", source, err)
	}
	sendErr := relay(out, f)
	if err := errors.Join(sendErr, cmd.Wait()); err != nil {
		return fmt.Errorf("capture %s: %w: %.300s", source, err, complaint.Bytes())
	}
	return fmt.Errorf("capture %s: it has ended", source)
}

// relay sends the frames of an IVF stream at the pace they come in.
func relay(in io.Reader, f *feed) error {
	r, header, err := openIVF(in)
	if err != nil {
		return err
	}
	_, ticks := frameTime(header)
	for {
		frame, _, err := r.ParseNextFrame()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(frame) == 0 {
			continue
		}
		p := cutVP8(frame)
		for i := range p.payloads {
			f.sendPart(p, i, ticks)
		}
	}
}

// captureArgs are ffmpeg's: a camera at its own pace, files and pictures in a
// loop at theirs, all scaled into a clip's size without stretching.
func captureArgs(source string) []string {
	args := []string{"-hide_banner", "-loglevel", "error", "-nostdin"}
	info, err := os.Stat(source)
	switch ext := strings.ToLower(filepath.Ext(source)); {
	case strings.HasPrefix(source, "/dev/video"):
		args = append(args, "-f", "v4l2", "-framerate", "15", "-video_size", "640x480")
	case ext == ".jpg" || ext == ".jpeg" || ext == ".png":
		args = append(args, "-re", "-loop", "1", "-framerate", "15")
	case err == nil && info.Mode().IsRegular():
		args = append(args, "-re", "-stream_loop", "-1")
	}
	filter := fmt.Sprintf("scale=%d:%d:force_original_aspect_ratio=decrease,pad=%[1]d:%[2]d:-1:-1,fps=%[3]d,format=yuv420p",
		clips.Width, clips.Height, clips.FPS)
	args = append(args, "-i", source, "-an", "-vf", filter)
	return append(append(args, clips.VP8Args()...), "-flush_packets", "1", "-f", "ivf", "pipe:1")
}
