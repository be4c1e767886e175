package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"qyragy/detect"
	"qyragy/proctor"
)

const (
	modelsDir = "../../models/onnx"
	samples   = "../../models/node_modules/@vladmandic/face-api/demo"
)

func broker(t *testing.T) string {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("NATS does not start")
	}
	return s.ClientURL()
}

func client(t *testing.T, url string) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// ask repeats a request until a worker is there to answer it.
func ask(t *testing.T, nc *nats.Conn, subject string, request, reply any) {
	t.Helper()
	b, err := detect.Encode(request)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		m, err := nc.RequestWithContext(ctx, subject, b)
		if err == nats.ErrNoResponders {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", subject, err)
		}
		if err := detect.Decode(m.Data, reply); err != nil {
			t.Fatal(err)
		}
		return
	}
}

// blackFrame is one VP8 key frame of a covered camera.
func blackFrame(t *testing.T) (frame []byte, ivf string) {
	t.Helper()
	ivf = filepath.Join(t.TempDir(), "black.ivf")
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=black:size=320x240:rate=2", "-frames:v", "4",
		"-pix_fmt", "yuv420p", "-c:v", "libvpx", "-g", "2", "-f", "ivf", ivf).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
	b, err := os.ReadFile(ivf)
	if err != nil {
		t.Fatal(err)
	}
	codec, frames, err := readIVF(b)
	if err != nil || codec != detect.VP8 || len(frames) != 4 {
		t.Fatalf("%d frames of %s, %v", len(frames), codec, err)
	}
	return frames[0], ivf
}

func testEnvironment(ctx context.Context) (environment, *bytes.Buffer) {
	var out bytes.Buffer
	return environment{ctx: ctx, models: modelsDir, stdin: strings.NewReader(""), stdout: &out, stderr: io.Discard, logger: slog.New(slog.NewTextHandler(io.Discard, nil))}, &out
}

// The worker answers all three subjects, and nonsense too, and ends when it
// is told to.
func TestWorkerAnswers(t *testing.T) {
	url := broker(t)
	ctx, cancel := context.WithCancel(context.Background())
	env, _ := testEnvironment(ctx)
	done := make(chan error, 1)
	go func() { done <- runCommand{NATS: url, Workers: 2}.Run(env) }()
	nc := client(t, url)
	frame, _ := blackFrame(t)

	var look detect.LookReply
	ask(t, nc, detect.SubjectLook, detect.LookRequest{Frame: detect.Frame{Seat: "s7", Codec: detect.VP8, Data: frame}, Age: 5}, &look)
	if len(look.Look.Observations) != 1 || look.Look.Observations[0].Cause != proctor.CauseCovered || look.Look.Seat != "s7" || look.Err != "" {
		t.Errorf("look: %+v", look)
	}
	var picture detect.PictureReply
	ask(t, nc, detect.SubjectPicture, detect.PictureRequest{Codec: detect.VP8, Data: frame}, &picture)
	if picture.Width != 320 || picture.Height != 240 || len(picture.JPEG) == 0 {
		t.Errorf("picture: %dx%d %s", picture.Width, picture.Height, picture.Err)
	}
	var portrait detect.PortraitReply
	ask(t, nc, detect.SubjectPortrait, detect.PortraitRequest{JPEG: picture.JPEG}, &portrait)
	if portrait.Err != detect.RefusedNoFace || portrait.Face != nil {
		t.Errorf("portrait: %+v", portrait)
	}
	ask(t, nc, detect.SubjectLook, "nonsense", &look)
	if look.Err == "" {
		t.Error("nonsense was looked at")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The server may start after the worker.
func TestWorkerWaitsForNATS(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	env, _ := testEnvironment(ctx)
	s := server{url: "nats://127.0.0.1:1", workers: 1, pulse: &pulse{}, logger: env.logger}
	done := make(chan error, 1)
	go func() { done <- s.run(ctx) }()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A worker whose parent is gone ends by itself: its standard input closes.
func TestWorkerEndsWithItsParent(t *testing.T) {
	env, _ := testEnvironment(context.Background()) // its standard input is at its end
	if err := (runCommand{NATS: broker(t), Workers: 1, DieWithParent: true}).Run(env); err != nil {
		t.Error(err)
	}
}

func TestWorkerNeedsTheNetworks(t *testing.T) {
	env, _ := testEnvironment(context.Background())
	env.models = t.TempDir()
	if err := (runCommand{}).Run(env); err == nil || !strings.Contains(err.Error(), "make models") {
		t.Errorf("without networks: %v", err)
	}
}

func TestLookAtFiles(t *testing.T) {
	_, ivf := blackFrame(t)
	for file, want := range map[string]struct {
		looks int
		cause proctor.Cause
	}{ivf: {2, proctor.CauseCovered}, filepath.Join(samples, "sample6.jpg"): {1, proctor.CauseOutsider}} {
		env, out := testEnvironment(context.Background())
		thumb := filepath.Join(t.TempDir(), "t.jpg")
		if err := (lookCommand{File: file, Thumbnail: thumb}).Run(env); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		var look proctor.Look
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &look); err != nil {
			t.Fatal(err)
		}
		if len(lines) != want.looks || len(look.Observations) == 0 || look.Observations[0].Cause != want.cause {
			t.Errorf("%s: %s", file, out)
		}
		if b, err := os.ReadFile(thumb); err != nil || !bytes.HasPrefix(b, []byte("\xff\xd8")) {
			t.Errorf("thumbnail: %v", err)
		}
	}
}

func TestReadIVFRefusesDamage(t *testing.T) {
	_, ivf := blackFrame(t)
	good, err := os.ReadFile(ivf)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "other": bytes.Repeat([]byte("x"), 64), "cut": good[:len(good)-1],
		"codec": append(append([]byte("DKIF\x00\x00\x20\x00"), "H265"...), good[12:]...),
	} {
		if _, _, err := readIVF(b); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
