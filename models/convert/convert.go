package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// unsupported is what fail panics with. The conversion is a deep recursion of
// small functions over a graph that either converts whole or not at all, so
// it leaves through one recover, in caught.
type unsupported struct{ error }

func fail(format string, a ...any) {
	panic(unsupported{fmt.Errorf(format, a...)})
}

// caught turns a failure of the conversion into *err.
func caught(err *error) {
	switch r := recover().(type) {
	case nil:
	case unsupported:
		*err = r.error
	default:
		panic(r)
	}
}

// convertGraph converts a TensorFlow.js graph model to ONNX. data holds the
// weight files, one after the other; outputs are "node=name" pairs: the nodes
// whose values the network shall give, and what to call them. free lets the
// picture be of any size that the network's strides divide.
func convertGraph(modelJSON, data []byte, outputs []string, free bool) (onnx []byte, err error) {
	defer caught(&err)
	var m tfModel
	if err := json.Unmarshal(modelJSON, &m); err != nil {
		return nil, fmt.Errorf("read model.json: %w", err)
	}
	if len(m.Weights) != 1 {
		return nil, fmt.Errorf("model.json has %d groups of weights, not one", len(m.Weights))
	}
	g := newGraph()
	g.free = free
	g.weights = m.Weights[0].weights(data)
	for _, n := range m.Topology.Node {
		g.tf[n.Name] = n
	}
	var nodes, names []string
	for _, o := range outputs {
		node, name, ok := strings.Cut(o, "=")
		if !ok {
			return nil, fmt.Errorf("output %q is not node=name", o)
		}
		nodes, names = append(nodes, node), append(names, name)
	}
	order := g.order(nodes)
	for _, n := range order {
		g.values[n.Name] = g.convert(n)
	}
	for i := range nodes {
		g.output(nodes[i], names[i])
	}
	return g.encode(), nil
}

// order returns the nodes that the wanted ones depend on, each after its
// inputs, and counts how often each is read.
func (g *graph) order(wanted []string) []*tfNode {
	const visiting, done = 1, 2
	var order []*tfNode
	state := map[string]int{}
	var visit func(string)
	visit = func(input string) {
		name, _, _ := strings.Cut(nodeOf(input), ":")
		n := g.tf[name]
		switch {
		case state[name] == done:
			return
		case state[name] == visiting:
			fail("the graph has a cycle through %s", name)
		case n == nil:
			fail("the graph has no node %s", name)
		}
		state[name] = visiting
		for _, in := range n.Input {
			if !strings.HasPrefix(in, "^") {
				visit(in)
				g.readers[nodeOf(in)]++
			}
		}
		state[name] = done
		order = append(order, n)
	}
	for _, w := range wanted {
		visit(w)
		g.readers[w]++
	}
	return order
}

// output makes a node's value an output of the whole graph. Pictures stay
// NCHW; everything else comes in TensorFlow's order of axes.
func (g *graph) output(node, name string) {
	v := g.values[node]
	perm := identity(len(v.shape))
	if len(v.shape) == 4 && same(v.perm, nchw()) {
		perm = nchw()
	}
	g.rename(g.inLayout(v, perm), name)
	g.outputs = append(g.outputs, port{name, g.freed(physical(v.shape, perm))})
}

func (g *graph) rename(from, to string) {
	swap := func(names []string) {
		for i := range names {
			if names[i] == from {
				names[i] = to
			}
		}
	}
	for _, n := range g.nodes {
		swap(n.in)
		swap(n.out)
	}
	for _, v := range g.values {
		if v.name == from {
			v.name = to
		}
	}
}
