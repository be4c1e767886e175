package eval

import (
	"slices"

	"qyragy/proctor"
)

// This file counts outcomes.

// seenCauses are those that looks can speak of, in the order of the tables.
func seenCauses() []proctor.Cause {
	return []proctor.Cause{
		proctor.CauseCovered, proctor.CauseBlocked, proctor.CauseDark, proctor.CauseBlurred, proctor.CauseNoFace, proctor.CauseOutsider,
		proctor.CauseIdentity, proctor.CauseObject, proctor.CauseAway, proctor.CauseFrozen, proctor.CauseVirtual,
	}
}

func honestResult(outcomes []outcome, what string, t Tone) HonestResult {
	r := HonestResult{What: what, Tone: t}
	files := map[string]bool{}
	var of []outcome
	for _, o := range outcomes {
		if o.kind != honest || o.source.clip() != (what == "clips") || (t != "" && o.source.tone != t) {
			continue
		}
		of = append(of, o)
		files[o.source.Path] = true
		r.Looks += o.counted
	}
	r.Files, r.Hours = len(files), float64(r.Looks)/3600
	for _, c := range seenCauses() {
		r.Causes = append(r.Causes, r.falseRate(of, c))
	}
	return r
}

func (r HonestResult) falseRate(of []outcome, c proctor.Cause) FalseRate {
	f, files := FalseRate{Cause: c}, map[string]bool{}
	for _, o := range of {
		f.Looks += o.observed[c]
		for _, w := range o.wrong {
			f.Candidates += one(w == c)
		}
		if slices.Contains(o.wrong, c) {
			files[o.source.Path] = true
			f.On = append(f.On, o.where())
		}
	}
	slices.Sort(f.On)
	if r.Hours > 0 {
		f.PerHour, f.AtMost = float64(f.Candidates)/r.Hours, mostPerHour(f.Candidates, r.Hours)
	}
	f.Files = shareOf(len(files), r.Files)
	return f
}

// stagedResults are in the order in which the kinds first come.
func stagedResults(outcomes []outcome, t Tone) []StagedResult {
	var order []string
	by := map[string][]outcome{}
	for _, o := range outcomes {
		if o.kind == honest || (t != "" && (o.source.tone != t || o.source.Faces != 1)) {
			continue
		}
		if by[o.kind] == nil {
			order = append(order, o.kind)
		}
		by[o.kind] = append(by[o.kind], o)
	}
	var out []StagedResult
	for _, kind := range order {
		out = append(out, stagedResult(kind, t, by[kind]))
	}
	return out
}

func stagedResult(kind string, t Tone, of []outcome) StagedResult {
	r := StagedResult{Kind: kind, Tone: t, Expected: of[0].causes, Also: map[proctor.Cause]int{}}
	var seen, raised []int
	n := 0
	for _, o := range of {
		for _, c := range o.wrong {
			r.Also[c] += one(!o.early || !o.right(c))
		}
		if o.early {
			r.Early++
			continue
		}
		n++
		if o.seen >= 0 {
			seen = append(seen, o.seen-o.change)
		}
		switch {
		case o.hit():
			raised = append(raised, o.raised-o.change)
		case len(o.causes) > 0:
			r.Missed = append(r.Missed, o.where())
		}
	}
	slices.Sort(r.Missed)
	r.Hits, r.Seen, r.Raised = shareOf(len(raised), n), delayOf(seen), delayOf(raised)
	return r
}

func objectResults(outcomes []outcome) []ObjectResult {
	var out []ObjectResult
	for _, kind := range []proctor.ThingKind{proctor.Phone, proctor.Book, proctor.Laptop} {
		found, honestFiles := map[*footage]bool{}, map[*footage]bool{}
		for _, o := range outcomes {
			switch o.kind {
			case things, deserted:
				found[o.source] = found[o.source] || o.things[kind] > 0
			case honest:
				honestFiles[o.source] = honestFiles[o.source] || o.things[kind] > 0
			}
		}
		r := ObjectResult{Kind: kind}
		var hits, with, wrong, without, alarms int
		for f, yes := range found {
			if slices.Contains(f.Objects, kind) {
				with, hits = with+1, hits+one(yes)
			} else {
				without, wrong = without+1, wrong+one(yes)
			}
			if slices.Contains(f.Objects, kind) != yes {
				r.Wrong = append(r.Wrong, f.Path)
			}
		}
		for f, yes := range honestFiles {
			if alarms += one(yes); yes {
				r.Wrong = append(r.Wrong, f.Path)
			}
		}
		slices.Sort(r.Wrong)
		r.Hits, r.False, r.Honest = shareOf(hits, with), shareOf(wrong, without), shareOf(alarms, len(honestFiles))
		out = append(out, r)
	}
	return out
}
