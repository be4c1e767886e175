package vision

import (
	"image"
	"math"

	"gocv.io/x/gocv"
)

// normalisation is what a network wants its pixels to be: RGB or BGR, and
// (v - mean) / deviation per channel in that order.
type normalisation struct {
	rgb             bool
	mean, deviation [3]float32
}

// pixels returns a BGR picture as one planar float tensor (1x3xHxW).
func (n normalisation) pixels(bgr gocv.Mat) ([]float32, error) {
	b, err := bgr.DataPtrUint8()
	if err != nil {
		return nil, err
	}
	var table [3][256]float32 // by the place of the channel in memory
	var planes [3][]float32
	plane := bgr.Rows() * bgr.Cols()
	out := make([]float32, 3*plane)
	for c := range 3 {
		from := c
		if n.rgb {
			from = 2 - c
		}
		planes[from] = out[c*plane : (c+1)*plane]
		for v := range table[from] {
			table[from][v] = (float32(v) - n.mean[c]) / n.deviation[c]
		}
	}
	first, second, third := planes[0], planes[1][:plane], planes[2][:plane]
	for i := range first[:plane] {
		p := b[3*i : 3*i+3 : 3*i+3]
		first[i], second[i], third[i] = table[0][p[0]], table[1][p[1]], table[2][p[2]]
	}
	return out, nil
}

// letterbox is how a picture was put into a frame of another shape: scaled,
// then centred.
type letterbox struct{ scale, x, y float64 }

// stride is the largest of the networks that take pictures of any size: each
// side must be a multiple of it.
const stride = 32

// framed is the least frame that holds a picture scaled to the longest side
// that is given, a multiple of stride.
func framed(bgr gocv.Mat, longest int) size {
	w, h := bgr.Cols(), bgr.Rows()
	side := func(v int) int {
		scaled := math.Round(float64(v) * float64(longest) / float64(max(w, h)))
		return stride * max(1, int(math.Ceil(scaled/stride)))
	}
	return size{side(w), side(h)}
}

// letterboxed returns a picture scaled to the given longest side into the
// least black frame that holds it. The caller closes the Mat.
func letterboxed(bgr gocv.Mat, longest int) (gocv.Mat, letterbox) {
	w, h := bgr.Cols(), bgr.Rows()
	to := framed(bgr, longest)
	l := letterbox{scale: float64(longest) / float64(max(w, h))}
	sw := max(1, int(math.Round(float64(w)*l.scale)))
	sh := max(1, int(math.Round(float64(h)*l.scale)))
	frame := gocv.NewMatWithSizeFromScalar(gocv.Scalar{}, to.height, to.width, gocv.MatTypeCV8UC3)
	at := image.Rect(0, 0, sw, sh).Add(image.Pt((to.width-sw)/2, (to.height-sh)/2))
	l.x, l.y = float64(at.Min.X), float64(at.Min.Y)
	region := frame.Region(at)
	defer region.Close()
	gocv.Resize(bgr, &region, image.Pt(sw, sh), 0, 0, interpolation(l.scale))
	return frame, l
}

func interpolation(scale float64) gocv.InterpolationFlags {
	if scale < 0.5 {
		return gocv.InterpolationArea
	}
	return gocv.InterpolationLinear
}

// point and rect are in pixels of the picture, before any letterbox.
type point struct{ x, y float64 }

type rect struct{ x0, y0, x1, y1 float64 }

// undo maps a point of the frame back to the picture.
func (l letterbox) undo(x, y float64) point {
	return point{(x - l.x) / l.scale, (y - l.y) / l.scale}
}

func (r rect) width() float64  { return r.x1 - r.x0 }
func (r rect) height() float64 { return r.y1 - r.y0 }
func (r rect) area() float64   { return max(0, r.width()) * max(0, r.height()) }

func (r rect) intersection(s rect) float64 {
	return rect{max(r.x0, s.x0), max(r.y0, s.y0), min(r.x1, s.x1), min(r.y1, s.y1)}.area()
}

// overlap is intersection over union, 0..1.
func (r rect) overlap(s rect) float64 {
	both := r.intersection(s)
	if all := r.area() + s.area() - both; all > 0 {
		return both / all
	}
	return 0
}

// inside returns r cut to the picture, in whole pixels; it may be empty.
func (r rect) inside(picture image.Rectangle) image.Rectangle {
	return image.Rect(int(r.x0), int(r.y0), int(math.Ceil(r.x1)), int(math.Ceil(r.y1))).
		Intersect(picture)
}

func sigmoid(x float32) float64 { return 1 / (1 + math.Exp(-float64(x))) }
