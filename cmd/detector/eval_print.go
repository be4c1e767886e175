package main

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// print writes the evaluation as Markdown tables.
func (e evaluation) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", e.Detector)
	c := e.Clips
	table(&b, "Clips of one person, one frame a second", []string{"what", "frames (95 % interval)"}, [][]string{
		{"exactly one face", share(c.One, c.Frames)}, {"no_face", share(c.NoFace, c.Frames)},
		{"outsider", share(c.Outside, c.Frames)}, {"blurred", share(c.Blurred, c.Frames)},
		{"covered", share(c.Covered, c.Frames)}, {"dark", share(c.Dark, c.Frames)},
	})
	fmt.Fprintf(&b, "\n%d clips, %d frames: %.2f examinee-hours. Looks with an outsider: %.0f an examinee-hour; candidates (%d looks in a row): %d, %.1f an examinee-hour.\n",
		c.Clips, c.Frames, hours(c.Frames), perHour(c.Outside, c.Frames), candidateLooks, c.Raised, perHour(c.Raised, c.Frames))
	var rows [][]string
	for _, g := range []struct {
		name string
		r    groupResult
	}{{"one person", e.Singles}, {"several", e.Groups}, {"no face", e.Faceless}} {
		rows = append(rows, []string{
			g.name, fmt.Sprint(g.r.Pictures), share(g.r.Exact, g.r.Pictures), fmt.Sprintf("%d of %d", g.r.Faces, g.r.Labelled),
			share(g.r.Outsider, g.r.Pictures), share(g.r.NoFace, g.r.Pictures), fmt.Sprintf("%d / %d / %d", g.r.Blurred, g.r.Covered, g.r.Dark),
		})
	}
	table(&b, "Pictures", []string{"label", "pictures", "as many faces as labelled", "faces found", "outsider", "no_face", "blurred / covered / dark"}, rows)
	rows = nil
	for _, d := range e.Degradations {
		rows = append(rows, []string{
			d.Name, fmt.Sprint(d.Pictures), fmt.Sprint(d.Covered), fmt.Sprint(d.Dark), fmt.Sprint(d.Blurred),
			fmt.Sprint(d.NoFace), fmt.Sprint(d.Outsider), fmt.Sprint(d.Nothing),
		})
	}
	table(&b, "One person's picture made worse", []string{"how", "pictures", "covered", "dark", "blurred", "no_face", "outsider", "nothing"}, rows)
	i := e.Identity
	table(&b, "Identity", []string{"", "distance", "genuine accepted", "impostors accepted"}, i.rows())
	fmt.Fprintf(&b, "\n%d people, %d pictures (%d without a face found), %d genuine and %d impostor pairs; equal error rate %.2f %% at %.3f.\n",
		i.People, i.Pictures, i.Faceless, i.Genuine, i.Impostors, 100*i.EER, i.EERAt)
	e.files(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (e evaluation) files(b *strings.Builder) {
	if e.Unreadable > 0 {
		fmt.Fprintf(b, "\n%d files gave no frame.\n", e.Unreadable)
	}
	if len(e.Files) == 0 {
		return
	}
	var rows [][]string
	for _, f := range e.Files {
		rows = append(rows, []string{f.Path, fmt.Sprint(f.Labelled), fmt.Sprint(f.Looks), fmt.Sprint(f.Right), fmt.Sprint(f.Outsider), fmt.Sprint(f.NoFace)})
	}
	table(b, "Files", []string{"file", "faces labelled", "looks", "right", "outsider", "no_face"}, rows)
}

func table(b *strings.Builder, title string, head []string, rows [][]string) {
	fmt.Fprintf(b, "\n## %s\n\n| %s |\n|%s\n", title, strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, r := range rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(r, " | "))
	}
}

// share is k of n with Wilson's 95 % interval, which is honest for the few.
func share(k, n int) string {
	if n == 0 {
		return "none"
	}
	low, high := wilson(k, n)
	return fmt.Sprintf("%d of %d, %.1f %% (%.1f–%.1f)", k, n, 100*float64(k)/float64(n), 100*low, 100*high)
}

func wilson(k, n int) (low, high float64) {
	const z = 1.96
	p, m := float64(k)/float64(n), float64(n)
	middle := p + z*z/(2*m)
	spread := z * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, (middle-spread)/(1+z*z/m)), min(1, (middle+spread)/(1+z*z/m))
}

func hours(frames int) float64 { return float64(frames) / 3600 }

func perHour(n, frames int) float64 {
	if frames == 0 {
		return 0
	}
	return float64(n) / hours(frames)
}
