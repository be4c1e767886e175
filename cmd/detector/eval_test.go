package main

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// labelledFolder is a folder as eval takes it, made from the samples.
func labelledFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	lines := []string{"path\tsource\tlicence\tfaces\tobjects\tshows"}
	add := func(path, sample, filter, faces string, more ...string) {
		t.Helper()
		out := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
			t.Fatal(err)
		}
		args := append([]string{"-v", "error", "-i", filepath.Join(samples, sample), "-vf", filter}, more...)
		if b, err := exec.Command("ffmpeg", append(args, out)...).CombinedOutput(); err != nil {
			t.Fatalf("ffmpeg: %v\n%s", err, b)
		}
		lines = append(lines, strings.Join([]string{path, "a sample", "MIT", faces, "", "something"}, "\t"))
	}
	const woman, man = "crop=640:480:1236:60", "crop=600:450:0:420,scale=640:480"
	add("one/clip.mkv", "sample1.jpg", "loop=75:1,fps=25,"+woman, "1", "-frames:v", "75")
	add("groups/all.jpg", "sample6.jpg", "scale=1280:-2", "4")
	add("desk/empty.jpg", "sample5.jpg", "crop=400:300:1100:40", "0")
	add("groups/unknown.jpg", "sample6.jpg", "scale=1280:-2", "")
	add("identities/a/1.jpg", "sample1.jpg", woman, "1")
	add("identities/a/2.jpg", "sample1.jpg", "crop=560:420:1280:90,scale=640:480", "1")
	add("identities/b/1.jpg", "sample6.jpg", man, "1")
	add("identities/b/2.jpg", "sample6.jpg", man+",lutyuv=y=val*0.8", "1")
	if err := os.WriteFile(filepath.Join(dir, "MANIFEST.tsv"), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestEval(t *testing.T) {
	dir := labelledFolder(t)
	env, out := testEnvironment(context.Background())
	if err := (evalCommand{Dir: dir, JSON: true, Files: true}).Run(env); err != nil {
		t.Fatal(err)
	}
	var e evaluation
	if err := json.Unmarshal(out.Bytes(), &e); err != nil {
		t.Fatal(err)
	}
	if c := e.Clips; c.Clips != 1 || c.Frames != 3 || c.One != 3 || c.Outside+c.NoFace+c.Covered != 0 {
		t.Errorf("clips %+v", c)
	}
	if s := e.Singles; s.Pictures != 4 || s.Exact != 4 || s.Faces != 4 || s.Outsider != 0 {
		t.Errorf("singles %+v", s)
	}
	if g := e.Groups; g.Pictures != 2 || g.Exact != 1 || g.Outsider != 2 || g.Labelled != 4 {
		t.Errorf("groups %+v", g)
	}
	if f := e.Faceless; f.Pictures != 1 || f.Exact != 1 {
		t.Errorf("faceless %+v", f)
	}
	if i := e.Identity; i.People != 2 || i.Genuine != 2 || i.Impostors != 4 || i.AtLimit.Accepted != 2 || i.AtLimit.False != 0 || i.EER != 0 {
		t.Errorf("identity %+v", i)
	}
	if len(e.Degradations) != 8 || len(e.Files) != 8 {
		t.Fatalf("%d degradations, %d files", len(e.Degradations), len(e.Files))
	}
	for _, d := range e.Degradations {
		hits := map[string]int{"as it is": d.Nothing, "black": d.Covered, "luma 35": d.Dark, "blur, sigma 8": d.Blurred}
		if hit, ok := hits[d.Name]; d.Pictures != 5 || (ok && hit != 5) {
			t.Errorf("%+v", d)
		}
	}
}

func TestEvalPrintsTables(t *testing.T) {
	var b strings.Builder
	e := evaluation{Singles: groupResult{Pictures: 2, Exact: 1}, Files: []fileResult{{Path: "x.jpg"}}, Unreadable: 1}
	if err := e.print(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1 of 2, 50.0 % (9.5–90.5)", "| x.jpg |", "none", "1 files gave no frame"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestEvalWithoutAFolder(t *testing.T) {
	env, out := testEnvironment(context.Background())
	if err := (evalCommand{Dir: filepath.Join(t.TempDir(), "nothing")}).Run(env); err != nil || !strings.HasPrefix(out.String(), "Nothing to evaluate") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestManifestRefusesNonsense(t *testing.T) {
	for _, line := range []string{"a.jpg\tx", "../a.jpg\tx\ty\t1", "/etc/passwd\tx\ty\t1", "a.jpg\tx\ty\tmany"} {
		path := filepath.Join(t.TempDir(), "m.tsv")
		if err := os.WriteFile(path, []byte("path\tsource\tlicence\tfaces\n"+line+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if rows, err := readManifest(path); err == nil {
			t.Errorf("%q was read as %+v", line, rows)
		}
	}
}

func TestIdentityRates(t *testing.T) {
	var r identity
	genuine, impostors := make([]float64, 100), make([]float64, 1000)
	for i := range genuine {
		genuine[i] = 0.3 + 0.004*float64(i) // 0.3 .. 0.696
	}
	for i := range impostors {
		impostors[i] = 0.598 + 0.001*float64(i) // 0.598 .. 1.597
	}
	r.judge(genuine, impostors)
	if r.AtLimit.Accepted < 75 || r.AtLimit.Accepted > 76 || r.AtLimit.False != 3 && r.AtLimit.False != 2 {
		t.Errorf("at the limit: %+v", r.AtLimit)
	}
	if r.TAR1.False > 10 || r.TAR1.Accepted < 76 || r.TAR01.False > 1 || r.TAR01.Accepted > r.TAR1.Accepted {
		t.Errorf("at 1 %%: %+v, at 0.1 %%: %+v", r.TAR1, r.TAR01)
	}
	// Where 1-(d-0.3)/0.4 = (d-0.598)/1: d is about 0.67, the rate 0.075.
	if math.Abs(r.EER-0.075) > 0.01 || math.Abs(r.EERAt-0.67) > 0.01 {
		t.Errorf("equal error rate %.3f at %.3f", r.EER, r.EERAt)
	}
	(&identity{}).judge(nil, nil)
}

func TestWilson(t *testing.T) {
	// Newcombe (1998), table I: 81 of 263 and 0 of 20.
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {0, 20, 0, 0.1611}} {
		if low, high := wilson(c.k, c.n); math.Abs(low-c.low) > 1e-4 || math.Abs(high-c.high) > 1e-4 {
			t.Errorf("%d of %d: %.4f to %.4f", c.k, c.n, low, high)
		}
	}
}
