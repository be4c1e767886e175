package vision

import (
	"math"
	"slices"

	"qyragy/proctor"
)

// Scenery is where a proctor said that a mirror, a poster or a screen shows a
// person who is none. The box is a face's or a whole person's, whichever the
// detectors saw then, so both are recognised in either.
const (
	sceneryOverlap = 0.5 // at least: the same place and a like size
	// The head of a person has this share of her box's width, lies in the
	// middle of it to this part of the width, and at the top to this part of
	// the head's own height.
	headNarrow, headWide = 0.2, 0.45
	headMiddle           = 0.2
	headTop              = 0.8
)

// scenery is the boxes, in pixels of the frame.
type scenery []rect

func sceneryOf(boxes []proctor.Box, s size) scenery {
	w, h := float64(s.width), float64(s.height)
	var r scenery
	for _, b := range boxes {
		r = append(r, rect{b.X * w, b.Y * h, (b.X + b.W) * w, (b.Y + b.H) * h})
	}
	return r
}

// shows reports whether a face or a person is one of the scenery's: in the
// same place and of a like size. Somebody who stands elsewhere is not, nor is
// one who stands before it and is much larger.
func (s scenery) shows(box rect) bool {
	return slices.ContainsFunc(s, func(r rect) bool {
		return r.overlap(box) >= sceneryOverlap || headOf(box, r) || headOf(r, box)
	})
}

// headOf reports whether head can be the head of the person in body.
func headOf(head, body rect) bool {
	part := head.width() / body.width()
	aside := math.Abs(head.x0+head.x1-body.x0-body.x1) / 2 / body.width()
	below := math.Abs(head.y0-body.y0) / head.height()
	return part >= headNarrow && part <= headWide && aside <= headMiddle && below <= headTop
}

// faces returns those of living people.
func (s scenery) faces(found []face) []face {
	return slices.DeleteFunc(found, func(f face) bool { return s.shows(f.box) })
}

// persons returns the living ones.
func (s scenery) persons(found []thing) []thing {
	return slices.DeleteFunc(found, func(t thing) bool { return s.shows(t.box) })
}
