package vision

import (
	"fmt"
	"math"
	"sort"

	"gocv.io/x/gocv"
)

// NanoDet-g, 416x416: class scores and box distributions at three strides.
const (
	personSide    = 416
	personClasses = 80 // COCO's; 0 is a person
	personBins    = 11 // values of the distribution of each of a box's four sides
	personLeast   = 0.45
	personOverlap = 0.6
	// A box that lies in another to this part is the same person's: a torso,
	// or a head.
	personInside = 0.85
)

// person is a person that was found.
type person struct {
	box   rect
	score float64
}

// persons returns the persons of a picture, the surest first.
func (v *Vision) persons(bgr gocv.Mat) ([]person, error) {
	square, l := letterboxed(bgr, personSide)
	defer square.Close()
	norm := normalisation{mean: [3]float32{103.53, 116.28, 123.675}, deviation: [3]float32{57.375, 57.12, 58.395}}
	in, err := norm.pixels(square)
	if err != nil {
		return nil, fmt.Errorf("find persons: %w", err)
	}
	out, err := v.nanodet.run(in)
	if err != nil {
		return nil, fmt.Errorf("find persons: %w", err)
	}
	var found []person
	for level, stride := range personStrides() {
		found = append(found, decodePersons(out[level], out[3+level], stride, l)...)
	}
	return distinct(found), nil
}

func personStrides() []int { return []int{8, 16, 32} }

// decodePersons reads one level of the output.
func decodePersons(class, reg []float32, stride int, l letterbox) []person {
	grid := personSide / stride
	var r []person
	for i := range grid * grid {
		score := float64(class[i*personClasses])
		if !(score >= personLeast) {
			continue
		}
		var side [4]float64
		for k := range side {
			at := (i*4 + k) * personBins
			side[k] = expectation(reg[at:at+personBins]) * float64(stride)
		}
		x := (float64(i%grid) + 0.5) * float64(stride)
		y := (float64(i/grid) + 0.5) * float64(stride)
		a, b := l.undo(x-side[0], y-side[1]), l.undo(x+side[2], y+side[3])
		r = append(r, person{rect{a.x, a.y, b.x, b.y}, score})
	}
	return r
}

// expectation is the mean of the distribution that a softmax gives.
func expectation(logits []float32) float64 {
	largest := logits[0]
	for _, v := range logits {
		largest = max(largest, v)
	}
	var sum, total float64
	for i, v := range logits {
		p := math.Exp(float64(v - largest))
		total += p
		sum += p * float64(i)
	}
	return sum / total
}

// distinct keeps the surest box of each person.
func distinct(found []person) []person {
	sort.SliceStable(found, func(i, j int) bool { return found[i].score > found[j].score })
	var r []person
next:
	for _, p := range found {
		for _, q := range r {
			least := min(p.box.area(), q.box.area())
			if p.box.overlap(q.box) > personOverlap || p.box.intersection(q.box) > personInside*least {
				continue next
			}
		}
		r = append(r, p)
	}
	return r
}
