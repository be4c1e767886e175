package eval

import (
	"sort"

	"qyragy/detect"
	"qyragy/proctor"
)

// Identity is how well faces are told apart: every pair of pictures of
// identities/ once.
type Identity struct {
	Tone      Tone  `json:"tone,omitempty"` // "" is everybody; else pairs within the group
	People    int   `json:"people"`
	Pictures  int   `json:"pictures"`
	Faceless  int   `json:"faceless"` // pictures whose face was not found
	Genuine   int   `json:"genuine_pairs"`
	Impostors int   `json:"impostor_pairs"`
	Mean      means `json:"mean_distance"`
	// EER is the rate at which as many genuine pairs are refused as impostor
	// pairs are accepted, 0..1, at the distance EERAt.
	EER   float64 `json:"eer"`
	EERAt float64 `json:"eer_distance"`
	// TAR1 and TAR01 are the genuine pairs accepted at the largest distances
	// that accept at most 1 % and 0.1 % of the impostor pairs.
	TAR1  Point `json:"tar_at_far_1_percent"`
	TAR01 Point `json:"tar_at_far_01_percent"`
	// AtLimit is at the distance that is called the same person.
	AtLimit Point `json:"at_limit"`
}

type means struct {
	Genuine  float64 `json:"genuine"`
	Impostor float64 `json:"impostor"`
}

// Point is what happens at one distance.
type Point struct {
	Distance float64 `json:"distance"`
	Accepted Share   `json:"genuine_accepted"`
	False    Share   `json:"impostors_accepted"`
}

// identify compares all pictures of identities/ of one group, "" for all.
func identify(all []*footage, tone Tone) Identity {
	r := Identity{Tone: tone}
	people := map[string]bool{}
	var faces []*footage
	for _, f := range all {
		if f.person() == "" || f.err != nil || (tone != "" && f.tone != tone) {
			continue
		}
		r.Pictures++
		people[f.person()] = true
		if f.numbers == nil {
			r.Faceless++
			continue
		}
		faces = append(faces, f)
	}
	r.People = len(people)
	var genuine, impostors []float64
	for i, a := range faces {
		for _, b := range faces[:i] {
			if d := detect.Distance(a.numbers, b.numbers); a.person() == b.person() {
				genuine = append(genuine, d)
			} else {
				impostors = append(impostors, d)
			}
		}
	}
	r.judge(genuine, impostors)
	return r
}

// judge fills in the rates from the distances of all pairs.
func (r *Identity) judge(genuine, impostors []float64) {
	sort.Float64s(genuine)
	sort.Float64s(impostors)
	r.Genuine, r.Impostors = len(genuine), len(impostors)
	r.Mean = means{mean(genuine), mean(impostors)}
	if r.Genuine == 0 || r.Impostors == 0 {
		return
	}
	upTo := func(s []float64, d float64) int { return sort.Search(len(s), func(i int) bool { return s[i] > d }) }
	at := func(d float64) Point {
		return Point{d, shareOf(upTo(genuine, d), len(genuine)), shareOf(upTo(impostors, d), len(impostors))}
	}
	r.AtLimit = at(proctor.DefaultThresholds().Distance)
	strict := func(share float64) Point {
		// One impostor pair more would be more than the share.
		limit := impostors[min(int(share*float64(r.Impostors)), r.Impostors-1)]
		if i := sort.SearchFloat64s(genuine, limit); i > 0 {
			return at(genuine[i-1])
		}
		return at(0)
	}
	r.TAR1, r.TAR01 = strict(0.01), strict(0.001)
	worst := 2.0
	for _, d := range append(append([]float64{}, genuine...), impostors...) {
		refused := 1 - float64(upTo(genuine, d))/float64(r.Genuine)
		accepted := float64(upTo(impostors, d)) / float64(r.Impostors)
		if gap := max(refused, accepted) - min(refused, accepted); gap < worst {
			worst, r.EER, r.EERAt = gap, (refused+accepted)/2, d
		}
	}
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(max(len(v), 1))
}
