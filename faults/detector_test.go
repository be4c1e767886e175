package faults_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"qyragy/proctor"
	"qyragy/proctor/journal"
)

// metric reads one of a server's counts.
func (b *bed) metric(t *testing.T, name string) float64 {
	t.Helper()
	r, err := http.Get("http://" + b.web + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	for lines := bufio.NewScanner(r.Body); lines.Scan(); {
		if v, ok := strings.CutPrefix(lines.Text(), "qyragy_"+name+" "); ok {
			f, err := strconv.ParseFloat(v, 64)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

// detector is the process ID of a server's one detector, 0 if there is none.
func detector(server *exec.Cmd) int {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", server.Process.Pid))
	for _, l := range lists {
		raw, _ := os.ReadFile(l)
		for _, pid := range strings.Fields(string(raw)) {
			if name, _ := os.ReadFile("/proc/" + pid + "/comm"); string(name) == "detector\n" {
				n, _ := strconv.Atoi(pid)
				return n
			}
		}
	}
	return 0
}

// starved takes a process's memory away: no address space is left to it. One
// that gets by is killed, as the kernel would in the end.
func starved(pid int) error {
	if err := unix.Prlimit(pid, unix.RLIMIT_AS, &unix.Rlimit{Cur: 1 << 20, Max: 1 << 20}, nil); err != nil {
		return err
	}
	for range 100 {
		time.Sleep(50 * time.Millisecond)
		if syscall.Kill(pid, 0) != nil {
			return nil
		}
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

func signalled(s syscall.Signal) func(int) error {
	return func(pid int) error { return syscall.Kill(pid, s) }
}

// TestDetectorDies (F07) crashes, starves and stops the detector under three
// cameras, until it is left to rest. The short form leaves out the one that
// hangs, which takes ten seconds to be noticed.
func TestDetectorDies(t *testing.T) {
	models, err := filepath.Abs("../models/onnx")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(models, "libonnxruntime.so")); err != nil {
		t.Skip("the networks are missing: make models")
	}
	b := newBed(t, t.TempDir())
	b.more = []string{"--detectors", "1", "--detector", program(t, "detector"), "--models", models}
	server := b.serve(t)
	dir := clips(t)
	cameras := b.command(program(t, "examinee"), "publish", "--target", filepath.Join(b.data, "demo.json"), "--seats", fmt.Sprint(seats),
		"--ramp", "0s", "--clip", filepath.Join(dir, "honest.ivf"), "--audio", filepath.Join(dir, "honest.ogg"), "--json")
	var report bytes.Buffer
	cameras.Stdout = &report
	if err := cameras.Start(); err != nil {
		t.Fatal(err)
	}
	b.recording(t)
	until(t, "every seat is looked at", time.Minute, func() bool { return b.metric(t, "looks_total") >= 4*seats })
	early := b.metric(t, "frames_dropped_total") // before the first key frames
	faults := []struct {
		name string
		do   func(pid int) error
	}{{"SIGSEGV", signalled(syscall.SIGSEGV)}, {"no memory", starved}}
	if os.Getenv("QYRAGY_FAULTS") == "1" {
		faults = append(faults, struct {
			name string
			do   func(pid int) error
		}{"SIGSTOP", signalled(syscall.SIGSTOP)})
	}
	for _, f := range faults {
		blind, whole := b.until(t, server, f.do)
		t.Logf("F07: %s: looks are back %v after its death, %v after the fault", f.name, blind.Round(time.Millisecond), whole.Round(time.Millisecond))
	}
	for range 5 { // one is one too many: the last finds nobody
		if pid := detector(server); pid != 0 {
			syscall.Kill(pid, syscall.SIGSEGV)
			until(t, "it is gone", 20*time.Second, func() bool { return detector(server) != pid })
		}
		time.Sleep(2 * time.Second)
	}
	if detector(server) != 0 {
		t.Error("a detector that dies and dies is started at once again")
	}
	time.Sleep(4 * time.Second) // unseen for longer than evidence may be
	lost, dropped, gaps := b.metric(t, "rtp_lost_total"), b.metric(t, "frames_dropped_total")-early, b.metric(t, "recording_gaps_total")
	cameras.Process.Signal(syscall.SIGTERM)
	cameras.Wait()
	time.Sleep(time.Second)
	recorded := b.metric(t, "frames_recorded_total")
	stop(t, server)
	var r struct {
		Frames int `json:"video_frames_sent"`
	}
	if err := json.Unmarshal(report.Bytes(), &r); err != nil {
		t.Fatalf("the publishers' report: %v: %s", err, report.String())
	}
	t.Logf("F07: %d frames sent, %.0f recorded", r.Frames, recorded)
	// Those before a camera's transport is up and its first key frame come are
	// not recorded by anybody: four a seat.
	if lost+dropped+gaps > 0 || recorded < float64(r.Frames-6*seats) {
		t.Errorf("of %d frames %.0f are recorded; %.0f packets lost, %.0f frames dropped, %.0f gaps", r.Frames, recorded, lost, dropped, gaps)
	}
	for _, rec := range records(t, b.data) {
		rec.accounted(t)
	}
	degradedAndNobodyAccused(t, b.data)
}

// until does something to the detector and waits until the next one looks. It
// returns how long that took from the death, and from the fault.
func (b *bed) until(t *testing.T, server *exec.Cmd, fault func(int) error) (blind, whole time.Duration) {
	t.Helper()
	pid := detector(server)
	if pid == 0 {
		t.Fatal("no detector runs")
	}
	began := time.Now()
	if err := fault(pid); err != nil {
		t.Fatal(err)
	}
	until(t, "the detector ends", 40*time.Second, func() bool { return detector(server) != pid })
	died, looks := time.Now(), b.metric(t, "looks_total")
	until(t, "looks are back", time.Minute, func() bool { return b.metric(t, "looks_total") > looks })
	return time.Since(died), time.Since(began)
}

// degradedAndNobodyAccused reads what the journal of a stopped server says.
func degradedAndNobodyAccused(t *testing.T, data string) {
	t.Helper()
	j, err := journal.Open(t.Context(), filepath.Join(data, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	e, err := proctor.Open(t.Context(), j, proctor.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	degraded := false
	for _, id := range e.Exams() {
		if err := e.View(id, func(s *proctor.State) {
			if degraded = degraded || s.Degraded != nil; s.Degraded != nil {
				t.Logf("F07: %s", s.Degraded.Detail)
			}
			for _, i := range s.Incidents {
				t.Errorf("an incident was opened: %s of %s", i.Cause, i.Seat)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if !degraded {
		t.Error("nobody was told that detection is degraded")
	}
}
