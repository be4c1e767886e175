package main

import "fmt"

// convert adds what one TensorFlow node does to the graph. Only the
// operations of the networks in the manifest are known; anything else fails
// rather than be guessed.
func (g *graph) convert(n *tfNode) *value {
	switch n.Op {
	case "Const":
		t := g.weights[n.Name]
		if t == nil {
			fail("constant %s has no weights", n.Name)
		}
		return konst(t)
	case "Placeholder":
		return g.placeholder(n)
	case "Identity":
		return g.input(n, 0)
	case "Conv2D", "_FusedConv2D":
		return g.convolution(n, false)
	case "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative":
		return g.convolution(n, true)
	case "Add", "AddV2", "BiasAdd":
		return g.add(n)
	case "Relu", "Sigmoid":
		return g.unary(n.Op, g.input(n, 0))
	case "LeakyRelu":
		return g.unary("LeakyRelu", g.input(n, 0), floatAttr("alpha", n.floatAttr("alpha", 0.2)))
	case "Prelu":
		return g.prelu(n, g.input(n, 0), g.inputConst(n, 1))
	case "Pad", "PadV2":
		return g.padded(n)
	case "MaxPool":
		return g.maxPool(n)
	case "ResizeBilinear":
		return g.resize(n)
	case "DepthToSpace":
		return g.depthToSpace(n)
	default:
		return g.convertShaping(n)
	}
}

// placeholder adds the graph's input: an NHWC picture becomes NCHW.
func (g *graph) placeholder(n *tfNode) *value {
	shape := n.placeholderShape()
	perm := identity(len(shape))
	if len(shape) == 4 && shape[3] <= 4 {
		perm = nchw()
	}
	p := port{"input", physical(shape, perm)}
	if g.free {
		if len(shape) != 4 {
			fail("the input of shape %v is no picture", shape)
		}
		p.shape[2], p.shape[3] = 0, 0
	}
	g.inputs = append(g.inputs, p)
	return &value{name: "input", shape: shape, perm: perm}
}

// add adds two values. A constant per channel after a convolution is a bias
// and disappears into it.
func (g *graph) add(n *tfNode) *value {
	a, b := g.input(n, 0), g.input(n, 1)
	if b.konst != nil && g.readers[nodeOf(n.Input[0])] == 1 && foldBias(a, b.konst) {
		return a
	}
	if a.konst != nil && b.konst != nil {
		return addShapes(n, a.konst, b.konst)
	}
	if b.konst != nil {
		return g.addConstant(n, a, b.konst)
	}
	a, b = g.materialise(a), g.materialise(b)
	if a.konst != nil || !same(a.shape, b.shape) {
		fail("%s: adding shapes %v and %v is not supported", n.Name, a.shape, b.shape)
	}
	in := []string{g.inLayout(a, a.perm), g.inLayout(b, a.perm)}
	return &value{name: g.emit("Add", in).out[0], shape: a.shape, perm: a.perm}
}

// addShapes adds two constant vectors of integers.
func addShapes(n *tfNode, a, b *tensor) *value {
	x, y := a.values(), b.values()
	if !a.integer || !b.integer || len(x) != len(y) {
		fail("%s: adding the constants of shapes %v and %v is not supported", n.Name, a.shape, b.shape)
	}
	for i := range x {
		x[i] += y[i]
	}
	return konst(intTensor(x))
}

// addConstant adds a constant that broadcasts to v's shape.
func (g *graph) addConstant(n *tfNode, v *value, t *tensor) *value {
	v = g.materialise(v)
	shape := append([]int{}, t.shape...)
	for len(shape) < len(v.shape) {
		shape = append([]int{1}, shape...)
	}
	for i, d := range shape {
		if len(shape) != len(v.shape) || (d != 1 && d != v.shape[i]) {
			fail("%s: adding shapes %v and %v is not supported", n.Name, v.shape, t.shape)
		}
	}
	k := g.constant("k", permuted(&tensor{shape: shape, floats: t.floats}, v.perm))
	return &value{name: g.emit("Add", []string{v.name, k}).out[0], shape: v.shape, perm: v.perm}
}

// foldBias adds a constant per channel to the bias of the convolution that
// gave v, and reports whether it could.
func foldBias(v *value, t *tensor) bool {
	if v.conv == nil || len(v.shape) != 4 || len(t.floats) != v.shape[3] {
		return false
	}
	for i, x := range t.floats {
		v.conv.bias.floats[i] += x
	}
	return true
}

