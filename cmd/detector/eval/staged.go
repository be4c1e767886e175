package eval

import (
	"slices"
	"strings"

	"qyragy/clips"
	"qyragy/proctor"
)

// scenario is what a staged change is made of.
type scenario struct {
	*sensor
	self  *footage
	other *footage // another person, nil when the folder has none
	desk  *footage // a place without a face, nil when the folder has none
}

// shot makes what is seen at look i of a case, which is look n since the
// change.
type shot func(s scenario, i, n int) (picture, error)

// change is one way in which a seat stops being as it should.
type change struct {
	kind    string
	variant string // "" when there is but one
	// causes are those of which any is the right one; none is right for a
	// change of which nothing is expected.
	causes []proctor.Cause
	// looks is how long the change lasts, in seconds.
	looks int
	// start: it is also tried from the camera's first look on.
	start bool
	// of, turn: a picture takes part when its number modulo of is turn, a clip
	// three times as often: it is worth more, and everything takes long.
	of, turn int
	// other, desk: it needs a second person, a place without a face.
	other, desk bool
	shot        shot
}

// takes reports whether the change is tried on the k-th honest file.
func (c change) takes(k int, s scenario) bool {
	if (c.other && s.other == nil) || (c.desk && s.desk == nil) {
		return false
	}
	of := c.of
	if s.self.clip() {
		of = max(1, of/3)
	}
	return k%of == c.turn%of
}

func changes() []change {
	person := []proctor.Cause{proctor.CauseOutsider}
	all := []change{
		{kind: "black picture", causes: []proctor.Cause{proctor.CauseCovered}, looks: 6, start: true, of: 2, shot: black},
		{kind: "nobody there", causes: []proctor.Cause{proctor.CauseNoFace}, looks: 14, of: 4, desk: true, shot: empty},
		{kind: "two side by side", causes: person, looks: 8, of: 2, other: true, shot: beside},
		{kind: "somebody enters", causes: person, looks: 10, of: 4, turn: 1, other: true, shot: enters},
		{kind: "another person", causes: []proctor.Cause{proctor.CauseIdentity}, looks: 15, of: 1, other: true, shot: swap},
		{kind: "still picture", causes: []proctor.Cause{proctor.CauseFrozen}, looks: 30, of: 12, shot: still},
		{kind: "loop of 5 s", causes: []proctor.Cause{proctor.CauseFrozen}, looks: 40, of: 12, shot: loop(5)},
		{kind: "loop of 10 s", causes: []proctor.Cause{proctor.CauseFrozen}, looks: 50, of: 24, shot: loop(10)},
		{kind: "loop of 30 s", causes: []proctor.Cause{proctor.CauseFrozen}, looks: 90, of: 24, shot: loop(30)},
	}
	all = append(all, drawn(clips.Coverings(), change{causes: []proctor.Cause{proctor.CauseCovered}, looks: 6})...)
	all = append(all, drawn(clips.DarkRooms(), change{causes: []proctor.Cause{proctor.CauseDark}, looks: 6})...)
	all = append(all, drawn(clips.Placeholders(), change{
		kind: "placeholder", causes: []proctor.Cause{proctor.CauseBlocked, proctor.CauseCovered, proctor.CauseVirtual, proctor.CauseFrozen}, looks: 8,
	})...)
	blurred := []proctor.Cause{proctor.CauseBlurred}
	return append(all,
		change{kind: "blur, sigma 1", looks: 10, of: 8, shot: blur(1)},
		change{kind: "blur, sigma 2", looks: 10, of: 8, turn: 1, shot: blur(2)},
		change{kind: "blur, sigma 3", causes: blurred, looks: 10, of: 1, shot: blur(3)},
		change{kind: "blur, sigma 4", causes: blurred, looks: 10, of: 4, shot: blur(4)},
		change{kind: "blur, sigma 5", causes: blurred, looks: 10, of: 4, turn: 1, shot: blur(5)},
		change{kind: "blur, sigma 8", causes: blurred, looks: 10, of: 4, turn: 2, shot: blur(8)})
}

// kindOf is what a variant is counted as.
func kindOf(variant string) string {
	for _, k := range [][2]string{
		{"hand", "hand"}, {"paper", "paper, note, tape"}, {"note", "paper, note, tape"}, {"tape", "paper, note, tape"},
		{"lid", "lid"}, {"cap", "cap, shutter"}, {"shutter", "cap, shutter"},
	} {
		if strings.HasPrefix(variant, k[0]) {
			return k[1]
		}
	}
	return variant
}

// drawn are stagings of package clips, each like c. The pictures take turns
// at those of one kind.
func drawn(stagings []clips.Staging, c change) []change {
	var out []change
	for _, s := range stagings {
		d := c
		d.variant = s.Name
		if d.kind == "" {
			d.kind = kindOf(s.Name)
		}
		d.shot = func(s2 scenario, i, n int) (picture, error) {
			p := slices.Clone(s2.self.at(s2.sensor, i))
			s.Draw(p, n)
			return p, nil
		}
		out = append(out, d)
	}
	turns := map[string]int{}
	for i := range out {
		out[i].turn = turns[out[i].kind]
		turns[out[i].kind]++
	}
	for i := range out {
		out[i].of = turns[out[i].kind]
	}
	return out
}

func black(scenario, int, int) (picture, error) { return plain(16, 128, 128), nil }

func blur(sigma float64) shot {
	return func(s scenario, i, _ int) (picture, error) {
		p, err := s.self.at(s.sensor, i).blurred(sigma)
		if err != nil {
			return nil, err
		}
		return s.noisy(p, 1.5, i+1000), nil // the sensor's noise stays sharp
	}
}

func empty(s scenario, i, _ int) (picture, error) { return s.desk.at(s.sensor, i), nil }
func swap(s scenario, i, _ int) (picture, error)  { return s.other.at(s.sensor, i), nil }

func beside(s scenario, i, _ int) (picture, error) {
	return s.self.at(s.sensor, i).beside(s.other.at(s.sensor, i)), nil
}

// enters takes four looks until the other is in the picture.
func enters(s scenario, i, n int) (picture, error) {
	part := 2 * (min(n+1, 4) * 280 / 8)
	return s.self.at(s.sensor, i).entered(s.other.at(s.sensor, i), part), nil
}

// still repeats what was seen when it began.
func still(s scenario, i, n int) (picture, error) { return s.self.at(s.sensor, i-n), nil }

// loop repeats so many seconds.
func loop(looks int) shot {
	return func(s scenario, i, n int) (picture, error) { return s.self.at(s.sensor, i-n+n%looks), nil }
}
