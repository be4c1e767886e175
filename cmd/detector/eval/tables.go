package eval

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"qyragy/proctor"
)

// Print writes the report as Markdown tables.
func (r Report) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%d cases, of which there was no time for %d.\n", r.Detector, r.Cases, r.Late)
	r.printStaged(&b)
	r.printHonest(&b)
	r.printFaces(&b)
	r.printObjects(&b)
	r.printIdentity(&b)
	r.printTones(&b)
	r.printMissed(&b)
	r.printFiles(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func table(b *strings.Builder, title string, head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n| %s |\n|%s\n", title, strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, r := range rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(r, " | "))
	}
}

// String is k of n with its interval.
func (s Share) String() string {
	if s.Of == 0 {
		return "none"
	}
	return fmt.Sprintf("%d of %d, %.1f %% (%.1f–%.1f)", s.Count, s.Of, 100*float64(s.Count)/float64(s.Of), 100*s.Low, 100*s.High)
}

// String is the median and the 95th percentile, in seconds.
func (d *Delay) String() string {
	if d == nil {
		return "–"
	}
	return fmt.Sprintf("%.0f / %.0f s", d.Median, d.Late)
}

func causeNames(causes []proctor.Cause) string {
	names := make([]string, len(causes))
	for i, c := range causes {
		names[i] = string(c)
	}
	return cmp.Or(strings.Join(names, " or "), "nothing")
}

