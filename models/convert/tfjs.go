package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// tfModel is the part of a TensorFlow.js graph model's model.json that the
// conversion needs: the frozen graph and what lies where in the weight files.
type tfModel struct {
	Topology struct {
		Node []*tfNode `json:"node"`
	} `json:"modelTopology"`
	Weights []weightGroup `json:"weightsManifest"`
}

// weightGroup lists the tensors of one run of weight files, in file order.
type weightGroup struct {
	Paths   []string     `json:"paths"`
	Weights []weightSpec `json:"weights"`
}

type weightSpec struct {
	Name         string `json:"name"`
	Shape        []int  `json:"shape"`
	Dtype        string `json:"dtype"`
	Quantization *struct {
		Dtype string  `json:"dtype"`
		Scale float64 `json:"scale"`
		Min   float64 `json:"min"`
	} `json:"quantization"`
}

// tfNode is one operation of the graph. Attr holds TensorFlow AttrValues,
// each an object with one key that tells its type.
type tfNode struct {
	Name  string                     `json:"name"`
	Op    string                     `json:"op"`
	Input []string                   `json:"input"`
	Attr  map[string]json.RawMessage `json:"attr"`
}

// weights decodes a group's tensors. data is its files, one after the other.
func (g weightGroup) weights(data []byte) map[string]*tensor {
	r := map[string]*tensor{}
	for _, w := range g.Weights {
		var t *tensor
		t, data = w.decode(data)
		r[w.Name] = t
	}
	if len(data) != 0 {
		fail("the weight files hold %d bytes that no tensor claims", len(data))
	}
	return r
}

func (w weightSpec) decode(data []byte) (t *tensor, rest []byte) {
	kind, scale, least := w.Dtype, 1.0, 0.0
	if q := w.Quantization; q != nil {
		kind, scale, least = q.Dtype, q.Scale, q.Min
	}
	width := map[string]int{"uint8": 1, "float16": 2, "float32": 4, "int32": 4}[kind]
	n := size(w.Shape)
	if width == 0 {
		fail("tensor %s has the unknown type %q", w.Name, kind)
	}
	if n < 0 || n > len(data)/width {
		fail("the weight files end inside tensor %s", w.Name)
	}
	t = &tensor{shape: w.Shape, integer: kind == "int32"}
	for i := range n {
		b := data[i*width:]
		switch kind {
		case "uint8":
			t.floats = append(t.floats, float32(float64(b[0])*scale+least))
		case "float16":
			t.floats = append(t.floats, float16(binary.LittleEndian.Uint16(b)))
		case "float32":
			t.floats = append(t.floats, math.Float32frombits(binary.LittleEndian.Uint32(b)))
		case "int32":
			t.ints = append(t.ints, int64(int32(binary.LittleEndian.Uint32(b))))
		}
	}
	return t, data[n*width:]
}

// nodeOf is the node that an input names: "^x" is a control edge to x, "x:0"
// is x's first output. Other outputs keep their number.
func nodeOf(input string) string {
	return strings.TrimSuffix(strings.TrimPrefix(input, "^"), ":0")
}

// attr returns the attribute's value of the given type letter as raw text,
// without quotes; "" where there is none.
func (n *tfNode) attr(name, kind string) string {
	var v map[string]json.RawMessage
	if json.Unmarshal(n.Attr[name], &v) != nil {
		return ""
	}
	return strings.Trim(string(v[kind]), `"`)
}

// bytesAttr returns a string attribute; JSON carries it in base64.
func (n *tfNode) bytesAttr(name string) string {
	b, err := base64.StdEncoding.DecodeString(n.attr(name, "s"))
	if err != nil {
		fail("%s: attribute %s: %v", n.Name, name, err)
	}
	return string(b)
}

func (n *tfNode) boolAttr(name string) bool { return n.attr(name, "b") == "true" }

func (n *tfNode) floatAttr(name string, otherwise float32) float32 {
	v, err := strconv.ParseFloat(n.attr(name, "f"), 64)
	if err != nil {
		return otherwise
	}
	return float32(v)
}

// listAttr returns a list of integers, which JSON carries as strings.
func (n *tfNode) listAttr(name string) []int {
	var v struct {
		List struct {
			I []json.RawMessage `json:"i"`
		} `json:"list"`
	}
	if json.Unmarshal(n.Attr[name], &v) != nil {
		return nil
	}
	var r []int
	for _, x := range v.List.I {
		d, err := strconv.Atoi(strings.Trim(string(x), `"`))
		if err != nil {
			fail("%s: attribute %s: %v", n.Name, name, err)
		}
		r = append(r, d)
	}
	return r
}

// fused returns the operations that TensorFlow merged into a convolution.
func (n *tfNode) fused() []string {
	var v struct {
		List struct {
			S [][]byte `json:"s"` // encoding/json undoes the base64
		} `json:"list"`
	}
	if json.Unmarshal(n.Attr["fused_ops"], &v) != nil {
		return nil
	}
	var r []string
	for _, s := range v.List.S {
		r = append(r, string(s))
	}
	return r
}

// placeholderShape is the shape of the graph's input; unknown sizes are 1.
func (n *tfNode) placeholderShape() []int {
	var v struct {
		Shape struct {
			Dim []struct {
				Size string `json:"size"`
			} `json:"dim"`
		} `json:"shape"`
	}
	if json.Unmarshal(n.Attr["shape"], &v) != nil {
		return nil
	}
	var r []int
	for _, d := range v.Shape.Dim {
		size, _ := strconv.Atoi(d.Size) // "-1" and "" both mean: any
		r = append(r, max(size, 1))
	}
	return r
}
