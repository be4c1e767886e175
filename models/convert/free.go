package main

// A network that only convolves does not care how large its picture is: what
// is fixed in the TensorFlow graph are the shapes of its last reshapes. These
// turn a list of every place of a grid into one axis, and that axis is what
// has to stay open.

// freed is an output's shape with 0 where it depends on the picture's size: of
// three axes the middle one, the places of a grid.
func (g *graph) freed(shape []int) []int {
	if !g.free {
		return shape
	}
	if len(shape) != 3 {
		fail("an output of shape %v cannot follow the picture's size", shape)
	}
	return []int{shape[0], 0, shape[2]}
}

// opened is the shape of a reshape with -1 where it depends on the picture's
// size: at the axis that joins the grid's rows and columns.
func (g *graph) opened(n *tfNode, shape []int) []int {
	if !g.free {
		return shape
	}
	places := g.places(n)
	for i, d := range shape {
		if d == places {
			r := append([]int{}, shape...)
			r[i] = -1
			return r
		}
	}
	fail("%s: a reshape to %v cannot follow the picture's size", n.Name, shape)
	return nil
}

// places is how many places the grid has that a reshape turns into one axis:
// the product of the two axes that are neither the batch nor the channels.
func (g *graph) places(n *tfNode) int {
	x := g.input(n, 0)
	if len(x.shape) != 4 {
		fail("%s: a reshape of %v cannot follow the picture's size", n.Name, x.shape)
	}
	r := 1
	for i, p := range x.perm {
		if p == 2 || p == 3 { // in memory a picture is NCHW
			r *= x.shape[i]
		}
	}
	return r
}
