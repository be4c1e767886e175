package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"qyragy/acts"
)

// sample runs the command line's words, as main does.
func sample(t *testing.T, words ...string) error {
	t.Helper()
	var c cli
	parser, err := kong.New(&c, kong.Vars{"version": "test"})
	if err != nil {
		t.Fatal(err)
	}
	k, err := parser.Parse(append([]string{"act", "sample"}, words...))
	if err != nil {
		return err
	}
	return k.Run()
}

func TestSampleActs(t *testing.T) {
	verify := filepath.Join(t.TempDir(), "verify")
	judge(t, "go", "build", "-o", verify, "qyragy/cmd/verify")
	for form, template := range map[string]acts.Template{"A": acts.TemplateA(), "B": acts.TemplateB()} {
		out := filepath.Join(t.TempDir(), "it's an act.pdf")
		if err := sample(t, form, "--out", out); err != nil {
			t.Fatal(err)
		}
		if s := judge(t, verify, out, "--root", out+".authority.pem", "--lang", "en"); !strings.Contains(s, "THE ACT IS WHOLE") ||
			!strings.Contains(s, "The authority's certificate is the one you gave.") {
			t.Errorf("%s: verify says\n%s", form, s)
		}
		s := judge(t, "pdfsig", "-nocert", out)
		if strings.Count(s, "Signature Validation: Signature is Valid.") != 3 {
			t.Errorf("%s: pdfsig says\n%s", form, s)
		}
		for i := range template.Roles {
			if !strings.Contains(s, template.FieldName(i)) {
				t.Errorf("%s: no %s in\n%s", form, template.FieldName(i), s)
			}
		}
		if s := judge(t, "qpdf", "--check", out); strings.Contains(s, "WARNING") {
			t.Errorf("%s: qpdf says\n%s", form, s)
		}
		if s := judge(t, "pdftotext", "-f", "1", "-l", "1", out, "-"); !strings.Contains(s, template.Basis[:len("Қосымша А")]) {
			t.Errorf("%s: page 1 says\n%s", form, s)
		}
	}
}

func TestSampleUnsigned(t *testing.T) {
	for _, flag := range []string{"--signed=false", "--no-signed"} {
		out := filepath.Join(t.TempDir(), "act.pdf")
		if err := sample(t, "B", "--out", out, flag); err != nil {
			t.Fatal(err)
		}
		pdf, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := acts.Verify(pdf); err != nil || !r.Whole() || r.Complete || len(r.Signatures) != 0 || r.Template != "B-1" {
			t.Errorf("%s: %+v %v", flag, r, err)
		}
	}
}

func TestSampleRefuses(t *testing.T) {
	for name, words := range map[string][]string{
		"another form":     {"C", "--out", "x.pdf"},
		"nowhere to write": {"A"},
		"no such folder":   {"A", "--out", filepath.Join(t.TempDir(), "none", "x.pdf")},
	} {
		if err := sample(t, words...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestSampleSaysWhatToTry runs the command that it prints.
func TestSampleSaysWhatToTry(t *testing.T) {
	folder := t.TempDir()
	judge(t, "go", "build", "-o", filepath.Join(folder, "verify"), "qyragy/cmd/verify")
	c := sampleCmd{Form: "A", Out: filepath.Join(folder, "a 'quoted' act.pdf"), Signed: true}
	var said bytes.Buffer
	if err := c.write(&said, time.Now()); err != nil {
		t.Fatal(err)
	}
	_, command, ok := strings.Cut(said.String(), "try: ")
	if !ok {
		t.Fatalf("it says\n%s", &said)
	}
	judge(t, "sh", "-c", "PATH="+folder+":$PATH; "+command)
}

// judge runs an outside program, which must agree.
func judge(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}
