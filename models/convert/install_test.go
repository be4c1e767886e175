package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qyragy/models"
)

// artifact is a package in from with one file, to be copied.
func artifact(t *testing.T, from string) models.Artifact {
	t.Helper()
	path := filepath.Join(from, "@scope", "weights")
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	content := []byte("weights")
	if err := os.WriteFile(filepath.Join(path, "w.bin"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return models.Artifact{
		Name: "w", Package: "@scope/weights@1.0.0", Convert: models.Copy, File: "w.out", SHA256: hash(content),
		Sources: []models.Source{{Path: "w.bin", SHA256: hash(content)}},
	}
}

func TestInstallIsIdempotentAndMends(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	a := artifact(t, from)
	out := filepath.Join(to, a.File)
	for i, want := range []bool{true, false, true} {
		if i == 2 { // a damaged file is made again
			if err := os.WriteFile(out, []byte("Weights"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		made, err := install(a, from, to)
		if err != nil || made != want {
			t.Fatalf("run %d: made %v, %v", i, made, err)
		}
		if err := models.CheckFile(out, a.SHA256); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(to, ".new-*")); len(left) > 0 {
		t.Errorf("left %v behind", left)
	}
}

func TestInstallRefusesForeignFiles(t *testing.T) {
	from := t.TempDir()
	for _, c := range []struct {
		name   string
		change func(*models.Artifact)
		want   string
	}{
		{"source", func(a *models.Artifact) { a.Sources[0].SHA256 = strings.Repeat("0", 64) }, "not the file that was tested"},
		{"result", func(a *models.Artifact) { a.SHA256 = strings.Repeat("0", 64) }, "not " + strings.Repeat("0", 64)},
		{"missing", func(a *models.Artifact) { a.Sources[0].Path = "absent" }, "npm ci"},
		{"conversion", func(a *models.Artifact) { a.Convert = "magic" }, "magic"},
	} {
		to := t.TempDir()
		a := artifact(t, from)
		c.change(&a)
		made, err := install(a, from, to)
		if made || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: made %v, %v", c.name, made, err)
		}
		if got, _ := os.ReadDir(to); len(got) > 0 {
			t.Errorf("%s: left %v", c.name, got)
		}
	}
}

func TestRunMakesNothingTwice(t *testing.T) {
	to := filepath.Join("..", "onnx")
	if err := models.Check(to); err != nil {
		t.Fatalf("run `make models` first: %v", err)
	}
	m, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	a, err := m.Find(models.NanoDet)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(to, a.File)
	before, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := run("absent", to); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(file)
	if err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Fatalf("the file was made again (%v)", err)
	}
}
