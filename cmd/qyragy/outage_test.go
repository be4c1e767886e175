package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"qyragy/proctor"
)

// aloneEnv names the test that runs in a network namespace of its own.
const aloneEnv = "QYRAGY_ALONE"

// alone runs the test again in a network namespace of its own, where it may
// break the network, and is true there. It needs no root where the system lets
// users have namespaces.
func alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(aloneEnv) == t.Name() {
		run(t, nil, "ip", "link", "set", "lo", "up")
		return true
	}
	const probe = "ip link set lo up && nft add table inet qyragy"
	if out, err := exec.Command("unshare", "--user", "--map-root-user", "--net", "sh", "-c", probe).CombinedOutput(); err != nil {
		t.Skipf("no network namespace to break: %v: %s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "--user", "--map-root-user", "--net", os.Args[0],
		"-test.run", "^"+t.Name()+"$", "-test.v", "-test.timeout", "15m")
	cmd.Env = append(os.Environ(), aloneEnv+"="+t.Name())
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	if err := cmd.Run(); err != nil {
		t.Error(err)
	}
	return false
}

// wire is the only way between the browser and the server.
type wire struct {
	t     *testing.T
	ports string
}

func newWire(t *testing.T, s *server) *wire {
	t.Helper()
	var ports []string
	for _, a := range s.ports() {
		address, _, _ := strings.Cut(a, "/")
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, port)
	}
	run(t, nil, "nft", "add", "table", "inet", "qyragy")
	run(t, nil, "nft", "add", "chain", "inet", "qyragy", "in", "{ type filter hook input priority 0; }")
	return &wire{t, "{ " + strings.Join(ports, ", ") + " }"}
}

// cut drops every packet of the server's ports.
func (w *wire) cut() time.Time {
	w.t.Helper()
	for _, rule := range []string{"udp dport", "udp sport", "tcp dport", "tcp sport"} {
		run(w.t, nil, "nft", "add rule inet qyragy in "+rule+" "+w.ports+" drop")
	}
	return time.Now()
}

func (w *wire) mend() time.Time {
	w.t.Helper()
	run(w.t, nil, "nft", "flush", "chain", "inet", "qyragy", "in")
	return time.Now()
}

// admit lets a seat into the exam without a camera having been seen.
func admit(t *testing.T, s *server, seat proctor.SeatID) {
	t.Helper()
	if err := s.engine.MachineJoin(t.Context(), seat); err != nil {
		t.Fatal(err)
	}
}

// isRecording waits until the page says that the server records.
func (p *person) isRecording(limit time.Duration) {
	p.t.Helper()
	p.ask("be recorded", `document.querySelector('[data-testid="exam-recording"]')?.dataset.recording === "true"`, limit)
}

// TestResume: the connection is gone for a while and comes back by itself.
func TestResume(t *testing.T) {
	if !alone(t) {
		return
	}
	camera := film(t)
	s := startServer(t, 1)
	seat := s.demo.Seats[0]
	admit(t, s, seat.ID)
	w := newWire(t, s)
	examinee := newBrowser(t, "examinee", camera)
	examinee.open(seat.ExamineeURL)
	examinee.isRecording(30 * time.Second)
	time.Sleep(10 * time.Second)
	outages := []time.Duration{8 * time.Second}
	if os.Getenv("QYRAGY_FAULTS") == "1" {
		outages = append(outages, 20*time.Second, 40*time.Second)
	}
	for _, d := range outages {
		w.cut()
		time.Sleep(d)
		examinee.shot(fmt.Sprint("during-", d))
		back := w.mend()
		await(t, "the recording", 60*time.Second, func() bool {
			live, ok := s.media.Live(seat.ID)
			return ok && live.Start.After(back.Add(-time.Second))
		})
		live, _ := s.media.Live(seat.ID)
		t.Logf("outage of %s: recorded again %s after it, known %s after", d, live.Start.Sub(back), time.Since(back))
		time.Sleep(8 * time.Second)
		examinee.shot(fmt.Sprint("after-", d))
	}
}
