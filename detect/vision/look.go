package vision

import (
	"errors"
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
	view          view    // only if the face is soft
	surface       surface // only without a face
	still         stillness
	persons       []thing
	objects       []proctor.Thing
	searched      search // how persons and objects were looked for in this look
	allowed       int    // the examinee and her companions
	off           []proctor.Cause
	thresholds    proctor.Thresholds
	pose          *proctor.Pose // of the largest face; nil when it was not measured
	scenery       scenery
	memory        memory
	// distance is that of the largest face from the enrolled ones, nil when it
	// was not measured; above limit it is another's.
	distance *float64
	limit    float64
}

// Look looks at one key frame. A frame that cannot be looked at gives a reply
// with Err and the memory unchanged.
func (v *Vision) Look(r detect.LookRequest) detect.LookReply {
	p, err := decode(r.Frame.Codec, r.Frame.Data)
	if err != nil {
		return detect.LookReply{Look: v.emptyLook(r), Memory: r.Memory, Err: err.Error(), Fault: errors.Is(err, errDecoder)}
	}
	defer p.close()
	return v.look(p, r)
}

// LookJPEG is like Look for a JPEG instead of r's frame: for trying the
// detector on pictures.
func (v *Vision) LookJPEG(jpeg []byte, r detect.LookRequest) detect.LookReply {
	bgr, err := decodeJPEG(jpeg)
	if err != nil {
		return detect.LookReply{Look: v.emptyLook(r), Memory: r.Memory, Err: err.Error()}
	}
	p := colourful(bgr)
	defer p.close()
	return v.look(p, r)
}

func (v *Vision) emptyLook(r detect.LookRequest) proctor.Look {
	return proctor.Look{
		Seat: r.Frame.Seat, At: r.Frame.At, Detector: v.name,
		Calibrating: r.Age < detect.CalibrationLooks,
	}
}

func (v *Vision) look(p *picture, r detect.LookRequest) detect.LookReply {
	look := v.emptyLook(r)
	s, thumb, err := v.see(p, r)
	if err != nil {
		return detect.LookReply{Look: look, Memory: r.Memory, Err: err.Error(), Fault: true}
	}
	if err := v.compare(p, s, r.Terms); err != nil {
		return detect.LookReply{Look: look, Memory: r.Memory, Err: err.Error(), Fault: true}
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
	for _, p := range s.persons {
		look.Persons = append(look.Persons, *s.fraction(p.box))
	}
	look.Objects, look.Pose = s.objects, s.pose
	look.People = max(len(s.faces), len(s.persons))
	if s.searched == noSearch {
		look.People = max(look.People, min(s.memory.Persons, s.allowed))
	}
	look.Distance = s.distance
	look.Observations = s.told()
	return detect.LookReply{Look: look, Thumbnail: thumb, Memory: s.remember()}
}

// see finds what is on a picture, and makes its thumbnail. All but the
// sharpness of a face and the persons is read off the thumbnail's pixels.
func (v *Vision) see(p *picture, r detect.LookRequest) (*scene, []byte, error) {
	small, err := p.shrunk(thumbnailWidth)
	if err != nil {
		return nil, nil, err
	}
	defer small.Close()
	gray := gocv.NewMat()
	defer gray.Close()
	gocv.CvtColor(small, &gray, gocv.ColorBGRToGray)

	s := &scene{
		measures: measure(gray), width: p.width, height: p.height, sharpness: -1,
		allowed: 1 + max(0, r.Terms.Companions), off: r.Terms.Off, thresholds: r.Terms.Thresholds.OrDefault(),
		scenery: sceneryOf(r.Terms.Scenery, p.size), memory: recall(r),
	}
	var thumb []byte
	if !r.Blind {
		if thumb, err = encodeJPEG(small, thumbnailQuality); err != nil {
			return nil, nil, err
		}
	}
	if s.black() {
		return s, thumb, nil
	}
	if s.faces, err = v.faces(small, p.width); err != nil {
		return nil, nil, err
	}
	s.faces = s.scenery.faces(s.faces)
	if len(s.faces) > 0 {
		if s.sharpness, err = faceSharpness(p, s.faces[0]); err != nil {
			return nil, nil, err
		}
	}
	if err := s.inspect(p, gray); err != nil {
		return nil, nil, err
	}
	if err := v.measurePose(p, s); err != nil {
		return nil, nil, err
	}
	return s, thumb, v.find(p, s, s.search())
}

// inspect measures what the picture's kind asks for: how sharp all of it is
// when the face is not, what surface it has without a face, whether it moves.
func (s *scene) inspect(p *picture, gray gocv.Mat) (err error) {
	if s.soft() && s.wants(proctor.CauseBlurred) {
		if s.view, err = viewOf(p); err != nil {
			return err
		}
	}
	if len(s.faces) == 0 {
		if s.surface, err = surfaceOf(gray); err != nil {
			return err
		}
	}
	if frozen := s.wants(proctor.CauseFrozen); frozen || s.wants(proctor.CauseBlocked) {
		var fine points
		if frozen {
			fine = pointsOf(gray)
		}
		s.still = s.memory.Still.next(meansOf(gray), fine, s.surface.drawn())
	}
	return nil
}

// faceSharpness is the Laplacian variance of a face at its own size, 0 for a
// face that lies outside the picture.
func faceSharpness(p *picture, f face) (float64, error) {
	all := image.Rect(0, 0, p.width, p.height)
	at := f.box.inside(all)
	if at.Dx() < 3 || at.Dy() < 3 {
		return 0, nil
	}
	// The derivative at the box's edge needs the pixel beyond it: a mirrored
	// one would make an edge where there is none.
	crop, wide, err := p.part(at.Inset(-1).Intersect(all))
	if err != nil {
		return 0, err
	}
	defer crop.Close()
	gray := gocv.NewMat()
	defer gray.Close()
	gocv.CvtColor(crop, &gray, gocv.ColorBGRToGray)
	inner := gray.Region(at.Sub(wide.Min))
	defer inner.Close()
	return laplacianVariance(inner, 0), nil
}

// remember is what the next look at this seat needs to know.
func (s *scene) remember() []byte {
	m := s.memory
	m.Stirs = s.stirs()
	m.Since++
	m.Sought++
	m.Faces = len(s.faces)
	if s.searched != noSearch {
		m.Since, m.Persons, m.Counted = 0, len(s.persons), s.cells
	}
	if s.searched == thingsSearch || s.searched != noSearch && !s.wants(proctor.CauseObject) {
		m.Sought, m.Cells, m.Counted = 0, s.cells, nil
	}
	m.Drawn, m.Still = s.surface.drawn(), s.still
	if len(s.faces) > 0 {
		m.learn(s)
	}
	if s.pose != nil {
		m.Pose = m.Pose.learn(*s.pose, s.aside(*s.pose) > s.thresholds.Yaw)
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
