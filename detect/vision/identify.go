package vision

import (
	"errors"
	"image"
	"math"

	"gocv.io/x/gocv"

	"qyragy/detect"
)

const (
	// sameDistance is the Euclidean distance up to which two faces are taken
	// for one person's: dlib's own figure, and a false-accept rate of 0.1 %
	// where it was measured.
	sameDistance = 0.60
	// stillWidth is the width in pixels to which a larger face of a still is
	// scaled before its sharpness is measured, so that a photograph of many
	// pixels is measured like a camera's picture.
	stillWidth = 224
)

// The answers in detect.IdentifyReply.Err that are not failures.
var (
	errNoFaceEnrolled = errors.New("no_face_enrolled")
	errNoFaceLive     = errors.New("no_face_live")
	errFacesLive      = errors.New("faces_live")
	errBlurredLive    = errors.New("blurred_live")
)

// Identify measures how much the live face is like the enrolled one.
func (v *Vision) Identify(r detect.IdentifyRequest) detect.IdentifyReply {
	d, err := v.distance(r)
	if err != nil {
		return detect.IdentifyReply{Err: err.Error()}
	}
	return detect.IdentifyReply{Distance: d, Same: d <= sameDistance}
}

func (v *Vision) distance(r detect.IdentifyRequest) (float64, error) {
	enrolled, err := v.portrait(r.Enrolled, errNoFaceEnrolled, nil)
	if err != nil {
		return 0, err
	}
	live, err := v.portrait(r.Live, errNoFaceLive, liveFace)
	if err != nil {
		return 0, err
	}
	if d := Distance(enrolled, live); !math.IsNaN(d) {
		return d, nil
	}
	return 0, errors.New("the distance is not a number")
}

// Embed returns the 128 numbers of a JPEG's largest face, to measure many
// pictures against each other.
func (v *Vision) Embed(jpeg []byte) ([]float32, error) {
	return v.portrait(jpeg, errNoFaceEnrolled, nil)
}

// Distance is Euclidean between two faces' numbers; the same person's are
// usually ≤ 0.60 apart.
func Distance(a, b []float32) float64 {
	sum := 0.0
	for i := range min(len(a), len(b)) {
		d := float64(a[i] - b[i])
		sum += d * d
	}
	return math.Sqrt(sum)
}

// portrait returns the numbers of a JPEG's largest face. accept, if any, may
// refuse the faces.
func (v *Vision) portrait(jpeg []byte, none error, accept func(gocv.Mat, []face) error) ([]float32, error) {
	bgr, err := decodeJPEG(jpeg)
	if err != nil {
		return nil, err
	}
	defer bgr.Close()
	found, err := v.faces(bgr, bgr.Cols())
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, none
	}
	if accept != nil {
		if err := accept(bgr, found); err != nil {
			return nil, err
		}
	}
	e, err := v.embed(bgr, found[0])
	if errors.Is(err, errNoMesh) {
		return nil, none
	}
	return e, err
}

// liveFace refuses a live picture with several faces, and one so blurred or
// so small that the distance would only measure the blur.
func liveFace(bgr gocv.Mat, found []face) error {
	if len(found) > 1 {
		return errFacesLive
	}
	if found[0].box.width() < faceWidth {
		return errBlurredLive
	}
	at := found[0].box.inside(image.Rect(0, 0, bgr.Cols(), bgr.Rows()))
	if at.Dx() < 3 || at.Dy() < 3 {
		return errNoFaceLive
	}
	crop := bgr.Region(at)
	defer crop.Close()
	gray := gocv.NewMat()
	defer gray.Close()
	gocv.CvtColor(crop, &gray, gocv.ColorBGRToGray)
	luma, _ := meanDeviation(gray)
	if laplacianVariance(gray, stillWidth) < leastSharpness(luma) {
		return errBlurredLive
	}
	return nil
}
