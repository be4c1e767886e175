package vision

import (
	"errors"
	"image"
	"math"

	"gocv.io/x/gocv"

	"qyragy/detect"
	"qyragy/proctor"
)

const (
	// stillWidth is the width in pixels to which a larger face of a still is
	// scaled before its sharpness is measured, so that a photograph of many
	// pixels is measured like a camera's picture.
	stillWidth = 224
	// dimLuma is the mean of a picture too dark to compare a face of.
	dimLuma = 20.0
	// A face is compared if its nose lies at most mostAside of the eyes'
	// distance beside their middle (about 35 degrees of turning), and between
	// these shares of the way from the eyes to the mouth (a head bent down or
	// thrown back).
	mostAside, leastDown, mostDown = 0.30, 0.05, 0.95
)

// The refusals of detect.PortraitReply.
var (
	errNoFace  = errors.New(detect.RefusedNoFace)
	errFaces   = errors.New(detect.RefusedFaces)
	errBlurred = errors.New(detect.RefusedBlurred)
	errSmall   = errors.New(detect.RefusedSmall)
	errDark    = errors.New(detect.RefusedDark)
	errTurned  = errors.New(detect.RefusedTurned)
)

// Portrait returns the numbers of a picture's largest face.
func (v *Vision) Portrait(r detect.PortraitRequest) detect.PortraitReply {
	p, err := decodeAny(r)
	if err != nil {
		return detect.PortraitReply{Err: err.Error(), Fault: errors.Is(err, errDecoder)}
	}
	defer p.close()
	reply, err := v.portrait(p, r.Live)
	if err != nil {
		reply.Face, reply.Err, reply.Fault = nil, err.Error(), !suspends(err)
	}
	return reply
}

func decodeAny(r detect.PortraitRequest) (*picture, error) {
	if len(r.JPEG) == 0 {
		return decode(r.Codec, r.Data)
	}
	bgr, err := decodeJPEG(r.JPEG)
	if err != nil {
		return nil, err
	}
	return colourful(bgr), nil
}

// Embed returns the 128 numbers of a JPEG's largest face, to measure many
// pictures against each other.
func (v *Vision) Embed(jpeg []byte) ([]float32, error) {
	r := v.Portrait(detect.PortraitRequest{JPEG: jpeg})
	if r.Err != "" {
		return nil, errors.New(r.Err)
	}
	return r.Face, nil
}

func (v *Vision) portrait(p *picture, live bool) (detect.PortraitReply, error) {
	var r detect.PortraitReply
	bgr, err := p.full()
	if err != nil {
		return r, err
	}
	found, err := v.faces(bgr, bgr.Cols())
	if err != nil {
		return r, err
	}
	if len(found) == 0 {
		return r, errNoFace
	}
	if live && len(found) > 1 {
		return r, errFaces
	}
	r.Width = found[0].box.width()
	var luma float64
	if r.Sharpness, luma, err = stillSharpness(bgr, found[0]); err != nil {
		return r, err
	}
	if live {
		if err := unfit(found[0], r.Sharpness, luma, proctor.DefaultThresholds().FaceWidth); err != nil {
			return r, err
		}
		r.Face, err = v.facing(p, found[0])
	} else {
		r.Face, err = v.embed(bgr, found[0])
	}
	if errors.Is(err, errNoMesh) {
		err = errNoFace
	}
	return r, err
}

// stillSharpness is the sharpness and the mean of a face in a picture of any
// size.
func stillSharpness(bgr gocv.Mat, f face) (sharpness, luma float64, err error) {
	at := f.box.inside(image.Rect(0, 0, bgr.Cols(), bgr.Rows()))
	if at.Dx() < 3 || at.Dy() < 3 {
		return 0, 0, errNoFace
	}
	crop := bgr.Region(at)
	defer crop.Close()
	gray := gocv.NewMat()
	defer gray.Close()
	gocv.CvtColor(crop, &gray, gocv.ColorBGRToGray)
	luma, _ = meanDeviation(gray)
	return laplacianVariance(gray, stillWidth), luma, nil
}

// unfit says why a face cannot be compared: the distance would only measure
// the picture's badness. nil: it can.
func unfit(f face, sharpness, luma, leastWidth float64) error {
	switch {
	case f.box.width() < leastWidth:
		return errSmall
	case luma < dimLuma:
		return errDark
	case sharpness < leastSharpness(luma):
		return errBlurred
	default:
		return nil
	}
}

// facing returns the 128 numbers of a face that looks about this way.
func (v *Vision) facing(p *picture, f face) ([]float32, error) {
	bgr, f, err := p.around(f)
	if err != nil {
		return nil, err
	}
	defer bgr.Close()
	points, err := v.fivePoints(bgr, f)
	if err != nil {
		return nil, err
	}
	if turned(points) {
		return nil, errTurned
	}
	return v.numbers(bgr, points)
}

// around returns the part of a picture that the mesh is laid over a face of,
// however it leans, and the face there. The caller closes the Mat.
func (p *picture) around(f face) (gocv.Mat, face, error) {
	x, y := (f.box.x0+f.box.x1)/2, (f.box.y0+f.box.y1)/2
	reach := 1.2 * max(f.box.width(), f.box.height())
	at := rect{x - reach, y - reach, x + reach, y + reach}.inside(image.Rect(0, 0, p.width, p.height))
	if at.Dx() < 3 || at.Dy() < 3 {
		return gocv.Mat{}, f, errNoFace
	}
	bgr, at, err := p.part(at)
	if err != nil {
		return gocv.Mat{}, f, err
	}
	return bgr, f.moved(float64(-at.Min.X), float64(-at.Min.Y)), nil
}

// moved is a face in a picture that begins elsewhere.
func (f face) moved(x, y float64) face {
	f.box = rect{f.box.x0 + x, f.box.y0 + y, f.box.x1 + x, f.box.y1 + y}
	for i := range f.points {
		f.points[i].x += x
		f.points[i].y += y
	}
	return f
}

// turned reports whether a face's five points are those of a head that is
// turned aside or bent so far that its distance says nothing.
func turned(p []point) bool {
	ux, uy := p[1].x-p[0].x, p[1].y-p[0].y
	eyes := math.Hypot(ux, uy)
	ux, uy = ux/eyes, uy/eyes
	from := point{(p[0].x + p[1].x) / 2, (p[0].y + p[1].y) / 2}
	aside := func(q point) float64 { return (q.x-from.x)*ux + (q.y-from.y)*uy }
	down := func(q point) float64 { return (q.y-from.y)*ux - (q.x-from.x)*uy }
	way := down(p[2]) / down(point{(p[3].x + p[4].x) / 2, (p[3].y + p[4].y) / 2})
	straight := math.Abs(aside(p[2])) <= mostAside*eyes && way >= leastDown && way <= mostDown
	return !straight // so that NaN is turned
}
