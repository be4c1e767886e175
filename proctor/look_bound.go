package proctor

// The most that is taken of a worker's look. A worker is another process and
// may answer anything; what it says is kept, sent to walls and journaled.
const (
	lookBoxes   = 64  // of each kind, and observations
	lookDetail  = 300 // runes
	lookPeople  = 1000
	lookVersion = 600 // runes of a detector's name
)

// bounded is the look within those bounds, each score in 0..1 and each
// observation's box within the frame.
func (l Look) bounded() Look {
	l.Faces, l.Persons, l.Objects = first(l.Faces), first(l.Persons), first(l.Objects)
	l.People = max(0, min(l.People, lookPeople))
	l.Detector = cut(l.Detector, lookVersion)
	obs := make([]Observation, 0, min(len(l.Observations), lookBoxes))
	for _, o := range first(l.Observations) {
		o.Score, o.Detail = max(0, min(o.Score, 1)), cut(o.Detail, lookDetail)
		if o.Box != nil {
			o.Box = o.Box.within()
		}
		obs = append(obs, o)
	}
	l.Observations = obs
	return l
}

func first[T any](list []T) []T { return list[:min(len(list), lookBoxes):min(len(list), lookBoxes)] }

// cut is the first n runes of s.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// within is the part of b that lies in the frame, nil for none.
func (b Box) within() *Box {
	x, y := max(0, min(b.X, 1)), max(0, min(b.Y, 1))
	in := Box{x, y, min(b.X+b.W, 1) - x, min(b.Y+b.H, 1) - y}
	if !in.inside() {
		return nil
	}
	return &in
}
