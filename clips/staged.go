package clips

import (
	"math"
	"math/rand/v2"
)

// Staging makes an honest camera's frame show something else: a covering, a
// vendor's placeholder, a dark room. It is what detectors are measured with,
// beside real pictures.
//
//	for n, frame := range frames { // I420, Width x Height, video range
//		s.Draw(frame, n) // in place
//	}
//	keys, err := KeyFrames(ctx, frames, 12)
//
// Draw depends on n alone besides the frame, so that every run is the same;
// one step of n is a second. Frames of anything come from Frames.
type Staging struct {
	Name string
	Draw func(frame []byte, n int)
}

// paint is the colour of a pixel, in video range.
type paint struct{ y, cb, cr float64 }

// Coverings are the ways to cover a lens: hands of several skins, with and
// without light between the fingers, paper, tape, a lid, a cap, a shutter.
func Coverings() []Staging {
	var r []Staging
	for _, s := range []struct {
		name string
		skin paint
	}{
		{"pale", paint{165, 108, 155}}, {"tanned", paint{125, 110, 156}}, {"brown", paint{90, 115, 150}},
		{"dark", paint{58, 121, 138}}, {"pressed", paint{45, 112, 170}},
	} {
		r = append(r,
			Staging{"hand " + s.name, hand(s.skin, 0)},
			Staging{"hand " + s.name + ", light at the edge", hand(s.skin, 1)},
			Staging{"hand " + s.name + ", light between fingers", hand(s.skin, 2)})
	}
	return append(r,
		Staging{"paper", even(paint{205, 126, 129}, 0.12, 2)},
		Staging{"note", even(paint{170, 70, 140}, 0.3, 2)},
		Staging{"tape, blue", even(paint{70, 165, 110}, 0.45, 3)},
		Staging{"tape, black", even(paint{24, 127, 131}, 0.2, 3)},
		Staging{"tape, translucent", translucent(0.35, 110)},
		Staging{"paper, thin", translucent(0.2, 170)},
		Staging{"lid", lid(0.06, 150, 0)},
		Staging{"lid, keyboard in the gap", lid(0.1, 60, 0.8)},
		Staging{"cap", even(paint{16.4, 128, 128}, 0, 0.6)},
		Staging{"shutter", even(paint{19, 128, 128}, 0, 3)},
		Staging{"shutter, gain up", even(paint{34, 130, 131}, 0.1, 7)},
		Staging{"shutter, light at its rim", rim()},
	)
}

// DarkRooms dim an honest picture to a mean of 30 and of 38 (0..255), with the
// noise of a sensor whose gain is up.
func DarkRooms() []Staging {
	return []Staging{{"dark room, luma 30", dim(31, 3)}, {"dark room, luma 38", dim(38.5, 4)}}
}

// shade sets every pixel of a frame from its place, x and y in 0..1.
func shade(frame []byte, at func(x, y float64) paint) {
	const n, w, h = Width * Height, Width / 2, Height / 2
	for row := range h {
		for col := range w {
			p := at((float64(col)+0.5)/w, (float64(row)+0.5)/h)
			v, i := level(p.y), 2*row*Width+2*col
			frame[i], frame[i+1], frame[i+Width], frame[i+Width+1] = v, v, v, v
			frame[n+row*w+col], frame[n+n/4+row*w+col] = level(p.cb), level(p.cr)
		}
	}
}

func level(v float64) byte { return byte(max(16, min(240, math.Round(v)))) }

// grain adds a sensor's noise of the given deviation to a frame's luma.
func grain(frame []byte, n int, sigma float64) {
	random := rand.New(rand.NewPCG(uint64(n), 0x9e37))
	var table [4096]float64
	for i := range table {
		table[i] = random.NormFloat64() * sigma
	}
	for i, v := range frame[:Width*Height] {
		frame[i] = level(float64(v) + table[random.Uint32()%4096])
	}
}

// hill is a soft bump: 1 at its middle, 0 far away.
func hill(d, width float64) float64 { return math.Exp(-d * d / (2 * width * width)) }

