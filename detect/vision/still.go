package vision

import (
	"fmt"
	"image"
	"math"

	"gocv.io/x/gocv"

	"qyragy/proctor"
)

// A picture is compared with those before it at few points of a small copy:
// enough to see a sensor's noise, and little to carry along.
const (
	pointColumns = 32
	pointRows    = 24
	pointStep    = 5 // of the copy: 160x120, each pixel a mean of those under it
)

// points is a sparse copy of a frame, row by row.
type points []byte

func pointsOf(gray gocv.Mat) points {
	small := gocv.NewMat()
	defer small.Close()
	gocv.Resize(gray, &small, image.Pt(pointColumns*pointStep, pointRows*pointStep), 0, 0, gocv.InterpolationArea)
	b := small.ToBytes()
	p := make(points, 0, pointColumns*pointRows)
	for y := pointStep / 2; y < pointRows*pointStep; y += pointStep {
		for x := pointStep / 2; x < pointColumns*pointStep; x += pointStep {
			p = append(p, b[y*pointColumns*pointStep+x])
		}
	}
	return p
}

// meansOf is like pointsOf, of means of all pixels around each: the noise of a
// sensor and most of an encoder's is gone, what moves is left.
func meansOf(gray gocv.Mat) points {
	small := gocv.NewMat()
	defer small.Close()
	gocv.Resize(gray, &small, image.Pt(pointColumns, pointRows), 0, 0, gocv.InterpolationArea)
	return small.ToBytes()
}

// apart is the mean absolute difference of two frames in grey levels, and the
// largest; -1 when there are none to compare.
func (p points) apart(q points) (mean float64, most int) {
	if len(p) != len(q) || len(p) != pointColumns*pointRows {
		return -1, -1
	}
	sum := 0
	for i := range p {
		d := int(p[i]) - int(q[i])
		d = max(d, -d)
		sum, most = sum+d, max(most, d)
	}
	return float64(sum) / float64(len(p)), most
}

// A mark is what is left of a frame for when it may recur: random projections
// of its points, which keep the distance between two frames (Johnson and
// Lindenstrauss) in a few bytes. Two frames far apart may agree in one number
// by chance, for each is cut off to a byte, but not in all.
const (
	markSize = 16
	markStep = 4 // of a byte, in mean grey levels of difference: a quarter
)

type mark [markSize]byte

// markOf projects a frame.
func markOf(p points) mark {
	var sums [markSize]int
	seed := uint64(0x9e3779b97f4a7c15)
	for _, v := range p {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17 // Marsaglia's xorshift64: the same signs in every worker
		for k := range sums {
			if seed>>(4*k)&1 == 1 {
				sums[k] += int(v)
			} else {
				sums[k] -= int(v)
			}
		}
	}
	// The sum of n independent differences is about √n of them.
	const root = 28
	var m mark
	for k, s := range sums {
		m[k] = byte(s * markStep / root)
	}
	return m
}

// apart is the root mean square difference of the two frames in grey levels,
// as far as marks tell it.
func (m mark) apart(o mark) float64 {
	sum := 0
	for k := range m {
		d := int(int8(m[k] - o[k]))
		sum += d * d
	}
	return math.Sqrt(float64(sum)/markSize) / markStep
}

// The thresholds. Where each comes from is in models/README.md.
const (
	stillStep  = 0.6  // grey levels: a camera's picture differs by more from the look before,
	stillMost  = 3    // or somewhere by more than this
	drawnStep  = 1.5  // and a drawing that is encoded worse or better by less than this
	stillLooks = 8    // steps in a row
	drawnLooks = 5    // in a drawing
	loopMarks  = 120  // as many looks are remembered
	loopSkip   = 5    // looks between two that may be the same moment
	loopApart  = 0.5  // grey levels: two looks at one moment of a film differ by less
	loopMoved  = 1.5  // and something between them by more
	loopOpens  = 3.0  // recurrences, each fading
	loopFades  = 0.99 // in a look
)

// stillness is what is remembered of the looks before to notice that the picture
// does not live: that it stands, or comes back.
type stillness struct {
	Points points  `json:"points,omitempty"` // means of the last look
	Run    int     `json:"run,omitempty"`    // steps in a row without a change
	Step   float64 `json:"-"`                // the last one; -1 if there was none
	Marks  []byte  `json:"marks,omitempty"`  // of the last looks, the newest last
	Loops  float64 `json:"loops,omitempty"`  // recurrences, each fading
}

func (t stillness) valid() bool {
	return (len(t.Points) == 0 || len(t.Points) == pointColumns*pointRows) && t.Run >= 0 &&
		len(t.Marks)%markSize == 0 && len(t.Marks) <= loopMarks*markSize && t.Loops >= 0 && t.Loops < loopMarks
}

// next adds a look: its means, and its points if anybody wants to know of
// loops. A drawing stands also when it is encoded worse or better.
func (t stillness) next(means, fine points, drawn bool) stillness {
	var most int
	t.Step, most = means.apart(t.Points)
	t.Points = means
	if t.Step >= 0 && (drawn && t.Step < drawnStep || t.Step < stillStep && most <= stillMost) {
		t.Run++
	} else {
		t.Run = 0
	}
	if fine != nil {
		t.mark(markOf(fine))
	}
	return t
}

// stands reports a picture that is the one before.
func (t stillness) stands() bool { return t.Run > 0 }

// mark looks for a look's mark among those before, and adds it.
func (t *stillness) mark(m mark) {
	t.Loops *= loopFades
	n, moved := len(t.Marks)/markSize, false
	for i := n - 1; i >= 0; i-- {
		apart := mark(t.Marks[i*markSize:]).apart(m)
		moved = moved || apart > loopMoved
		if moved && n-i > loopSkip && apart < loopApart {
			t.Loops++
			break
		}
	}
	from := max(0, len(t.Marks)-(loopMarks-1)*markSize)
	t.Marks = append(append([]byte(nil), t.Marks[from:]...), m[:]...)
	t.Loops = math.Round(t.Loops*100) / 100
}

// frozen reports a picture of somebody that stands, or a film that is played
// again and again. An empty room stands by itself, and in the dark a person's
// movements are lost.
func (s *scene) frozen() (proctor.Observation, bool) {
	o := proctor.Observation{Cause: proctor.CauseFrozen}
	switch t := s.still; {
	case t.Run >= stillLooks && len(s.faces) > 0 && s.luma >= darkLuma:
		o.Score = 0.6
		o.Detail = fmt.Sprintf("stands for %d looks, difference %.2f", t.Run, t.Step)
	case t.Loops >= loopOpens:
		o.Score = 0.5 + 0.4*share(t.Loops-loopOpens, 2*loopOpens)
		o.Detail = fmt.Sprintf("loops: %.1f recurrences", t.Loops)
	default:
		return o, false
	}
	return o, true
}

// placeholder reports the notice of a program that has taken the camera away:
// it is drawn, stands still, and shows nobody.
func (s *scene) placeholder() (proctor.Observation, bool) {
	if len(s.faces) > 0 || s.black() || s.still.Run < drawnLooks || !s.surface.drawn() {
		return proctor.Observation{}, false
	}
	return proctor.Observation{Cause: proctor.CauseBlocked, Score: 0.9, Detail: "placeholder"}, true
}
