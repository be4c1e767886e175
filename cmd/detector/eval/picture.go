package eval

import (
	"fmt"
	"image"
	"math/rand/v2"
	"slices"

	"gocv.io/x/gocv"
)

// The size of a webcam's picture, to which everything is brought.
const (
	width, height = 640, 480
	lumaBytes     = width * height
	frameBytes    = lumaBytes * 3 / 2
)

// picture is one frame as I420 in video range: 640x480 luma, then Cb and Cr of
// a quarter each. Nobody changes one that another may see.
type picture []byte

// plane is one of a picture's three, and its size.
type plane struct {
	pix  []byte
	w, h int
	// step is how many of the picture's pixels one of the plane's covers.
	step int
}

func (p picture) planes() [3]plane {
	const q = lumaBytes / 4
	return [3]plane{
		{p[:lumaBytes], width, height, 1},
		{p[lumaBytes : lumaBytes+q], width / 2, height / 2, 2},
		{p[lumaBytes+q:], width / 2, height / 2, 2},
	}
}

// plain is a picture of one colour.
func plain(y, cb, cr byte) picture {
	p := make(picture, frameBytes)
	for i, v := range []byte{y, cb, cr} {
		fill(p.planes()[i].pix, v)
	}
	return p
}

func fill(b []byte, v byte) {
	for i := range b {
		b[i] = v
	}
}

// shifted moves what is seen by an even number of pixels; the edges repeat.
func (p picture) shifted(dx, dy int) picture {
	out := make(picture, frameBytes)
	for i, src := range p.planes() {
		dst := out.planes()[i]
		x0, y0 := dx/src.step, dy/src.step
		for y := range src.h {
			line := src.pix[min(max(y-y0, 0), src.h-1)*src.w:][:src.w]
			row := dst.pix[y*src.w:][:src.w]
			for x := range row {
				row[x] = line[min(max(x-x0, 0), src.w-1)]
			}
		}
	}
	return out
}

func (p picture) flipped() picture {
	out := slices.Clone(p)
	for _, pl := range out.planes() {
		for y := range pl.h {
			slices.Reverse(pl.pix[y*pl.w : (y+1)*pl.w])
		}
	}
	return out
}

// lit multiplies the light; colours fade with it.
func (p picture) lit(gain float64) picture {
	var luma, chroma [256]byte
	for v := range luma {
		luma[v] = byte(min(max(16+(float64(v)-16)*gain, 16), 235))
		chroma[v] = byte(min(max(128+(float64(v)-128)*gain, 16), 240))
	}
	out := make(picture, frameBytes)
	for i, v := range p[:lumaBytes] {
		out[i] = luma[v]
	}
	for i, v := range p[lumaBytes:] {
		out[lumaBytes+i] = chroma[v]
	}
	return out
}

// blurred is out of focus by a Gaussian of sigma pixels.
func (p picture) blurred(sigma float64) (picture, error) {
	out := make(picture, 0, frameBytes)
	for _, pl := range p.planes() {
		m, err := gocv.NewMatFromBytes(pl.h, pl.w, gocv.MatTypeCV8UC1, pl.pix)
		if err != nil {
			return nil, fmt.Errorf("blur: %w", err)
		}
		s := sigma / float64(pl.step)
		gocv.GaussianBlur(m, &m, image.Point{}, s, s, gocv.BorderReplicate)
		out = append(out, m.ToBytes()...)
		m.Close()
	}
	return out, nil
}

// beside is p's middle on the left and q's middle on the right.
func (p picture) beside(q picture) picture {
	out := make(picture, frameBytes)
	for i, a := range p.planes() {
		b, dst := q.planes()[i], out.planes()[i]
		for y := range a.h {
			row := dst.pix[y*a.w:][:a.w]
			copy(row[:a.w/2], a.pix[y*a.w+a.w/4:])
			copy(row[a.w/2:], b.pix[y*a.w+a.w/4:y*a.w+a.w*3/4])
		}
	}
	return out
}

// entered is p with the middle half of q, of which the left part of the given
// width in pixels shows at the right edge.
func (p picture) entered(q picture, part int) picture {
	out := slices.Clone(p)
	for i, a := range out.planes() {
		b, n := q.planes()[i], part/a.step
		for y := range a.h {
			copy(a.pix[(y+1)*a.w-n:(y+1)*a.w], b.pix[y*a.w+a.w/4:])
		}
	}
	return out
}

// sensor is a camera's noise, the same on every run.
type sensor struct{ table [1 << 14]int8 }

func newSensor() *sensor {
	s := &sensor{}
	random := rand.New(rand.NewPCG(640, 480))
	for i := range s.table {
		s.table[i] = int8(max(-127, min(127, random.NormFloat64()*16)))
	}
	return s
}

// noisy adds noise of the given sigma to the luma, another for each n.
func (s *sensor) noisy(p picture, sigma float64, n int) picture {
	out := slices.Clone(p)
	random := rand.New(rand.NewPCG(uint64(n), 1))
	k := int(sigma * 16)
	const run = width / 2
	for start := 0; start < lumaBytes; start += run {
		noise := s.table[random.IntN(len(s.table)-run):][:run]
		row := out[start : start+run]
		for i, v := range row {
			row[i] = byte(max(16, min(235, int(v)+int(noise[i])*k>>8)))
		}
	}
	return out
}
