package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"qyragy/bundle"
	"qyragy/proctor"
	"qyragy/proctor/ledger"
)

// TestEvidenceLeavesTheHouse takes an act's evidence out of the running
// program, with a real recording in it, and has the offline checker judge it;
// then it cuts the journal's end off, and the doctor sees it.
func TestEvidenceLeavesTheHouse(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	clip, judge := filepath.Join(root, "models", "clips", "honest.ivf"), filepath.Join(root, "bin", "verify")
	for _, name := range []string{clip, judge} {
		if _, err := os.Stat(name); err != nil {
			t.Skipf("%v (make build clips)", err)
		}
	}
	s := startQuiet(t, 1)
	seat := s.demo.Seats[0].ID
	camera := exec.Command(filepath.Join(root, "bin", "examinee"), "publish", "--seats", "1", "--ramp", "0s",
		"--target", filepath.Join(s.cfg.Data, "demo.json"), "--clip", clip)
	camera.Dir = root
	if err := camera.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = camera.Process.Kill(); _ = camera.Wait() })
	await(t, "the camera", 30*time.Second, func() bool { return s.media.Stats().Seats == 1 })
	time.Sleep(4 * time.Second)
	a := confirmed(t, s, seat)
	signedByThree(t, s, a)

	registrar := newCaller(t, s, "registrar")
	path := "/api/v1/acts/" + string(a.ID) + "/bundle"
	file := registrar.fetch(path, "application/zip")
	key := strings.TrimSpace(string(registrar.fetch("/journal/key", "text/plain; charset=utf-8")))
	authority := filepath.Join(s.cfg.Data, "keys", "authority.pem")
	dir := t.TempDir()
	say := func(want int, name string, b []byte, args ...string) string {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), judge, append([]string{p, "--key", key, "--root", authority, "--lang", "en"}, args...)...).CombinedOutput()
		code := 0
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			code = exit.ExitCode()
		}
		if code != want {
			t.Fatalf("exit %d, want %d\n%s", code, want, out)
		}
		return string(out)
	}
	out := say(0, "good.zip", file)
	t.Log(out)
	for _, want := range []string{"THE BUNDLE IS WHOLE", a.Number, "The act is in force.", "Exported by: registrar", "The journal's key is the one you gave."} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
	r, err := bundle.Check(t.Context(), bytes.NewReader(file), int64(len(file)), bundle.Options{})
	if err != nil || !r.Complete() {
		t.Fatal(err, r.Problems)
	}
	segment := bytes.Index(file, []byte("\x1a\x45\xdf\xa3")) // EBML: a recording
	if segment < 0 {
		t.Fatal("no recording in the bundle")
	}
	bad := bytes.Clone(file)
	bad[segment+len(bad[segment:])/20] ^= 1
	if out := say(1, "bad.zip", bad); !strings.Contains(out, "segments/"+string(seat)+"/00000.webm") {
		t.Error(out)
	}
	say(1, "cut.zip", file[:len(file)-1])
	whole := registrar.fetch(path+"?whole=1", "application/zip")
	say(0, "whole.zip", whole, "--head", r.Tree, "--growth", saved(t, dir, "growth.json", registrar.fetch(growthPath(t, r.Tree, whole), "application/json")))

	checkRollback(t, s, registrar)
}

func saved(t *testing.T, dir, name string, b []byte) string {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.WriteFile(p, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// growthPath asks how a tree became that of a bundle.
func growthPath(t *testing.T, from string, zip []byte) string {
	t.Helper()
	r, err := bundle.Check(t.Context(), bytes.NewReader(zip), int64(len(zip)), bundle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, _, _ := strings.Cut(from, ":")
	b, _, _ := strings.Cut(r.Tree, ":")
	return "/journal/proof?from=" + a + "&to=" + b
}

// checkRollback: a journal that is shorter or other than a stored checkpoint.
func checkRollback(t *testing.T, s *server, c *caller) {
	t.Helper()
	key, err := ledger.ParseKey(s.notary.key)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.notary.keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	point, err := ledger.OpenCheckpoint(c.fetch("/checkpoint", "text/plain; charset=utf-8"), key)
	if err != nil {
		t.Fatal(err)
	}
	newest, err := compareCheckpoints(t.Context(), s.journal, s.vault, key)
	if err != nil || newest.Size < point.Size {
		t.Fatal(newest, err)
	}
	var events []proctor.Event
	err = s.journal.Replay(t.Context(), func(e proctor.Event) error { events = append(events, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	other := proctor.Event{At: time.Now(), Exam: "E", Actor: "x", Fact: &proctor.SeatFinished{Seat: "S"}}
	short := events[:newest.Size-1]
	for want, change := range map[string][]proctor.Event{
		"rolled back": short, "written anew": append(slices.Clone(short), other, other, other),
	} {
		j, err := openJournalIn(t.Context(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Append(t.Context(), change...); err != nil {
			t.Fatal(err)
		}
		if _, err := compareCheckpoints(t.Context(), j, s.vault, key); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestBundleOnTheMachine writes a bundle without a running server.
func TestBundleOnTheMachine(t *testing.T) {
	data := t.TempDir()
	var number string
	t.Run("serve", func(t *testing.T) {
		s := startQuiet(t, 1, func(c *serveCmd) { c.Data = data })
		number = drafted(t, s, 0).Number
	})
	out := filepath.Join(t.TempDir(), "bundle.zip")
	cmd := &bundleCmd{Act: number, Out: out, Data: data}
	if err := cmd.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	r, err := bundle.Check(t.Context(), f, info.Size(), bundle.Options{})
	if err != nil || !r.Whole() || r.Complete() || !strings.HasPrefix(string(r.ExportedBy), "console:") {
		t.Errorf("%v %+v", err, r)
	}
	if err := (&bundleCmd{Act: "A-2026-99999", Out: out, Data: data}).Run(t.Context()); err == nil {
		t.Error("an act that is not there")
	}
}
