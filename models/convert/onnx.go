package main

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Numbers from onnx.proto3: the operator set and format version that every
// produced file declares, element types and attribute types.
const (
	opset      = 11
	irVersion  = 6
	typeFloat  = 1
	typeInt64  = 7
	attrFloatT = 1
	attrIntT   = 2
	attrStrT   = 3
	attrIntsT  = 7
)

// onnxNode is a NodeProto under construction. weight and bias belong to a
// convolution and are written last, because later nodes may fold into them.
type onnxNode struct {
	op           string
	in, out      []string
	attrs        []message
	weight, bias *tensor
}

// port is a named input or output of the whole graph. An axis of length 0 is
// as long as the picture wants.
type port struct {
	name  string
	shape []int
}

func intAttr(name string, v int) message {
	var m message
	m.string(1, name)
	m.int(3, int64(v))
	m.int(20, attrIntT)
	return m
}

func floatAttr(name string, v float32) message {
	var m message
	m.string(1, name)
	m.float(2, v)
	m.int(20, attrFloatT)
	return m
}

func stringAttr(name, v string) message {
	var m message
	m.string(1, name)
	m.string(4, v)
	m.int(20, attrStrT)
	return m
}

func intsAttr(name string, v ...int) message {
	var m message
	m.string(1, name)
	for _, x := range v {
		m.int(8, int64(x))
	}
	m.int(20, attrIntsT)
	return m
}

// encode returns the NodeProto.
func (n *onnxNode) encode() []byte {
	var m message
	for _, x := range n.in {
		m.string(1, x)
	}
	for _, x := range n.out {
		m.string(2, x)
	}
	m.string(3, n.out[0])
	m.string(4, n.op)
	for _, a := range n.attrs {
		m.bytes(5, a.b)
	}
	return m.b
}

// encode returns the TensorProto of a named constant.
func (t *tensor) encode(name string) []byte {
	var m message
	for _, d := range t.shape {
		m.int(1, int64(d))
	}
	var raw []byte
	if t.integer {
		m.int(2, typeInt64)
		for _, v := range t.ints {
			raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
		}
	} else {
		m.int(2, typeFloat)
		for _, v := range t.floats {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
	}
	m.string(8, name)
	m.bytes(9, raw)
	return m.b
}

// encode returns the ValueInfoProto of a float tensor.
func (p port) encode() []byte {
	var shape, tensor, kind, m message
	for i, d := range p.shape {
		var dim message
		if d > 0 {
			dim.int(1, int64(d))
		} else {
			dim.string(2, fmt.Sprintf("%s_%d", p.name, i))
		}
		shape.bytes(1, dim.b)
	}
	tensor.int(1, typeFloat)
	tensor.bytes(2, shape.b)
	kind.bytes(1, tensor.b)
	m.string(1, p.name)
	m.bytes(2, kind.b)
	return m.b
}

// encode returns the whole graph as an ONNX file (ModelProto), without the
// nodes and constants that no output needs.
func (g *graph) encode() []byte {
	for _, n := range g.nodes {
		if n.weight != nil {
			n.in = append(n.in, g.constant("w", n.weight), g.constant("b", n.bias))
		}
	}
	nodes, used := g.needed()
	var graph message
	for _, n := range nodes {
		graph.bytes(1, n.encode())
	}
	graph.string(2, "tfjs")
	for _, c := range g.constants {
		if used[c.name] {
			graph.bytes(5, c.tensor.encode(c.name))
		}
	}
	for _, p := range g.inputs {
		graph.bytes(11, p.encode())
	}
	for _, p := range g.outputs {
		graph.bytes(12, p.encode())
	}
	var operators, model message
	operators.string(1, "")
	operators.int(2, opset)
	model.int(1, irVersion)
	model.string(2, "tfjs2onnx")
	model.bytes(7, graph.b)
	model.bytes(8, operators.b)
	return model.b
}

// needed returns the nodes that the outputs depend on, in order, and the
// names of everything they read.
func (g *graph) needed() (nodes []*onnxNode, used map[string]bool) {
	used = map[string]bool{}
	for _, o := range g.outputs {
		used[o.name] = true
	}
	for i := len(g.nodes) - 1; i >= 0; i-- {
		n := g.nodes[i]
		read := false
		for _, o := range n.out {
			read = read || used[o]
		}
		if !read {
			continue
		}
		for _, x := range n.in {
			used[x] = true
		}
		nodes = append(nodes, n)
	}
	for i, j := 0, len(nodes)-1; i < j; i, j = i+1, j-1 {
		nodes[i], nodes[j] = nodes[j], nodes[i]
	}
	return nodes, used
}
