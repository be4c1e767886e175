// Package faults_test breaks a real server, on purpose and again and again:
// processes are killed, disks are filled and cut off, networks and object
// stores go away. It is slow and needs root for some of it: `make faults`.
package faults_test

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"qyragy/media/vault"
	"qyragy/proctor"
	"qyragy/proctor/journal"
)

// seats is how many cameras every trial has.
const seats = 3

// slow skips a test that is not for every day.
func slow(t *testing.T) {
	t.Helper()
	if os.Getenv("QYRAGY_FAULTS") != "1" {
		t.Skip("slow, and some of it needs root: make faults (QYRAGY_FAULTS=1)")
	}
}

// program is the path of one of our programs.
func program(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("QYRAGY_BIN")
	if dir == "" {
		dir = "../bin"
	}
	path, err := filepath.Abs(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is missing: make build", path)
	}
	return path
}

func clips(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("QYRAGY_CLIPS")
	if dir == "" {
		dir = "../models/clips"
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "honest.ivf")); err != nil {
		t.Skip("the clips are missing: make clips")
	}
	return dir
}

// must runs a command of the system's.
func must(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
}

// able skips a test where the system does not let us.
func able(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Skipf("not possible here: %s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
}

// until waits for something that must come true.
func until(t *testing.T, what string, limit time.Duration, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never came true: %s", what)
}

// bed is a data directory, the ports of its server and, if ns is set, the
// network namespace that everything runs in.
type bed struct {
	data      string
	web, udp  string
	ns        string
	more      []string // further options of the server
	demo      int      // seats of the demonstration
	clip      string   // what the cameras show, if not the honest one
	processes []*exec.Cmd
}

func newBed(t *testing.T, data string) *bed {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	u, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	b := &bed{data: data, demo: seats, web: l.Addr().String(), udp: u.LocalAddr().String()}
	t.Cleanup(func() {
		for _, c := range b.processes {
			if c.ProcessState == nil {
				c.Process.Kill()
				c.Wait()
			}
		}
	})
	return b
}

func (b *bed) command(path string, args ...string) *exec.Cmd {
	var c *exec.Cmd
	if b.ns != "" {
		c = exec.Command("ip", append([]string{"netns", "exec", b.ns, path}, args...)...)
	} else {
		c = exec.Command(path, args...)
	}
	// Ours alone: it dies with the test.
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	b.processes = append(b.processes, c)
	return c
}

// serve starts the server and waits until it greets.
func (b *bed) serve(t *testing.T) *exec.Cmd {
	t.Helper()
	args := append([]string{"serve", "--demo", fmt.Sprint(b.demo), "--detectors", "0", "--listen", b.web, "--udp", b.udp, "--data", b.data}, b.more...)
	c := b.command(program(t, "qyragy"), args...)
	var log strings.Builder
	c.Stderr = &log
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "is running") {
			go io.Copy(io.Discard, out)
			return c
		}
	}
	c.Wait()
	t.Fatalf("the server does not start: %s", log.String())
	return nil
}

// publish starts the cameras.
func (b *bed) publish(t *testing.T) *exec.Cmd {
	t.Helper()
	dir := clips(t)
	c := b.command(program(t, "examinee"), "publish", "--target", filepath.Join(b.data, "demo.json"), "--seats", fmt.Sprint(seats),
		"--ramp", "0s", "--clip", cmp.Or(b.clip, filepath.Join(dir, "honest.ivf")), "--audio", filepath.Join(dir, "honest.ogg"))
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// recording waits until every seat is being written, which is when media has
// reached the file system.
func (b *bed) recording(t *testing.T) {
	t.Helper()
	began := time.Now() // older files are a crash's
	until(t, "every seat is recorded", 30*time.Second, func() bool {
		parts, _ := filepath.Glob(filepath.Join(b.data, "spool", "*", "*.part"))
		n := 0
		for _, p := range parts {
			if info, err := os.Stat(p); err == nil && info.Size() > 1000 && info.ModTime().After(began) {
				n++
			}
		}
		return n == seats
	})
}

// stop ends a process in order.
func stop(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("%s: %v: %s", filepath.Base(c.Path), err, c.Stderr)
	}
}

