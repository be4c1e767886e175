package faults_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"qyragy/faults/link"
)

// second is what a browser's camera did up to a second of its life.
type second struct {
	Frames, Bytes, PLIs, NACKs, Connections int
	Width                                   int
	At                                      time.Time
}

// countFrames remembers every connection of a page and adds up what they sent.
const countFrames = `
window.pcs = [];
window.RTCPeerConnection = class extends RTCPeerConnection { constructor(...a) { super(...a); window.pcs.push(this); } };
window.sentSoFar = async () => {
	const sum = { Frames: 0, Bytes: 0, PLIs: 0, NACKs: 0, Width: 0, Connections: 0 };
	for (const pc of window.pcs) {
		if (pc.connectionState === "connected") sum.Connections++;
		for (const s of (await pc.getStats()).values()) {
			if (s.type !== "outbound-rtp" || s.kind !== "video") continue;
			sum.Frames += s.framesSent || 0; sum.Bytes += s.bytesSent || 0; sum.PLIs += s.pliCount || 0;
			sum.NACKs += s.nackCount || 0; sum.Width = s.frameWidth || sum.Width;
		}
	}
	return sum;
};
window.sent = { Frames: 0 };
setInterval(async () => { window.sent = await window.sentSoFar(); }, 500);`

// TestCamera is no test: it is a real Chromium on the examinee's page, started
// by the tests in another network namespace. It says each second what it sent.
func TestCamera(t *testing.T) {
	url := os.Getenv("QYRAGY_CAMERA")
	if url == "" {
		t.Skip("part of the others")
	}
	x := browser(t, nil, chromedp.Flag("unsafely-treat-insecure-origin-as-secure", strings.Join(strings.SplitN(url, "/", 4)[:3], "/")))
	x.enter(url, countFrames, time.Minute)
	for {
		s, err := chromedp.Run(x.ctx, chromedp.Evaluate[second](`window.sent`))
		if err != nil {
			t.Fatal(err)
		}
		s.At = time.Now()
		line, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("camera %s\n", line)
		time.Sleep(time.Second)
	}
}

// camera is a Chromium at the far end of a bad network.
type camera struct {
	process *exec.Cmd
	mu      sync.Mutex
	seconds []second
}

func (f *far) chromium(t *testing.T) *camera {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ns := f.ns
	f.ns = f.cameras
	c := &camera{process: f.command(self, "-test.run", "^TestCamera$", "-test.v", "-test.timeout", "10m")}
	f.ns = ns
	c.process.Env = append(os.Environ(), "QYRAGY_CAMERA="+demoSeats(t, f.data)[0].ExamineeURL)
	out, err := c.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		var rest []string
		for lines := bufio.NewScanner(out); lines.Scan(); {
			text, ok := strings.CutPrefix(lines.Text(), "camera ")
			var s second
			if !ok || json.Unmarshal([]byte(text), &s) != nil {
				rest = append(rest, lines.Text())
				continue
			}
			c.mu.Lock()
			c.seconds = append(c.seconds, s)
			c.mu.Unlock()
		}
		if len(c.all()) == 0 {
			t.Logf("Chromium: %s", strings.Join(rest, "\n"))
		}
	}()
	until(t, "Chromium publishes", 90*time.Second, func() bool { return c.last().Frames > 15 })
	return c
}

func (c *camera) all() []second {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.seconds)
}

func (c *camera) last() second {
	all := c.all()
	if len(all) == 0 {
		return second{}
	}
	return all[len(all)-1]
}

// rate is the bit rate of the last few seconds, in kbit/s.
func (c *camera) rate(d int) int {
	all := c.all()
	if len(all) <= d {
		return 0
	}
	a, b := all[len(all)-1-d], all[len(all)-1]
	return int(float64(b.Bytes-a.Bytes) * 8 / 1000 / b.At.Sub(a.At).Seconds())
}

// gapsOf are the gaps of a seat within a time.
func gapsOf(r record, from, to time.Time) (total time.Duration) {
	for _, g := range r.gaps {
		if g.To.After(from) && g.From.Before(to) {
			total += g.To.Sub(g.From)
		}
	}
	return total
}

