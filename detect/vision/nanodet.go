package vision

import (
	"fmt"
	"math"

	"gocv.io/x/gocv"

	"qyragy/proctor"
)

// NanoDet-g: class scores and box distributions at three strides, for a
// picture of any size.
const (
	// objectSide is the longer side of the picture on which small things are
	// looked for, personSide of one on which persons are: of seven sizes from
	// 224 to 416 it finds them best (models/README.md), at half the cost.
	objectSide = 416
	personSide = 288

	thingClasses = 80 // COCO's
	thingBins    = 11 // values of the distribution of each of a box's four sides
)

// COCO's classes that matter here.
const (
	classPerson = 0
	classLaptop = 63
	classPhone  = 67
	classBook   = 73
)

// thing is a person or an object that was found. The kind of a person is "".
type thing struct {
	kind  proctor.ThingKind
	box   rect
	score float64
}

// wanted is what to look for: a class, and its least score.
type wanted struct {
	class int
	kind  proctor.ThingKind
	least float64
}

// wanteds are a person and the objects, with the thresholds' least scores.
func wanteds(t proctor.Thresholds) []wanted {
	t = t.OrDefault()
	return []wanted{
		{classPerson, "", t.Person}, {classPhone, proctor.Phone, t.Phone},
		{classBook, proctor.Book, t.Book}, {classLaptop, proctor.Laptop, t.Laptop},
	}
}

// nanodetOutputs are the network's, of which things reads them in this order.
func nanodetOutputs() []output {
	var r []output
	for _, part := range []struct {
		name   string
		values int64
	}{{"cls", thingClasses}, {"reg", 4 * thingBins}} {
		for _, stride := range thingStrides() {
			r = append(r, output{fmt.Sprintf("%s%d", part.name, stride), grid(stride, part.values)})
		}
	}
	return r
}

func thingStrides() []int { return []int{8, 16, 32} }

// things returns what is wanted and on a picture, once it is scaled to the
// given longer side: of each kind the surest first.
func (v *Vision) things(bgr gocv.Mat, longest int, want []wanted) ([]thing, error) {
	frame, l := letterboxed(bgr, longest)
	defer frame.Close()
	norm := normalisation{mean: [3]float32{103.53, 116.28, 123.675}, deviation: [3]float32{57.375, 57.12, 58.395}}
	in, err := norm.pixels(frame)
	if err != nil {
		return nil, fmt.Errorf("find persons and objects: %w", err)
	}
	s := size{frame.Cols(), frame.Rows()}
	out, err := v.nanodet.run(in, s)
	if err != nil {
		return nil, fmt.Errorf("find persons and objects: %w", err)
	}
	var r []thing
	for _, w := range want {
		var found []thing
		for level, stride := range thingStrides() {
			found = append(found, decodeThings(out[level], out[3+level], w, s.width/stride, stride, l)...)
		}
		r = append(r, distinct(found)...)
	}
	return r, nil
}

// decodeThings reads one level of the output, a grid of so many columns.
func decodeThings(class, reg []float32, w wanted, columns, stride int, l letterbox) []thing {
	var r []thing
	for i := range len(class) / thingClasses {
		score := float64(class[i*thingClasses+w.class])
		if !(score >= w.least) { // also refuses NaN
			continue
		}
		var side [4]float64
		for k := range side {
			at := (i*4 + k) * thingBins
			side[k] = expectation(reg[at:at+thingBins]) * float64(stride)
		}
		x := (float64(i%columns) + 0.5) * float64(stride)
		y := (float64(i/columns) + 0.5) * float64(stride)
		a, b := l.undo(x-side[0], y-side[1]), l.undo(x+side[2], y+side[3])
		r = append(r, thing{w.kind, rect{a.x, a.y, b.x, b.y}, score})
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
