// Command examinee is a headless examinee: it publishes a camera, a clip or any
// number of synthetic seats to a WHIP endpoint (RFC 9725), as an examinee's
// browser would. It plays the three seats of a demonstration, measures a
// server under load, and makes the clips for both. It is not a browser: it has
// no page, sends no client reports and cannot sit an exam.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"
)

// quitLimit is how long Ctrl-C may take.
const quitLimit = 2 * time.Second

const description = `A headless examinee: publishes over WHIP what a browser would.

Demonstration (waits for the server, then plays three seats until Ctrl-C):
  examinee --demo data

Load (your own machine only):
  examinee --clip models/clips/honest.ivf --audio models/clips/honest.ogg
    --seats 100 --ramp 5s --duration 30s --pid $(pidof qyragy)
    --target http://127.0.0.1:8080/whip/{i} --token @tokens.txt

A real camera, or anything else ffmpeg reads (one seat, encoded live):
  examinee --clip /dev/video0 --target URL --token T

Every flag: examinee publish --help`

type cli struct {
	Publish publishCmd `cmd:"" default:"withargs" help:"Publish a clip, a camera or a demonstration (the default)."`
	Clips   clipsCmd   `cmd:"" help:"Make the demonstration clips with ffmpeg."`
}

// terminal is where a command writes: results to out, everything else to err.
type terminal struct{ out, err io.Writer }

func (t terminal) say(format string, args ...any) { fmt.Fprintf(t.err, format+"\n", args...) }

// interactive tells whether somebody watches err on a screen.
func (t terminal) interactive() bool {
	f, ok := t.err.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() {
		stop() // a second Ctrl-C ends it at once
		time.AfterFunc(quitLimit, func() { os.Exit(1) })
	})
	var c cli
	parsed := kong.Parse(&c, kong.Name("examinee"), kong.Description(description), kong.UsageOnError())
	parsed.BindTo(ctx, (*context.Context)(nil))
	parsed.Bind(terminal{out: os.Stdout, err: os.Stderr})
	parsed.FatalIfErrorf(parsed.Run())
}
