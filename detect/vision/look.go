package vision

import (
	"image"

	"gocv.io/x/gocv"

	"qyragy/detect"
	"qyragy/proctor"
)

// scene is everything that one look found, before it is judged.
type scene struct {
	measures
	width, height int
	faces         []face
	sharpness     float64 // Laplacian variance of the largest face at its own size; -1 without one
	persons       []person
	counted       bool // persons were looked for in this look
	allowed       int  // the examinee and her companions
	memory        memory
}

// Look looks at one key frame. A frame that cannot be looked at gives a reply
// with Err and the memory unchanged.
func (v *Vision) Look(r detect.LookRequest) detect.LookReply {
	bgr, err := decode(r.Frame.Codec, r.Frame.Data)
	if err != nil {
		return detect.LookReply{Look: v.emptyLook(r), Memory: r.Memory, Err: err.Error()}
	}
	defer bgr.Close()
	return v.look(bgr, r)
}

// LookJPEG is like Look for a JPEG instead of r's frame: for trying the
// detector on pictures.
func (v *Vision) LookJPEG(jpeg []byte, r detect.LookRequest) detect.LookReply {
	bgr, err := decodeJPEG(jpeg)
	if err != nil {
		return detect.LookReply{Look: v.emptyLook(r), Memory: r.Memory, Err: err.Error()}
	}
	defer bgr.Close()
	return v.look(bgr, r)
}

func (v *Vision) emptyLook(r detect.LookRequest) proctor.Look {
	return proctor.Look{
		Seat: r.Frame.Seat, At: r.Frame.At, Detector: v.name,
		Calibrating: r.Age < detect.CalibrationLooks,
	}
}

func (v *Vision) look(bgr gocv.Mat, r detect.LookRequest) detect.LookReply {
	look := v.emptyLook(r)
	s, thumb, err := v.see(bgr, r)
	if err != nil {
		return detect.LookReply{Look: look, Memory: r.Memory, Err: err.Error()}
	}
	look.Width, look.Height = s.width, s.height
	look.Luma, look.Spread = s.luma, s.spread
	look.Sharpness = s.sharpness
	if s.sharpness < 0 {
		look.Sharpness = s.edges
	}
	for _, f := range s.faces {
		look.Faces = append(look.Faces, *s.fraction(f.box))
	}
	look.People = max(len(s.faces), len(s.persons))
	if !s.counted {
		look.People = max(look.People, min(s.memory.Persons, s.allowed))
	}
	look.Observations = s.judge()
	return detect.LookReply{Look: look, Thumbnail: thumb, Memory: s.remember()}
}

// see finds what is on a picture, and makes its thumbnail. All but the
// sharpness of a face and the persons is read off the thumbnail's pixels.
func (v *Vision) see(bgr gocv.Mat, r detect.LookRequest) (*scene, []byte, error) {
	small := shrunk(bgr, thumbnailWidth)
	defer small.Close()
	gray := gocv.NewMat()
	defer gray.Close()
	gocv.CvtColor(small, &gray, gocv.ColorBGRToGray)

	s := &scene{
		measures: measure(gray), width: bgr.Cols(), height: bgr.Rows(), sharpness: -1,
		allowed: 1 + max(0, r.Terms.Companions), memory: recall(r),
	}
	thumb, err := encodeJPEG(small, thumbnailQuality)
	if err != nil {
		return nil, nil, err
	}
	if s.black() {
		return s, thumb, nil
	}
	if s.faces, err = v.faces(small, bgr.Cols()); err != nil {
		return nil, nil, err
	}
	if len(s.faces) > 0 {
		s.sharpness = faceSharpness(bgr, s.faces[0])
	}
	if s.doubtful() {
		s.counted = true
		if s.persons, err = v.persons(bgr); err != nil {
			return nil, nil, err
		}
	}
	return s, thumb, nil
}

// faceSharpness is the Laplacian variance of a face at its own size, 0 for a
// face that lies outside the picture.
func faceSharpness(bgr gocv.Mat, f face) float64 {
	at := f.box.inside(bgr)
	if at.Dx() < 3 || at.Dy() < 3 {
		return 0
	}
	// The derivative at the box's edge needs the pixel beyond it: a mirrored
	// one would make an edge where there is none.
	wide := at.Inset(-1).Intersect(image.Rect(0, 0, bgr.Cols(), bgr.Rows()))
	crop := bgr.Region(wide)
	defer crop.Close()
	gray := gocv.NewMat()
	defer gray.Close()
	gocv.CvtColor(crop, &gray, gocv.ColorBGRToGray)
	inner := gray.Region(at.Sub(wide.Min))
	defer inner.Close()
	return laplacianVariance(inner, 0)
}

// How often persons are looked for although the faces leave no doubt, in
// looks: at least, and at most when something moves beside the examinee.
const (
	personsAlways = 20
	personsMotion = 3
)

// doubtful reports whether persons must be looked for, which costs several
// times as much as everything else together. They must where faces cannot
// answer (none is seen, or not as many as before), where the last count was
// too high, so that the engine gets every second of it, where something moves
// that is not the examinee, and every few looks in any case: a person whose
// face is turned away is found by nothing else.
func (s *scene) doubtful() bool {
	m := s.memory
	switch {
	case s.covered():
		return false
	case len(s.faces) == 0, m.Persons > s.allowed, len(m.Cells) == 0:
		return true
	case len(s.faces) > s.allowed:
		return false // there is no doubt
	case len(s.faces) != m.Faces, m.Since+1 >= personsAlways:
		return true
	default:
		return m.Since+1 >= personsMotion && s.cells.movedOutside(m.Cells, s.body())
	}
}

// body is where the largest face's own body moves, in fractions of the frame:
// from above the head down, arms included.
func (s *scene) body() proctor.Box {
	f := s.faces[0].box
	reach := 2 * f.width()
	return *s.fraction(rect{f.x0 - reach, f.y0 - f.height(), f.x1 + reach, float64(s.height)})
}

// remember is what the next look at this seat needs to know.
func (s *scene) remember() []byte {
	m := s.memory
	m.Since++
	m.Faces = len(s.faces)
	if s.counted {
		m.Since, m.Persons, m.Cells = 0, len(s.persons), s.cells
	}
	if len(s.faces) > 0 {
		m.learn(s.measures)
	}
	return m.encode()
}

// fraction is a box in fractions of the frame, cut to it.
func (s *scene) fraction(r rect) *proctor.Box {
	cut := func(v, side float64) float64 { return min(1, max(0, v/side)) }
	w, h := float64(s.width), float64(s.height)
	x, y := cut(r.x0, w), cut(r.y0, h)
	return &proctor.Box{X: x, Y: y, W: cut(r.x1, w) - x, H: cut(r.y1, h) - y}
}
