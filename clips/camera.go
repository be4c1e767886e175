package clips

import (
	"math"
	"math/rand/v2"
)

// camera renders frames of a clip as I420 in video range. It is not safe for
// concurrent use: each clip has its own.
type camera struct {
	photos *photoSet
	noise  [1 << 16]int8 // normal, sigma 4 (a quarter of it is a step)
	buf    []byte        // the frame: Y, then Cb, then Cr
	tmp    []byte        // the blur's second buffer
}

const frameBytes = Width * Height * 3 / 2

// newCamera makes a camera whose noise is the same on every run.
func newCamera(photos *photoSet) *camera {
	c := &camera{photos: photos, buf: make([]byte, frameBytes), tmp: make([]byte, Width*Height)}
	random := rand.New(rand.NewPCG(640, 480))
	for i := range c.noise {
		c.noise[i] = int8(max(-127, min(127, random.NormFloat64()*16)))
	}
	return c
}

// render draws frame n. The result is valid until the next call.
func (c *camera) render(n int, shows Shows) []byte {
	luma, cb, cr := c.planes()
	view := honestFrame()
	if shows == Two {
		view = twoFrame()
	}
	if shows == Covered {
		fill(luma, 17)
		fill(cb, 128)
		fill(cr, 128)
		c.addNoise(luma, n, 5)
		return c.buf
	}
	m := move(view, n)
	for i, dst := range [][]byte{luma, cb, cr} {
		sample(dst, &c.photos.examinee[i], m, i > 0)
	}
	if shows == Blurred {
		c.blur(luma, Width, 8)
		c.blur(cb, Width/2, 4)
		c.blur(cr, Width/2, 4)
		c.addNoise(luma, n, 4) // a defocused sensor still has its noise
		return c.buf
	}
	c.addNoise(luma, n, 3)
	c.addNoise(cb, n, 4)
	c.addNoise(cr, n+1, 4)
	return c.buf
}

func (c *camera) planes() (luma, cb, cr []byte) {
	const y, q = Width * Height, Width * Height / 4
	return c.buf[:y], c.buf[y : y+q], c.buf[y+q:]
}

func fill(p []byte, v byte) {
	for i := range p {
		p[i] = v
	}
}

// motion maps a clip's pixels to a photograph's: (x0, y0) is where the frame's
// corner lies; (ax, ay) is a step right, and (-ay, ax) a step down.
type motion struct{ x0, y0, ax, ay float64 }

// move is a slow zoom, sway and tilt. Every period divides 60 s, so that a
// one-minute clip loops without a jump.
func move(f frame, n int) motion {
	wave := func(seconds float64) float64 {
		return math.Sin(2 * math.Pi * float64(n) / FPS / seconds)
	}
	scale := f.w / Width * (0.97 + 0.03*wave(20))
	tilt := 0.012 * wave(12)
	ax, ay := scale*math.Cos(tilt), scale*math.Sin(tilt)
	cx := f.x + f.w/2 + f.w*0.006*wave(7.5)
	cy := f.y + f.h/2 + f.h*0.005*wave(6)
	const w, h = Width / 2, Height / 2
	return motion{x0: cx - ax*w + ay*h, y0: cy - ay*w - ax*h, ax: ax, ay: ay}
}

// sample fills one plane by bilinear interpolation in 16.16 fixed point.
func sample(dst []byte, src *plane, m motion, chroma bool) {
	w, h, step := Width, Height, 1.0
	if chroma {
		w, h, step = Width/2, Height/2, 2.0
	}
	const one = 1 << 16
	dx, dy := int(m.ax*step*src.perX*one), int(m.ay*step*src.perY*one)
	maxX, maxY := (src.w-2)*one, (src.h-2)*one
	for row := range h {
		r := float64(row) * step
		x := int((m.x0 - m.ay*r) * src.perX * one)
		y := int((m.y0 + m.ax*r) * src.perY * one)
		line := dst[row*w : row*w+w]
		for i := range line {
			sx, sy := max(0, min(x, maxX)), max(0, min(y, maxY))
			at := (sy>>16)*src.w + sx>>16
			fx, fy := (sx>>8)&255, (sy>>8)&255
			a, b := src.pix[at:at+2], src.pix[at+src.w:at+src.w+2]
			top := int(a[0])*(256-fx) + int(a[1])*fx
			low := int(b[0])*(256-fx) + int(b[1])*fx
			line[i] = byte((top*(256-fy) + low*fy) >> 16)
			x += dx
			y += dy
		}
	}
}

// addNoise adds sensor noise of sigma 16/2^shift, different in every frame and
// row but the same on every run.
func (c *camera) addNoise(p []byte, n, shift int) {
	random := rand.New(rand.NewPCG(uint64(n), uint64(len(p))))
	const run = Width / 2
	for start := 0; start < len(p); start += run {
		offset := random.IntN(len(c.noise) - run)
		table := c.noise[offset : offset+run]
		for i, v := range p[start : start+run] {
			p[start+i] = byte(max(16, min(240, int(v)+int(table[i])>>shift)))
		}
	}
}

// blur runs three box filters of 2r+1 pixels both ways, which is within 3 % of
// a gaussian of sigma sqrt(r²+r).
func (c *camera) blur(p []byte, w, r int) {
	h := len(p) / w
	tmp := c.tmp[:len(p)]
	for range 3 {
		for y := range h {
			box(tmp[y*w:], p[y*w:], w, 1, r)
		}
		for x := range w {
			box(p[x:], tmp[x:], h, w, r)
		}
	}
}

// box averages n pixels, step apart, over 2r+1 neighbours; edges repeat.
func box(dst, src []byte, n, step, r int) {
	sum := int(src[0]) * r
	for i := range r + 1 {
		sum += int(src[min(i, n-1)*step])
	}
	for i := range n {
		dst[i*step] = byte((sum + r) / (2*r + 1))
		sum += int(src[min(i+r+1, n-1)*step]) - int(src[max(i-r, 0)*step])
	}
}
