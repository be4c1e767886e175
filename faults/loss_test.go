package faults_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"qyragy/faults/link"
)

// far is a bed whose cameras are behind a bad network: the server at
// 10.77.0.1 in one namespace, the cameras in another.
type far struct {
	*bed
	link    *link.Link
	cameras string // their namespace
}

func newFar(t *testing.T, c link.Conditions) *far {
	t.Helper()
	near, away := fmt.Sprintf("qs%d", os.Getpid()), fmt.Sprintf("qc%d", os.Getpid())
	for _, ns := range []string{near, away} {
		able(t, "ip", "netns", "add", ns)
		t.Cleanup(func() { must(t, "ip", "netns", "del", ns) })
		able(t, "ip", "-n", ns, "link", "set", "lo", "up")
	}
	end := func(ns, addr string) link.End {
		return link.End{Namespace: ns, Device: "bad", Addr: netip.MustParsePrefix(addr)}
	}
	l, err := link.Open(end(near, "10.77.0.1/24"), end(away, "10.77.0.2/24"), c, 1)
	if err != nil {
		t.Skipf("not possible here: %v", err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	b := newBed(t, t.TempDir())
	b.ns, b.web, b.udp = near, "10.77.0.1:8080", "10.77.0.1:8189"
	return &far{bed: b, link: l, cameras: away}
}

// sent is a part of what the publisher reports.
type sent struct {
	JoinP50 float64 `json:"join_p50_ms"`
	JoinP95 float64 `json:"join_p95_ms"`
	Joined  int     `json:"joined"`
	Rejoins int     `json:"rejoined"`
	Frames  int     `json:"video_frames_sent"`
	Lost    int     `json:"packets_lost"`
	Resent  int     `json:"packets_resent"`
	PLIs    int     `json:"plis"`
	Packets int     `json:"packets_sent"`
}

// play publishes for a while and returns the publisher's own account.
func (f *far) play(t *testing.T, d time.Duration) sent {
	t.Helper()
	return f.playAs(t, d, seats)
}

func (f *far) playAs(t *testing.T, d time.Duration, n int) sent {
	t.Helper()
	ns := f.ns
	f.ns = f.cameras
	dir := clips(t)
	c := f.command(program(t, "examinee"), "publish", "--target", filepath.Join(f.data, "demo.json"), "--seats", fmt.Sprint(n),
		"--ramp", "500ms", "--duration", d.String(), "--json", "--i-own-this-server",
		"--clip", filepath.Join(dir, "honest.ivf"), "--audio", filepath.Join(dir, "honest.ogg"))
	f.ns = ns
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		t.Fatalf("examinee: %v: %s", err, errs.String())
	}
	var s sent
	if err := json.Unmarshal(out.Bytes(), &s); err != nil {
		t.Fatalf("examinee: %v: %s", err, out.String())
	}
	return s
}

// ivf reads the frames of an IVF file.
func ivf(t *testing.T, path string) [][]byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for p := data[32:]; len(p) >= 12; {
		n := int(uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16 | uint32(p[3])<<24)
		out = append(out, p[12:12+n])
		p = p[12+n:]
	}
	return out
}

// decodable counts the frames of a recording that can be shown as they were
// filmed: each is byte for byte a frame of the clip, and is a key frame or
// follows, in the clip too, one that can be shown.
func decodable(t *testing.T, data string, r record, clip map[string]int, frames int) (shown, all int) {
	t.Helper()
	last := -2
	for _, g := range r.segments {
		path := filepath.Join(data, "spool", string(g.Seat), fmt.Sprintf("%06d.webm", g.Number))
		if _, err := os.Stat(path); err != nil {
			path = fromStore(t, data, g)
		}
		out := filepath.Join(t.TempDir(), "frames.ivf")
		must(t, "ffmpeg", "-nostdin", "-loglevel", "error", "-i", path, "-map", "0:v", "-c", "copy", "-f", "ivf", out)
		for _, f := range ivf(t, out) {
			all++
			i, ok := clip[string(f)]
			key := len(f) > 0 && f[0]&1 == 0
			if ok && (key || i == (last+1)%frames) {
				shown++
				last = i
			} else {
				last = -2
			}
		}
	}
	return shown, all
}

// TestLoss (F13) plays through networks that lose, delay and reorder.
// QYRAGY_FAULTS_GRID=full tries every combination.
func TestLoss(t *testing.T) {
	slow(t)
	needFFmpeg(t)
	type cell struct {
		rtt, loss, jitter int // ms, percent, ms
		want              float64
	}
	cells := []cell{{80, 0, 0, 0.999}, {80, 0, 10, 0.999}, {80, 5, 0, 0.995}, {80, 5, 10, 0.995}, {80, 10, 10, 0.98}, {160, 5, 20, 0.98}, {160, 10, 20, 0.98}}
	if os.Getenv("QYRAGY_FAULTS_GRID") == "full" {
		cells = nil
		for _, rtt := range []int{80, 160} {
			for _, loss := range []int{0, 2, 5, 10} {
				for _, jitter := range []int{0, 10, 20} {
					cells = append(cells, cell{rtt, loss, jitter, 0.98})
				}
			}
		}
	}
	d := length(t, "QYRAGY_FAULTS_LOSS", 40*time.Second)
	for _, c := range cells {
		t.Run(fmt.Sprintf("rtt=%d,loss=%d,jitter=%d", c.rtt, c.loss, c.jitter), func(t *testing.T) {
			f := newFar(t, link.Conditions{Delay: time.Duration(c.rtt) * time.Millisecond / 2, Jitter: time.Duration(c.jitter) * time.Millisecond,
				Loss: float64(c.loss) / 100, Copy: 0.01})
			server := f.serve(t)
			s := f.play(t, d)
			stop(t, server)
			var shown, recorded int
			var expected float64
			clip, frames := clipIndex(t, filepath.Join(clips(t), "honest.ivf"))
			for _, r := range records(t, f.data) {
				r.accounted(t)
				n, all := decodable(t, f.data, r, clip, frames)
				shown, recorded = shown+n, recorded+all
				expected += r.segments[len(r.segments)-1].End.Sub(r.segments[0].Start).Seconds() * 15
			}
			share := float64(shown) / expected
			t.Logf("F13: RTT %d ms, %d %% lost each way, jitter %d ms: %.2f %% of frames can be shown (%d of %.0f; %d recorded, %d sent), join p50 %.0f p95 %.0f ms; %d packets lost for good of %d, %d sent again, %d PLIs",
				c.rtt, c.loss, c.jitter, share*100, shown, expected, recorded, s.Frames, s.JoinP50, s.JoinP95, s.Lost, s.Packets, s.Resent, s.PLIs)
			if share < c.want {
				t.Errorf("%.2f %% is less than %.1f %%", share*100, c.want*100)
			}
		})
	}
}
