package clips

import "math"

// Placeholders are what programs show instead of a camera that they have
// taken away: a colour with a logo, a crossed-out camera, a page of text.
// They have no noise, and stand still.
func Placeholders() []Staging {
	return []Staging{
		{"camera blocked, dark", notice(paint{32, 128, 128}, paint{170, 100, 110})},
		{"camera blocked, green", notice(paint{110, 95, 80}, paint{235, 128, 128})},
		{"camera blocked, white", notice(paint{235, 128, 128}, paint{60, 130, 128})},
		{"crossed-out camera", crossed(paint{45, 130, 126}, paint{130, 128, 128})},
		{"crossed-out camera on black", crossed(paint{16, 128, 128}, paint{180, 128, 128})},
		{"logo on blue", logo(paint{80, 180, 110}, paint{235, 128, 128})},
		{"logo on grey", logo(paint{126, 128, 128}, paint{82, 90, 240})},
	}
}

// notice is a shield with two lines of text under it.
func notice(back, fore paint) func([]byte, int) {
	return drawing(back, fore, func(x, y float64) bool {
		dx := math.Abs(x - 0.5)
		shield := y > 0.2 && y < 0.5 && dx < 0.12-0.3*max(0, y-0.35)*max(0, y-0.35)/0.0225*0.4
		hole := y > 0.26 && y < 0.4 && dx < 0.02
		return shield && !hole || letters(x, y, 0.6, 0.035, 0.25) || letters(x, y, 0.68, 0.022, 0.32)
	})
}

// letters reports whether (x, y) is on a stroke of a line of text that starts
// at height top and reaches from the middle by half on both sides.
func letters(x, y, top, size, half float64) bool {
	if y < top || y > top+size || math.Abs(x-0.5) > half {
		return false
	}
	i := int((x - 0.5 + half) / (size * 0.5))
	in := math.Mod((x-0.5+half)/(size*0.5), 1)
	if i%6 == 5 || in > 0.8 { // between words, and letters
		return false
	}
	v := (y - top) / size
	return in < 0.22 || i%2 == 0 && v < 0.2 || i%3 == 0 && v > 0.8 || i%4 == 1 && math.Abs(v-0.5) < 0.1
}

// crossed is a camera's icon, struck through.
func crossed(back, fore paint) func([]byte, int) {
	return drawing(back, fore, func(x, y float64) bool {
		d := (x - 0.36) - 4.0/3*0.75*(y-0.34)
		if y > 0.32 && y < 0.68 && math.Abs(d) < 0.035 {
			return math.Abs(d) < 0.015
		}
		body := x > 0.38 && x < 0.56 && y > 0.4 && y < 0.6
		lens := x > 0.57 && x < 0.63 && math.Abs(y-0.5) < 0.04+(x-0.57)
		return body || lens
	})
}

// logo is a ring with a name beside it, in the middle.
func logo(back, fore paint) func([]byte, int) {
	return drawing(back, fore, func(x, y float64) bool {
		r := math.Hypot((x-0.36)*4/3, y-0.5)
		return r < 0.09 && r > 0.06 || r < 0.03 || letters(x-0.08, y, 0.46, 0.08, 0.14)
	})
}

// drawing paints fore over back where on says so. Its edges are sharp in luma.
func drawing(back, fore paint, on func(x, y float64) bool) func([]byte, int) {
	return func(frame []byte, _ int) {
		shade(frame, func(x, y float64) paint {
			if on(x, y) {
				return fore
			}
			return back
		})
		for i := range frame[:Width*Height] {
			frame[i] = level(back.y)
			if on((float64(i%Width)+0.5)/Width, (float64(i/Width)+0.5)/Height) {
				frame[i] = level(fore.y)
			}
		}
	}
}
