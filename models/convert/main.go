// Command convert makes the files that the detector needs: it turns the
// networks of the npm packages in models/package.json into ONNX files and
// copies the library that runs them. Every file is checked before it is read
// and before it is kept, against the hashes in models/manifest.json.
//
//	npm ci --ignore-scripts --prefix models
//	go run ./models/convert
//
// The conversion is mechanical and deterministic: the same weights, the same
// arithmetic, the same bytes every time. It knows only the operations that
// these networks use and fails on any other.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"qyragy/models"
)

func main() {
	from := flag.String("from", filepath.Join("models", "node_modules"), "the `folder` that npm filled")
	to := flag.String("to", filepath.Join("models", "onnx"), "the `folder` to write to")
	flag.Parse()
	if err := run(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	m, err := models.Load()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, a := range m.Artifacts {
		made, err := install(a, from, to)
		if err != nil {
			return fmt.Errorf("%s: %w", a.Name, err)
		}
		if made {
			fmt.Println("made", filepath.Join(to, a.File))
		}
	}
	return nil
}
