package vision

import (
	"fmt"
	"slices"

	"qyragy/proctor"
)

// The thresholds. Where each comes from is in models/README.md.
const (
	blackLuma   = 10.0 // a black picture has a lower mean
	blackSpread = 5.0  // and a lower standard deviation
	flatSpread  = 10.0 // a hand, a sticker or a cap over the lens: nearly one colour
	flatTexture = 8.0  // and no edges at all
	flatShare   = 0.25 // of the texture that this camera usually has
	darkLuma    = 45.0 // a dark room
	faceSharp   = 8.0  // a blurred face has a lower Laplacian variance
	faceLuma    = 45.0 // in less light, contrast and so the variance fall with the square of it
	faceWidth   = 50.0 // pixels; a smaller face cannot be identified
	frameEdges  = 12.0 // a blurred frame has less
	frameSpread = 20.0 // although there is something on it to be seen
)

// told are the observations that somebody wants to hear of.
func (s *scene) told() []proctor.Observation {
	return slices.DeleteFunc(s.judge(), func(o proctor.Observation) bool { return !s.wants(o.Cause) })
}

// judge turns what was found into observations.
func (s *scene) judge() []proctor.Observation {
	if s.covered() {
		return []proctor.Observation{s.cover()}
	}
	r := s.memory.Objects.observations()
	if s.luma < darkLuma {
		r = append(r, proctor.Observation{
			Cause: proctor.CauseDark, Score: share(darkLuma-s.luma, darkLuma), Detail: fmt.Sprintf("luma %.1f", s.luma),
		})
	}
	if o, ok := s.outsider(); ok {
		r = append(r, o)
	}
	r = append(r, s.stranger()...)
	if o, ok := s.away(); ok {
		r = append(r, o)
	}
	if len(s.faces) > 0 {
		if o, ok := s.blurredFace(); ok {
			r = append(r, o)
		}
		return r
	}
	return append(r, s.faceless())
}

func (s *scene) black() bool { return s.luma < blackLuma && s.spread < blackSpread }

// covered reports a black picture, or one so even that no room looks like it.
// A face is always stronger: whoever shows her face has not covered the lens.
func (s *scene) covered() bool {
	if s.black() {
		return true
	}
	return len(s.faces) == 0 && s.spread < flatSpread && s.texture < flatTexture &&
		(s.memory.Texture == 0 || s.texture < flatShare*s.memory.Texture)
}

func (s *scene) cover() proctor.Observation {
	o := proctor.Observation{Cause: proctor.CauseCovered, Detail: fmt.Sprintf("luma %.1f, spread %.1f, texture %.2f", s.luma, s.spread, s.texture)}
	if s.black() {
		o.Score = 0.7 + 0.3*share(blackLuma-s.luma, blackLuma)
	} else {
		o.Score = 0.5 + 0.3*share(flatSpread-s.spread, flatSpread)
	}
	return o
}

// outsider reports more people than the seat may have.
func (s *scene) outsider() (proctor.Observation, bool) {
	o := proctor.Observation{Cause: proctor.CauseOutsider}
	if len(s.faces) > s.allowed {
		f := s.faces[s.allowed] // the largest who is too many
		o.Score, o.Box = f.score, s.fraction(f.box)
	}
	if len(s.persons) > s.allowed {
		if p := s.persons[s.allowed]; p.score > o.Score {
			o.Score, o.Box = p.score, s.fraction(p.box)
		}
	}
	o.Detail = fmt.Sprintf("faces %d, persons %s, allowed %d", len(s.faces), s.count(), s.allowed)
	return o, o.Box != nil
}

// count says how many persons there are, or that nobody looked.
func (s *scene) count() string {
	if s.searched == noSearch {
		return "not counted"
	}
	return fmt.Sprint(len(s.persons))
}

// blurredFace reports a largest face from which nobody can be identified.
func (s *scene) blurredFace() (proctor.Observation, bool) {
	f := s.faces[0]
	o := proctor.Observation{Cause: proctor.CauseBlurred, Box: s.fraction(f.box)}
	switch {
	case f.box.width() < faceWidth:
		o.Score = 0.5 + 0.5*share(faceWidth-f.box.width(), faceWidth)
		o.Detail = fmt.Sprintf("small: face %.0f px wide", f.box.width())
	case s.sharpness < leastSharpness(s.luma):
		o.Score = 0.5 + 0.5*share(leastSharpness(s.luma)-s.sharpness, leastSharpness(s.luma))
		o.Detail = fmt.Sprintf("face sharpness %.1f", s.sharpness)
	default:
		return o, false
	}
	return o, true
}

// leastSharpness is the Laplacian variance below which a face is blurred, in
// a picture of the given mean. Without the correction every dark room would
// come out blurred.
func leastSharpness(luma float64) float64 {
	light := min(1, luma/faceLuma)
	return faceSharp * light * light
}

// faceless tells a frame too blurred to find a face on from one without a
// face. A person whose face is turned away, or who writes with the head down,
// is a weaker sign than an empty chair; and the dark may hide a face.
func (s *scene) faceless() proctor.Observation {
	if s.edges < frameEdges && s.spread >= frameSpread && s.luma >= darkLuma {
		return proctor.Observation{
			Cause: proctor.CauseBlurred, Score: 0.5 + 0.5*share(frameEdges-s.edges, frameEdges),
			Detail: fmt.Sprintf("no face, frame sharpness %.1f", s.edges),
		}
	}
	o := proctor.Observation{Cause: proctor.CauseNoFace, Score: 0.9, Detail: fmt.Sprintf("faces 0, persons %s", s.count())}
	if len(s.persons) > 0 {
		o.Score, o.Box = 0.6, s.fraction(s.persons[0].box)
	}
	if s.luma < darkLuma {
		o.Score -= 0.2
	}
	return o
}

// share is v in parts of whole, 0..1.
func share(v, whole float64) float64 { return min(1, max(0, v/whole)) }
