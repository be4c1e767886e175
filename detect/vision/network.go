package vision

// #cgo CXXFLAGS: --std=c++11
// #cgo pkg-config: opencv4
// #include "threads.h"
import "C"

import (
	ort "github.com/yalue/onnxruntime_go"

	"qyragy/detect/onnx"
	"qyragy/models"
)

// network is one ONNX network. It may be run from several goroutines at once.
type network struct {
	session *ort.DynamicAdvancedSession
	outputs []output
}

// output is a network's output: its name and its shape for a picture of the
// given size.
type output struct {
	name  string
	shape func(size) ort.Shape
}

// always is the shape of an output that does not follow the picture's size.
func always(shape ...int64) func(size) ort.Shape {
	return func(size) ort.Shape { return ort.NewShape(shape...) }
}

// grid is the shape of an output with some numbers for each place of a grid
// that lies over the picture, one every so many pixels.
func grid(stride int, values int64) func(size) ort.Shape {
	return func(s size) ort.Shape {
		return ort.NewShape(1, int64(s.width/stride)*int64(s.height/stride), values)
	}
}

// startRuntime prepares the libraries of this process.
func startRuntime(dir string, m models.Manifest) error {
	C.qy_keep_memory()
	C.qy_single_thread()
	return onnx.Start(dir, m)
}

// loadNetwork opens a network of the manifest. Its one input is a picture.
func loadNetwork(dir string, a models.Artifact, outputs ...output) (n *network, err error) {
	n = &network{outputs: outputs}
	var names []string
	for _, o := range outputs {
		names = append(names, o.name)
	}
	if n.session, err = onnx.Open(dir, a, []string{"input"}, names); err != nil {
		return nil, err
	}
	return n, nil
}

// run returns the network's outputs for a picture of three planes, in the
// order in which they were named.
func (n *network) run(input []float32, s size) (outputs [][]float32, err error) {
	in, err := ort.NewTensor(ort.NewShape(1, 3, int64(s.height), int64(s.width)), input)
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
	for _, o := range n.outputs {
		t, err := ort.NewEmptyTensor[float32](o.shape(s))
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
