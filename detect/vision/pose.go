package vision

import (
	"errors"
	"fmt"
	"math"

	"gocv.io/x/gocv"

	"qyragy/proctor"
)

// Where a face turns is first guessed from the detector's six points, and only
// when the guess is far enough from the usual measured with the mesh. The
// guess's factors were fitted to the mesh on 452 faces: half of the yaws agree
// to 2.3 degrees and nine of ten to 8.4, the pitches to 5 and 11.
const (
	yawOfNose   = 65.0   // degrees for the nose beside the ears' middle, by the face's width
	pitchAtRest = -5.0   // degrees
	pitchOfNose = 52.0   // for the nose below the eyes, by the mouth's distance
	pitchOfEars = -119.0 // for the nose below the ears, by the face's width
	pitchOfLong = -30.0  // for the mouth below the eyes, by the face's width

	// poseDoubt is how much below the threshold a guess already asks for the
	// mesh, in degrees.
	poseDoubt = 10.0
	// poseWidth is the least width of a face that is measured, in pixels.
	poseWidth = 40.0
)

// The share of a new look in a camera's usual pose: at first, later, and while
// the face is turned away.
const (
	poseFirst = 5 // looks
	poseShare = 0.02
	poseAway  = 0.005
)

// usualPose is where this camera's examinee usually turns, a slow mean.
type usualPose struct {
	Yaw   float64 `json:"yaw"`
	Pitch float64 `json:"pitch"`
	Looks int     `json:"looks"` // up to poseFirst
}

// guess is a face's pose by the detector's points. It is none of a face whose
// points fall together.
func (f face) guess() (proctor.Pose, bool) {
	right, left, nose, mouth := f.points[0], f.points[1], f.points[2], f.points[3]
	eyes, ears := between(right, left), between(f.points[4], f.points[5])
	apart := math.Hypot(left.x-right.x, left.y-right.y)
	width := f.box.width()
	if !(apart > 1 && width > 1) {
		return proctor.Pose{}, false
	}
	ux, uy := (left.x-right.x)/apart, (left.y-right.y)/apart // from her right to her left
	along := func(p, q point) float64 { return (p.x-q.x)*ux + (p.y-q.y)*uy }
	below := func(p, q point) float64 { return (p.y-q.y)*ux - (p.x-q.x)*uy }
	long := below(mouth, eyes)
	if !(long > 1) {
		return proctor.Pose{}, false
	}
	return proctor.Pose{
		Yaw: degrees(yawOfNose * along(nose, ears) / width),
		Pitch: degrees(pitchAtRest + pitchOfNose*below(nose, eyes)/long +
			pitchOfEars*below(nose, ears)/width + pitchOfLong*long/width),
	}, true
}

func between(p, q point) point { return point{(p.x + q.x) / 2, (p.y + q.y) / 2} }

// degrees are cut to a quarter turn and rounded to a tenth.
func degrees(v float64) float64 { return math.Round(min(90, max(-90, v))*10) / 10 }

// meshPose is a face's pose by the mesh: the depth of its two sides, and of its
// brow and chin.
func (v *Vision) meshPose(bgr gocv.Mat, f face) (proctor.Pose, error) {
	points, _, err := v.meshOf(bgr, f)
	if err != nil {
		return proctor.Pose{}, err
	}
	const right, left, brow, chin = 234, 454, 10, 152
	lean := func(near, far int) float64 {
		p, q := points[3*near:3*near+3], points[3*far:3*far+3]
		flat := math.Hypot(float64(q[0]-p[0]), float64(q[1]-p[1]))
		return degrees(math.Atan2(float64(q[2]-p[2]), flat) * 180 / math.Pi)
	}
	return proctor.Pose{Yaw: lean(right, left), Pitch: lean(chin, brow)}, nil
}

// measurePose finds out where the largest face turns.
func (v *Vision) measurePose(p *picture, s *scene) error {
	if len(s.faces) == 0 || s.faces[0].box.width() < poseWidth || !s.wants(proctor.CauseAway) {
		return nil
	}
	pose, ok := s.faces[0].guess()
	if !ok {
		return nil
	}
	s.pose = &pose
	if s.aside(pose) <= s.thresholds.Yaw-poseDoubt {
		return nil
	}
	bgr, err := p.full()
	if err != nil {
		return err
	}
	closer, err := v.meshPose(bgr, s.faces[0])
	switch {
	case err == nil:
		s.pose = &closer
	case !errors.Is(err, errNoMesh): // in full profile it sees no face; the guess stands
		return err
	}
	return nil
}

// aside is how far a pose is from the usual, in degrees: the larger of the
// two. Until the usual is known everything is.
func (s *scene) aside(p proctor.Pose) float64 {
	u := s.memory.Pose
	if u.Looks < poseFirst {
		return 0
	}
	return max(math.Abs(p.Yaw-u.Yaw), math.Abs(p.Pitch-u.Pitch))
}

// away reports a head that is turned away from where it usually is.
func (s *scene) away() (proctor.Observation, bool) {
	if s.pose == nil || s.aside(*s.pose) <= s.thresholds.Yaw {
		return proctor.Observation{}, false
	}
	u := s.memory.Pose
	return proctor.Observation{
		Cause: proctor.CauseAway, Box: s.fraction(s.faces[0].box),
		Score:  0.5 + 0.5*share(s.aside(*s.pose)-s.thresholds.Yaw, 90-s.thresholds.Yaw),
		Detail: fmt.Sprintf("yaw %.0f, pitch %.0f, usual %.0f and %.0f", s.pose.Yaw, s.pose.Pitch, u.Yaw, u.Pitch),
	}, true
}

// learn adds a pose to what is usual for the camera.
func (u usualPose) learn(p proctor.Pose, away bool) usualPose {
	part := poseShare
	switch {
	case u.Looks < poseFirst:
		u.Looks++
		part = 1 / float64(u.Looks)
	case away:
		part = poseAway
	}
	u.Yaw += part * (p.Yaw - u.Yaw)
	u.Pitch += part * (p.Pitch - u.Pitch)
	return u
}
