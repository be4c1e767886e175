package eval

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"qyragy/detect"
	"qyragy/detect/vision"
	"qyragy/models"
	"qyragy/proctor"
)

const (
	networks = "../../../models/onnx"
	samples  = "../../../models/node_modules/@vladmandic/face-api/demo"
)

// folder is one as eval takes it, made from the samples: each line is a path,
// a sample, a filter and what the manifest says.
func folder(t *testing.T, lines ...[4]string) string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(networks, models.ONNXRuntime)); len(lines) > 0 && err != nil {
		if entries, _ := os.ReadDir(networks); len(entries) == 0 {
			t.Skip("the networks are missing: make models")
		}
	}
	dir := t.TempDir()
	manifest := []string{"path\tsource\tlicence\tfaces\tobjects\tshows\ttone"}
	for _, l := range lines {
		out := filepath.Join(dir, l[0])
		if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
			t.Fatal(err)
		}
		args := []string{"-v", "error", "-i", filepath.Join(samples, l[1]), "-vf", l[2]}
		if strings.HasSuffix(out, ".mkv") {
			args = append(args, "-frames:v", "20")
		}
		if b, err := exec.Command("ffmpeg", append(args, out)...).CombinedOutput(); err != nil {
			t.Fatalf("ffmpeg: %v\n%s", err, b)
		}
		manifest = append(manifest, l[0]+"\tsample\tMIT\t"+l[3])
	}
	write(t, dir, manifest...)
	return dir
}

func write(t *testing.T, dir string, lines ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "MANIFEST.tsv"), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

// split is the least of an IVF reader.
func split(b []byte) (detect.Codec, [][]byte, error) {
	if len(b) < 32 {
		return "", nil, errors.New("no IVF")
	}
	var out [][]byte
	for b = b[32:]; len(b) >= 12; {
		n := 12 + int(binary.LittleEndian.Uint32(b))
		out, b = append(out, b[12:n]), b[n:]
	}
	return detect.VP8, out, nil
}

func run(t *testing.T, dir string, only ...string) Report {
	t.Helper()
	v, err := vision.New(networks)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	done := map[string]int{}
	lock := make(chan struct{}, 1)
	r, err := Run(t.Context(), Options{Dir: dir, Vision: v, Split: split, Files: true, Only: only, Progress: func(part string, n, _ int) {
		lock <- struct{}{}
		done[part] = max(done[part], n)
		<-lock
	}})
	if err != nil {
		t.Fatal(err)
	}
	if done["looking"] != r.Cases || r.Late != 0 {
		t.Errorf("%v of %d cases, %d late", done, r.Cases, r.Late)
	}
	return r
}

const woman, man = "crop=640:480:1236:60", "crop=600:450:0:420,scale=640:480"

// Two persons whom the networks know well, an empty corner and a file that is
// none: what is staged with them must come out as it was staged.
func TestRun(t *testing.T) {
	dir := folder(t,
		[4]string{"identities/a/1.jpg", "sample1.jpg", woman, "1\t\t\tlight"},
		[4]string{"identities/a/2.jpg", "sample1.jpg", "crop=560:420:1280:90,scale=640:480", "1\t\t\tlight"},
		[4]string{"identities/b/1.jpg", "sample6.jpg", man, "1\t\t"},
		[4]string{"identities/b/2.jpg", "sample6.jpg", man + ",lutyuv=y=val*0.8", "1\t\t"},
		[4]string{"groups/all.jpg", "sample6.jpg", "scale=1280:-2", "4"},
		[4]string{"desk/empty.jpg", "sample5.jpg", "crop=400:300:1100:40", "0\t"})
	b, err := os.ReadFile(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, strings.TrimSpace(string(b)), "broken.jpg\tx\ty\t1")
	r := run(t, dir, honest, grouped, "black picture", "blur, sigma 8", "two side by side")
	if len(r.Unreadable) != 1 || !strings.HasPrefix(r.Unreadable[0], "broken.jpg: ") {
		t.Errorf("unreadable: %v", r.Unreadable)
	}
	results := map[string]StagedResult{}
	for _, s := range r.Staged {
		if s.Tone == "" {
			results[s.Kind] = s
		}
	}
	for _, kind := range []string{"black picture", "black picture, from the start", grouped, "blur, sigma 8", "two side by side"} {
		s := results[kind]
		if s.Hits.Of == 0 || s.Hits.Count != s.Hits.Of || s.Raised == nil || s.Seen == nil {
			t.Errorf("%s: %+v", kind, s)
		}
	}
	if s := results["black picture"]; s.Raised != nil && s.Raised.Late > 2 {
		t.Errorf("a black picture after %v", s.Raised)
	}
	for _, h := range r.Honest {
		for _, c := range h.Causes {
			if slices.Contains([]proctor.Cause{proctor.CauseCovered, proctor.CauseNoFace, proctor.CauseOutsider}, c.Cause) && c.Candidates > 0 {
				t.Errorf("honest %s: %+v", h.What, c)
			}
		}
	}
	i := r.Identity[0]
	if i.People != 2 || i.Genuine != 2 || i.Impostors != 4 || i.EER != 0 || i.AtLimit.False.Count != 0 || i.Mean.Genuine >= i.Mean.Impostor {
		t.Errorf("identity %+v", i)
	}
	if r.Files[0].Tone != Light || len(r.Files) != 7 {
		t.Errorf("files %+v", r.Files)
	}
	var out bytes.Buffer
	if err := r.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## What ought to be noticed", "## Honest pictures: 4 files", "## By estimated skin tone", "light: 2 files, 1 people", "* broken.jpg: ", "| groups/all.jpg |"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// One picture is enough, and a time that is over leaves the rest.
func TestRunOfOnePicture(t *testing.T) {
	dir := folder(t, [4]string{"me.jpg", "sample1.jpg", woman, "1"})
	v, err := vision.New(networks)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	r, err := Run(t.Context(), Options{Dir: dir, Vision: v, Split: split, Limit: 1})
	if err != nil || r.Cases < 5 || r.Late < r.Cases-1 || len(r.Unreadable) > 0 || r.Faces[0].Exact.Count != 1 {
		t.Errorf("%v: %+v", err, r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, Options{Dir: dir, Vision: v, Split: split}); !errors.Is(err, context.Canceled) {
		t.Errorf("called off: %v", err)
	}
}

func TestManifest(t *testing.T) {
	dir := t.TempDir()
	const heading = "path\tsource\tlicence\tfaces\tobjects\tshows\ttone\tcause"
	write(t, dir, heading, "a/b.jpg\tx\ty\t1\tpl\tz\tdark\taway", "c.mkv\tx\ty\t")
	rows, err := ReadManifest(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v: %+v", err, rows)
	}
	if a := rows[0]; a.Faces != 1 || !slices.Equal(a.Objects, []proctor.ThingKind{proctor.Phone, proctor.Laptop}) || a.Tone != Dark || a.Cause != proctor.CauseAway {
		t.Errorf("%+v", a)
	}
	if c := rows[1]; c.Faces != -1 || !c.clip() || c.Tone != "" {
		t.Errorf("%+v", c)
	}
	for _, line := range []string{"a.jpg\tx", "../a.jpg\tx\ty\t1", "/etc/passwd\tx\ty\t1", "a.jpg\tx\ty\tmany", "a.jpg\tx\ty\t1\tq", "a.jpg\tx\ty\t1\t\t\tblue"} {
		write(t, dir, heading, line)
		if rows, err := ReadManifest(filepath.Join(dir, "MANIFEST.tsv")); err == nil {
			t.Errorf("%q was read as %+v", line, rows)
		}
	}
}
