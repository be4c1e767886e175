package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	ort "github.com/yalue/onnxruntime_go"
)

// tiny is a TensorFlow.js graph with one convolution of a padded 4x4 picture
// of two channels, a bias, a rectifier and a reshape: what every network here
// begins with.
func tiny(t *testing.T, op string) (modelJSON, weights []byte) {
	t.Helper()
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	node := func(name, op, attrs string, inputs ...string) string {
		in, err := json.Marshal(inputs)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`{"name":%q,"op":%q,"input":%s,"attr":{%s}}`, name, op, in, attrs)
	}
	nodes := []string{
		node("x", "Placeholder", `"shape":{"shape":{"dim":[{"size":"-1"},{"size":"4"},{"size":"4"},{"size":"2"}]}}`),
		node("filter", "Const", ""), node("bias", "Const", ""), node("pads", "Const", ""), node("shape", "Const", ""),
		node("padded", "Pad", "", "x", "pads"),
		node("conv", "Conv2D", `"strides":{"list":{"i":["1","1","1","1"]}},"padding":{"s":"`+b64("VALID")+`"},"data_format":{"s":"`+b64("NHWC")+`"}`, "padded", "filter"),
		node("sum", "AddV2", "", "conv", "bias"),
		node("act", op, "", "sum"),
		node("out", "Reshape", "", "act:0", "shape"),
	}
	specs := `[{"name":"filter","shape":[3,3,2,3],"dtype":"float32"},{"name":"bias","shape":[3],"dtype":"float32"},
		{"name":"pads","shape":[4,2],"dtype":"int32"},{"name":"shape","shape":[2],"dtype":"int32"}]`
	for i := range 3 * 3 * 2 * 3 {
		weights = binary.LittleEndian.AppendUint32(weights, math.Float32bits(filterAt(i)))
	}
	for i := range 3 {
		weights = binary.LittleEndian.AppendUint32(weights, math.Float32bits(float32(i)))
	}
	for _, v := range []int32{0, 0, 1, 1, 1, 1, 0, 0, -1, 3} {
		weights = binary.LittleEndian.AppendUint32(weights, uint32(v))
	}
	return fmt.Appendf(nil, `{"modelTopology":{"node":[%s]},"weightsManifest":[{"paths":["w.bin"],"weights":%s}]}`, strings.Join(nodes, ","), specs), weights
}

func filterAt(i int) float32 { return float32(i%7) - 3 }

// expected computes the tiny graph in TensorFlow's layout, from definition.
func expected(picture func(y, x, c int) float32) []float32 {
	var r []float32
	for y := range 4 {
		for x := range 4 {
			for o := range 3 {
				sum := float32(o)
				for ky := range 3 {
					for kx := range 3 {
						for c := range 2 {
							if yy, xx := y+ky-1, x+kx-1; yy >= 0 && yy < 4 && xx >= 0 && xx < 4 {
								sum += picture(yy, xx, c) * filterAt(((ky*3+kx)*2+c)*3+o)
							}
						}
					}
				}
				r = append(r, max(0, sum))
			}
		}
	}
	return r
}

func TestConvertedGraphComputesTheSame(t *testing.T) {
	modelJSON, weights := tiny(t, "Relu")
	onnx, err := convertGraph(modelJSON, weights, []string{"out=result"}, false)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, computed(t, onnx, 4, ort.NewShape(16, 3)), expected(pixel))
}

// A free graph computes the same, and takes a higher picture too: where that
// one is no different, its result is not.
func TestFreeGraphTakesAnySize(t *testing.T) {
	modelJSON, weights := tiny(t, "Relu")
	modelJSON = bytes.Replace(modelJSON, []byte(`"name":"shape","shape":[2]`), []byte(`"name":"shape","shape":[3]`), 1)
	weights = weights[:len(weights)-8]
	for _, v := range []int32{1, -1, 3} {
		weights = binary.LittleEndian.AppendUint32(weights, uint32(v))
	}
	onnx, err := convertGraph(modelJSON, weights, []string{"out=result"}, true)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, computed(t, onnx, 4, ort.NewShape(1, 16, 3)), expected(pixel))
	const untouched = 3 * 4 * 3 // the fourth row's values depend on the fifth
	equal(t, computed(t, onnx, 6, ort.NewShape(1, 24, 3))[:untouched], expected(pixel)[:untouched])

	modelJSON, weights = tiny(t, "Relu")
	if _, err := convertGraph(modelJSON, weights, []string{"out=result"}, true); err == nil {
		t.Error("a reshape that mixes places with channels was let free")
	}
}

func pixel(y, x, c int) float32 { return float32((y*5+x*3+c*2)%11) - 4 }

func equal(t *testing.T, got, want []float32) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("computed %v, want %v", got, want)
	}
}

// computed runs a tiny network on a picture four pixels wide.
func computed(t *testing.T, onnx []byte, height int, shape ort.Shape) []float32 {
	t.Helper()
	library, err := filepath.Abs("../onnx/libonnxruntime.so")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(library); err != nil {
		t.Fatalf("run `make models` first: %v", err)
	}
	ort.SetSharedLibraryPath(library)
	if err := ort.InitializeEnvironment(); err != nil {
		t.Fatal(err)
	}
	defer ort.DestroyEnvironment()
	var in []float32
	for c := range 2 { // the converted network takes NCHW
		for y := range height {
			for x := range 4 {
				in = append(in, pixel(y, x, c))
			}
		}
	}
	input, err := ort.NewTensor(ort.NewShape(1, 2, int64(height), 4), in)
	if err != nil {
		t.Fatal(err)
	}
	defer input.Destroy()
	output, err := ort.NewEmptyTensor[float32](shape)
	if err != nil {
		t.Fatal(err)
	}
	defer output.Destroy()
	s, err := ort.NewAdvancedSessionWithONNXData(onnx, []string{"input"}, []string{"result"}, []ort.Value{input}, []ort.Value{output}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Destroy()
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(output.GetData())
}

func TestConversionIsDeterministic(t *testing.T) {
	modelJSON, weights := tiny(t, "Relu")
	a, err := convertGraph(modelJSON, weights, []string{"out=result"}, false)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		b, err := convertGraph(modelJSON, weights, []string{"out=result"}, false)
		if err != nil || hash(a) != hash(b) {
			t.Fatalf("another conversion gave other bytes (%v)", err)
		}
	}
}

func TestConversionRefusesWhatItDoesNotKnow(t *testing.T) {
	good, weights := tiny(t, "Relu")
	unknown, _ := tiny(t, "Gelu")
	for _, c := range []struct {
		name    string
		json    []byte
		weights []byte
		output  string
		want    string
	}{
		{"operation", unknown, weights, "out=o", "Gelu"},
		{"short weights", good, weights[:len(weights)-1], "out=o", "end inside"},
		{"long weights", good, append(weights[:len(weights):len(weights)], 0), "out=o", "no tensor claims"},
		{"no such node", good, weights, "absent=o", "absent"},
		{"output without a name", good, weights, "out", "node=name"},
		{"not JSON", []byte("{"), weights, "out=o", "model.json"},
	} {
		_, err := convertGraph(c.json, c.weights, []string{c.output}, false)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", c.name, err, c.want)
		}
	}
}
