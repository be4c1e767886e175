package hearing

import (
	"encoding/binary"
	"errors"
	"math"

	ort "github.com/yalue/onnxruntime_go"
)

// Silero VAD takes sound in pieces of 32 ms, each after the last 4 ms of the
// piece before, and a state that goes on from piece to piece.
const (
	piece     = 512
	lead      = 64
	stateSize = 2 * 128
	// memorySize is what goes on from one request to the next: the state and
	// the last samples, four bytes each.
	memorySize = 4 * (stateSize + lead)
)

// run is one stream's way through the network.
type run struct {
	session *ort.DynamicAdvancedSession
	input   *ort.Tensor[float32] // lead, then piece
	state   *ort.Tensor[float32]
	rate    *ort.Scalar[int64]
	output  *ort.Tensor[float32]
	next    *ort.Tensor[float32]
}

func newRun(session *ort.DynamicAdvancedSession) (r *run, err error) {
	r = &run{session: session}
	tensor := func(to **ort.Tensor[float32], shape ...int64) {
		if err == nil {
			*to, err = ort.NewEmptyTensor[float32](ort.NewShape(shape...))
		}
	}
	tensor(&r.input, 1, lead+piece)
	tensor(&r.state, 2, 1, 128)
	tensor(&r.output, 1, 1)
	tensor(&r.next, 2, 1, 128)
	if err == nil {
		r.rate, err = ort.NewScalar[int64](rate)
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *run) close() {
	for _, t := range []*ort.Tensor[float32]{r.input, r.state, r.output, r.next} {
		if t != nil {
			t.Destroy()
		}
	}
	if r.rate != nil {
		r.rate.Destroy()
	}
}

// hear takes the next piece and returns how probably it is speech.
func (r *run) hear(samples []float32) (float32, error) {
	in := r.input.GetData()
	copy(in[lead:], samples)
	if err := r.session.Run([]ort.Value{r.input, r.state, r.rate}, []ort.Value{r.output, r.next}); err != nil {
		return 0, err
	}
	copy(in, in[piece:])
	r.state, r.next = r.next, r.state
	p := r.output.GetData()[0]
	if math.IsNaN(float64(p)) {
		return 0, errors.New("the network answers with no number")
	}
	return p, nil
}

// probabilities hears a sound piece by piece; a rest of less than a piece is
// left out. It goes on from memory, where there is one, and returns its own.
func (h *Hearing) probabilities(pcm []float32, memory []byte) ([]float32, []byte, error) {
	r, err := newRun(h.session)
	if err != nil {
		return nil, nil, err
	}
	defer r.close()
	r.recall(memory)
	var out []float32
	for ; len(pcm) >= piece; pcm = pcm[piece:] {
		p, err := r.hear(pcm[:piece])
		if err != nil {
			return nil, nil, err
		}
		out = append(out, p)
	}
	return out, r.memory(), nil
}

// recall goes on from a memory; one of another size, or that holds no numbers,
// is none.
func (r *run) recall(memory []byte) {
	if len(memory) != memorySize {
		return
	}
	values := make([]float32, stateSize+lead)
	for i := range values {
		v := math.Float32frombits(binary.LittleEndian.Uint32(memory[4*i:]))
		if !(v >= -1e6 && v <= 1e6) {
			return
		}
		values[i] = v
	}
	copy(r.state.GetData(), values[:stateSize])
	copy(r.input.GetData(), values[stateSize:])
}

// memory is what the next request of the same stream goes on from.
func (r *run) memory() []byte {
	b := make([]byte, 0, memorySize)
	for _, v := range r.state.GetData() {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	for _, v := range r.input.GetData()[:lead] {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}
