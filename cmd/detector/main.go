// Command detector is the analysis worker. It joins the queue group of
// detectors on NATS, looks at the key frames and hears the sounds that the
// server sends, and answers; it keeps nothing. Start as many as there are cores to spare, on as
// many machines as needed: that is how analysis scales.
//
//	detector run --nats nats://server:4222 --models models/onnx
//	detector look FILE.jpg
//	detector eval FOLDER
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"

	"github.com/alecthomas/kong"

	"qyragy/detect"
	"qyragy/detect/hearing"
	"qyragy/detect/vision"
)

type cli struct {
	Models  string           `help:"Folder of the networks; make models fills it." default:"models/onnx" env:"QYRAGY_MODELS" type:"path"`
	Version kong.VersionFlag `help:"Print the version and exit."`

	Run  runCommand  `cmd:"" default:"withargs" help:"Answer the server's requests."`
	Look lookCommand `cmd:"" help:"Look at a picture or a clip and print what was seen as JSON."`
	Eval evalCommand `cmd:"" help:"Measure how often the detector is right on a folder of labelled pictures and clips."`
}

type runCommand struct {
	NATS          string `name:"nats" help:"URLs of the NATS servers, with commas." default:"nats://127.0.0.1:4222" env:"QYRAGY_NATS"`
	Workers       int    `help:"Looks at a time; 0 is one per core." default:"0"`
	DieWithParent bool   `help:"End when standard input closes."`
	Heartbeat     string `help:"File descriptor for heartbeats; a supervisor sets it." env:"QYRAGY_HEARTBEAT" hidden:""`
}

// environment is what the commands run in.
type environment struct {
	ctx    context.Context
	models string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	logger *slog.Logger
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	k := kong.Parse(&c, kong.Name("detector"), kong.Description("Qyragy's analysis worker."),
		kong.Vars{"version": "qyragy-detector/" + vision.Version})
	env := environment{ctx: ctx, models: c.Models, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, logger: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	k.FatalIfErrorf(k.Run(env))
}

// Run answers requests until a signal, or until standard input closes.
func (r runCommand) Run(env environment) error {
	workers := r.Workers
	if workers <= 0 {
		workers = runtime.NumCPU()
	}
	ctx, cancel := context.WithCancel(env.ctx)
	var heart sync.WaitGroup
	defer heart.Wait()
	defer cancel()
	var p pulse
	if beats, err := heartbeatFile(r.Heartbeat); err != nil {
		return err
	} else if beats != nil {
		heart.Go(func() { p.beat(ctx, beats, detect.HeartbeatEvery) })
	}
	// A worker's heap is tiny and each look leaves a megabyte to collect: wait
	// for some of them.
	debug.SetGCPercent(400)
	v, err := vision.New(env.models)
	if err != nil {
		return fmt.Errorf("start the detector: %w", err)
	}
	h, err := hearing.New(env.models)
	if err != nil {
		return fmt.Errorf("start the detector: %w", errors.Join(err, v.Close()))
	}
	if r.DieWithParent {
		// Ends with the process: a read of standard input cannot be called off.
		go func() {
			io.Copy(io.Discard, env.stdin)
			cancel()
		}()
	}
	s := server{url: r.NATS, workers: workers, vision: v, hearing: h, pulse: &p, logger: env.logger}
	if err := s.run(ctx); err != nil {
		return err
	}
	return errors.Join(v.Close(), h.Close())
}
