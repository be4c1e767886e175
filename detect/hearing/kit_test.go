package hearing

import "testing"

const modelsDir = "../../models/onnx"

func open(tb testing.TB) *Hearing {
	tb.Helper()
	h, err := New(modelsDir)
	if err != nil {
		tb.Fatalf("%v (make models)", err)
	}
	tb.Cleanup(func() {
		if err := h.Close(); err != nil {
			tb.Error(err)
		}
	})
	return h
}

// opus encodes a sound, given as ffmpeg's input options.
func opus(tb testing.TB, ms, channels int, input ...string) [][]byte {
	tb.Helper()
	p, err := encode(tb.Context(), input, ms, channels)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}
