package main

import (
	"context"
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"qyragy/clips"
)

type clipsCmd struct {
	Out    string `help:"Folder to write the clips to." default:"models/clips" type:"path"`
	Photos string `help:"Folder with the photographs sample3.jpg and sample6.jpg." default:"models/node_modules/@vladmandic/face-api/demo" type:"path"`
}

// Run makes the clips unless they are there already.
func (c *clipsCmd) Run(ctx context.Context, t terminal) error {
	total := 0
	for _, s := range clips.Scripts() {
		total += s.Frames()
	}
	began := time.Now()
	bar := progressbar.NewOptions(total, progressbar.OptionSetWriter(t.err),
		progressbar.OptionSetDescription("making clips"), progressbar.OptionThrottle(200*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetVisibility(t.interactive()))
	made, err := clips.Make(ctx, clips.Options{Photos: c.Photos, Out: c.Out, Progress: func(int, int) {
		bar.Add(1) //nolint:errcheck // a progress bar that cannot be drawn is no reason to stop
	}})
	if err != nil {
		return fmt.Errorf("make clips: %w", err)
	}
	if !made {
		t.say("clips are up to date in %s", c.Out)
		return nil
	}
	t.say("clips are in %s, made in %.0f s", c.Out, time.Since(began).Seconds())
	return nil
}
