package vision

import (
	"math"
	"testing"

	"qyragy/detect"
	"qyragy/proctor"
)

const (
	profile      = "crop=560:420:130:100,scale=640:480" // of sample2: a woman who looks to her right
	otherProfile = profile + ",hflip"
)

// A head that turns away from where it usually is, is told of; one that is
// always there is not, and nobody who looks at the camera.
func TestHeadTurnedAway(t *testing.T) {
	v := eyes(t)
	straight := usualPose{Looks: poseFirst}
	for _, c := range []struct {
		name, sample, filter string
		usual                usualPose
		yaw                  float64 // the threshold; 0 is the default
		want                 string
		sign                 float64 // of the yaw; 0 does not matter
	}{
		{"to her right", "sample2.jpg", profile, straight, 0, "away", -1},
		{"to her left", "sample2.jpg", otherProfile, straight, 0, "away", 1},
		{"to the camera", "sample1.jpg", oneWoman, straight, 0, "", 0},
		{"where she always looks", "sample2.jpg", profile, usualPose{Yaw: -45, Looks: poseFirst}, 0, "", -1},
		{"not further than allowed", "sample2.jpg", profile, straight, 75, "", -1},
		{"before the usual is known", "sample2.jpg", profile, usualPose{Looks: 1}, 0, "", -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(detect.VP8, keyFrame(t, detect.VP8, sample(t, c.sample), c.filter))
			r.Terms.Off = []proctor.Cause{proctor.CauseObject, proctor.CauseOutsider}
			r.Terms.Thresholds.Yaw = c.yaw
			r.Memory = memory{Camera: r.Frame.Camera, Pose: c.usual}.encode()
			l := v.Look(r).Look
			if l.Pose == nil || c.sign*l.Pose.Yaw < 0 {
				t.Fatalf("pose %+v", l.Pose)
			}
			if got := causes(t, l); got != c.want {
				t.Errorf("%q, want %q: %+v", got, c.want, l)
			}
			r.Terms.Off = append(r.Terms.Off, proctor.CauseAway)
			if l := v.Look(r).Look; l.Pose != nil || causes(t, l) != "" {
				t.Errorf("measured although it is off: %+v", l)
			}
		})
	}
}

// The usual pose is the mean of the first looks, then follows slowly, and
// least where the head is turned away.
func TestUsualPose(t *testing.T) {
	var u usualPose
	for _, yaw := range []float64{2, 4, 6, 8, 10} {
		u = u.learn(proctor.Pose{Yaw: yaw, Pitch: -yaw}, false)
	}
	if math.Abs(u.Yaw-6) > 1e-9 || math.Abs(u.Pitch+6) > 1e-9 || u.Looks != poseFirst {
		t.Errorf("usual %+v after five looks", u)
	}
	nearer, still := u.learn(proctor.Pose{Yaw: 56}, false), u.learn(proctor.Pose{Yaw: 56}, true)
	if nearer.Yaw != 7 || still.Yaw != 6.25 {
		t.Errorf("it moves to %.2f, turned away to %.2f", nearer.Yaw, still.Yaw)
	}
}

// Points that fall together are no pose.
func TestNoPoseOfNonsense(t *testing.T) {
	if p, ok := (face{box: rect{0, 0, 60, 60}}).guess(); ok {
		t.Errorf("pose %+v", p)
	}
}
