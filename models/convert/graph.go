package main

import (
	"fmt"
	"strings"
)

// value is what one TensorFlow node gives. Its shape is TensorFlow's (pictures
// are NHWC); in memory, logical axis i lies at axis perm[i], so that pictures
// can stay NCHW from end to end and transpositions vanish.
type value struct {
	name  string
	shape []int
	perm  []int
	konst *tensor   // a constant has no name until somebody reads it
	conv  *onnxNode // the convolution that gave it, when nothing came between
	pad   *padding  // a padding that its reader may swallow
}

// padding is a Pad that is not yet a node: convolutions and poolings take it
// as an attribute.
type padding struct {
	base  *value
	pads  [][2]int // before and after, per logical axis
	value float32
}

type namedTensor struct {
	name   string
	tensor *tensor
}

// graph is an ONNX graph under construction, and the TensorFlow graph that
// it is made from.
type graph struct {
	nodes     []*onnxNode
	constants []namedTensor
	inputs    []port
	outputs   []port
	names     int // how many names were given out
	// free: the picture may have any height and width, so that no other shape
	// may be written down that depends on them.
	free bool

	tf      map[string]*tfNode
	weights map[string]*tensor
	values  map[string]*value
	readers map[string]int // how many nodes read a TensorFlow node
}

func newGraph() *graph {
	return &graph{tf: map[string]*tfNode{}, weights: map[string]*tensor{}, values: map[string]*value{}, readers: map[string]int{}}
}

// nchw is where the axes of an NHWC picture lie in memory.
func nchw() []int { return []int{0, 2, 3, 1} }

func (g *graph) fresh(prefix string) string {
	g.names++
	return fmt.Sprintf("%s_%d", prefix, g.names)
}

func (g *graph) constant(prefix string, t *tensor) string {
	name := g.fresh(prefix)
	g.constants = append(g.constants, namedTensor{name, t})
	return name
}

// emit adds a node with one output and returns it.
func (g *graph) emit(op string, in []string, attrs ...message) *onnxNode {
	n := &onnxNode{op: op, in: in, out: []string{g.fresh(strings.ToLower(op))}, attrs: attrs}
	g.nodes = append(g.nodes, n)
	return n
}

// unary adds a node that keeps its input's shape and layout.
func (g *graph) unary(op string, v *value, attrs ...message) *value {
	v = g.materialise(v)
	return &value{name: g.emit(op, []string{v.name}, attrs...).out[0], shape: v.shape, perm: v.perm}
}

func konst(t *tensor) *value {
	return &value{konst: t, shape: t.shape, perm: identity(len(t.shape))}
}

// input returns the value of a node's i-th input.
func (g *graph) input(n *tfNode, i int) *value {
	if i >= len(n.Input) {
		fail("node %s (%s) has no input %d", n.Name, n.Op, i)
	}
	v := g.values[nodeOf(n.Input[i])]
	if v == nil {
		fail("node %s (%s): its input %s was not converted", n.Name, n.Op, n.Input[i])
	}
	return v
}

// inputConst returns the constant that must be a node's i-th input.
func (g *graph) inputConst(n *tfNode, i int) *tensor {
	t := g.input(n, i).konst
	if t == nil {
		fail("node %s (%s): its input %d is not a constant", n.Name, n.Op, i)
	}
	return t
}

// materialise turns a pending padding into a Pad node.
func (g *graph) materialise(v *value) *value {
	if v.pad == nil {
		return v
	}
	b := v.pad.base
	rank := len(b.shape)
	pads := make([]int, 2*rank)
	for i, p := range b.perm {
		pads[p], pads[rank+p] = v.pad.pads[i][0], v.pad.pads[i][1]
	}
	in := []string{b.name, g.constant("pads", intTensor(pads)), g.constant("padv", scalar(v.pad.value))}
	v.name = g.emit("Pad", in, stringAttr("mode", "constant")).out[0]
	v.perm = b.perm
	v.pad = nil
	return v
}

// inLayout returns the name of a tensor that holds v with its logical axis i
// at axis want[i]; it adds the node that this takes, if any.
func (g *graph) inLayout(v *value, want []int) string {
	v = g.materialise(v)
	if v.konst != nil {
		return g.constant("k", permuted(v.konst, want))
	}
	if same(v.perm, want) {
		return v.name
	}
	order := make([]int, len(want))
	for i := range want {
		order[want[i]] = v.perm[i]
	}
	if !g.free && keepsOrder(physical(v.shape, v.perm), order) {
		shape := g.constant("shape", intTensor(physical(v.shape, want)))
		return g.emit("Reshape", []string{v.name, shape}).out[0]
	}
	return g.emit("Transpose", []string{v.name}, intsAttr("perm", order...)).out[0]
}

// keepsOrder reports whether a transposition moves nothing in memory: the
// axes longer than 1 stay in order, so that a Reshape does.
func keepsOrder(shape, order []int) bool {
	last := -1
	for _, axis := range order {
		if shape[axis] == 1 {
			continue
		}
		if axis < last {
			return false
		}
		last = axis
	}
	return true
}
