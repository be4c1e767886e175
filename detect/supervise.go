package detect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"time"
)

// HeartbeatEnv names the environment variable that tells a worker the number
// of the file descriptor to which it writes a byte every HeartbeatEvery for as
// long as it works. A worker that hangs does not write, and is killed.
const HeartbeatEnv = "QYRAGY_HEARTBEAT"

// HeartbeatEvery is the time between two of a worker's heartbeats.
const HeartbeatEvery = time.Second

// Supervisor runs one local worker process and starts it again when it ends,
// and kills it when it is silent for 10 s. A worker that dies maxRestarts
// times in restartWindow is left to rest for that long, and Degraded is told.
type Supervisor struct {
	// Path and Args start the worker.
	Path string
	Args []string
	Env  []string
	// Degraded is told in English that this worker keeps dying.
	Degraded func(detail string)
	Logger   *slog.Logger

	silence, rest time.Duration // shorter in tests; 0 means the constants
}

const (
	maxRestarts   = 5
	restartWindow = time.Minute
	restartPause  = 200 * time.Millisecond
	// maxSilence is how long a worker may go without a heartbeat. It begins
	// to beat before it loads the networks.
	maxSilence = 10 * time.Second
)

var errSilent = errors.New("it hung and was killed")

// Run keeps the worker running until ctx ends, then ends it and waits for it.
func (s *Supervisor) Run(ctx context.Context) error {
	rest := or(s.rest, restartWindow)
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
			pause, deaths = rest, nil
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
	beats, theirs, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("start a detector: %w", err)
	}
	defer beats.Close()
	cmd := exec.CommandContext(ctx, s.Path, s.Args...)
	cmd.ExtraFiles = []*os.File{theirs} // becomes descriptor 3
	cmd.Env = append(append(os.Environ(), s.Env...), HeartbeatEnv+"=3")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return errors.Join(fmt.Errorf("start a detector: %w", err), theirs.Close())
	}
	defer stdin.Close()
	if err := errors.Join(cmd.Start(), theirs.Close()); err != nil {
		return fmt.Errorf("start a detector: %w", err)
	}
	watched := make(chan error, 1)
	go func() { watched <- s.watch(beats, cmd.Process) }()
	err = cmd.Wait()
	beats.Close() // ends watch, whoever else holds the other side
	return errors.Join(<-watched, err)
}

// watch reads the worker's heartbeats until its end, and kills it when there
// are none for too long: SIGKILL ends even a stopped process.
func (s *Supervisor) watch(beats *os.File, worker *os.Process) error {
	buf := make([]byte, 16)
	for {
		if err := beats.SetReadDeadline(time.Now().Add(or(s.silence, maxSilence))); err != nil {
			return nil // closed: the worker ended
		}
		_, err := beats.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if err := worker.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				return fmt.Errorf("kill a detector that hung: %w", err)
			}
			return errSilent
		}
		if err != nil {
			return nil
		}
	}
}

func or(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}
