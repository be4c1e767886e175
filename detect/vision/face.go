package vision

import (
	"fmt"
	"sort"

	"gocv.io/x/gocv"
)

// The full-range face detector: a picture of 192 pixels on its longer side in,
// a grid of anchors out.
const (
	faceSide    = 192
	faceCell    = 4    // pixels between two anchors
	faceValues  = 17   // logit, dx, dy, w, h, and six points
	faceLeast   = 0.5  // a choice between faces missed and made up; see models/README.md
	faceOverlap = 0.3  // above this overlap two boxes are one face
	faceMost    = 4096 // pixels; a box beyond is nonsense
)

// face is a face that was found. Points 0 and 1 are the right and the left
// eye, as the person would call them; 2 the nose, 3 the mouth, 4 and 5 ears.
type face struct {
	box    rect
	score  float64
	points [6]point
}

// faces returns the faces of a picture, the largest first, in pixels of the
// picture of the given width that bgr is or was scaled down from.
func (v *Vision) faces(bgr gocv.Mat, width int) ([]face, error) {
	frame, l := letterboxed(bgr, faceSide)
	defer frame.Close()
	l.scale *= float64(bgr.Cols()) / float64(width)
	norm := normalisation{rgb: true, mean: [3]float32{127.5, 127.5, 127.5}, deviation: [3]float32{127.5, 127.5, 127.5}}
	in, err := norm.pixels(frame)
	if err != nil {
		return nil, fmt.Errorf("find faces: %w", err)
	}
	s := size{frame.Cols(), frame.Rows()}
	out, err := v.detection.run(in, s)
	if err != nil {
		return nil, fmt.Errorf("find faces: %w", err)
	}
	found := merged(decodeFaces(out[0], s, l))
	sort.SliceStable(found, func(i, j int) bool { return found[i].box.area() > found[j].box.area() })
	return found, nil
}

// decodeFaces reads the detector's output: each anchor is the centre of a
// cell, everything else is relative to it in pixels of the frame.
func decodeFaces(out []float32, s size, l letterbox) []face {
	columns := s.width / faceCell
	var r []face
	for i := range len(out) / faceValues {
		o := out[i*faceValues : (i+1)*faceValues]
		score := sigmoid(o[0])
		if !(score >= faceLeast) { // also refuses NaN
			continue
		}
		ax := (float64(i%columns) + 0.5) * faceCell
		ay := (float64(i/columns) + 0.5) * faceCell
		c := l.undo(ax+float64(o[1]), ay+float64(o[2]))
		w, h := float64(o[3])/l.scale/2, float64(o[4])/l.scale/2
		if !(w > 0 && h > 0 && w < faceMost && h < faceMost) {
			continue
		}
		f := face{box: rect{c.x - w, c.y - h, c.x + w, c.y + h}, score: score}
		for k := range f.points {
			f.points[k] = l.undo(ax+float64(o[5+2*k]), ay+float64(o[6+2*k]))
		}
		r = append(r, f)
	}
	return r
}

// merged joins overlapping boxes to one face each, weighted by their scores
// (MediaPipe's weighted non-maximum suppression).
func merged(found []face) []face {
	sort.SliceStable(found, func(i, j int) bool { return found[i].score > found[j].score })
	var r []face
	for len(found) > 0 {
		best := found[0]
		var group, rest []face
		for _, f := range found {
			if f.box.overlap(best.box) > faceOverlap {
				group = append(group, f)
			} else {
				rest = append(rest, f)
			}
		}
		r = append(r, mean(group, best.score))
		if len(group) == 0 { // a box of no area does not even overlap itself
			rest = found[1:]
		}
		found = rest
	}
	return r
}

func mean(group []face, score float64) face {
	m := face{score: score}
	total := 0.0
	for _, f := range group {
		total += f.score
	}
	for _, f := range group {
		w := f.score / total
		m.box.x0 += w * f.box.x0
		m.box.y0 += w * f.box.y0
		m.box.x1 += w * f.box.x1
		m.box.y1 += w * f.box.y1
		for k := range m.points {
			m.points[k].x += w * f.points[k].x
			m.points[k].y += w * f.points[k].y
		}
	}
	return m
}
