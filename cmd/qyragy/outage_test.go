package main

import (
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

// isRecording waits until the page says that the server records.
func (p *person) isRecording(limit time.Duration) {
	p.t.Helper()
	p.ask("be recorded", `document.querySelector('[data-testid="exam-recording"]')?.dataset.recording === "true"`, limit)
}

// missing is how much of a seat's time since from nobody has, and how much the
// page has sent.
func missing(t *testing.T, s *server, seat proctor.SeatID, from time.Time) (hole, backfilled time.Duration, pieces int) {
	t.Helper()
	var live []proctor.Span
	if g, ok := s.media.Live(seat); ok {
		live = append(live, proctor.Span{From: g.Start, To: g.End})
	}
	err := s.engine.ViewSeat(seat, func(st *proctor.State, at *proctor.Seat) {
		pieces = len(at.Backfills)
		for _, x := range st.Account(seat, time.Now(), live...).Stretches {
			length := overlap(x.From, x.To, from, time.Now())
			switch x.Kind {
			case proctor.StretchBackfilled:
				backfilled += length
			case proctor.StretchGap, proctor.StretchUnaccounted:
				hole += length
			}
			t.Logf("%s to %s: %s %s %d", x.From.Format("05.000"), x.To.Format("05.000"), x.Kind, x.Cause, x.Number)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return hole, backfilled, pieces
}

// again waits until a seat is recorded after its network came back.
func again(t *testing.T, s *server, seat proctor.SeatID, back time.Time) {
	t.Helper()
	await(t, "the recording", 60*time.Second, func() bool {
		live, ok := s.media.Live(seat)
		return ok && live.Start.After(back.Add(-time.Second))
	})
	live, _ := s.media.Live(seat)
	t.Logf("recorded again %s after the network's return", live.Start.Sub(back).Round(time.Millisecond))
}

// TestOutage: the connection is gone for a while and comes back by itself, and
// what the server missed comes after.
func TestOutage(t *testing.T) {
	if !alone(t) {
		return
	}
	camera := film(t) // before the server: its store changes the working directory
	s := startServer(t, 1)
	seat := s.demo.Seats[0]
	admit(t, s, seat.ID)
	w := newWire(t, s)
	examinee := newBrowser(t, "examinee", camera)
	examinee.open(seat.ExamineeURL)
	examinee.isRecording(30 * time.Second)
	from := time.Now()
	time.Sleep(3 * time.Second)
	examinee.shot("before")

	w.cut()
	examinee.see("backfill-keeping", 8*time.Second)
	time.Sleep(5 * time.Second)
	examinee.shot("during")
	back := w.mend()
	again(t, s, seat.ID, back)
	examinee.see("backfill-sent", 40*time.Second)
	t.Logf("all was sent %s after the network's return", time.Since(back).Round(time.Millisecond))
	examinee.shot("after")
	hole, filled, pieces := missing(t, s, seat.ID, from)
	if hole > time.Second || filled < 5*time.Second || pieces == 0 {
		t.Errorf("%s are missing; %s came in %d pieces", hole, filled, pieces)
	}

	// What was sent once is not sent again, nor is anything that was not lost.
	time.Sleep(15 * time.Second)
	examinee.click("finish")
	examinee.click("finish-confirm")
	examinee.see("finished", 20*time.Second)
	time.Sleep(8 * time.Second)
	if hole, _, now := missing(t, s, seat.ID, from); now != pieces || hole > time.Second {
		t.Errorf("%d pieces at the end, %d before; %s are missing", now, pieces, hole)
	}
}
