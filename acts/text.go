package acts

import (
	"cmp"
	"slices"
	"strings"

	"qyragy/proctor"
)

// Text is the form in plain text, for a preview or a screen reader: the
// regulation's wording with the blanks filled, ticked reasons marked "[x]".
func Text(c Content) string {
	p, err := newPaper(c, templates())
	if err != nil {
		return ""
	}
	w := p.template.words
	var b strings.Builder
	say := func(parts ...string) { b.WriteString(strings.Join(parts, " ") + "\n") }
	say(p.template.appendix)
	say(p.template.title)
	p.lines(say)
	for i, row := range p.template.rows {
		say(strings.Join(row.lines, " "), textGap, p.blankName(i))
		say(w.signature)
		if p.template.captioned {
			say(w.name)
		}
	}
	day, month, year := dateParts(p.drawnUp)
	say(w.date, "«"+filled(day, "__")+"»", filled(month, textGap), "20"+filled(year, "__"))
	return b.String()
}

// textGap is an empty blank.
const textGap = "____________"

func filled(s, blank string) string { return cmp.Or(printable(s), blank) }

// lines is Appendix A's form between its title and its signatures.
func (d Document) lines(w words, say func(...string)) {
	say(w.we, filled(d.Examinee.Name, textGap))
	say(w.name)
	say(w.specialty, filled(d.Examinee.Specialty, textGap))
	say(w.group, filled(d.Examinee.Group, textGap), w.subject, filled(d.Discipline, textGap), w.drawn)
	say(w.breaches)
	for _, r := range proctor.Reasons() {
		mark := "[ ]"
		if slices.Contains(d.Reasons, r) {
			mark = "[x]"
		}
		say(mark, w.reason(r))
	}
	say(filled(d.Other, textGap))
	say(w.annulled)
}

// lines is Appendix B's form between its title and its signatures.
func (d DocumentB) lines(w words, say func(...string)) {
	say(w.purpose, filled(d.Purpose, textGap))
	say(w.result, filled(d.Result, textGap))
	say(w.decision, filled(d.Decision, textGap))
	say(w.executors)
}
