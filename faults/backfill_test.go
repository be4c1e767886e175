package faults_test

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"qyragy/proctor"
)

// aloneEnv names the test that runs in a network namespace of its own.
const aloneEnv = "QYRAGY_ALONE"

// alone runs the test again in a network namespace of its own, and is true there.
func alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(aloneEnv) == t.Name() {
		must(t, "ip", "link", "set", "lo", "up")
		must(t, "nft", "add", "table", "inet", "f")
		must(t, "nft", "add", "chain", "inet", "f", "in", "{ type filter hook input priority 0; }")
		return true
	}
	able(t, "unshare", "--user", "--map-root-user", "--net", "sh", "-c", "ip link set lo up && nft add table inet f")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "unshare", "--user", "--map-root-user", "--net", self,
		"-test.run", "^"+t.Name()+"$", "-test.v", "-test.timeout", "20m")
	c.Env = append(os.Environ(), aloneEnv+"="+t.Name())
	c.Stdout, c.Stderr = t.Output(), t.Output()
	if err := c.Run(); err != nil {
		t.Error(err)
	}
	return false
}

// cut drops every packet between the server and the browser.
func (x *sitter) cut() {
	x.t.Helper()
	for protocol, address := range map[string]string{"udp": x.b.udp, "tcp": x.b.web} {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			x.t.Fatal(err)
		}
		for _, end := range []string{"dport", "sport"} {
			must(x.t, "nft", strings.Fields("add rule inet f in "+protocol+" "+end+" "+port+" drop")...)
		}
	}
}

func (x *sitter) mend() time.Time {
	x.t.Helper()
	must(x.t, "nft", "flush", "chain", "inet", "f", "in")
	return time.Now()
}

// TestBackfill (F10) takes a browser's network away, for longer each time, and
// once she reloads the page meanwhile. Whatever the server missed comes after.
func TestBackfill(t *testing.T) {
	slow(t)
	if !alone(t) {
		return
	}
	b := newBed(t, t.TempDir())
	server := b.serve(t)
	x := sit(t, b)
	from := time.Now()
	for _, d := range []time.Duration{20 * time.Second, 40 * time.Second, 60 * time.Second} {
		time.Sleep(12 * time.Second)
		x.cut()
		time.Sleep(d)
		back := x.mend()
		resumed := x.recorded(30 * time.Second).Sub(back)
		x.see("backfill-sent", 90*time.Second)
		t.Logf("F10: outage of %v: recorded again %v after it, all sent %v after it", d, resumed.Round(10*time.Millisecond), time.Since(back).Round(10*time.Millisecond))
	}
	until := time.Now()
	time.Sleep(12 * time.Second)
	x.cut()
	x.see("backfill-keeping", 10*time.Second)
	time.Sleep(20 * time.Second)
	gone := time.Now()
	go func() { _ = chromedp.Do(x.ctx, chromedp.Reload()) }() // hangs as long as the network is away
	time.Sleep(10 * time.Second)
	x.mend()
	x.do("open the page again", 40*time.Second, chromedp.Reload())
	x.recorded(30 * time.Second)
	x.see("backfill-sent", 60*time.Second)
	x.do("end", 20*time.Second, chromedp.Navigate("about:blank"))
	stop(t, server)

	for line := range strings.Lines(server.Stderr.(*strings.Builder).String()) {
		if strings.Contains(line, "backfill") {
			t.Log(line)
		}
	}
	r := records(t, b.data)[0]
	hole, filled := r.account(t, from, until)
	t.Logf("F10: of %v, %v were backfilled, %v are missing, in %d pieces", until.Sub(from).Round(time.Second), filled, hole, len(r.backfills))
	if hole > time.Second {
		t.Errorf("%v are missing", hole)
	}
	hole, filled = r.account(t, until, gone)
	t.Logf("F10: before a reload in an outage %v were backfilled, %v are missing", filled, hole)
	if hole > 2*time.Second { // what the page had not stored yet
		t.Errorf("%v before the reload are missing", hole)
	}
}

// TestBackfillNothing (F10): when nothing is lost nothing is sent, and losses
// that are made good are no loss.
func TestBackfillNothing(t *testing.T) {
	slow(t)
	if !alone(t) {
		return
	}
	b := newBed(t, t.TempDir())
	server := b.serve(t)
	x := sit(t, b)
	time.Sleep(55 * time.Second) // what the page has of the time before it was recorded is gone by then
	x.do("finish", 20*time.Second, chromedp.Click(chromedp.CSS(`[data-testid="finish"]`)),
		chromedp.WaitVisible(chromedp.CSS(`[data-testid="finish-confirm"]`)), chromedp.Click(chromedp.CSS(`[data-testid="finish-confirm"]`)))
	x.see("finished", 20*time.Second)
	time.Sleep(10 * time.Second)
	stop(t, server)
	if n := len(records(t, b.data)[0].backfills); n != 0 {
		t.Errorf("%d pieces came though nothing was missing", n)
	}
}

// account is how much of a seat's time nobody has, and how much came later.
func (r record) account(t *testing.T, from, to time.Time) (hole, filled time.Duration) {
	t.Helper()
	for _, s := range r.stretches {
		length := min(s.To.Sub(s.From), s.To.Sub(from), to.Sub(s.From), to.Sub(from))
		if length <= 0 {
			continue
		}
		t.Logf("%s to %s: %s %s", s.From.Format("04:05.000"), s.To.Format("04:05.000"), s.Kind, s.Cause)
		switch s.Kind {
		case proctor.StretchBackfilled:
			filled += length
		case proctor.StretchGap, proctor.StretchUnaccounted:
			hole += length
		}
	}
	return hole, filled
}
