package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"qyragy/models"
)

// install makes an artifact's file in the folder to, unless it is there
// already with the right hash, and reports whether it made it.
func install(a models.Artifact, from, to string) (made bool, err error) {
	path := filepath.Join(to, a.File)
	if models.CheckFile(path, a.SHA256) == nil {
		return false, nil
	}
	sources, err := read(a, from)
	if err != nil {
		return false, err
	}
	content, err := produce(a, sources)
	if err != nil {
		return false, err
	}
	if got := hash(content); got != a.SHA256 {
		return false, fmt.Errorf("the conversion gave SHA-256 %s, not %s as in the manifest", got, a.SHA256)
	}
	return true, replace(path, content)
}

// read returns the contents of an artifact's sources, checked.
func read(a models.Artifact, from string) ([][]byte, error) {
	var contents [][]byte
	for _, s := range a.Sources {
		path := filepath.Join(from, a.Folder(), filepath.FromSlash(s.Path))
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s is missing: run `npm ci --ignore-scripts --prefix models` first", path)
		}
		if err != nil {
			return nil, err
		}
		if got := hash(b); got != s.SHA256 {
			return nil, fmt.Errorf("%s is not the file that was tested (SHA-256 %s, must be %s)", path, got, s.SHA256)
		}
		contents = append(contents, b)
	}
	return contents, nil
}

// produce makes the file's content. A network's sources are its description,
// then its weights in order.
func produce(a models.Artifact, sources [][]byte) ([]byte, error) {
	if len(sources) == 0 {
		return nil, errors.New("the manifest names no source")
	}
	var weights []byte
	for _, b := range sources[1:] {
		weights = append(weights, b...)
	}
	switch a.Convert {
	case models.TFJS:
		return convertGraph(sources[0], weights, a.Outputs, a.Free)
	case models.FaceAPI:
		return convertFaceRecognition(sources[0], weights)
	case models.Copy:
		return sources[0], nil
	default:
		return nil, fmt.Errorf("the manifest names the unknown conversion %q", a.Convert)
	}
}

// replace writes a file whole or not at all.
func replace(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it is renamed, as it should
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
