package main

// window is one dimension of a sliding window.
type window struct{ in, kernel, stride, dilation int }

// steps is how many places the window has, with TensorFlow's SAME or VALID
// padding.
func (w window) steps(same bool) int {
	if same {
		return (w.in + w.stride - 1) / w.stride
	}
	return (w.in-(w.kernel-1)*w.dilation-1)/w.stride + 1
}

// samePad is what SAME would pad before and after.
func (w window) samePad() [2]int {
	total := max(0, (w.steps(true)-1)*w.stride+(w.kernel-1)*w.dilation+1-w.in)
	return [2]int{total / 2, total - total/2}
}

// convolution converts a 2-D convolution with what is fused to it.
func (g *graph) convolution(n *tfNode, depthwise bool) *value {
	filter := g.inputConst(n, 1)
	if len(filter.shape) != 4 {
		fail("%s: filter of shape %v", n.Name, filter.shape)
	}
	if f := n.bytesAttr("data_format"); f != "" && f != "NHWC" {
		fail("%s: data format %s is not supported", n.Name, f)
	}
	stride, dilation := n.listAttr("strides"), n.listAttr("dilations")
	if dilation == nil {
		dilation = []int{1, 1, 1, 1}
	}
	x, pads := swallow(g.input(n, 0), n.bytesAttr("padding") == "SAME")
	in := g.inLayout(x, nchw())
	windows := [2]window{}
	for i := range windows {
		windows[i] = window{x.shape[1+i], filter.shape[i], stride[1+i], dilation[1+i]}
	}
	w, group := transposedFilter(filter, depthwise, x.shape[3])
	attrs := []message{
		intsAttr("kernel_shape", filter.shape[:2]...), intsAttr("strides", stride[1:3]...),
		intsAttr("dilations", dilation[1:3]...), intAttr("group", group),
	}
	shape := []int{x.shape[0], 0, 0, w.shape[0]}
	for i, d := range windows {
		if pads == nil {
			shape[1+i] = d.steps(true)
			continue
		}
		d.in += pads[i][0] + pads[i][1]
		shape[1+i] = d.steps(false)
	}
	in, pad := g.convolutionPads(in, x, windows, pads)
	o := g.emit("Conv", []string{in}, append(attrs, pad)...)
	o.weight, o.bias = w, &tensor{shape: w.shape[:1], floats: make([]float32, w.shape[0])}
	return g.fuse(n, &value{name: o.out[0], shape: shape, perm: nchw(), conv: o})
}

// swallow takes a pending zero padding of height and width off a value. The
// padding is nil where the convolution pads by itself (SAME).
func swallow(x *value, same bool) (*value, *[2][2]int) {
	switch p := x.pad; {
	case same:
		return x, nil
	case p != nil && p.value == 0 && p.pads[0] == [2]int{} && p.pads[3] == [2]int{}:
		return p.base, &[2][2]int{p.pads[1], p.pads[2]}
	default:
		return x, &[2][2]int{}
	}
}

// convolutionPads chooses how a convolution pads: explicitly where both sides
// are alike, as SAME where that means the same, else with a Pad node before
// it, because importers disagree about lopsided explicit paddings.
func (g *graph) convolutionPads(in string, x *value, w [2]window, pads *[2][2]int) (string, message) {
	switch {
	case pads == nil:
		return in, stringAttr("auto_pad", "SAME_UPPER")
	case pads[0][0] == pads[0][1] && pads[1][0] == pads[1][1]:
		return in, intsAttr("pads", pads[0][0], pads[1][0], pads[0][1], pads[1][1])
	case pads[0] == w[0].samePad() && pads[1] == w[1].samePad():
		return in, stringAttr("auto_pad", "SAME_UPPER")
	}
	base := &value{name: in, shape: x.shape, perm: nchw()}
	padded := &value{pad: &padding{base: base, pads: [][2]int{{}, pads[0], pads[1], {}}}}
	return g.materialise(padded).name, intsAttr("pads", 0, 0, 0, 0)
}

// transposedFilter reorders a filter from TensorFlow's height, width, in, out
// to ONNX's out, in, height, width, and returns the number of groups.
func transposedFilter(f *tensor, depthwise bool, channels int) (w *tensor, group int) {
	kh, kw, in, out := f.shape[0], f.shape[1], f.shape[2], f.shape[3]
	w = &tensor{shape: []int{out, in, kh, kw}, floats: make([]float32, len(f.floats))}
	group = channels / in
	if depthwise {
		w.shape = []int{in * out, 1, kh, kw}
		group = in
	}
	for p := range kh * kw {
		for i := range in {
			for o := range out {
				to := o*in + i
				if depthwise {
					to = i*out + o
				}
				w.floats[to*kh*kw+p] = f.floats[(p*in+i)*out+o]
			}
		}
	}
	return w, group
}

// fuse applies what TensorFlow fused to a convolution, in order.
func (g *graph) fuse(n *tfNode, v *value) *value {
	argument := 2
	for _, op := range n.fused() {
		switch op {
		case "BiasAdd":
			if !foldBias(v, g.inputConst(n, argument)) {
				fail("%s: its bias does not fit", n.Name)
			}
			argument++
		case "Relu", "Sigmoid":
			v = g.unary(op, v)
		case "Prelu":
			v = g.prelu(n, v, g.inputConst(n, argument))
			argument++
		default:
			fail("%s: fused operation %s is not supported", n.Name, op)
		}
	}
	return v
}
