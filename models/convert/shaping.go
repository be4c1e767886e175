package main

import "fmt"

// convertShaping converts the operations that move data or compute shapes
// without doing arithmetic on the picture.
func (g *graph) convertShaping(n *tfNode) *value {
	switch n.Op {
	case "Transpose":
		return g.transpose(n)
	case "Reshape":
		return g.reshape(n)
	case "ConcatV2":
		return g.concat(n)
	case "SplitV":
		return g.split(n)
	case "SparseToDense":
		return g.sparseToDense(n)
	case "Shape":
		return konst(intTensor(g.input(n, 0).shape))
	case "StridedSlice":
		return g.sliceOne(n)
	case "Pack":
		return g.pack(n)
	}
	fail("operation %s (node %s) is not supported", n.Op, n.Name)
	return nil
}

// transpose moves no data: it only notes where the axes lie.
func (g *graph) transpose(n *tfNode) *value {
	x := g.input(n, 0)
	axes := g.inputConst(n, 1).values()
	if len(axes) != len(x.shape) {
		fail("%s: %d axes for shape %v", n.Name, len(axes), x.shape)
	}
	if x.konst != nil {
		inverse := make([]int, len(axes))
		for i, a := range axes {
			inverse[a] = i
		}
		return konst(permuted(x.konst, inverse))
	}
	v := &value{name: x.name, shape: picked(x.shape, axes), perm: picked(x.perm, axes)}
	if p := x.pad; p != nil {
		base := &value{name: p.base.name, shape: picked(p.base.shape, axes), perm: picked(p.base.perm, axes)}
		v.pad = &padding{base: base, value: p.value}
		for _, a := range axes {
			v.pad.pads = append(v.pad.pads, p.pads[a])
		}
	}
	return v
}

func picked(v, axes []int) []int {
	r := make([]int, len(axes))
	for i, a := range axes {
		r[i] = v[a]
	}
	return r
}

func (g *graph) reshape(n *tfNode) *value {
	x := g.input(n, 0)
	shape := append([]int{}, g.inputConst(n, 1).values()...)
	known, open := 1, -1
	for i, d := range shape {
		if d < 0 {
			open = i
		} else {
			known *= d
		}
	}
	if open >= 0 && known > 0 {
		shape[open] = size(x.shape) / known
	}
	if size(shape) != size(x.shape) {
		fail("%s: cannot reshape %v to %v", n.Name, x.shape, shape)
	}
	if x.konst != nil {
		t := *x.konst
		t.shape = shape
		return konst(&t)
	}
	if same(shape, x.shape) {
		return x
	}
	in := []string{g.inLayout(x, identity(len(x.shape))), g.constant("shape", intTensor(g.opened(n, shape)))}
	return &value{name: g.emit("Reshape", in).out[0], shape: shape, perm: identity(len(shape))}
}

// concat keeps the layout of its first input that is not a constant.
func (g *graph) concat(n *tfNode) *value {
	last := len(n.Input) - 1
	first := g.materialise(g.input(n, 0))
	for i := range last {
		if v := g.input(n, i); v.konst == nil {
			first = g.materialise(v)
			break
		}
	}
	axis := fromEnd(g.inputConst(n, last).values()[0], len(first.shape))
	shape := append([]int{}, first.shape...)
	shape[axis] = 0
	var in []string
	for i := range last {
		v := g.input(n, i)
		in = append(in, g.inLayout(v, first.perm))
		shape[axis] += v.shape[axis]
	}
	o := g.emit("Concat", in, intAttr("axis", first.perm[axis]))
	return &value{name: o.out[0], shape: shape, perm: first.perm}
}

// split gives several values; those after the first are kept under their
// TensorFlow names, "node:1" and so on.
func (g *graph) split(n *tfNode) *value {
	x := g.materialise(g.input(n, 0))
	sizes := g.inputConst(n, 1).values()
	axis := fromEnd(g.inputConst(n, 2).values()[0], len(x.shape))
	node := &onnxNode{op: "Split", in: []string{x.name}, attrs: []message{intAttr("axis", x.perm[axis]), intsAttr("split", sizes...)}}
	var first *value
	for i, s := range sizes {
		shape := append([]int{}, x.shape...)
		shape[axis] = s
		v := &value{name: g.fresh("split"), shape: shape, perm: x.perm}
		node.out = append(node.out, v.name)
		if i == 0 {
			first = v
		} else {
			g.values[fmt.Sprintf("%s:%d", n.Name, i)] = v
		}
	}
	g.nodes = append(g.nodes, node)
	return first
}

func fromEnd(axis, rank int) int {
	if axis < 0 {
		axis += rank
	}
	if axis < 0 || axis >= rank {
		fail("axis %d of %d", axis, rank)
	}
	return axis
}

// sparseToDense computes a constant vector, which TensorFlow uses for shapes.
func (g *graph) sparseToDense(n *tfNode) *value {
	at, shape := g.inputConst(n, 0).values(), g.inputConst(n, 1).values()
	values, rest := g.inputConst(n, 2).values(), g.inputConst(n, 3).values()
	if len(shape) != 1 || len(rest) == 0 || len(values) == 0 && len(at) > 0 {
		fail("%s: only vectors are supported", n.Name)
	}
	dense := make([]int, shape[0])
	for i := range dense {
		dense[i] = rest[0]
	}
	for i, a := range at {
		dense[a] = values[i%len(values)]
	}
	return konst(intTensor(dense))
}

// sliceOne takes one number out of a shape.
func (g *graph) sliceOne(n *tfNode) *value {
	t := g.inputConst(n, 0)
	if len(t.shape) != 1 || n.attr("shrink_axis_mask", "i") != "1" {
		fail("%s: only one number of a vector can be sliced out", n.Name)
	}
	v := t.values()
	i := fromEnd(g.inputConst(n, 1).values()[0], len(v))
	return konst(&tensor{integer: true, ints: []int64{int64(v[i])}})
}

// pack joins numbers into a vector.
func (g *graph) pack(n *tfNode) *value {
	var v []int
	for i := range n.Input {
		v = append(v, g.inputConst(n, i).values()[0])
	}
	return konst(intTensor(v))
}
