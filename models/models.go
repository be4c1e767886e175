// Package models knows what the networks are: where each comes from, under
// which licence, and the hash of the file that must be found on this machine.
// The manifest is embedded; the weights are not and never go into git.
//
// It does not convert (models/convert does) and does not run networks
// (detect/vision and detect/hearing do). It is pure Go, so that the server can check an
// installation without cgo.
package models

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

//go:embed manifest.json
var manifestJSON []byte

// The artifacts of the manifest.
const (
	FaceDetection = "face_detection"
	FaceMesh      = "face_mesh"
	FaceEmbedding = "face_embedding"
	NanoDet       = "nanodet"
	SileroVAD     = "silero_vad"
	ONNXRuntime   = "onnxruntime"
)

// Conversion is how an artifact's file is made of its sources.
type Conversion string

// The conversions.
const (
	TFJS    Conversion = "tfjs"     // a TensorFlow.js graph model
	FaceAPI Conversion = "face-api" // face-api's weights of dlib's ResNet
	Copy    Conversion = "copy"     // the file as it is
)

// Source is a file of a package, with a slash-separated path inside it.
type Source struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"` // in lower-case hex
}

// Artifact is one file that the detector needs: a network in ONNX form, or
// the library that runs them.
type Artifact struct {
	Name    string     `json:"name"`
	Package string     `json:"package"` // npm name@version, pinned in package-lock.json
	Sources []Source   `json:"sources"`
	Convert Conversion `json:"convert"`
	// Outputs of a tfjs conversion: TensorFlow's node = the ONNX name.
	Outputs []string `json:"outputs,omitempty"`
	// Free: a tfjs conversion whose picture may have any height and width that
	// are multiples of its largest stride.
	Free    bool   `json:"free,omitempty"`
	File    string `json:"file"`   // the name of the produced file
	SHA256  string `json:"sha256"` // of the produced file, in lower-case hex
	Licence string `json:"licence"`
	Input   string `json:"input,omitempty"` // layout and normalisation
	Purpose string `json:"purpose"`
}

// Version is the first eight hex digits of the file's hash, for the record
// that each look keeps of what made it.
func (a Artifact) Version() string { return a.SHA256[:8] }

// Folder is where the artifact's sources lie in a node_modules folder.
func (a Artifact) Folder() string {
	name := a.Package
	if i := strings.LastIndex(name, "@"); i > 0 {
		name = name[:i]
	}
	return filepath.FromSlash(name)
}

// Manifest lists the artifacts.
type Manifest struct {
	Artifacts []Artifact `json:"artifacts"`
}

// Load returns the embedded manifest.
func Load() (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(manifestJSON, &m); err != nil {
		return m, fmt.Errorf("read the manifest of models: %w", err)
	}
	return m, nil
}

// Find returns the artifact of a name.
func (m Manifest) Find(name string) (Artifact, error) {
	for _, a := range m.Artifacts {
		if a.Name == name {
			return a, nil
		}
	}
	return Artifact{}, fmt.Errorf("the manifest of models has no %q", name)
}

// Check returns nil when every artifact is in dir with the right hash, and
// otherwise says in one sentence per file what is wrong and what to do.
func Check(dir string) error {
	m, err := Load()
	if err != nil {
		return err
	}
	return m.Check(dir)
}

// Check is like the function Check, for any manifest.
func (m Manifest) Check(dir string) error {
	var errs []error
	for _, a := range m.Artifacts {
		errs = append(errs, CheckFile(filepath.Join(dir, a.File), a.SHA256))
	}
	return errors.Join(errs...)
}

// CheckFile returns nil when the file's SHA-256, in lower-case hex, is want.
func CheckFile(path, want string) error {
	got, err := hash(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s is missing: run `make models`: %w", path, fs.ErrNotExist)
	case err != nil:
		return fmt.Errorf("check %s: %w", path, err)
	case got != want:
		return fmt.Errorf("%s is not the file that was tested (SHA-256 %s, must be %s): delete it and run `make models`", path, got, want)
	}
	return nil
}

func hash(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
