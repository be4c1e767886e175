package main

import (
	"context"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"qyragy/detect"
)

// The heart beats while requests are young, and not while one is stuck.
func TestPulse(t *testing.T) {
	var p pulse
	now := time.Now()
	if !p.well(now) {
		t.Error("not well without a request")
	}
	end := p.begin()
	endOther := p.begin()
	endOther()
	if !p.well(time.Now()) || p.well(now.Add(time.Hour)) {
		t.Error("a young request is stuck, or an old one is not")
	}
	end()
	if !p.well(now.Add(time.Hour)) {
		t.Error("an answered request is stuck")
	}
}

func TestPulseBeats(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithCancel(context.Background())
	var p pulse
	done := make(chan struct{})
	go func() { p.beat(ctx, w, time.Millisecond); close(done) }()
	b := make([]byte, 1)
	for range 3 {
		if _, err := r.Read(b); err != nil || b[0] != '.' {
			t.Fatalf("read %q, %v", b, err)
		}
	}
	cancel()
	<-done
	for err == nil { // what is left in the pipe, then its end
		_, err = r.Read(b)
	}
}

// A worker whose supervisor is gone does not fail for it.
func TestPulseWithoutAReader(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	var p pulse
	p.beat(context.Background(), w, time.Millisecond)
}

func TestHeartbeatFile(t *testing.T) {
	if f, err := heartbeatFile(""); f != nil || err != nil {
		t.Errorf("no supervisor: %v, %v", f, err)
	}
	for _, s := range []string{"x", "2", "-1"} {
		if _, err := heartbeatFile(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, err := heartbeatFile(descriptor(t, w))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte{'.'}); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// descriptor is the number of a descriptor of its own for w, which it closes.
func descriptor(t *testing.T, w *os.File) string {
	t.Helper()
	fd, err := syscall.Dup(int(w.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	return strconv.Itoa(fd)
}

// The real worker under the real supervisor's arrangement beats and answers.
func TestWorkerBeats(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithCancel(context.Background())
	env, _ := testEnvironment(ctx)
	url := broker(t)
	done := make(chan error, 1)
	fd := descriptor(t, w)
	go func() { done <- runCommand{NATS: url, Workers: 1, Heartbeat: fd}.Run(env) }()
	if _, err := r.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
	frame, _ := blackFrame(t)
	var look detect.LookReply
	ask(t, client(t, url), detect.SubjectLook, detect.LookRequest{Frame: detect.Frame{Codec: detect.VP8, Data: frame}}, &look)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
