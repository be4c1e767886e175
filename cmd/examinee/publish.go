package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

type publishCmd struct {
	Demo string `help:"Play a demonstration: publish to the first three seats of DIR/demo.json." placeholder:"DIR" xor:"what"`
	Clip string `help:"What to publish: an .ivf file of VP8, or anything ffmpeg reads, such as /dev/video0 (one seat). Default: honest.ivf and honest.ogg of --clips." placeholder:"FILE" xor:"what"`

	Clips string `help:"Folder of the clips that 'examinee clips' makes." default:"models/clips"`
	Audio string `help:"Sound to go with --clip: Ogg Opus, one 20 ms packet a page." placeholder:"FILE"`

	Target   string        `help:"WHIP endpoint; {i} stands for the seat's number from 1. Or a demo.json, whose seats are used." placeholder:"URL"`
	Token    string        `help:"Bearer token ({i} as in --target), or @FILE with one a line." placeholder:"T"`
	Seats    int           `help:"Seats to publish." default:"1"`
	Ramp     time.Duration `help:"Time over which the seats join." default:"2s"`
	Duration time.Duration `help:"How long to measure once all have joined; 0 is until Ctrl-C." default:"0s"`
	PID      []int         `help:"Server process whose CPU time and memory to report; may be repeated." name:"pid" placeholder:"PID"`
	JSON     bool          `help:"Print the report as JSON." name:"json"`

	IOwnThisServer bool `help:"Publish more than one seat to a machine that is not this one. Only to servers you answer for." name:"i-own-this-server"`
	Insecure       bool `help:"Accept any TLS certificate (a self-signed one in a LAN)."`
}

// Run publishes until ctx ends or the measurement is over.
func (c *publishCmd) Run(ctx context.Context, t terminal) error {
	switch {
	case c.Demo != "":
		return c.demo(ctx, t)
	case c.Target == "":
		return errors.New("say what to do: --demo DIR, or --target URL (see --help)")
	case c.Seats < 1:
		return fmt.Errorf("--seats %d: at least one seat is needed", c.Seats)
	}
	targets, err := c.targets()
	if err != nil {
		return err
	}
	if err := allowed(targets, c.IOwnThisServer); err != nil {
		return err
	}
	if c.Clip == "" {
		c.Clip = filepath.Join(c.Clips, "honest.ivf")
		if c.Audio == "" {
			c.Audio = filepath.Join(c.Clips, "honest.ogg")
		}
	}
	if strings.EqualFold(filepath.Ext(c.Clip), ".ivf") {
		return c.load(ctx, t, targets)
	}
	return c.live(ctx, t, targets)
}

// targets lists an endpoint for every seat.
func (c *publishCmd) targets() ([]endpoint, error) {
	if strings.HasSuffix(c.Target, ".json") && !strings.Contains(c.Target, "://") {
		d, err := readDemo(c.Target)
		if err != nil {
			return nil, err
		}
		if c.Seats > len(d.Seats) {
			return nil, fmt.Errorf("%s has %d seats, --seats asks for %d", c.Target, len(d.Seats), c.Seats)
		}
		return d.endpoints()[:c.Seats], nil
	}
	tokens := []string{c.Token}
	if file, ok := strings.CutPrefix(c.Token, "@"); ok {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read tokens: %w", err)
		}
		if tokens = strings.Fields(string(data)); len(tokens) == 0 {
			return nil, fmt.Errorf("read tokens: %s is empty", file)
		}
	}
	all := make([]endpoint, c.Seats)
	for i := range all {
		number := strconv.Itoa(i + 1)
		all[i] = endpoint{
			url:   strings.ReplaceAll(c.Target, "{i}", number),
			token: strings.ReplaceAll(tokens[i%len(tokens)], "{i}", number),
		}
		if !strings.HasPrefix(all[i].url, "http://") && !strings.HasPrefix(all[i].url, "https://") {
			return nil, fmt.Errorf("--target %s: want an http or https URL, or a demo.json", c.Target)
		}
	}
	return all, nil
}

// allowed refuses to load a machine that is not this one unless its owner says so.
func allowed(targets []endpoint, own bool) error {
	if own || len(targets) <= 1 || local(targets) {
		return nil
	}
	return fmt.Errorf("%s is not this machine: %d seats at once are a load test, and those go only to a server of your own. "+
		"Say --i-own-this-server if it is yours, or publish one seat", targets[0].url, len(targets))
}

// local tells whether every target is on this machine.
func local(targets []endpoint) bool {
	for _, e := range targets {
		if !loopback(e.url) {
			return false
		}
	}
	return true
}

// fixed is a target that never changes.
func fixed(e endpoint) func() (endpoint, error) {
	return func() (endpoint, error) { return e, nil }
}

// loadMedia reads a clip and, if given, its sound.
func loadMedia(video, audio string) ([]*clip, error) {
	v, err := loadVideo(video)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			err = fmt.Errorf("%w (make the clips with: examinee clips)", err)
		}
		return nil, err
	}
	if audio == "" {
		return []*clip{v}, nil
	}
	a, err := loadAudio(audio)
	if err != nil {
		return nil, err
	}
	return []*clip{v, a}, nil
}
