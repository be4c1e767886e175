package acts

import (
	"fmt"
	"slices"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"qyragy/proctor"
)

// rect is a place on page 1 in PDF's own coordinates: points from the bottom
// left, two decimals.
type rect struct{ x0, y0, x1, y1 float64 }

// Every place to sign has one size.
const (
	signWide = 120.0
	signTall = 29.0
)

// form draws the form on one page, in the largest letters with which it fits,
// and returns the three places to sign and what it had no room for.
func form(pdf *fpdf.Fpdf, p paper) ([]rect, []passage, error) {
	pdf.AddPage()
	for size := 13.0; size >= 6; size -= 0.5 {
		dry := &sheet{pdf: pdf, dry: true, size: size, lead: size * 1.5}
		if p.form(dry); dry.y <= bottomEdge {
			s := &sheet{pdf: pdf, size: size, lead: size * 1.5}
			return p.form(s), s.rest, pdf.Error()
		}
	}
	return nil, nil, proctor.Errorf(proctor.Invalid, "act_too_long")
}

// title sets which appendix this is and what it is called.
func (s *sheet) title(t Template) {
	s.x, s.y = leftEdge, topEdge+s.size
	s.put(rightEdge-s.width(regular, s.size, t.appendix), s.y, regular, s.size, t.appendix)
	s.y += s.lead * 1.8
	s.center(leftEdge, rightEdge, s.y, bold, s.size+1.5, t.title)
	s.y += s.lead * 1.5
}

// violation is Appendix A's form.
func (s *sheet) violation(d Document, p paper) []rect {
	s.title(p.template)
	s.preamble(d, p.template.words)
	s.newline()
	s.y += s.lead * 0.5
	s.put(leftEdge, s.y, regular, s.size, p.template.words.breaches)
	s.reasons(d, p.template.words)
	s.y += s.lead * 1.6
	s.put(leftEdge, s.y, regular, s.size, p.template.words.annulled)
	s.y += s.lead * 0.8
	rects := s.signatures(p)
	s.y += s.lead * 1.6
	s.date(p)
	return rects
}

// preamble sets the first sentence with the student's details on its blanks.
func (s *sheet) preamble(d Document, w words) {
	s.run(w.we)
	x0, x1 := s.field(d.Examinee.Name, s.size*12, true)
	s.center(x0, x1, s.y+s.size*0.95, regular, s.size*0.65, w.name)
	s.y += s.size * 0.5
	s.newline()
	s.run(w.specialty)
	s.field(d.Examinee.Specialty, s.size*12, true)
	s.newline()
	s.run(w.group)
	s.field(d.Examinee.Group, s.size*7, false)
	s.run(w.subject)
	s.field(d.Discipline, s.size*11.5, false)
	s.run(w.drawn)
}

// reasons lists the six reasons; a ticked one has its box in the margin.
func (s *sheet) reasons(d Document, w words) {
	for _, r := range proctor.Reasons() {
		s.newline()
		if slices.Contains(d.Reasons, r) {
			s.tick(leftEdge-s.size*1.5, s.y)
		}
		s.put(leftEdge, s.y, regular, s.size, w.reason(r))
	}
	room := rightEdge - leftEdge - 4
	lines := s.wrap(printable(d.Other), regular, s.size, room, room)
	for len(lines) < 3 {
		lines = append(lines, "")
	}
	for _, l := range lines {
		s.newline()
		s.put(leftEdge+2, s.y, regular, s.size, l)
		s.rule(leftEdge, rightEdge, s.y)
	}
}

// tick draws a ticked box as lines, so that it adds nothing to the text.
func (s *sheet) tick(x, y float64) {
	if s.dry {
		return
	}
	a := s.size * 0.8
	s.pdf.SetLineWidth(0.6)
	s.pdf.Rect(x, y-a+1, a, a, "D")
	s.pdf.SetLineWidth(1.3)
	s.pdf.Line(x+a*0.2, y-a*0.45+1, x+a*0.42, y-a*0.18+1)
	s.pdf.Line(x+a*0.42, y-a*0.18+1, x+a*0.85, y-a*0.85+1)
}

// signatures sets the three rows and returns where their signatures go.
func (s *sheet) signatures(p paper) []rect {
	const line0, nameX = leftEdge + 194, leftEdge + 322
	const line1 = line0 + signWide
	lead := s.size * 1.2
	var places []rect
	for i, row := range p.template.rows {
		name, size := s.officialName(p.blankName(i), rightEdge-nameX)
		rows := max(2, len(row.lines), len(name)) // room for a signature
		s.y += lead*float64(rows) + s.size*0.7
		for i, l := range row.lines {
			s.put(leftEdge, s.y-lead*float64(len(row.lines)-1-i), regular, s.size, l)
		}
		s.rule(line0, line1, s.y)
		for i, l := range name {
			s.put(nameX, s.y-size*1.15*float64(len(name)-1-i), regular, size, l)
		}
		places = append(places, rect{line0, pageHeight - s.y - 1, line1, pageHeight - s.y - 1 + signTall})
		s.y += s.size * 0.95
		s.center(line0, line1, s.y, regular, s.size*0.65, p.template.words.signature)
		if p.template.captioned {
			s.rule(nameX, rightEdge, s.y-s.size*0.95)
			s.center(nameX, rightEdge, s.y, regular, s.size*0.65, p.template.words.name)
		}
	}
	return places
}

// officialName fits a name beside the signature: smaller first, then on
// several lines.
func (s *sheet) officialName(name string, room float64) ([]string, float64) {
	name = printable(name)
	size := s.size
	for size > 8 && s.width(regular, size, name) > room {
		size -= 0.25
	}
	return s.wrap(name, regular, size, room, room), size
}

// dateParts are the date line's three blanks, in Almaty's time.
func dateParts(t time.Time) (day, month, year string) {
	if t.IsZero() {
		return "", "", ""
	}
	t = almaty(t)
	return t.Format("02"), monthName(int(t.Month())), t.Format("06")
}

// date sets «Күні «dd» month 20yy».
func (s *sheet) date(p paper) {
	day, month, year := dateParts(p.drawnUp)
	s.x = leftEdge
	s.label(p.template.words.date + " «")
	s.blank(day, s.size*2)
	s.label("» ")
	s.blank(month, s.size*6.5)
	s.label(" 20")
	s.blank(year, s.size*1.6)
}

func (s *sheet) label(text string) {
	s.put(s.x, s.y, regular, s.size, text)
	s.x += s.width(regular, s.size, text)
}

func (s *sheet) blank(value string, width float64) {
	s.center(s.x, s.x+width, s.y, regular, s.size, value)
	s.rule(s.x, s.x+width, s.y)
	s.x += width
}

func (r rect) String() string {
	return fmt.Sprintf("[%.2f %.2f %.2f %.2f]", r.x0, r.y0, r.x1, r.y1)
}
