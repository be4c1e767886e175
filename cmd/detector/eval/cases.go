package eval

import (
	"math/rand/v2"
	"slices"

	"qyragy/detect"
	"qyragy/proctor"
)

// Kinds of cases.
const (
	honest   = "honest"        // nothing ought to be noticed
	grouped  = "group picture" // several people from the start
	deserted = "no face"       // a picture without a face from the start
	things   = "objects"       // a picture with objects from the start
)

const (
	before      = 5  // honest looks before a staged change
	honestClip  = 40 // looks at an honest clip, for each way of compressing it
	honestStill = 12 // looks at an honest picture that is no clip
	shown       = 16 // looks at what a file shows from its start
)

// trial is one seat's exam of some looks.
type trial struct {
	kind    string // its change's, or one of those above
	variant string
	source  *footage
	causes  []proctor.Cause
	change  int // the look at which it begins
	looks   int
	// quantizer is VP8's, 0..63: how hard a key frame is compressed.
	quantizer int
	enrolled  []detect.Face
	make      func(i int) (picture, error)
}

// stagedQuantizer is about what a webcam's key frame of 20 kB has.
const stagedQuantizer = 24

// trials makes every case that the folder has the pictures for.
func trials(all []*footage) []trial {
	sens := newSensor()
	var singles, desks []*footage
	for _, f := range all {
		switch {
		case f.err != nil || f.Cause != "":
		case f.Faces == 1:
			singles = append(singles, f)
		case f.Faces == 0:
			desks = append(desks, f)
		}
	}
	var out []trial
	for _, f := range all {
		if f.err == nil {
			out = append(out, shownTrials(sens, f, enrolledOf(f, all))...)
		}
	}
	for k, f := range singles {
		s := scenario{sensor: sens, self: f, other: another(singles, k)}
		if len(desks) > 0 {
			s.desk = desks[k%len(desks)]
		}
		enrolled := enrolledOf(f, all)
		for _, c := range changes() {
			if c.takes(k, s) {
				out = append(out, stagedTrials(s, c, enrolled)...)
			}
		}
	}
	// In any order, so that those which there is time for stand for all.
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(out), func(i, k int) { out[i], out[k] = out[k], out[i] })
	return out
}

// shownTrials are a file as it is.
func shownTrials(sens *sensor, f *footage, enrolled []detect.Face) []trial {
	t := trial{source: f, looks: shown, quantizer: stagedQuantizer, make: func(i int) (picture, error) { return f.at(sens, i), nil }}
	switch {
	case f.Cause != "":
		t.kind, t.causes, t.looks = "shows "+string(f.Cause), []proctor.Cause{f.Cause}, 40
	case f.Faces == 1:
		return honestTrials(sens, t, enrolled)
	case f.Faces > 1 || f.Faces < 0:
		t.kind, t.causes = grouped, []proctor.Cause{proctor.CauseOutsider}
	default:
		t.kind, t.causes = deserted, []proctor.Cause{proctor.CauseNoFace}
		if len(f.Objects) > 0 {
			o := t
			o.kind, o.causes = things, []proctor.Cause{proctor.CauseObject}
			return []trial{t, o}
		}
	}
	return []trial{t}
}

// honestTrials are a picture with its compression; a clip also mirrored and
// harder compressed, and in other light.
func honestTrials(sens *sensor, t trial, enrolled []detect.Face) []trial {
	f := t.source
	t.kind, t.enrolled = honest, enrolled
	if !f.clip() {
		t.looks = honestStill
		return []trial{t}
	}
	t.looks = honestClip
	mirrored, dim := t, t
	mirrored.variant, mirrored.quantizer = "mirrored, harder compressed", 40
	mirrored.make = func(i int) (picture, error) { return f.at(sens, i).flipped(), nil }
	dim.variant, dim.quantizer = "dimmer, softly compressed", 12
	dim.make = func(i int) (picture, error) { return f.at(sens, i).lit(0.75), nil }
	return []trial{t, mirrored, dim}
}

func stagedTrials(s scenario, c change, enrolled []detect.Face) []trial {
	t := trial{
		kind: c.kind, variant: c.variant, source: s.self, causes: c.causes, change: before, looks: before + c.looks,
		quantizer: stagedQuantizer, enrolled: enrolled,
	}
	t.make = func(i int) (picture, error) {
		if i < before {
			return s.self.at(s.sensor, i), nil
		}
		return c.shot(s, i, i-before)
	}
	if !c.start {
		return []trial{t}
	}
	first := t
	first.kind, first.change, first.looks = c.kind+", from the start", 0, c.looks+3
	first.make = func(i int) (picture, error) { return c.shot(s, i, i) }
	return []trial{t, first}
}

// another is somebody else's picture: of another folder of identities/, or of
// another kind of file, because two clips may show one person.
func another(singles []*footage, k int) *footage {
	f := singles[k]
	for step := 1; step < len(singles); step++ {
		o := singles[(k+step*7)%len(singles)]
		if o != f && o.person() != f.person() {
			return o
		}
	}
	return nil
}

// enrolledPhotos is how many photographs of an examinee are enrolled.
const enrolledPhotos = 3

// enrolledOf are the numbers of other pictures of the same person, or else of
// its own first frame.
func enrolledOf(f *footage, all []*footage) []detect.Face {
	var out []detect.Face
	if f.person() != "" {
		for _, o := range all {
			if o != f && o.numbers != nil && o.person() == f.person() && len(out) < enrolledPhotos {
				out = append(out, o.numbers)
			}
		}
	}
	if out == nil && f.numbers != nil {
		out = []detect.Face{slices.Clone(f.numbers)}
	}
	return out
}