func causeCounts(m map[proctor.Cause]int) string {
	var parts []string
	for _, c := range slices.Sorted(maps.Keys(m)) {
		if m[c] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", c, m[c]))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "–")
}

func (r Report) printStaged(b *strings.Builder) {
	var rows [][]string
	for _, s := range r.Staged {
		if s.Tone != "" {
			continue
		}
		hits := s.Hits.String()
		if len(s.Expected) == 0 {
			hits = fmt.Sprintf("%d cases", s.Hits.Of)
		}
		if s.Early > 0 {
			hits += fmt.Sprintf("; %d had it before", s.Early)
		}
		rows = append(rows, []string{s.Kind, causeNames(s.Expected), hits, s.Seen.String(), s.Raised.String(), causeCounts(s.Also)})
	}
	table(b, "What ought to be noticed", []string{"what happens", "candidate of", "came (95 % interval)", "first seen, p50 / p95", "candidate, p50 / p95", "other candidates"}, rows)
}

func (r Report) printHonest(b *strings.Builder) {
	for _, h := range r.Honest {
		if h.Tone != "" {
			continue
		}
		var rows [][]string
		quiet := FalseRate{Cause: "each other", Files: shareOf(0, h.Files), AtMost: mostPerHour(0, h.Hours)}
		for _, c := range append(h.Causes, quiet) {
			if c.Looks == 0 && c.Candidates == 0 && c.Cause != quiet.Cause {
				continue
			}
			rows = append(rows, []string{
				string(c.Cause), fmt.Sprint(c.Looks), fmt.Sprint(c.Candidates), fmt.Sprintf("%.1f (≤ %.1f)", c.PerHour, c.AtMost), c.Files.String(), cmp.Or(strings.Join(c.On, ", "), "–"),
			})
		}
		table(b, fmt.Sprintf("Honest %s: %d files, %d looks, %.2f examinee-hours", h.What, h.Files, h.Looks, h.Hours),
			[]string{"cause", "looks", "false candidates", "an examinee-hour (95 %)", "files with one", "which"}, rows)
	}
}

func (r Report) printFaces(b *strings.Builder) {
	var rows [][]string
	for _, f := range r.Faces {
		rows = append(rows, []string{f.Label, string(f.Tone), f.Exact.String()})
	}
	table(b, "Faces on first frames", []string{"labelled", "tone", "as many found"}, rows)
}

func (r Report) printObjects(b *strings.Builder) {
	var rows [][]string
	for _, o := range r.Objects {
		rows = append(rows, []string{string(o.Kind), o.Hits.String(), o.False.String(), o.Honest.String(), cmp.Or(strings.Join(o.Wrong, ", "), "–")})
	}
	table(b, "Objects, by files", []string{"kind", "found where it is", "false, beside others", "false, on honest files", "wrong on"}, rows)
}

func (r Report) printIdentity(b *strings.Builder) {
	for _, i := range r.Identity {
		if i.Tone != "" && (i.Genuine == 0 || i.Impostors == 0) {
			continue
		}
		title := "Identity"
		if i.Tone != "" {
			title += ", " + string(i.Tone)
		}
		line := func(name string, p Point) []string {
			return []string{name, fmt.Sprintf("%.3f", p.Distance), p.Accepted.String(), p.False.String()}
		}
		table(b, title, []string{"", "distance", "genuine pairs accepted", "impostor pairs accepted"}, [][]string{
			line("at the detector's limit", i.AtLimit), line("false accepts ≤ 1 %", i.TAR1), line("false accepts ≤ 0.1 %", i.TAR01),
		})
		fmt.Fprintf(b, "\n%d people, %d pictures (%d without a face found), %d genuine and %d impostor pairs, mean distances %.3f and %.3f; equal error rate %.2f %% at %.3f.\n",
			i.People, i.Pictures, i.Faceless, i.Genuine, i.Impostors, i.Mean.Genuine, i.Mean.Impostor, 100*i.EER, i.EERAt)
	}
}

// everFalse reports whether a cause was ever raised in such honest footage.
func (r Report) everFalse(what string, c proctor.Cause) bool {
	for _, h := range r.Honest {
		for _, f := range h.Causes {
			if h.What == what && f.Cause == c && f.Candidates > 0 {
				return true
			}
		}
	}
	return false
}

// printTones is every staged change and false alarm by skin tone.
func (r Report) printTones(b *strings.Builder) {
	head := []string{"what"}
	cells := map[string][]string{}
	var order []string
	put := func(name string, column int, cell string) {
		if cells[name] == nil {
			order = append(order, name)
			cells[name] = slices.Repeat([]string{"–"}, len(r.Tones))
		}
		cells[name][column] = cell
	}
	for i, t := range r.Tones {
		head = append(head, fmt.Sprintf("%s: %d files, %d people", t.Tone, t.Files, t.People))
		for _, s := range r.Staged {
			if s.Tone == t.Tone && len(s.Expected) > 0 && s.Hits.Of > 0 {
				put(s.Kind, i, s.Hits.String())
			}
		}
		for _, h := range r.Honest {
			if h.Tone != t.Tone {
				continue
			}
			for _, c := range h.Causes {
				if !r.everFalse(h.What, c.Cause) {
					continue
				}
				put(fmt.Sprintf("honest %s with a false %s", h.What, c.Cause), i, c.Files.String())
			}
		}
	}
	var rows [][]string
	for _, name := range order {
		rows = append(rows, append([]string{name}, cells[name]...))
	}
	table(b, "By estimated skin tone", head, rows)
}

func (r Report) printMissed(b *strings.Builder) {
	var rows [][]string
	for _, s := range r.Staged {
		if s.Tone == "" && len(s.Missed) > 0 {
			rows = append(rows, []string{s.Kind, strings.Join(s.Missed, "; ")})
		}
	}
	table(b, "Missed", []string{"what", "on"}, rows)
	if len(r.Unreadable) > 0 {
		fmt.Fprintf(b, "\n## Not measured\n\n* %s\n", strings.Join(r.Unreadable, "\n* "))
	}
}

func (r Report) printFiles(b *strings.Builder) {
	var rows [][]string
	for _, f := range r.Files {
		rows = append(rows, []string{
			f.Path, fmt.Sprint(f.Label), fmt.Sprint(f.Faces), string(f.Tone), f.Angle, fmt.Sprint(f.Looks), causeCounts(f.Seen), causeNames(f.Wrong),
		})
	}
	table(b, "Files", []string{"file", "faces labelled", "found", "tone", "angle", "looks", "looks with", "wrong candidates"}, rows)
}
