package vision

import (
	"fmt"
	"image"

	"gocv.io/x/gocv"

	"qyragy/proctor"
)

// The thresholds of blur, all Laplacian variances. Where each comes from is in
// models/README.md.
const (
	faceSharp = 8.0  // a face below is blurred
	faceSoft  = 30.0 // one above is not; between, the rest of the picture says
	faceLuma  = 45.0 // in less light, contrast and so the variance fall with the square of it
	faceDrop  = 6.0  // and so is a soft one whose camera showed it so many times sharper

	viewWidth  = 640  // pixels: the size at which the picture is measured
	viewSharp  = 13.5 // a picture below is blurred
	viewSoft   = 25.0 // and so is one below that loses its detail when it is halved, not before
	viewLuma   = 90.0 // in less light these fall with the square of it
	viewOctave = 5.5  // halved twice, it has so many times what it had when halved once

	frameEdges  = 12.0 // a blurred frame has less
	frameSpread = 20.0 // although there is something on it to be seen
)

// view is how sharp a whole picture is: as it is, halved, and halved twice.
// Blur of some width takes what is finer and leaves the rest, whatever the
// contrast, so that the smaller pictures seem the sharper ones.
type view struct{ whole, half, quarter float64 }

func viewOf(p *picture) (view, error) {
	small, err := p.shrunk(viewWidth)
	if err != nil {
		return view{}, fmt.Errorf("measure sharpness: %w", err)
	}
	defer small.Close()
	gray := gocv.NewMat()
	defer gray.Close()
	gocv.CvtColor(small, &gray, gocv.ColorBGRToGray)
	half := halved(gray)
	defer half.Close()
	quarter := halved(half)
	defer quarter.Close()
	return view{laplacianVariance(gray, 0), laplacianVariance(half, 0), laplacianVariance(quarter, 0)}, nil
}

// halved returns a picture of half the size. The caller closes it.
func halved(m gocv.Mat) gocv.Mat {
	r := gocv.NewMat()
	gocv.Resize(m, &r, image.Pt(max(1, m.Cols()/2), max(1, m.Rows()/2)), 0, 0, gocv.InterpolationArea)
	return r
}

// blurred reports whether a picture of the given mean is out of focus.
func (v view) blurred(luma float64) bool {
	light := min(1, luma/viewLuma)
	light *= light
	return v.whole < viewSharp*light || v.whole < viewSoft*light && v.quarter > viewOctave*v.half
}

// leastSharpness is the Laplacian variance below which a face is blurred, in
// a picture of the given mean.
func leastSharpness(luma float64) float64 {
	light := min(1, luma/faceLuma)
	return faceSharp * light * light
}

// soft reports whether a face may be blurred, so that it pays to look further.
func (s *scene) soft() bool { return s.sharpness >= 0 && s.sharpness < faceSoft }

// blurredFace reports a largest face from which nobody can be identified. In
// a dark room only its size is judged: what the encoder leaves of a sharp face
// there is no sharper than a blurred one.
func (s *scene) blurredFace() (proctor.Observation, bool) {
	f := s.faces[0]
	o := proctor.Observation{Cause: proctor.CauseBlurred, Box: s.fraction(f.box)}
	least := leastSharpness(s.luma)
	switch wide := s.thresholds.FaceWidth; {
	case f.box.width() < wide:
		o.Score = 0.5 + 0.5*share(wide-f.box.width(), wide)
		o.Detail = fmt.Sprintf("small: face %.0f px wide", f.box.width())
	case s.luma < darkLuma:
		return o, false
	case s.sharpness < least:
		o.Score = 0.5 + 0.5*share(least-s.sharpness, least)
		o.Detail = fmt.Sprintf("face sharpness %.1f", s.sharpness)
	case s.soft() && s.view != (view{}) && s.view.blurred(s.luma):
		o.Score = 0.5
		o.Detail = fmt.Sprintf("face sharpness %.1f, frame %.1f", s.sharpness, s.view.whole)
	case s.soft() && s.sharpness*faceDrop < s.memory.Sharp:
		o.Score = 0.5
		o.Detail = fmt.Sprintf("face sharpness %.1f, usually %.1f", s.sharpness, s.memory.Sharp)
	default:
		return o, false
	}
	return o, true
}
