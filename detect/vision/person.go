package vision

import "sort"

const (
	thingOverlap = 0.6
	// A box that lies in another to this part is the same person's: a torso,
	// or a head.
	thingInside = 0.85
)

// distinct keeps the surest box of each person, or of each object of a kind.
func distinct(found []thing) []thing {
	sort.SliceStable(found, func(i, j int) bool { return found[i].score > found[j].score })
	var r []thing
next:
	for _, p := range found {
		for _, q := range r {
			least := min(p.box.area(), q.box.area())
			if p.box.overlap(q.box) > thingOverlap || p.box.intersection(q.box) > thingInside*least {
				continue next
			}
		}
		r = append(r, p)
	}
	return r
}