// TestBrowserLoss (F13) is a real Chromium on the examinee's page, behind the
// worst network of the grid.
func TestBrowserLoss(t *testing.T) {
	slow(t)
	f := newFar(t, link.Conditions{})
	server := f.serve(t)
	c := f.chromium(t)
	f.link.Set(link.Conditions{Delay: 80 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: 0.1, Copy: 0.01})
	time.Sleep(40 * time.Second)
	f.link.Set(link.Conditions{})
	time.Sleep(2 * time.Second)
	sent := c.last()
	kill(t, c.process)
	time.Sleep(3 * time.Second)
	stop(t, server)
	r := records(t, f.data)[0]
	r.accounted(t)
	frames := 0
	for _, g := range r.segments {
		frames += g.Frames
	}
	// It was counted up to a second and a half before its end.
	most := sent.Frames + int(1.5*float64(sent.Frames)/sent.At.Sub(c.all()[0].At).Seconds())
	t.Logf("F13: Chromium, RTT 160 ms, 10 %% lost each way, jitter 20 ms for 40 s: %d to %d frames sent, %d recorded, %d NACKs and %d PLIs answered, gaps %v",
		sent.Frames, most, frames, sent.NACKs, sent.PLIs, r.gaps)
	if float64(frames) < 0.97*float64(sent.Frames) {
		t.Errorf("%d of %d frames", frames, sent.Frames)
	}
}

// TestNewAddress (F11) moves a browser to another network.
func TestNewAddress(t *testing.T) {
	slow(t)
	f := newFar(t, link.Conditions{Delay: 20 * time.Millisecond})
	must(t, "ip", "-n", f.ns, "route", "add", "10.77.1.0/24", "dev", "bad")
	server := f.serve(t)
	c := f.chromium(t)
	time.Sleep(8 * time.Second)
	from := time.Now()
	must(t, "ip", "-n", f.cameras, "addr", "add", "10.77.1.2/24", "dev", "bad")
	must(t, "ip", "-n", f.cameras, "addr", "del", "10.77.0.2/24", "dev", "bad")
	must(t, "ip", "-n", f.cameras, "route", "add", "10.77.0.0/24", "dev", "bad", "src", "10.77.1.2")
	time.Sleep(25 * time.Second)
	to, connections := time.Now(), c.last().Connections
	kill(t, c.process)
	time.Sleep(2 * time.Second)
	stop(t, server)
	r := records(t, f.data)[0]
	r.accounted(t)
	sessions := map[int]bool{}
	for _, g := range r.segments {
		sessions[g.Camera] = true
	}
	missing := gapsOf(r, from, to.Add(-time.Second))
	t.Logf("F11: Chromium moved to another subnet: not recorded %v, %d sessions, connected: %d", missing.Round(10*time.Millisecond), len(sessions), connections)
	if connections == 0 || r.segments[len(r.segments)-1].End.Before(to.Add(-5*time.Second)) {
		t.Error("it did not come back")
	}
}

// TestNarrow (F14) gives a browser 250 kbit/s for what it sends.
func TestNarrow(t *testing.T) {
	slow(t)
	f := newFar(t, link.Conditions{Delay: 20 * time.Millisecond})
	server := f.serve(t)
	c := f.chromium(t)
	time.Sleep(10 * time.Second)
	before, wide := resident(t, server.Process.Pid), c.rate(5)
	able(t, "ip", "netns", "exec", f.cameras, "tc", "qdisc", "add", "dev", "bad", "root", "tbf", "rate", "250kbit", "burst", "4kb", "latency", "400ms")
	from := time.Now()
	var rates []int
	for range 6 {
		time.Sleep(10 * time.Second)
		rates = append(rates, c.rate(8))
	}
	to, after := time.Now(), resident(t, server.Process.Pid)
	must(t, "ip", "netns", "exec", f.cameras, "tc", "qdisc", "del", "dev", "bad", "root")
	time.Sleep(15 * time.Second)
	again := c.rate(5)
	kill(t, c.process)
	time.Sleep(2 * time.Second)
	stop(t, server)
	r := records(t, f.data)[0]
	r.accounted(t)
	missing := gapsOf(r, from, to)
	t.Logf("F14: Chromium with 250 kbit/s for 60 s: sends %d kbit/s before, %v in it, %d after; not recorded %v; server's RSS %d -> %d MiB",
		wide, rates, again, missing.Round(10*time.Millisecond), before, after)
	if missing > 40*time.Second {
		t.Errorf("most of the time is missing: %+v", r.gaps)
	}
	if after > before+20 {
		t.Errorf("the server's memory grew from %d to %d MiB", before, after)
	}
}
