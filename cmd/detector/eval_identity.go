package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"qyragy/detect/vision"
)

// identity is how well faces are told apart: every pair of pictures once.
type identity struct {
	People    int `json:"people"`
	Pictures  int `json:"pictures"`
	Faceless  int `json:"faceless"` // pictures whose face was not found
	Genuine   int `json:"genuine_pairs"`
	Impostors int `json:"impostor_pairs"`
	// EER is the rate at which as many genuine pairs are refused as impostor
	// pairs are accepted, 0..1, at the distance EERAt.
	EER   float64 `json:"eer"`
	EERAt float64 `json:"eer_distance"`
	// TAR1 and TAR01 are the shares of genuine pairs accepted at the largest
	// distances that accept at most 1 % and 0.1 % of the impostor pairs.
	TAR1  point `json:"tar_at_far_1_percent"`
	TAR01 point `json:"tar_at_far_01_percent"`
	// AtLimit is at the distance that the detector calls the same person.
	AtLimit point `json:"at_limit"`
}

// point is what happens at one distance.
type point struct {
	Distance float64 `json:"distance"`
	Accepted int     `json:"genuine_accepted"`
	False    int     `json:"impostors_accepted"`
}

// sameDistance is what Identify takes for one person; see models/README.md.
const sameDistance = 0.60

func (e *evaluator) identify(rows []labelled) (identity, error) {
	type portrait struct {
		person string
		face   []float32
	}
	var r identity
	var all []portrait
	people := map[string]bool{}
	for _, row := range rows {
		who := row.person()
		if who == "" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(e.dir, row.path))
		if err != nil {
			return r, err
		}
		r.Pictures++
		people[who] = true
		face, err := e.vision.Embed(b)
		if err != nil {
			r.Faceless++
			continue
		}
		all = append(all, portrait{who, face})
	}
	var genuine, impostors []float64
	for i, a := range all {
		for _, b := range all[:i] {
			if d := vision.Distance(a.face, b.face); a.person == b.person {
				genuine = append(genuine, d)
			} else {
				impostors = append(impostors, d)
			}
		}
	}
	r.People = len(people)
	r.judge(genuine, impostors)
	return r, nil
}

// judge fills in the rates from the distances of all pairs.
func (r *identity) judge(genuine, impostors []float64) {
	sort.Float64s(genuine)
	sort.Float64s(impostors)
	r.Genuine, r.Impostors = len(genuine), len(impostors)
	if r.Genuine == 0 || r.Impostors == 0 {
		return
	}
	at := func(d float64) point {
		upTo := func(s []float64) int { return sort.Search(len(s), func(i int) bool { return s[i] > d }) }
		return point{d, upTo(genuine), upTo(impostors)}
	}
	r.AtLimit = at(sameDistance)
	strict := func(share float64) point {
		// One impostor pair more would be more than the share.
		limit := impostors[min(int(share*float64(r.Impostors)), r.Impostors-1)]
		i := sort.SearchFloat64s(genuine, limit)
		best := point{}
		if i > 0 {
			best = at(genuine[i-1])
		}
		return best
	}
	r.TAR1, r.TAR01 = strict(0.01), strict(0.001)
	worst := 2.0
	for _, d := range append(append([]float64{}, genuine...), impostors...) {
		p := at(d)
		refused := float64(r.Genuine-p.Accepted) / float64(r.Genuine)
		accepted := float64(p.False) / float64(r.Impostors)
		if gap := max(refused, accepted) - min(refused, accepted); gap < worst {
			worst, r.EER, r.EERAt = gap, (refused+accepted)/2, d
		}
	}
}

func (r identity) rows() [][]string {
	line := func(name string, p point) []string {
		return []string{name, fmt.Sprintf("%.3f", p.Distance), share(p.Accepted, r.Genuine), share(p.False, r.Impostors)}
	}
	return [][]string{
		line("at the detector's limit", r.AtLimit),
		line("false accepts ≤ 1 %", r.TAR1),
		line("false accepts ≤ 0.1 %", r.TAR01),
	}
}
