package models_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qyragy/models"
)

const dir = "onnx"

func TestInstalledFilesAreTheTestedOnes(t *testing.T) {
	if err := models.Check(dir); err != nil {
		t.Fatalf("run `make models` first: %v", err)
	}
}

func TestCheckSaysWhatIsMissing(t *testing.T) {
	err := models.Check(t.TempDir())
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "make models") {
		t.Fatalf("an empty folder gave %v", err)
	}
}

func TestCheckFindsOneFlippedBit(t *testing.T) {
	m, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	a, err := m.Find(models.FaceDetection)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, a.File))
	if err != nil {
		t.Fatalf("run `make models` first: %v", err)
	}
	path := filepath.Join(t.TempDir(), a.File)
	for _, flip := range []byte{0, 1} {
		b[len(b)/2] ^= flip
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		err := models.CheckFile(path, a.SHA256)
		if (err != nil) != (flip != 0) {
			t.Fatalf("flipping %d gave %v", flip, err)
		}
	}
}

func TestManifestIsComplete(t *testing.T) {
	m, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(lock), "://") {
		t.Error("the lock file names a download address")
	}
	for _, name := range []string{models.FaceDetection, models.FaceMesh, models.FaceEmbedding, models.NanoDet, models.SileroVAD, models.ONNXRuntime} {
		a, err := m.Find(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if a.Licence == "" || a.Purpose == "" || len(a.SHA256) != 64 || len(a.Sources) == 0 || len(a.Version()) != 8 {
			t.Errorf("%s is incomplete: %+v", name, a)
		}
		if pinned := `"node_modules/` + filepath.ToSlash(a.Folder()) + `"`; !strings.Contains(string(lock), pinned) {
			t.Errorf("%s: %s is not in the lock file", name, pinned)
		}
	}
	if _, err := m.Find("nothing"); err == nil {
		t.Error("found an artifact that is not there")
	}
}
