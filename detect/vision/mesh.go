package vision

import (
	"errors"
	"image"
	"math"

	"gocv.io/x/gocv"
)

const (
	meshSide   = 192
	meshPoints = 468
	meshLeast  = 0.5 // below, the mesh says that it sees no face
	chipSide   = 150
	// embeddingSize is the length of dlib's face descriptor.
	embeddingSize = 128
)

// affine maps (x, y) to (a x - b y + tx, b x + a y + ty): it turns, scales
// and moves, and keeps angles.
type affine struct{ a, b, tx, ty float64 }

func (t affine) apply(p point) point {
	return point{t.a*p.x - t.b*p.y + t.tx, t.b*p.x + t.a*p.y + t.ty}
}

func (t affine) inverse() affine {
	d := t.a*t.a + t.b*t.b
	a, b := t.a/d, -t.b/d
	return affine{a, b, -(a*t.tx - b*t.ty), -(b*t.tx + a*t.ty)}
}

// warp returns the square of the given side that t maps bgr to. The caller
// closes the Mat.
func (t affine) warp(bgr gocv.Mat, side int) gocv.Mat {
	m := gocv.NewMatWithSize(2, 3, gocv.MatTypeCV64F)
	defer m.Close()
	for i, v := range []float64{t.a, -t.b, t.tx, t.b, t.a, t.ty} {
		m.SetDoubleAt(i/3, i%3, v)
	}
	out := gocv.NewMat()
	gocv.WarpAffine(bgr, &out, m, image.Pt(side, side))
	return out
}

// fit is the affine that maps from to to with the least squared error
// (Umeyama's method without reflection, which in two dimensions has this
// closed form).
func fit(from, to []point) (affine, error) {
	n := float64(len(from))
	var f, t point
	for i := range from {
		f.x, f.y, t.x, t.y = f.x+from[i].x/n, f.y+from[i].y/n, t.x+to[i].x/n, t.y+to[i].y/n
	}
	var dot, cross, norm float64
	for i := range from {
		fx, fy, tx, ty := from[i].x-f.x, from[i].y-f.y, to[i].x-t.x, to[i].y-t.y
		dot += fx*tx + fy*ty
		cross += fx*ty - fy*tx
		norm += fx*fx + fy*fy
	}
	if !(norm > 1e-6) || math.IsInf(norm, 0) {
		return affine{}, errors.New("the face's points fall together")
	}
	r := affine{a: dot / norm, b: cross / norm}
	r.tx, r.ty = t.x-(r.a*f.x-r.b*f.y), t.y-(r.b*f.x+r.a*f.y)
	return r, nil
}

// meshCrop maps a face, half again as large as its box and turned upright by
// its eyes, to the mesh network's input.
func meshCrop(f face) affine {
	side := 1.5 * max(f.box.width(), f.box.height())
	angle := math.Atan2(f.points[1].y-f.points[0].y, f.points[1].x-f.points[0].x)
	scale := meshSide / side
	r := affine{a: scale * math.Cos(-angle), b: scale * math.Sin(-angle)}
	c := r.apply(point{(f.box.x0 + f.box.x1) / 2, (f.box.y0 + f.box.y1) / 2})
	r.tx, r.ty = meshSide/2-c.x, meshSide/2-c.y
	return r
}

// errNoMesh means that a closer look found no face where one was detected.
var errNoMesh = errors.New("no face at a closer look")

// meshOf returns the x, y and z of a face's 468 points, in pixels of the crop.
func (v *Vision) meshOf(bgr gocv.Mat, f face) ([]float32, affine, error) {
	crop := meshCrop(f)
	m := crop.warp(bgr, meshSide)
	defer m.Close()
	in, err := normalisation{rgb: true, deviation: [3]float32{255, 255, 255}}.pixels(m)
	if err != nil {
		return nil, crop, err
	}
	out, err := v.mesh.run(in, size{meshSide, meshSide})
	if err != nil {
		return nil, crop, err
	}
	if !(out[0][0] >= meshLeast) {
		return nil, crop, errNoMesh
	}
	return out[1], crop, nil
}

// fivePoints returns the eyes' centres, the tip of the nose and the corners
// of the mouth, in pixels of the picture.
func (v *Vision) fivePoints(bgr gocv.Mat, f face) ([]point, error) {
	mesh, crop, err := v.meshOf(bgr, f)
	if err != nil {
		return nil, err
	}
	back := crop.inverse()
	at := func(i int) point {
		return back.apply(point{float64(mesh[3*i]), float64(mesh[3*i+1])})
	}
	middle := func(i, j int) point {
		p, q := at(i), at(j)
		return point{(p.x + q.x) / 2, (p.y + q.y) / 2}
	}
	// MediaPipe's numbering: the corners of each eye, the nose, the mouth.
	return []point{middle(33, 133), middle(362, 263), at(4), at(61), at(291)}, nil
}

// chipTemplate is where the five points lie in dlib's chip: the ArcFace
// template (112x112) about its centre times 1.55. Of four scales that were
// tried this one verified best; see models/README.md.
func chipTemplate() []point {
	r := []point{{38.2946, 51.6963}, {73.5318, 51.5014}, {56.0252, 71.7366}, {41.5493, 92.3655}, {70.7299, 92.2041}}
	for i, p := range r {
		r[i] = point{(p.x-56)*1.55 + 75, (p.y-72)*1.55 + 80}
	}
	return r
}

// embed returns a face's 128 numbers.
func (v *Vision) embed(bgr gocv.Mat, f face) ([]float32, error) {
	points, err := v.fivePoints(bgr, f)
	if err != nil {
		return nil, err
	}
	return v.numbers(bgr, points)
}

// numbers returns the 128 numbers of the face with these five points.
func (v *Vision) numbers(bgr gocv.Mat, points []point) ([]float32, error) {
	t, err := fit(points, chipTemplate())
	if err != nil {
		return nil, err
	}
	chip := t.warp(bgr, chipSide)
	defer chip.Close()
	norm := normalisation{rgb: true, mean: [3]float32{122.782, 117.001, 104.298}, deviation: [3]float32{256, 256, 256}}
	in, err := norm.pixels(chip)
	if err != nil {
		return nil, err
	}
	out, err := v.embedding.run(in, size{chipSide, chipSide})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}
