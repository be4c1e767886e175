package vision

// #cgo CXXFLAGS: --std=c++11
// #cgo pkg-config: opencv4
// #include "threads.h"
import "C"

import (
	"fmt"
	"path/filepath"

	ort "github.com/yalue/onnxruntime_go"

	"qyragy/models"
)

// network is one ONNX network. It may be run from several goroutines at once.
type network struct {
	session *ort.DynamicAdvancedSession
	input   ort.Shape
	outputs []ort.Shape
}

// output is a network's output: its name and shape.
type output struct {
	name  string
	shape []int64
}

// startRuntime loads the library once per process; it stays loaded, because
// it cannot be unloaded safely while any session lives.
func startRuntime(library string) error {
	C.qy_single_thread()
	if ort.IsInitialized() {
		return nil
	}
	ort.SetSharedLibraryPath(library)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return fmt.Errorf("start ONNX Runtime: %w", err)
	}
	return nil
}

// loadNetwork opens a network of the manifest. Its one input is square.
func loadNetwork(dir string, a models.Artifact, side int64, outputs ...output) (*network, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", a.Name, err)
	}
	defer options.Destroy()
	// One thread per session: the worker runs as many looks at once as it has
	// cores, and more threads made every network slower (models/README.md).
	if err := options.SetIntraOpNumThreads(1); err != nil {
		return nil, fmt.Errorf("load %s: %w", a.Name, err)
	}
	n := &network{input: ort.NewShape(1, 3, side, side)}
	var names []string
	for _, o := range outputs {
		names = append(names, o.name)
		n.outputs = append(n.outputs, ort.NewShape(o.shape...))
	}
	n.session, err = ort.NewDynamicAdvancedSession(filepath.Join(dir, a.File), []string{"input"}, names, options)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", a.Name, err)
	}
	return n, nil
}

// run returns the network's outputs, in the order in which they were named.
func (n *network) run(input []float32) (outputs [][]float32, err error) {
	in, err := ort.NewTensor(n.input, input)
	if err != nil {
		return nil, err
	}
	defer in.Destroy()
	var values []ort.Value
	defer func() {
		for _, v := range values {
			v.Destroy()
		}
	}()
	for _, shape := range n.outputs {
		t, err := ort.NewEmptyTensor[float32](shape)
		if err != nil {
			return nil, err
		}
		values = append(values, t)
		outputs = append(outputs, t.GetData())
	}
	if err := n.session.Run([]ort.Value{in}, values); err != nil {
		return nil, err
	}
	return outputs, nil
}

func (n *network) close() error {
	if n == nil {
		return nil
	}
	return n.session.Destroy()
}
