// Package faults_test breaks a real server, on purpose and again and again:
// processes are killed, disks are filled and cut off, networks and object
// stores go away. It is slow and needs root for some of it: `make faults`.
package faults_test

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
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
