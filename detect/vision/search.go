package vision

import (
	"slices"

	"qyragy/proctor"
)

// How often persons and objects are looked for although nothing asks for it,
// in looks: at least, and at most when something moves.
const (
	searchAlways = 20  // persons
	objectAlways = 120 // objects
	searchMotion = 3
	// searchPatience is how many looks longer at most is waited for objects
	// while somebody keeps moving and nothing is found.
	searchPatience = 21
	// searchFaceless is how often at most while no face is to be seen.
	searchFaceless = 3
)

// search is how persons and objects are looked for in one look.
type search int

const (
	noSearch      search = iota
	personsSearch        // a second opinion on persons alone
	thingsSearch         // all that is wanted
)

// wants reports whether anybody wants to hear of a cause.
func (s *scene) wants(c proctor.Cause) bool { return !slices.Contains(s.off, c) }

// search decides whether persons and objects must be looked for, which costs
// several times as much as everything else together.
func (s *scene) search() search {
	objects, persons := s.wants(proctor.CauseObject), s.wants(proctor.CauseOutsider) || len(s.faces) == 0 && s.wants(proctor.CauseNoFace)
	switch {
	case s.covered(), !objects && !persons:
		return noSearch
	case objects && (len(s.memory.Cells) == 0 || s.objectDue()):
		return thingsSearch
	case persons && s.recount():
		return personsSearch
	case objects && s.stirred():
		return thingsSearch
	case persons && s.doubtful():
		return personsSearch
	default:
		return noSearch
	}
}

// objectDue reports whether an object that was seen must be looked for again.
func (s *scene) objectDue() bool {
	wait, suspected := s.memory.Objects.wait()
	return suspected && s.memory.Sought+1 >= wait
}

// stirred reports whether something changed since objects were last looked
// for that is not just the examinee's head: hands that hold something do. And
// what came very slowly, or lay there from the start, gets its turn in the end.
func (s *scene) stirred() bool {
	m := s.memory
	if m.Sought+1 >= objectAlways {
		return true
	}
	return m.Sought+1 >= searchMotion+m.Stirs && s.cells.movedOutside(m.Cells, s.head())
}

// stirs is how many looks for objects in a row found nothing although
// something moved, and so how much longer the next waits; a scene that rests
// starts over.
func (s *scene) stirs() int {
	m := s.memory
	switch {
	case s.searched == thingsSearch && len(s.objects) == 0 && m.Sought+1 < objectAlways:
		return min(2*m.Stirs+searchMotion, searchPatience)
	case s.searched == thingsSearch, m.Sought+1 > searchMotion+m.Stirs:
		return 0
	default:
		return m.Stirs
	}
}

// recount reports whether the last count was too high: then the engine gets
// every second of it.
func (s *scene) recount() bool {
	return s.memory.Persons > s.allowed && len(s.faces) <= s.allowed
}

// doubtful reports whether persons must be counted: where faces cannot answer
// (none is seen, or not as many as before), where something moves that is not
// the examinee, and every few looks in any case: a person whose face is turned
// away is found by nothing else.
func (s *scene) doubtful() bool {
	m := s.memory
	switch {
	case len(s.faces) > s.allowed:
		return false // there is no doubt
	case len(m.Cells) == 0, len(s.faces) != m.Faces, m.Since+1 >= searchAlways:
		return true
	case len(s.faces) == 0:
		return m.Since+1 >= searchFaceless
	default:
		return m.Since+1 >= searchMotion && s.cells.movedOutside(m.counted(), s.body())
	}
}

// body is where the largest face's own body moves, in fractions of the frame:
// from above the head down, arms included.
func (s *scene) body() proctor.Box {
	f := s.faces[0].box
	reach := 2 * f.width()
	return *s.fraction(rect{f.x0 - reach, f.y0 - f.height(), f.x1 + reach, float64(s.height)})
}

// head is where the largest face moves without anything else; the empty box
// without a face.
func (s *scene) head() proctor.Box {
	if len(s.faces) == 0 {
		return proctor.Box{}
	}
	f := s.faces[0].box
	return *s.fraction(rect{f.x0 - f.width()/2, f.y0 - f.height()/2, f.x1 + f.width()/2, f.y1 + f.height()/2})
}

// find looks for persons and objects as search says, and remembers that it
// did.
func (v *Vision) find(p *picture, s *scene, how search) error {
	if how == noSearch {
		return nil
	}
	want, side := wanteds(s.thresholds), objectSide
	if how == personsSearch {
		want, side = want[:1], personSide
	}
	bgr, err := p.full()
	if err != nil {
		return err
	}
	found, err := v.things(bgr, side, want)
	if err != nil {
		return err
	}
	objects := slices.IndexFunc(found, func(t thing) bool { return t.kind != "" })
	if objects < 0 {
		objects = len(found)
	}
	s.searched = how
	s.persons = s.scenery.persons(found[:objects:objects])
	s.objects = s.named(found[objects:])
	if how == thingsSearch {
		s.memory.Objects = s.memory.Objects.add(s.objects)
	}
	return nil
}
