package acts

import (
	"slices"
	"strings"

	"qyragy/proctor"
)

// Text is the form in plain text, for a preview or a screen reader: the
// regulation's wording with the blanks filled, ticked reasons marked "[x]".
func Text(d Document) string {
	var b strings.Builder
	say := func(parts ...string) { b.WriteString(strings.Join(parts, " ") + "\n") }
	or := func(s, blank string) string {
		if s = printable(s); s == "" {
			return blank
		}
		return s
	}
	const gap = "____________"
	say(textAppendix)
	say(textTitle)
	say(textWe, or(d.Examinee.Name, gap))
	say(textName)
	say(textSpecialty, or(d.Examinee.Specialty, gap))
	say(textGroup, or(d.Examinee.Group, gap), textSubject, or(d.Discipline, gap), textDrawn)
	say(textBreaches)
	for _, r := range proctor.Reasons() {
		mark := "[ ]"
		if slices.Contains(d.Reasons, r) {
			mark = "[x]"
		}
		say(mark, reasonText(r))
	}
	say(or(d.Other, gap))
	say(textAnnulled)
	for _, row := range signRows() {
		say(strings.Join(row.lines, " "), gap, or(d.Official(row.role).Name, textNoName))
		say(textSignature)
	}
	day, month, year := dateParts(d.DrawnUp)
	say(textDate, "«"+or(day, "__")+"»", or(month, gap), "20"+or(year, "__"))
	return b.String()
}
