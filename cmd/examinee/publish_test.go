package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// waitABit keeps polling loops polite; it gives up shortly before the test's deadline.
func waitABit(t *testing.T) bool {
	if end, ok := t.Deadline(); ok && time.Until(end) < 5*time.Second {
		return false
	}
	time.Sleep(10 * time.Millisecond)
	return true
}

// log is a terminal's error output that may be read while it is written.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// clipFolder holds tiny clips under the names the demonstration wants.
func clipFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"honest.ivf", "covered.ivf", "two.ivf"} {
		write(t, filepath.Join(dir, name), ivfFile(testFrames(45)...))
	}
	write(t, filepath.Join(dir, "honest.ogg"), oggFile(t, 50, 1))
	return dir
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// start runs a command until the returned function is called, which returns its error.
func start(t *testing.T, c *publishCmd, term terminal) (end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx, term) }()
	return func() error {
		cancel()
		return <-done
	}
}

func TestLoadPublishesAndMeasures(t *testing.T) {
	s, dir := newWHIPServer(t), clipFolder(t)
	var out bytes.Buffer
	tokens := filepath.Join(dir, "tokens.txt")
	write(t, tokens, []byte("alpha\nbeta\n"))
	c := &publishCmd{
		Clip: filepath.Join(dir, "honest.ivf"), Audio: filepath.Join(dir, "honest.ogg"), Clips: dir,
		Seats: 3, Target: s.URL + "/whip/{i}", Token: "@" + tokens, JSON: true, PID: []int{os.Getpid()},
	}
	end := start(t, c, terminal{&out, new(log)})
	s.await(t, "30 frames and sound from three seats", func() bool {
		return s.frames >= 90 && s.audio > 0 && s.keys >= 6 && len(s.sessions) == 3
	})
	if err := end(); err != nil {
		t.Fatal(err)
	}
	s.await(t, "a DELETE for every seat", func() bool { return s.deletes == 3 })

	var r result
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v in %s", err, &out)
	}
	if r.Seats != 3 || r.Connected != 3 || r.Joined != 3 || r.Frames < 90 || r.Packets < r.Frames || r.JoinP95 < r.JoinP50 || r.JoinP50 <= 0 {
		t.Errorf("report %+v", r)
	}
	if len(r.Processes) != 1 || r.Processes[0].RSS <= 0 {
		t.Errorf("processes %+v", r.Processes)
	}
	if got := strings.Join(s.tokens, " "); strings.Count(got, "alpha") != 2 || strings.Count(got, "beta") != 1 {
		t.Errorf("tokens %q", got)
	}
}

// A NACK must bring the very packet again, a PLI a key frame out of turn.
func TestFeedbackIsAnswered(t *testing.T) {
	s, dir := newWHIPServer(t), clipFolder(t)
	clip := filepath.Join(dir, "long.ivf")
	write(t, clip, ivfFile(append(testFrames(15), testFrames(3000)[1:]...)...)) // a key frame at the start only
	c := &publishCmd{Clip: clip, Seats: 1, Target: s.URL + "/whip/1"}
	end := start(t, c, terminal{new(log), new(log)})
	s.await(t, "frames", func() bool { return s.frames >= 5 })

	s.mu.Lock()
	write, ssrc, seq, keys := s.writer, s.video, s.last, s.keys
	s.mu.Unlock()
	if err := write([]rtcp.Packet{&rtcp.TransportLayerNack{MediaSSRC: ssrc, Nacks: []rtcp.NackPair{{PacketID: seq}}}}); err != nil {
		t.Fatal(err)
	}
	s.await(t, "the retransmission", func() bool { return s.seen[ssrc][seq] == 2 })
	if err := write([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: ssrc}}); err != nil {
		t.Fatal(err)
	}
	s.await(t, "a key frame", func() bool { return s.keys > keys })
	if err := end(); err != nil {
		t.Fatal(err)
	}
}

