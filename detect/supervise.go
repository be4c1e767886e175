package detect

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"time"
)

// Supervisor runs one local worker process and starts it again when it ends.
// A worker that dies more than maxRestarts times in restartWindow is left to
// rest for that long, and Degraded is told.
type Supervisor struct {
	// Path and Args start the worker.
	Path string
	Args []string
	Env  []string
	// Degraded is told in English that this worker keeps dying.
	Degraded func(detail string)
	Logger   *slog.Logger
}

const (
	maxRestarts   = 5
	restartWindow = time.Minute
	restartPause  = 200 * time.Millisecond
)

// Run keeps the worker running until ctx ends, then ends it and waits for it.
func (s *Supervisor) Run(ctx context.Context) error {
	var deaths []time.Time
	for ctx.Err() == nil {
		err := s.once(ctx)
		if ctx.Err() != nil {
			return nil
		}
		s.Logger.Warn("a detector ended", "err", err)
		now := time.Now()
		deaths = append(deaths, now)
		for len(deaths) > 0 && now.Sub(deaths[0]) > restartWindow {
			deaths = deaths[1:]
		}
		pause := restartPause
		if len(deaths) >= maxRestarts {
			s.Degraded(fmt.Sprintf("a detector ended %d times within %s: %v", len(deaths), restartWindow, err))
			pause, deaths = restartWindow, nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	return nil
}

// once runs the worker to its end. Its standard input is a pipe that closes
// with this process, however it ends, so that no worker is left behind.
func (s *Supervisor) once(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, s.Path, s.Args...)
	cmd.Env = append(os.Environ(), s.Env...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start a detector: %w", err)
	}
	defer stdin.Close()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start a detector: %w", err)
	}
	return cmd.Wait()
}