// hand is skin too near to be in focus, which moves a little: light 1 leaks in
// at an edge, 2 between fingers.
func hand(skin paint, light int) func([]byte, int) {
	return func(frame []byte, n int) {
		t := float64(n) * 0.35
		shade(frame, func(x, y float64) paint {
			k := 0.85 + 0.18*math.Sin(2.2*x+1.3*y+t) + 0.12*math.Sin(3.1*y-1.7*x+0.6*t)
			leak := 0.0
			switch light {
			case 1:
				leak = 0.9 * hill(math.Hypot(1.02-x, 0.3+0.03*math.Sin(t)-y), 0.13)
			case 2:
				leak = 0.55*hill(x-0.33-0.1*y-0.02*math.Sin(t), 0.05) + 0.45*hill(x-0.7-0.1*y-0.02*math.Sin(t), 0.06)
			}
			v := 16 + (skin.y-16)*k
			return paint{v + (225-v)*leak, skin.cb + (128-skin.cb)*leak, skin.cr + (128-skin.cr)*leak}
		})
		grain(frame, n, 2.5)
	}
}

// even is one colour that falls off to the corners by the given share.
func even(c paint, fall, noise float64) func([]byte, int) {
	return func(frame []byte, n int) {
		shade(frame, func(x, y float64) paint {
			k := 1 - 2*fall*((x-0.5)*(x-0.5)+(y-0.5)*(y-0.5))
			return paint{16 + (c.y-16)*k, c.cb, c.cr}
		})
		grain(frame, n, noise)
	}
}

// translucent lets the scene's light through, but no shape.
func translucent(share, base float64) func([]byte, int) {
	return func(frame []byte, n int) {
		const cols, rows = 8, 6
		var glow [rows + 1][cols + 1]float64
		for i, v := range frame[:Width*Height] {
			glow[i/Width*rows/Height][i%Width*cols/Width] += float64(v) * cols * rows / (Width * Height)
		}
		for i := range glow { // the edges repeat
			glow[i][cols] = glow[i][cols-1]
		}
		glow[rows] = glow[rows-1]
		shade(frame, func(x, y float64) paint {
			x, y = max(0, x*cols-0.5), max(0, y*rows-0.5)
			i, j := int(y), int(x)
			a, b := smooth(y-float64(i)), smooth(x-float64(j))
			v := (glow[i][j]*(1-b)+glow[i][j+1]*b)*(1-a) + (glow[i+1][j]*(1-b)+glow[i+1][j+1]*b)*a
			return paint{base + share*(v-base), 124, 132}
		})
		grain(frame, n, 2)
	}
}

func smooth(v float64) float64 { return v * v * (3 - 2*v) }

// lid is a laptop's lid almost closed: dark, but for a gap below of the given
// height, through which light falls or, by share, what the camera saw is seen.
func lid(gap, light, share float64) func([]byte, int) {
	return func(frame []byte, n int) {
		for i, v := range frame[:Width*Height] {
			y := float64(i/Width) / Height
			k := 1 / (1 + math.Exp((1-gap-y)/0.012))
			frame[i] = level(18 + k*((1-share)*light+share*(float64(v)-18)))
		}
		fill(frame[Width*Height:], 128)
		grain(frame, n, 2.5)
	}
}

// rim is a shutter past whose corner light falls.
func rim() func([]byte, int) {
	return func(frame []byte, n int) {
		shade(frame, func(x, y float64) paint {
			return paint{18 + 150*hill(math.Hypot(x, y), 0.08), 128, 130}
		})
		grain(frame, n, 3)
	}
}

// dim darkens a frame to a mean luma (0..255).
func dim(luma, noise float64) func([]byte, int) {
	return func(frame []byte, n int) {
		mean := 0.0
		for _, v := range frame[:Width*Height] {
			mean += (float64(v) - 16) / (Width * Height)
		}
		k := min(1, luma*219/255/max(1, mean))
		for i, v := range frame[:Width*Height] {
			frame[i] = level(16 + k*(float64(v)-16))
		}
		for i, v := range frame[Width*Height:] {
			frame[Width*Height+i] = level(128 + k*(float64(v)-128))
		}
		grain(frame, n, noise)
	}
}