func demoJSON(t *testing.T, path, base, token string) {
	t.Helper()
	d := demoFile{BaseURL: base, Users: []demoUser{{"proctor", "Aigul", "aigul", "open-sesame"}}}
	for _, id := range []string{"a", "b", "c", "d"} {
		d.Seats = append(d.Seats, demoSeat{ID: id, WHIPURL: "/whip/" + id, WHIPToken: token})
	}
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path+".new", data)
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// The demonstration waits for the server, publishes three seats, survives a
// restart that changes the tokens, and ends its sessions.
func TestDemonstration(t *testing.T) {
	s, dir := newWHIPServer(t), clipFolder(t)
	said, out := new(log), new(log)
	path := filepath.Join(dir, "demo.json")
	end := start(t, &publishCmd{Demo: dir, Clips: dir}, terminal{out, said})
	for !strings.Contains(said.String(), "waiting for") && waitABit(t) {
	}
	demoJSON(t, path, s.URL, "first")
	s.mu.Lock()
	s.refuse = 1
	s.mu.Unlock()
	s.await(t, "three seats, one after a refusal", func() bool {
		return len(s.sessions) == 3 && s.posts == 4 && s.frames > 30
	})
	demoJSON(t, path, s.URL, "second")
	s.restart()
	s.await(t, "three seats again", func() bool { return len(s.sessions) == 3 && s.posts >= 7 })
	s.mu.Lock()
	before, tokens := s.frames, strings.Join(s.tokens, " ")
	s.mu.Unlock()
	s.await(t, "frames after the restart", func() bool { return s.frames > before+30 })
	if err := end(); err != nil {
		t.Fatal(err)
	}
	s.await(t, "no session left", func() bool { return len(s.sessions) == 0 })
	if strings.Count(tokens, "second") < 3 {
		t.Errorf("tokens %q", tokens)
	}
	for _, want := range []string{"seat 2 (b)", "covers her camera", "open-sesame", s.URL} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in %s", want, out)
		}
	}
}

// Ctrl-C must work while the server is unreachable, too.
func TestUnreachableServerIsReported(t *testing.T) {
	dir := clipFolder(t)
	said := new(log)
	end := start(t, &publishCmd{Clip: filepath.Join(dir, "two.ivf"), Seats: 1, Target: "http://127.0.0.1:1/whip"}, terminal{new(log), said})
	for strings.Count(said.String(), "trying again") < 2 && waitABit(t) {
	}
	if err := end(); err == nil || !strings.Contains(err.Error(), "no seat connected") {
		t.Errorf("got %v", err)
	}
}

func TestWrongUseIsRefused(t *testing.T) {
	dir := clipFolder(t)
	clip := filepath.Join(dir, "honest.ivf")
	demo := filepath.Join(dir, "demo.json")
	demoJSON(t, demo, "http://127.0.0.1:1", "t")
	for name, test := range map[string]struct {
		c    publishCmd
		want string
	}{
		"nothing":        {publishCmd{Seats: 1}, "say what to do"},
		"no seats":       {publishCmd{Target: "http://127.0.0.1/"}, "at least one seat"},
		"foreign load":   {publishCmd{Clip: clip, Target: "https://exam.example.org/{i}", Seats: 2}, "--i-own-this-server"},
		"no URL":         {publishCmd{Clip: clip, Target: "localhost:80", Seats: 1}, "http or https"},
		"too many seats": {publishCmd{Clip: clip, Target: demo, Seats: 9}, "has 4 seats"},
		"no clip":        {publishCmd{Target: "http://127.0.0.1/", Seats: 1, Clips: "/nowhere"}, "examinee clips"},
		"two cameras":    {publishCmd{Clip: "/dev/video0", Target: "http://127.0.0.1/", Seats: 2}, "a camera has one"},
		"no tokens":      {publishCmd{Clip: clip, Target: "http://127.0.0.1/", Seats: 1, Token: "@/nowhere"}, "read tokens"},
	} {
		if err := test.c.Run(t.Context(), terminal{new(log), new(log)}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBadDemoFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.json")
	for content, want := range map[string]string{
		`{`: "unexpected end", `[]`: "cannot unmarshal",
		`{"base_url":"nonsense"}`:                                            "base_url",
		`{"base_url":"http://127.0.0.1:1"}`:                                  "no seats",
		`{"base_url":"http://127.0.0.1:1","seats":[{"id":"x"}]}`:             "seat 1 (x) has no whip_url",
		`{"base_url":"http://h","seats":[{"id":"x","whip_url":"http://%"}]}`: "bad whip_url",
	} {
		write(t, path, []byte(content))
		if _, err := readDemo(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", content, err)
		}
	}
	write(t, path, []byte(`{"base_url":"http://h:1","seats":[{"id":"x","whip_url":"/w/x","whip_token":"t"}]}`))
	if d, err := readDemo(path); err != nil || d.endpoints()[0] != (endpoint{"http://h:1/w/x", "t"}) {
		t.Errorf("%v, %v", d, err)
	}
}
