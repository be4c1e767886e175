package faults_test

import (
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"qyragy/proctor"
)

// TestOutage (F10) drops every media packet for a while, in a network
// namespace of its own.
func TestOutage(t *testing.T) {
	slow(t)
	ns := fmt.Sprintf("qyragy-%d", os.Getpid())
	able(t, "ip", "netns", "add", ns)
	defer must(t, "ip", "netns", "del", ns)
	able(t, "ip", "-n", ns, "link", "set", "lo", "up")
	b := newBed(t, t.TempDir())
	b.ns = ns
	_, port, err := net.SplitHostPort(b.udp)
	if err != nil {
		t.Fatal(err)
	}
	nft := func(args ...string) {
		t.Helper()
		able(t, "ip", append([]string{"netns", "exec", ns, "nft"}, args...)...)
	}
	nft("add", "table", "inet", "f")
	nft("add", "chain", "inet", "f", "in", "{ type filter hook input priority 0; }")
	server := b.serve(t)
	cameras := b.publish(t)
	b.recording(t)
	outages := []time.Duration{3 * time.Second, 8 * time.Second, 20 * time.Second, 40 * time.Second}
	type stretch struct{ from, to time.Time }
	var made []stretch
	for _, o := range outages {
		time.Sleep(5 * time.Second)
		from := time.Now()
		nft("add", "rule", "inet", "f", "in", "udp", "dport", port, "drop")
		nft("add", "rule", "inet", "f", "in", "udp", "sport", port, "drop")
		time.Sleep(o)
		nft("flush", "chain", "inet", "f", "in")
		made = append(made, stretch{from, time.Now()})
	}
	time.Sleep(10 * time.Second)
	stop(t, cameras)
	stop(t, server)
	wrong, again := make([][]time.Duration, len(made)), make([][]time.Duration, len(made))
	for _, r := range records(t, b.data) {
		r.accounted(t)
		for i, o := range made {
			var missing time.Duration
			for _, g := range r.gaps {
				if g.From.After(o.from.Add(-time.Second)) && g.From.Before(o.to) {
					missing += g.To.Sub(g.From)
				}
				if g.Cause != proctor.GapNetwork {
					t.Errorf("%s: a gap because of %s", r.id, g.Cause)
				}
			}
			wrong[i] = append(wrong[i], missing)
			again[i] = append(again[i], r.resumed(o.to))
			// Less is missing where the camera could send some of it again.
			if missing > o.to.Sub(o.from)+6*time.Second {
				t.Errorf("%s: outage of %v, gap of %v", r.id, o.to.Sub(o.from), missing)
			}
		}
	}
	for i, o := range outages {
		t.Logf("F10: outage of %v, %d seats: not recorded %s; recorded again %s after its end", o, seats, spread(wrong[i]), spread(again[i]))
	}
}

// resumed is how long after a moment a seat was recorded again.
func (r record) resumed(after time.Time) time.Duration {
	best := time.Hour
	for _, g := range r.segments {
		if g.End.After(after) {
			best = min(best, max(g.Start.Sub(after), 0))
		}
	}
	return best
}
