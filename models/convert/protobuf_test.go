package main

import (
	"bytes"
	"math"
	"testing"
)

// The first three come from the encoding's own documentation.
func TestMessage(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(*message)
		want  []byte
	}{
		{"varint", func(m *message) { m.int(1, 150) }, []byte{0x08, 0x96, 0x01}},
		{"string", func(m *message) { m.string(2, "testing") }, []byte("\x12\x07testing")},
		{"message", func(m *message) { m.bytes(3, []byte{0x08, 0x96, 0x01}) }, []byte{0x1a, 0x03, 0x08, 0x96, 0x01}},
		{"negative", func(m *message) { m.int(1, -1) }, []byte{0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}},
		{"float", func(m *message) { m.float(2, 1) }, []byte{0x15, 0, 0, 0x80, 0x3f}},
		{"two-byte key", func(m *message) { m.int(20, 7) }, []byte{0xa0, 0x01, 0x07}},
	} {
		var m message
		c.write(&m)
		if !bytes.Equal(m.b, c.want) {
			t.Errorf("%s: % x, want % x", c.name, m.b, c.want)
		}
	}
}

func TestFloat16(t *testing.T) {
	for h, want := range map[uint16]float32{
		0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0001: 0x1p-24, 0x0400: 0x1p-14, 0x0000: 0,
		0x7c00: float32(math.Inf(1)), 0xfc00: float32(math.Inf(-1)),
	} {
		if got := float16(h); got != want {
			t.Errorf("float16(%#04x) = %g, want %g", h, got, want)
		}
	}
	if got := float16(0x8000); got != 0 || !math.Signbit(float64(got)) {
		t.Errorf("float16(0x8000) = %g, want -0", got)
	}
}

func TestPermuted(t *testing.T) {
	in := &tensor{shape: []int{2, 3}, floats: []float32{1, 2, 3, 4, 5, 6}}
	out := permuted(in, []int{1, 0})
	want := []float32{1, 4, 2, 5, 3, 6}
	if !same(out.shape, []int{3, 2}) {
		t.Fatalf("shape %v", out.shape)
	}
	for i := range want {
		if out.floats[i] != want[i] {
			t.Fatalf("%v, want %v", out.floats, want)
		}
	}
}
