package vision

import (
	"fmt"

	"gocv.io/x/gocv"

	"qyragy/proctor"
)

// The thresholds of coverings. Where each comes from is in models/README.md.
const (
	blackLuma   = 10.0 // a black picture has a lower mean
	blackSpread = 5.0  // and a lower standard deviation
	evenSpread  = 6.0  // no room is as even
	evenMode    = 0.65 // nor as much of it of one grey
	// Without a shape in it the texture is the noise's, and a gradient's: a
	// share of the contrast.
	smoothNoise    = 4.0
	smoothContrast = 0.055
	smoothMost     = 25.0 // more is a room out of focus
	flatShare      = 0.25 // of the texture that this camera usually has
	sameStep       = 6    // a cell whose grey changed by less shows what it did
	sameShare      = 0.5  // as many such cells, and the room is still there

	// A drawing has hardly any noise, few greys, and sharp edges.
	drawnPlain = 0.9
	drawnMode  = 0.8
	drawnEdges = 0.001
	edgeStep   = 60 // of the second derivative at 320 pixels of width
	edgeStrip  = 6  // this part of the rows at the top, and at the bottom
)

// surface is what a picture without a face looks like up close, in shares of
// its pixels.
type surface struct {
	mode  float64 // of about one grey
	plain float64 // without a second derivative
	edges float64 // on a sharp edge, away from the top and the bottom
}

// surfaceOf measures a grey picture that is as wide as the thumbnail.
func surfaceOf(gray gocv.Mat) (surface, error) {
	second := gocv.NewMat()
	defer second.Close()
	gocv.Laplacian(gray, &second, gocv.MatTypeCV16S, 1, 1, 0, gocv.BorderDefault)
	d, err := second.DataPtrInt16()
	if err != nil {
		return surface{}, fmt.Errorf("look at the surface: %w", err)
	}
	pixels := gray.ToBytes()
	if len(pixels) == 0 || len(d) != len(pixels) {
		return surface{}, fmt.Errorf("look at the surface: %d pixels, %d derivatives", len(pixels), len(d))
	}
	// A lid that is almost closed leaves a strip of the keyboard, or of the
	// room, with edges enough; a notice has its own in the middle.
	strip := gray.Rows() / edgeStrip * gray.Cols()
	var bins [65]int // the last stays empty
	plain, edges := 0, 0
	for i, v := range pixels {
		bins[v/4]++
		switch e := d[i]; {
		case e >= -1 && e <= 1:
			plain++
		case e <= edgeStep && e >= -edgeStep, i < strip, i >= len(pixels)-strip:
		default:
			edges++
		}
	}
	mode := 0
	for i := range bins[:64] {
		mode = max(mode, bins[i]+bins[i+1])
	}
	all := float64(len(pixels))
	return surface{float64(mode) / all, float64(plain) / all, float64(edges) / all}, nil
}

// drawn reports a picture that a program drew rather than a lens.
func (f surface) drawn() bool {
	return f.plain >= drawnPlain && f.mode >= drawnMode && f.edges >= drawnEdges
}

func (s *scene) black() bool { return s.luma < blackLuma && s.spread < blackSpread }

// covered reports a black picture, or one in which nothing has a shape, as if
// something were too near to be in focus. A face is always stronger: whoever
// shows her face has not covered the lens. So is the room seen before: when
// only the examinee has left it, her plain wall is no cover.
func (s *scene) covered() bool {
	switch {
	case s.black():
		return true
	case len(s.faces) > 0 || s.placard() || s.cells.same(s.memory.Cells) && s.memory.Texture > 0:
		return false
	case s.spread < evenSpread || s.surface.mode >= evenMode:
		return true
	}
	return s.texture < s.shapeless() &&
		(s.memory.Texture == 0 || s.texture < flatShare*s.memory.Texture)
}

// shapeless is the texture below which nothing in the picture has a shape.
func (s *scene) shapeless() float64 {
	return min(smoothMost, smoothNoise+smoothContrast*s.spread*s.spread)
}

// placard reports what may be a program's notice: it is drawn, and does not
// move. In its first look only the former can be known.
func (s *scene) placard() bool {
	return s.surface.drawn() && (!s.memory.Drawn || s.still.stands())
}

// same reports whether a frame still shows most of what another did, without
// allowing for a change of light: everything is alike in a dark enough one.
func (c cells) same(d cells) bool {
	if len(c) != len(d) || len(c) == 0 {
		return false
	}
	n := 0
	for i := range c {
		if diff := int(c[i]) - int(d[i]); diff < sameStep && diff > -sameStep {
			n++
		}
	}
	return float64(n) >= sameShare*float64(len(c))
}

func (s *scene) cover() proctor.Observation {
	o := proctor.Observation{Cause: proctor.CauseCovered, Detail: fmt.Sprintf("luma %.1f, spread %.1f, texture %.2f", s.luma, s.spread, s.texture)}
	if s.black() {
		o.Score = 0.7 + 0.3*share(blackLuma-s.luma, blackLuma)
	} else {
		most := s.shapeless()
		o.Score = 0.5 + 0.3*max(share(evenSpread-s.spread, evenSpread), share(s.surface.mode-evenMode, 1-evenMode), share(most-s.texture, most))
	}
	return o
}
