package vision

import (
	"image"

	"gocv.io/x/gocv"

	"qyragy/proctor"
)

// measures are what plain arithmetic says about a frame.
type measures struct {
	luma   float64 // mean of the grey picture, 0..255
	spread float64 // its standard deviation
	// texture is the Laplacian variance at 80 pixels of width, so far
	// averaged that sensor noise is gone and the scene's edges are left.
	texture float64
	// edges is the Laplacian variance at 320 pixels of width: how sharp the
	// frame is when there is no face to measure.
	edges float64
	cells cells
}

// The size at which texture is measured, in pixels of width; everything else
// is at the thumbnail's.
const textureWidth = 80

// measure measures a grey picture that is as wide as the thumbnail.
func measure(gray gocv.Mat) measures {
	var m measures
	m.luma, m.spread = meanDeviation(gray)
	m.edges = laplacianVariance(gray, 0)
	m.texture = laplacianVariance(gray, textureWidth)
	m.cells = cellsOf(gray)
	return m
}

// shrunk returns a picture of at most the given width, which may share its
// pixels with m. The caller closes it.
func shrunk(m gocv.Mat, widest int) gocv.Mat {
	if m.Cols() <= widest {
		return m.Region(image.Rect(0, 0, m.Cols(), m.Rows()))
	}
	small := gocv.NewMat()
	gocv.Resize(m, &small, image.Pt(widest, max(1, m.Rows()*widest/m.Cols())), 0, 0, gocv.InterpolationArea)
	return small
}

// meanDeviation returns a picture's mean and standard deviation. The picture
// must not be empty.
func meanDeviation(m gocv.Mat) (mean, deviation float64) {
	a, b := gocv.NewMat(), gocv.NewMat()
	defer a.Close()
	defer b.Close()
	gocv.MeanStdDev(m, &a, &b)
	return a.GetDoubleAt(0, 0), b.GetDoubleAt(0, 0)
}

// laplacianVariance is the usual measure of sharpness: the variance of the
// second derivative. A picture wider than widest is scaled down to it first;
// 0 means any width.
func laplacianVariance(gray gocv.Mat, widest int) float64 {
	if widest > 0 {
		gray = shrunk(gray, widest)
		defer gray.Close()
	}
	second := gocv.NewMat()
	defer second.Close()
	gocv.Laplacian(gray, &second, gocv.MatTypeCV16S, 1, 1, 0, gocv.BorderDefault)
	_, d := meanDeviation(second)
	return d * d
}

// The grid on which motion is judged.
const (
	cellColumns = 16
	cellRows    = 12
	// A cell moved when its mean grey changed by more than this.
	cellStep = 12
	// As many moved cells beside the examinee are motion.
	cellsMoved = 3
)

// cells is a tiny grey copy of a frame, row by row.
type cells []byte

func cellsOf(gray gocv.Mat) cells {
	small := gocv.NewMat()
	defer small.Close()
	gocv.Resize(gray, &small, image.Pt(cellColumns, cellRows), 0, 0, gocv.InterpolationArea)
	return small.ToBytes()
}

// movedOutside reports whether the scene changed between two frames anywhere
// but in body, other than getting brighter or darker as a whole, which
// cameras do by themselves. A frame that is not there counts as another scene.
func (c cells) movedOutside(d cells, body proctor.Box) bool {
	if len(c) != len(d) || len(c) != cellColumns*cellRows {
		return true
	}
	shift := 0
	for i := range c {
		shift += int(c[i]) - int(d[i])
	}
	shift /= len(c)
	n := 0
	for i := range c {
		x := (float64(i%cellColumns) + 0.5) / cellColumns
		y := (float64(i/cellColumns) + 0.5) / cellRows
		inside := x >= body.X && x <= body.X+body.W && y >= body.Y && y <= body.Y+body.H
		if diff := int(c[i]) - int(d[i]) - shift; !inside && (diff > cellStep || diff < -cellStep) {
			n++
		}
	}
	return n >= cellsMoved
}
