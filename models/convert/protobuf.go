package main

import (
	"encoding/binary"
	"math"
)

// The wire types of the protocol buffers encoding that ONNX files use
// (https://protobuf.dev/programming-guides/encoding/#structure).
const (
	wireVarint = 0
	wireBytes  = 2
	wireFixed4 = 5
)

// message is one protocol buffers message under construction. Fields are
// written in the order of the calls, so the same calls give the same bytes.
type message struct{ b []byte }

func (m *message) varint(v uint64) {
	m.b = binary.AppendUvarint(m.b, v)
}

func (m *message) key(field, wire int) {
	m.varint(uint64(field)<<3 | uint64(wire))
}

func (m *message) int(field int, v int64) {
	m.key(field, wireVarint)
	m.varint(uint64(v))
}

func (m *message) bytes(field int, v []byte) {
	m.key(field, wireBytes)
	m.varint(uint64(len(v)))
	m.b = append(m.b, v...)
}

func (m *message) string(field int, v string) {
	m.bytes(field, []byte(v))
}

func (m *message) float(field int, v float32) {
	m.key(field, wireFixed4)
	m.b = binary.LittleEndian.AppendUint32(m.b, math.Float32bits(v))
}