// signal sends a process a signal.
func signal(t *testing.T, c *exec.Cmd, s syscall.Signal) {
	t.Helper()
	if err := c.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// resident is a process's memory in MiB.
func resident(t *testing.T, pid int) int {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		t.Fatal(err)
	}
	var size, pages int
	if _, err := fmt.Sscan(string(data), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize() >> 20
}

func needFFmpeg(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
}

// kill ends a process at once and says when.
func kill(t *testing.T, c *exec.Cmd) time.Time {
	t.Helper()
	at := time.Now()
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	return at
}

// demo is a part of demo.json.
type demo struct {
	Seats []struct {
		ID        proctor.SeatID `json:"id"`
		WHIPURL   string         `json:"whip_url"`
		WHIPToken string         `json:"whip_token"`
	} `json:"seats"`
}

func readDemo(t *testing.T, data string) demo {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(data, "demo.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d demo
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// record is what the journal has of one seat.
type record struct {
	id       proctor.SeatID
	segments []proctor.StoredSegment
	gaps     []proctor.Gap

	backfills []proctor.StoredBackfill
	stretches []proctor.Stretch
}

// records reads the journal of a server that is not running, and verifies its
// chain.
func records(t *testing.T, data string) []record {
	t.Helper()
	j, err := journal.Open(t.Context(), filepath.Join(data, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if report, err := j.Verify(t.Context()); err != nil || report.Bad != nil {
		t.Fatalf("the journal's chain: %+v %v", report.Bad, err)
	}
	e, err := proctor.Open(t.Context(), j, proctor.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var out []record
	for _, s := range readDemo(t, data).Seats {
		r := record{id: s.ID}
		if err := e.ViewSeat(s.ID, func(st *proctor.State, seat *proctor.Seat) {
			r.segments, r.gaps = slices.Clone(seat.Segments), slices.Clone(seat.Gaps)
			r.backfills, r.stretches = slices.Clone(seat.Backfills), st.Account(s.ID, time.Now()).Stretches
		}); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// accounted checks that no second between the first and the last frame is
// neither recorded nor a gap, or both.
func (r record) accounted(t *testing.T) {
	t.Helper()
	type stretch struct{ from, to time.Time }
	var all []stretch
	for i, g := range r.segments {
		all = append(all, stretch{g.Start, g.End})
		if i > 0 && (g.Number != r.segments[i-1].Number+1 || g.Prev != r.segments[i-1].SHA256) {
			t.Errorf("%s: segment %d does not follow %d", r.id, g.Number, r.segments[i-1].Number)
		}
	}
	for _, g := range r.gaps {
		all = append(all, stretch{g.From, g.To})
	}
	if len(r.segments) == 0 {
		t.Errorf("%s has no recording", r.id)
	}
	slices.SortFunc(all, func(a, b stretch) int { return a.from.Compare(b.from) })
	for i := 1; i < len(all); i++ {
		if all[i].to.Before(all[i-1].to) { // nothing was filmed for a second or two, and nothing lost: the segment goes on around it
			all[i].to = all[i-1].to
			continue
		}
		if hole := all[i].from.Sub(all[i-1].to); hole > 1100*time.Millisecond || hole < -100*time.Millisecond {
			t.Errorf("%s: %v between %v and %v are not accounted for", r.id, hole, all[i-1].to, all[i].from)
		}
	}
}

// verify reads every segment back, from the spool or the store, and compares
// it with what the journal says. It returns how many there are.
func verify(t *testing.T, data string, all []record) int {
	t.Helper()
	e, err := vault.OpenEmbedded(filepath.Join(data, "s3"))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	v, err := vault.Open(t.Context(), e.Config("qyragy"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range all {
		for _, g := range r.segments {
			f, err := open(t.Context(), data, v, g)
			if err != nil {
				t.Errorf("%s/%d: %v", r.id, g.Number, err)
				continue
			}
			h := sha256.New()
			size, err := io.Copy(h, f)
			f.Close()
			if err != nil || size != g.Size || hex.EncodeToString(h.Sum(nil)) != g.SHA256 {
				t.Errorf("%s/%d is not what the journal says: %d bytes, %v", r.id, g.Number, size, err)
			}
			n++
		}
	}
	return n
}

// fromStore copies a segment out of a server's own store.
func fromStore(t *testing.T, data string, g proctor.StoredSegment) string {
	t.Helper()
	e, err := vault.OpenEmbedded(filepath.Join(data, "s3"))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	v, err := vault.Open(t.Context(), e.Config("qyragy"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := open(t.Context(), data, v, g)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	to, err := os.Create(filepath.Join(t.TempDir(), "segment.webm"))
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	if _, err := io.Copy(to, f); err != nil {
		t.Fatal(err)
	}
	return to.Name()
}

func open(ctx context.Context, data string, v *vault.Vault, g proctor.StoredSegment) (io.ReadCloser, error) {
	if g.Receipt == nil {
		return os.Open(filepath.Join(data, "spool", string(g.Seat), fmt.Sprintf("%06d.webm", g.Number)))
	}
	f, _, err := v.Get(ctx, g.Receipt.Key, g.Receipt.VersionID)
	return f, err
}

// lost is how much of the time before a cut a seat's recording lacks.
func (r record) lost(t *testing.T, cut time.Time) time.Duration {
	t.Helper()
	var end time.Time
	for _, g := range r.segments {
		if g.Start.Before(cut) && g.End.After(end) {
			end = g.End
		}
	}
	return max(cut.Sub(end), 0)
}

// spread says the median, the 95th percentile and the most.
func spread(d []time.Duration) string {
	slices.Sort(d)
	at := func(q float64) time.Duration { return d[int(q*float64(len(d)-1)+0.5)].Round(time.Millisecond) }
	return fmt.Sprintf("p50 %v, p95 %v, max %v of %d", at(0.5), at(0.95), at(1), len(d))
}
