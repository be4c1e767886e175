// Package onnx starts ONNX Runtime, the library that runs the networks, for
// the packages that use it. It knows no network.
package onnx

import (
	"fmt"
	"path/filepath"

	ort "github.com/yalue/onnxruntime_go"

	"qyragy/models"
)

// Start loads the library of the manifest from modelsDir, once per process; it
// stays loaded, because it cannot be unloaded safely while any session lives.
// It is not for several goroutines at once.
func Start(modelsDir string, m models.Manifest) error {
	if ort.IsInitialized() {
		return nil
	}
	library, err := m.Find(models.ONNXRuntime)
	if err != nil {
		return err
	}
	path, err := filepath.Abs(filepath.Join(modelsDir, library.File))
	if err != nil {
		return fmt.Errorf("start ONNX Runtime: %w", err)
	}
	ort.SetSharedLibraryPath(path)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return fmt.Errorf("start ONNX Runtime: %w", err)
	}
	return nil
}

// Open opens a network of the manifest with its inputs and outputs by name.
// One thread runs it: a worker runs as many requests at once as it has cores,
// and more threads made every network slower (models/README.md).
func Open(modelsDir string, a models.Artifact, inputs, outputs []string) (*ort.DynamicAdvancedSession, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", a.Name, err)
	}
	defer options.Destroy()
	if err := options.SetIntraOpNumThreads(1); err != nil {
		return nil, fmt.Errorf("load %s: %w", a.Name, err)
	}
	s, err := ort.NewDynamicAdvancedSession(filepath.Join(modelsDir, a.File), inputs, outputs, options)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", a.Name, err)
	}
	return s, nil
}