// prelu has one slope per channel, the last logical axis.
func (g *graph) prelu(n *tfNode, v *value, alpha *tensor) *value {
	v = g.materialise(v)
	channels := len(alpha.floats)
	if channels != v.shape[len(v.shape)-1] {
		fail("%s: %d slopes for shape %v", n.Name, channels, v.shape)
	}
	slope := &tensor{shape: []int{channels}, floats: alpha.floats}
	if len(v.shape) == 4 && v.perm[3] == 1 {
		slope.shape = []int{channels, 1, 1}
	}
	o := g.emit("PRelu", []string{v.name, g.constant("slope", slope)})
	return &value{name: o.out[0], shape: v.shape, perm: v.perm}
}

// padded is not a node yet: see padding.
func (g *graph) padded(n *tfNode) *value {
	x := g.materialise(g.input(n, 0))
	p := g.inputConst(n, 1).values()
	if len(p) != 2*len(x.shape) {
		fail("%s: %d paddings for shape %v", n.Name, len(p), x.shape)
	}
	pad := &padding{base: x}
	if n.Op == "PadV2" {
		pad.value = g.inputConst(n, 2).floats[0]
	}
	shape := make([]int, len(x.shape))
	for i := range shape {
		pad.pads = append(pad.pads, [2]int{p[2*i], p[2*i+1]})
		shape[i] = x.shape[i] + p[2*i] + p[2*i+1]
	}
	return &value{shape: shape, perm: x.perm, pad: pad}
}

// maxPool swallows a padding with something that is never the largest.
func (g *graph) maxPool(n *tfNode) *value {
	x := g.input(n, 0)
	kernel, stride := n.listAttr("ksize"), n.listAttr("strides")
	pads := [2][2]int{}
	if x.pad != nil && x.pad.value < -1e30 {
		pads = [2][2]int{x.pad.pads[1], x.pad.pads[2]}
		x = x.pad.base
	}
	attrs := []message{intsAttr("kernel_shape", kernel[1:3]...), intsAttr("strides", stride[1:3]...)}
	same := n.bytesAttr("padding") == "SAME"
	if same {
		attrs = append(attrs, stringAttr("auto_pad", "SAME_UPPER"))
	} else {
		attrs = append(attrs, intsAttr("pads", pads[0][0], pads[1][0], pads[0][1], pads[1][1]))
	}
	o := g.emit("MaxPool", []string{g.inLayout(x, nchw())}, attrs...)
	shape := []int{x.shape[0], 0, 0, x.shape[3]}
	for i := range 2 {
		shape[1+i] = window{x.shape[1+i] + pads[i][0] + pads[i][1], kernel[1+i], stride[1+i], 1}.steps(same)
	}
	return &value{name: o.out[0], shape: shape, perm: nchw()}
}

// resize scales a picture bilinearly to a constant size.
func (g *graph) resize(n *tfNode) *value {
	x := g.input(n, 0)
	to := g.inputConst(n, 1).values()
	mapping := "asymmetric"
	if n.boolAttr("align_corners") {
		mapping = "align_corners"
	} else if n.boolAttr("half_pixel_centers") {
		mapping = "half_pixel"
	}
	if whole := to[0]%x.shape[1] == 0 && to[1]%x.shape[2] == 0 || x.shape[1]%to[0] == 0 && x.shape[2]%to[1] == 0; g.free && !whole {
		fail("%s: a picture of any size cannot be scaled from %v to %v", n.Name, x.shape[1:3], to)
	}
	in := g.inLayout(x, nchw())
	scales := &tensor{shape: []int{4}, floats: []float32{1, 1, float32(to[0]) / float32(x.shape[1]), float32(to[1]) / float32(x.shape[2])}}
	o := g.emit("Resize",
		[]string{in, g.constant("roi", &tensor{shape: []int{0}}), g.constant("scales", scales)},
		stringAttr("coordinate_transformation_mode", mapping), stringAttr("mode", "linear"))
	return &value{name: o.out[0], shape: []int{x.shape[0], to[0], to[1], x.shape[3]}, perm: nchw()}
}

func (g *graph) depthToSpace(n *tfNode) *value {
	x := g.input(n, 0)
	var k int
	if _, err := fmt.Sscan(n.attr("block_size", "i"), &k); err != nil || k < 1 {
		fail("%s: block size %q", n.Name, n.attr("block_size", "i"))
	}
	o := g.emit("DepthToSpace", []string{g.inLayout(x, nchw())}, intAttr("blocksize", k), stringAttr("mode", "DCR"))
	return &value{name: o.out[0], shape: []int{x.shape[0], x.shape[1] * k, x.shape[2] * k, x.shape[3] / (k * k)}, perm: nchw()}
}
