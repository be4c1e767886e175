// Package clips makes the demonstration and test footage: an honest examinee, a
// covered camera, a second person in the picture, and one long walk through all
// of them for a browser's fake camera. Frames are rendered in Go from still
// photographs (slow zoom, sway and sensor noise make them a live camera);
// ffmpeg only encodes. It is not for production: nothing of an exam passes here.
package clips

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// What every clip looks like.
const (
	Width  = 640 // pixels
	Height = 480 // pixels
	FPS    = 15  // frames a second
)

// Options says where photographs come from and where clips go.
type Options struct {
	Photos string // folder with sample3.jpg and sample6.jpg of @vladmandic/face-api
	Out    string // folder the clips are written to; made if absent

	// Progress is told how many frames of all are rendered. It is called from
	// several goroutines, often; nil is allowed.
	Progress func(done, total int)
}

// Make writes every clip into o.Out, or returns at once, with made false, when
// they are there already and were made from the same photographs by the same recipe.
func Make(ctx context.Context, o Options) (made bool, err error) {
	want, err := newStamp(o.Photos)
	if err != nil {
		return false, err
	}
	if want.upToDate(o.Out) {
		return false, nil
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return false, fmt.Errorf("make clip folder: %w", err)
	}
	photos, err := loadPhotos(o.Photos)
	if err != nil {
		return false, err
	}
	if err := photos.saveFaces(o.Out); err != nil {
		return false, err
	}
	if err := encodeAll(ctx, o, photos); err != nil {
		return false, err
	}
	return true, want.save(o.Out)
}

// encodeAll renders and encodes all clips, as many at a time as there are cores.
func encodeAll(ctx context.Context, o Options, photos *photoSet) error {
	scripts := Scripts()
	total := 0
	for _, s := range scripts {
		total += s.Frames()
	}
	var done atomic.Int64
	tick := func() {
		if n := done.Add(1); o.Progress != nil {
			o.Progress(int(n), total)
		}
	}

	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for _, s := range scripts {
		group.Go(func() error { return encode(ctx, o.Out, s, newCamera(photos), tick) })
		if err := s.save(o.Out); err != nil {
			return err
		}
	}
	group.Go(func() error { return encodeAudio(ctx, filepath.Join(o.Out, AudioFile)) })
	return group.Wait()
}
