package eval

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"slices"

	"qyragy/proctor"
)

// Tone is a skin tone group by the individual typology angle (Chardon 1991),
// of the classes in use since: the lightest two and the darkest one kept
// whole, tan and brown taken together.
type Tone string

// The groups, from the angle in degrees.
const (
	Light        Tone = "light"        // > 41
	Intermediate Tone = "intermediate" // > 28
	Brown        Tone = "brown"        // > -30, tan and brown
	Dark         Tone = "dark"
	// Unknown: the picture is grey, or shows no skin that can be measured.
	Unknown Tone = "unknown"
)

// Tones are the groups that a manifest may name.
func Tones() []Tone { return []Tone{Light, Intermediate, Brown, Dark} }

func toneOf(angle float64) Tone {
	switch {
	case math.IsNaN(angle):
		return Unknown
	case angle > 41:
		return Light
	case angle > 28:
		return Intermediate
	case angle > -30:
		return Brown
	default:
		return Dark
	}
}

// typologyAngle is Chardon's, in degrees, of lightness and yellowness.
func typologyAngle(l, b float64) float64 { return math.Atan2(l-50, b) * 180 / math.Pi }

// skinAngle measures the cheeks and the forehead of a face on a JPEG; not a
// number when too little of them looks like skin. It sees the light as much
// as the skin: nothing calibrates the colours of an unknown camera.
func skinAngle(picture []byte, face proctor.Box) (float64, error) {
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		return 0, fmt.Errorf("read the picture's colours: %w", err)
	}
	var angles []float64
	seen := 0
	for _, part := range []proctor.Box{{X: .15, Y: .52, W: .2, H: .2}, {X: .65, Y: .52, W: .2, H: .2}, {X: .3, Y: .05, W: .4, H: .12}} {
		at := within(img.Bounds(), proctor.Box{
			X: face.X + part.X*face.W, Y: face.Y + part.Y*face.H, W: part.W * face.W, H: part.H * face.H,
		})
		for y := at.Min.Y; y < at.Max.Y; y++ {
			for x := at.Min.X; x < at.Max.X; x++ {
				c := img.At(x, y)
				seen++
				if skin(c) {
					l, _, b := lab(c)
					angles = append(angles, typologyAngle(l, b))
				}
			}
		}
	}
	if len(angles) < 30 || len(angles)*4 < seen {
		return math.NaN(), nil
	}
	slices.Sort(angles)
	return angles[len(angles)/2], nil
}

func within(b image.Rectangle, p proctor.Box) image.Rectangle {
	w, h := float64(b.Dx()), float64(b.Dy())
	return image.Rect(int(p.X*w), int(p.Y*h), int((p.X+p.W)*w), int((p.Y+p.H)*h)).Add(b.Min).Intersect(b)
}

// skin is the usual range of skin's chroma, whatever its lightness (Chai and
// Ngan 1999); a grey picture has none.
func skin(c color.Color) bool {
	p := color.YCbCrModel.Convert(c).(color.YCbCr)
	return p.Cb >= 77 && p.Cb <= 127 && p.Cr >= 133 && p.Cr <= 173
}

// lab is an sRGB colour in CIELAB under D65 (IEC 61966-2-1, CIE 15).
func lab(c color.Color) (l, a, b float64) {
	r16, g16, b16, _ := c.RGBA()
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	red, green, blue := linear(r16), linear(g16), linear(b16)
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	x := f((0.4124564*red + 0.3575761*green + 0.1804375*blue) / 0.95047)
	y := f(0.2126729*red + 0.7151522*green + 0.0721750*blue)
	z := f((0.0193339*red + 0.1191920*green + 0.9503041*blue) / 1.08883)
	return 116*y - 16, 500 * (x - y), 200 * (y - z)
}
