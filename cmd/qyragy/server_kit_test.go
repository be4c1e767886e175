package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"qyragy/proctor"
)

// startServer runs the real program on free ports with a demo of n seats.
func startServer(t *testing.T, n int) *server {
	t.Helper()
	return startServerWith(t, n, func(*serveCmd) {})
}

// startQuiet is startServer without detectors, for what needs no pictures.
func startQuiet(t *testing.T, n int, change ...func(*serveCmd)) *server {
	t.Helper()
	return startServerWith(t, n, func(c *serveCmd) {
		c.Detectors = 0
		for _, f := range change {
			f(c)
		}
	})
}

func startServerWith(t *testing.T, n int, change func(*serveCmd)) *server {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	cfg := serveCmd{
		Listen: "localhost:0", UDP: "127.0.0.1:0", Data: t.TempDir(), Demo: n, TLS: "off", ICETCP: true, TURN: true,
		Models: filepath.Join(root, "models", "onnx"), Detector: filepath.Join(root, "bin", "detector"), Detectors: 1,
	}
	change(&cfg)
	if err := cfg.complete(); err != nil {
		t.Fatalf("%v (make build)", err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	s, err := open(ctx, cfg, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("the server ended with: %v", err)
		}
	})
	return s
}

// await polls until done, or fails the test.
func await(t *testing.T, what string, limit time.Duration, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come within %s", what, limit)
		}
	}
}

// run is a tool of the machine, which must succeed.
func run(t *testing.T, stdin []byte, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// admit lets a seat into the exam without a camera having been seen.
func admit(t *testing.T, s *server, seat proctor.SeatID) {
	t.Helper()
	if err := s.engine.MachineJoin(t.Context(), seat); err != nil {
		t.Fatal(err)
	}
}
