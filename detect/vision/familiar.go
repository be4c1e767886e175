package vision

import (
	"errors"
	"fmt"
	"math"

	"qyragy/detect"
	"qyragy/proctor"
)

// compareEvery is how many looks pass between comparisons of a face that
// matched and did not go away since.
const compareEvery = 5

// strangeSpan is how far above the limit a distance is certain.
const strangeSpan = 0.4

// familiar is what travels from look to look of whether the face is that of
// the examinee who was admitted. It holds no numbers of any face: what they
// are compared with comes with the terms, and nothing that is seen during the
// exam changes it, or who takes a seat little by little would be learned.
type familiar struct {
	// Ago counts the looks since the last comparison, it included; 0 says that
	// it is not known who is there.
	Ago int `json:"ago,omitempty"`
	// Stranger: the last comparison was a mismatch.
	Stranger bool `json:"stranger,omitempty"`
	// X, Y and W are the last look's face: its centre and width, in fractions
	// of the frame's.
	X float64 `json:"x,omitempty"`
	Y float64 `json:"y,omitempty"`
	W float64 `json:"w,omitempty"`
}

// valid refuses what no look wrote.
func (f familiar) valid() bool { return f.Ago >= 0 && f.Ago <= compareEvery }

// due reports whether the faces of this look must be compared. Between
// mismatches every look must, because the engine counts seconds of sights.
func (s *scene) due(t detect.Terms) bool {
	if len(t.Enrolled) == 0 || !s.wants(proctor.CauseIdentity) {
		return false
	}
	m := s.memory
	return m.Identity.Stranger || m.Identity.Ago == 0 || m.Identity.Ago >= compareEvery ||
		m.Faces != len(s.faces) || s.jumped()
}

// jumped reports a largest face that is elsewhere than the last look's, by
// more than its own width, or of another size: it may be another's.
func (s *scene) jumped() bool {
	last, now := s.memory.Identity, s.place()
	far := math.Hypot((now.X-last.X)*float64(s.width), (now.Y-last.Y)*float64(s.height))
	wide := now.W * float64(s.width)
	return far > wide || now.W > 1.5*last.W || last.W > 1.5*now.W
}

// place is where the largest face is.
func (s *scene) place() familiar {
	b := s.faces[0].box
	cut := func(v float64) float64 { return math.Round(v*1000) / 1000 }
	return familiar{
		X: cut((b.x0 + b.x1) / 2 / float64(s.width)), Y: cut((b.y0 + b.y1) / 2 / float64(s.height)),
		W: cut(b.width() / float64(s.width)),
	}
}

// compare measures how far the examinee's face is from the enrolled ones, if
// that is due, and remembers what came of it. A picture that is too bad to
// compare suspends the comparison: it says nothing, and the next look tries
// again.
func (v *Vision) compare(p *picture, s *scene, t detect.Terms) error {
	last := s.memory.Identity
	if len(s.faces) == 0 { // whoever comes back may be somebody else
		s.memory.Identity = familiar{Stranger: last.Stranger}
		return nil
	}
	next := s.place()
	next.Ago, next.Stranger = last.Ago, last.Stranger
	if s.due(t) {
		next.Ago = 0
		d, err := v.distance(p, s, t)
		switch {
		case err == nil:
			s.distance, s.limit = &d, t.Thresholds.OrDefault().Distance
			next.Ago, next.Stranger = 1, d > s.limit
		case !suspends(err):
			return err
		}
	} else if next.Ago > 0 {
		next.Ago++
	}
	s.memory.Identity = next
	return nil
}

// suspends reports an error that is the picture's.
func suspends(err error) bool {
	for _, e := range []error{errNoFace, errFaces, errBlurred, errSmall, errDark, errTurned, errNoMesh} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// distance is that of the nearest face on the picture to an enrolled one.
// Companions may be in the frame, and any of them may be the largest: the
// examinee has to be one of those who are there.
func (v *Vision) distance(p *picture, s *scene, t detect.Terms) (float64, error) {
	if len(s.faces) > s.allowed {
		return 0, errFaces // and an outsider is observed
	}
	if _, blurred := s.blurredFace(); blurred { // and that is observed
		return 0, errBlurred
	}
	limits := t.Thresholds.OrDefault()
	least := math.Inf(1)
	var bad error
	for i, f := range s.faces {
		sharpness := s.sharpness
		if i > 0 {
			var err error
			if sharpness, err = faceSharpness(p, f); err != nil {
				return 0, err
			}
		}
		err := unfit(f, sharpness, s.luma, limits.FaceWidth)
		var numbers []float32
		if err == nil {
			numbers, err = v.facing(p, f)
		}
		if err != nil {
			bad = err
			continue
		}
		least = min(least, detect.Nearest(numbers, t.Enrolled))
	}
	if bad != nil && !(least <= limits.Distance) { // she may be the one who cannot be compared
		return 0, bad
	}
	if math.IsInf(least, 0) || math.IsNaN(least) {
		return 0, errNoFace // an enrolled face of another length: nothing to compare with
	}
	return least, nil
}

// stranger observes a face that is none of the enrolled.
func (s *scene) stranger() []proctor.Observation {
	if s.distance == nil || *s.distance <= s.limit {
		return nil
	}
	return []proctor.Observation{{
		Cause: proctor.CauseIdentity, Score: 0.5 + 0.5*share(*s.distance-s.limit, strangeSpan), Box: s.fraction(s.faces[0].box),
		Detail: fmt.Sprintf("distance %.2f, limit %.2f", *s.distance, s.limit),
	}}
}
