package vision

import (
	"fmt"
	"slices"

	"qyragy/proctor"
)

// darkLuma is the mean of a dark room; where it and the other thresholds come
// from is in models/README.md.
const darkLuma = 45.0

// told are the observations that somebody wants to hear of.
func (s *scene) told() []proctor.Observation {
	return slices.DeleteFunc(s.judge(), func(o proctor.Observation) bool { return !s.wants(o.Cause) })
}

// judge turns what was found into observations.
func (s *scene) judge() []proctor.Observation {
	if o, ok := s.placeholder(); ok {
		return []proctor.Observation{o}
	}
	if s.covered() {
		return []proctor.Observation{s.cover()}
	}
	r := s.memory.Objects.observations()
	if s.luma < darkLuma {
		r = append(r, proctor.Observation{
			Cause: proctor.CauseDark, Score: share(darkLuma-s.luma, darkLuma), Detail: fmt.Sprintf("luma %.1f", s.luma),
		})
	}
	if o, ok := s.frozen(); ok {
		r = append(r, o)
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
