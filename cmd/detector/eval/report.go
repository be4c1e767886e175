package eval

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"qyragy/proctor"
)

// Report is what an evaluation found.
type Report struct {
	Detector   string         `json:"detector"`
	Tones      []ToneResult   `json:"tones"`
	Faces      []FaceResult   `json:"faces"`
	Honest     []HonestResult `json:"honest"`
	Staged     []StagedResult `json:"staged"`
	Objects    []ObjectResult `json:"objects"`
	Identity   []Identity     `json:"identity"`
	Files      []FileResult   `json:"files,omitempty"`
	Unreadable []string       `json:"unreadable,omitempty"` // paths, and why
	// Cases are those that were made of the files, Late those of them that
	// there was no time for; which ones is left to chance.
	Cases int `json:"cases"`
	Late  int `json:"late"`
}

// ToneResult is how many files a group has.
type ToneResult struct {
	Tone   Tone `json:"tone"`
	People int  `json:"people"` // folders of identities/
	Files  int  `json:"files"`  // of one person
}

// FaceResult is how many faces are found on the first frames of files that
// are labelled alike.
type FaceResult struct {
	Label string `json:"label"`
	Tone  Tone   `json:"tone,omitempty"`
	Exact Share  `json:"as_many_as_labelled"`
}

// HonestResult is what was noticed where nothing ought to be.
type HonestResult struct {
	What   string      `json:"what"` // clips or pictures
	Tone   Tone        `json:"tone,omitempty"`
	Files  int         `json:"files"`
	Looks  int         `json:"looks"`
	Hours  float64     `json:"examinee_hours"`
	Causes []FalseRate `json:"causes"`
}

// FalseRate is how often a cause was noticed in honest footage.
type FalseRate struct {
	Cause      proctor.Cause `json:"cause"`
	Looks      int           `json:"looks"`
	Candidates int           `json:"candidates"`
	PerHour    float64       `json:"candidates_per_hour"`
	// AtMost is the rate below which the true one is with 95 % confidence, if
	// the looks were independent, which they are not.
	AtMost float64 `json:"at_most_per_hour"`
	// Files are those with a candidate: the files are independent.
	Files Share    `json:"files"`
	On    []string `json:"on,omitempty"`
}

// StagedResult is how often a staged change was noticed.
type StagedResult struct {
	Kind     string          `json:"kind"`
	Tone     Tone            `json:"tone,omitempty"`
	Expected []proctor.Cause `json:"expected"`
	// Hits are the cases in which a candidate (of the dark: advice) came.
	Hits Share `json:"hits"`
	// Early are further cases in which the right cause was there before.
	Early int `json:"early"`
	// Seen and Raised are from the change to the first look that shows the
	// cause, and to the candidate; nil without any.
	Seen   *Delay `json:"seen,omitempty"`
	Raised *Delay `json:"raised,omitempty"`
	// Also are candidates of other causes.
	Also   map[proctor.Cause]int `json:"also,omitempty"`
	Missed []string              `json:"missed,omitempty"`
}

// ObjectResult is how often a kind of thing was found, by files.
type ObjectResult struct {
	Kind  proctor.ThingKind `json:"kind"`
	Hits  Share             `json:"hits"`
	False Share             `json:"false_beside_others"` // on faceless pictures without it
	// Honest are honest files with a false alarm.
	Honest Share    `json:"false_on_honest"`
	Wrong  []string `json:"wrong,omitempty"`
}

// FileResult is what was found on one file as it is.
type FileResult struct {
	Path  string                `json:"path"`
	Label int                   `json:"labelled"` // faces; -1 is not labelled
	Faces int                   `json:"faces"`
	Tone  Tone                  `json:"tone"`
	Angle string                `json:"typology_angle,omitempty"` // degrees
	Looks int                   `json:"looks"`
	Seen  map[proctor.Cause]int `json:"seen"` // looks with the cause
	Wrong []proctor.Cause       `json:"wrong_candidates,omitempty"`
}

func (e *evaluator) report(all []*footage, outcomes []outcome) Report {
	r := Report{Detector: e.Vision.Name(), Cases: len(outcomes)}
	for _, f := range all {
		if f.err != nil {
			r.Unreadable = append(r.Unreadable, fmt.Sprintf("%s: %v", f.Path, f.err))
		}
	}
	var good []outcome
	for _, o := range outcomes {
		if errors.Is(o.err, errLate) {
			r.Late++
			continue
		}
		if o.err != nil {
			r.Unreadable = append(r.Unreadable, fmt.Sprintf("%s, %s: %v", o.source.Path, o.kind, o.err))
			continue
		}
		good = append(good, o)
	}
	r.Tones = tones(all)
	groups := []Tone{""}
	for _, t := range r.Tones {
		groups = append(groups, t.Tone)
	}
	for _, t := range groups {
		r.Faces = append(r.Faces, faceResults(all, t)...)
		for _, what := range []string{"clips", "pictures"} {
			if h := honestResult(good, what, t); h.Files > 0 {
				r.Honest = append(r.Honest, h)
			}
		}
		r.Staged = append(r.Staged, stagedResults(good, t)...)
		if i := identify(all, t); i.Pictures > 0 {
			r.Identity = append(r.Identity, i)
		}
	}
	r.Objects = objectResults(good)
	if e.Files {
		r.Files = fileResults(all, good)
	}
	return r
}

// tones are the groups with files of one person, the lightest first.
func tones(all []*footage) []ToneResult {
	var out []ToneResult
	for _, t := range append(Tones(), Unknown) {
		r := ToneResult{Tone: t}
		people := map[string]bool{}
		for _, f := range all {
			if f.err != nil || f.Faces != 1 || f.tone != t {
				continue
			}
			r.Files++
			if f.person() != "" {
				people[f.person()] = true
			}
		}
		r.People = len(people)
		if r.Files > 0 {
			out = append(out, r)
		}
	}
	return out
}

func faceResults(all []*footage, t Tone) []FaceResult {
	var out []FaceResult
	for _, c := range []struct {
		label string
		of    func(n int) bool
	}{{"one face", func(n int) bool { return n == 1 }}, {"several", func(n int) bool { return n > 1 }}, {"none", func(n int) bool { return n == 0 }}} {
		k, n := 0, 0
		for _, f := range all {
			if f.err == nil && c.of(f.Faces) && (t == "" || f.tone == t) {
				n++
				k += one(f.faces == f.Faces)
			}
		}
		if n > 0 && (t == "" || c.label == "one face") {
			out = append(out, FaceResult{c.label, t, shareOf(k, n)})
		}
	}
	return out
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func fileResults(all []*footage, outcomes []outcome) []FileResult {
	var out []FileResult
	for _, f := range all {
		r := FileResult{Path: f.Path, Label: f.Faces, Faces: f.faces, Tone: f.tone, Seen: map[proctor.Cause]int{}}
		if f.angle == f.angle {
			r.Angle = fmt.Sprintf("%.0f", f.angle)
		}
		for _, o := range outcomes {
			if o.source != f || o.change > 0 || strings.Contains(o.kind, "start") {
				continue
			}
			r.Looks += o.counted
			for c, n := range o.observed {
				r.Seen[c] += n
			}
			r.Wrong = append(r.Wrong, o.wrong...)
		}
		slices.Sort(r.Wrong)
		out = append(out, r)
	}
	return out
}
