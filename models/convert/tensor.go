package main

import "math"

// tensor is a constant: weights, or a shape computed while converting. It
// holds floats or, when integer is set, ints. A nil shape is a scalar.
type tensor struct {
	shape   []int
	integer bool
	floats  []float32
	ints    []int64
}

func intTensor(v []int) *tensor {
	t := &tensor{shape: []int{len(v)}, integer: true}
	for _, x := range v {
		t.ints = append(t.ints, int64(x))
	}
	return t
}

func scalar(v float32) *tensor { return &tensor{floats: []float32{v}} }

// values returns a small constant (a shape, axes, paddings) as Go integers.
func (t *tensor) values() []int {
	var r []int
	for _, v := range t.ints {
		r = append(r, int(v))
	}
	for _, v := range t.floats {
		r = append(r, int(v))
	}
	return r
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// identity is the permutation of n axes that moves none.
func identity(n int) []int {
	r := make([]int, n)
	for i := range r {
		r[i] = i
	}
	return r
}

// physical is the shape in memory of a tensor of a logical shape whose
// logical axis i lies at axis perm[i].
func physical(shape, perm []int) []int {
	r := make([]int, len(shape))
	for i, p := range perm {
		r[p] = shape[i]
	}
	return r
}

// permuted returns t with its logical axis i at axis perm[i].
func permuted(t *tensor, perm []int) *tensor {
	if len(perm) != len(t.shape) || same(perm, identity(len(perm))) {
		return t
	}
	shape := physical(t.shape, perm)
	stride := make([]int, len(shape))
	for i, s := len(shape)-1, 1; i >= 0; i-- {
		stride[i] = s
		s *= shape[i]
	}
	r := &tensor{shape: shape, floats: make([]float32, len(t.floats))}
	index := make([]int, len(t.shape))
	for _, v := range t.floats {
		at := 0
		for i, p := range perm {
			at += index[i] * stride[p]
		}
		r.floats[at] = v
		next(index, t.shape)
	}
	return r
}

// next advances an index in row-major order.
func next(index, shape []int) {
	for i := len(index) - 1; i >= 0; i-- {
		if index[i]++; index[i] < shape[i] {
			return
		}
		index[i] = 0
	}
}

func same(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// float16 widens an IEEE 754 binary16 number.
func float16(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch exponent {
	case 0: // zero and subnormals
		v := float32(fraction) / 1024 / 16384
		if sign != 0 {
			v = -v
		}
		return v
	case 31: // infinities and NaN
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}
