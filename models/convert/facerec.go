package main

import (
	"encoding/json"
	"fmt"
)

// The input of dlib's face ResNet: one upright RGB face of 150x150 pixels,
// (v - mean) / 256.
const chipSide = 150

// picture is a node's output on the way through the ResNet.
type picture struct {
	name                    string
	height, width, channels int
}

// resnet builds dlib's anet_type, whose topology is code and not data:
// face-api ships its weights alone.
type resnet struct {
	*graph
}

// convertFaceRecognition converts face-api's face_recognition_model (dlib's
// ResNet-29 with 128 outputs) to ONNX.
func convertFaceRecognition(manifest, data []byte) (onnx []byte, err error) {
	defer caught(&err)
	var groups []weightGroup
	if err := json.Unmarshal(manifest, &groups); err != nil {
		return nil, fmt.Errorf("read the weights manifest: %w", err)
	}
	if len(groups) != 1 {
		return nil, fmt.Errorf("the weights manifest has %d groups, not one", len(groups))
	}
	r := resnet{newGraph()}
	r.weights = groups[0].weights(data)
	r.inputs = []port{{"input", []int{1, 3, chipSide, chipSide}}}
	r.outputs = []port{{"emb", []int{1, 128}}}
	r.build()
	return r.encode(), nil
}

func (r resnet) build() {
	x := r.conv(picture{"input", chipSide, chipSide, 3}, "conv32_down", 2, false, true)
	pool := r.emit("MaxPool", []string{x.name}, intsAttr("kernel_shape", 3, 3), intsAttr("strides", 2, 2))
	x = picture{pool.out[0], (x.height-3)/2 + 1, (x.width-3)/2 + 1, x.channels}
	for _, b := range []struct {
		name string
		down bool
	}{
		{"conv32_1", false}, {"conv32_2", false}, {"conv32_3", false},
		{"conv64_down", true}, {"conv64_1", false}, {"conv64_2", false}, {"conv64_3", false},
		{"conv128_down", true}, {"conv128_1", false}, {"conv128_2", false},
		{"conv256_down", true}, {"conv256_1", false}, {"conv256_2", false}, {"conv256_down_out", true},
	} {
		if b.down {
			x = r.down(x, b.name)
		} else {
			x = r.residual(x, b.name)
		}
	}
	mean := r.emit("GlobalAveragePool", []string{x.name})
	flat := r.emit("Reshape", []string{mean.out[0], r.constant("shape", intTensor([]int{1, 256}))})
	fc := permuted(r.weight("fc"), []int{1, 0})
	bias := &tensor{shape: []int{128}, floats: make([]float32, 128)}
	out := r.emit("Gemm", []string{flat.out[0], r.constant("w", fc), r.constant("b", bias)}, intAttr("transB", 1))
	out.out[0] = "emb"
}

func (r resnet) weight(name string) *tensor {
	t := r.weights[name]
	if t == nil {
		fail("the weights have no tensor %s", name)
	}
	return t
}

// conv is a square convolution with dlib's affine layer folded into it.
func (r resnet) conv(x picture, name string, stride int, padded, relu bool) picture {
	filter, bias := r.weight(name+"/conv/filters"), r.weight(name+"/conv/bias")
	scale, shift := r.weight(name+"/scale/weights"), r.weight(name+"/scale/biases")
	w, _ := transposedFilter(filter, false, x.channels)
	side, out := filter.shape[0], filter.shape[3]
	b := &tensor{shape: []int{out}, floats: make([]float32, out)}
	per := len(w.floats) / out
	for o := range out {
		for i := range per {
			w.floats[o*per+i] *= scale.floats[o]
		}
		b.floats[o] = bias.floats[o]*scale.floats[o] + shift.floats[o]
	}
	pad := 0
	if padded {
		pad = side / 2
	}
	n := r.emit("Conv", []string{x.name}, intsAttr("kernel_shape", side, side), intsAttr("strides", stride, stride), intsAttr("pads", pad, pad, pad, pad))
	n.weight, n.bias = w, b
	y := picture{n.out[0], (x.height+2*pad-side)/stride + 1, (x.width+2*pad-side)/stride + 1, out}
	if relu {
		y.name = r.emit("Relu", []string{y.name}).out[0]
	}
	return y
}

func (r resnet) addRelu(a, b picture) picture {
	sum := r.emit("Add", []string{a.name, b.name})
	a.name = r.emit("Relu", []string{sum.out[0]}).out[0]
	return a
}

// pad adds channels, rows and columns of zeros at the end.
func (r resnet) pad(x picture, channels, rows, columns int) picture {
	pads := intTensor([]int{0, 0, 0, 0, 0, channels, rows, columns})
	n := r.emit("Pad", []string{x.name, r.constant("pads", pads), r.constant("pv", scalar(0))}, stringAttr("mode", "constant"))
	return picture{n.out[0], x.height + rows, x.width + columns, x.channels + channels}
}

func (r resnet) residual(x picture, name string) picture {
	y := r.conv(r.conv(x, name+"/conv1", 1, true, true), name+"/conv2", 1, true, false)
	return r.addRelu(y, x)
}

// down halves the picture; the shortcut is an average pool, and whichever of
// the two came out smaller is padded with zeros.
func (r resnet) down(x picture, name string) picture {
	y := r.conv(r.conv(x, name+"/conv1", 2, false, true), name+"/conv2", 1, true, false)
	n := r.emit("AveragePool", []string{x.name}, intsAttr("kernel_shape", 2, 2), intsAttr("strides", 2, 2))
	short := picture{n.out[0], x.height / 2, x.width / 2, x.channels}
	if short.height != y.height {
		y = r.pad(y, 0, short.height-y.height, short.width-y.width)
	}
	if short.channels != y.channels {
		short = r.pad(short, y.channels-short.channels, 0, 0)
	}
	return r.addRelu(short, y)
}
