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
	p := c.paper()
	var b strings.Builder
	say := func(parts ...string) { b.WriteString(strings.Join(parts, " ") + "\n") }
	say(p.template.appendix)
	say(p.template.title)
	p.lines(say)
	for i, row := range p.template.rows {
		say(strings.Join(row.lines, " "), textGap, p.blankName(i))
		say(textSignature)
		if p.template.captioned {
			say(textName)
		}
	}
	day, month, year := dateParts(p.drawnUp)
	say(textDate, "«"+filled(day, "__")+"»", filled(month, textGap), "20"+filled(year, "__"))
	return b.String()
}

// textGap is an empty blank.
const textGap = "____________"

func filled(s, blank string) string { return cmp.Or(printable(s), blank) }

// lines is Appendix A's form between its title and its signatures.
func (d Document) lines(say func(...string)) {
	say(textWe, filled(d.Examinee.Name, textGap))
	say(textName)
	say(textSpecialty, filled(d.Examinee.Specialty, textGap))
	say(textGroup, filled(d.Examinee.Group, textGap), textSubject, filled(d.Discipline, textGap), textDrawn)
	say(textBreaches)
	for _, r := range proctor.Reasons() {
		mark := "[ ]"
		if slices.Contains(d.Reasons, r) {
			mark = "[x]"
		}
		say(mark, reasonText(r))
	}
	say(filled(d.Other, textGap))
	say(textAnnulled)
}

// lines is Appendix B's form between its title and its signatures.
func (d DocumentB) lines(say func(...string)) {
	say(textPurpose, filled(d.Purpose, textGap))
	say(textResult, filled(d.Result, textGap))
	say(textDecision, filled(d.Decision, textGap))
	say(textExecutors)
}
