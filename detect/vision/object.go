package vision

import (
	"fmt"

	"qyragy/proctor"
)

// How many of the last looks for objects an object must be seen in before it
// is told of, and how often is looked for one that is held up, in looks.
const (
	objectSights = 2
	objectRuns   = 3
	objectHeld   = 3
)

// sights is what the last looks for objects saw, the newest first: of each
// kind the surest.
type sights [][]proctor.Thing

// add puts a new look's objects in front.
func (s sights) add(found []proctor.Thing) sights {
	var best []proctor.Thing
	for _, kind := range objectKinds() {
		if t, ok := surest(found, kind); ok {
			best = append(best, t)
		}
	}
	r := append(sights{best}, s...)
	return r[:min(len(r), objectRuns)]
}

func objectKinds() []proctor.ThingKind {
	return []proctor.ThingKind{proctor.Phone, proctor.Book, proctor.Laptop}
}

// surest is the surest of the things of a kind, which come in that order.
func surest(found []proctor.Thing, kind proctor.ThingKind) (proctor.Thing, bool) {
	for _, t := range found {
		if t.Kind == kind {
			return t, true
		}
	}
	return proctor.Thing{}, false
}

// observations tells of each kind that was seen often enough. They are
// repeated between the looks for objects, because the engine wants to hear of
// what goes on each second.
func (s sights) observations() []proctor.Observation {
	var r []proctor.Observation
	for _, kind := range objectKinds() {
		var newest proctor.Thing
		n := 0
		for _, found := range s {
			t, ok := surest(found, kind)
			if !ok {
				continue
			}
			if n++; n == 1 {
				newest = t
			}
		}
		if n < objectSights {
			continue
		}
		box := newest.Box
		r = append(r, proctor.Observation{
			Cause: proctor.CauseObject, Score: newest.Score, Box: &box,
			Detail: fmt.Sprintf("%s %.2f, %d of %d", kind, newest.Score, n, len(s)),
		})
	}
	return r
}

// wait is how many looks may pass before objects are looked for again: none
// when something was seen for the first time, a few while it is held up.
func (s sights) wait() (looks int, suspected bool) {
	switch {
	case len(s) == 0, len(s[0]) == 0 && len(s.observations()) == 0:
		return 0, false
	case len(s.observations()) > 0:
		return objectHeld, true
	default:
		return 1, true
	}
}

// named are objects as the look tells of them.
func (s *scene) named(found []thing) []proctor.Thing {
	var r []proctor.Thing
	for _, t := range found {
		r = append(r, proctor.Thing{Kind: t.kind, Score: t.score, Box: *s.fraction(t.box)})
	}
	return r
}
