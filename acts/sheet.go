package acts

import (
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifregular"
)

// A4 and the margins of an official paper, in points.
const (
	pageWidth  = 595.28
	pageHeight = 841.89
	leftEdge   = 85.04  // 30 mm
	rightEdge  = 552.76 // 15 mm
	topEdge    = 56.69  // 20 mm
	bottomEdge = 785.2  // 20 mm
)

const (
	regular = ""
	bold    = "B"
)

// sheet sets text on a page: a cursor over fpdf. A dry sheet only measures.
type sheet struct {
	pdf  *fpdf.Fpdf
	dry  bool
	size float64 // of the running text, points
	lead float64 // from one baseline to the next
	x, y float64 // y is a baseline, from the top of the page
	rest []passage
}

// passage is what is left of a text that a form has no room for.
type passage struct{ label, text string }

func newPDF() *fpdf.Fpdf {
	pdf := fpdf.New("P", "pt", "A4", "")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCatalogSort(true)
	pdf.SetCompression(true)
	pdf.AddUTF8FontFromBytes("serif", regular, liberationserifregular.TTF)
	pdf.AddUTF8FontFromBytes("serif", bold, liberationserifbold.TTF)
	return pdf
}

func (s *sheet) width(style string, size float64, text string) float64 {
	s.pdf.SetFont("serif", style, size)
	return s.pdf.GetStringWidth(text)
}

// put draws text with its baseline's left end at x, y.
func (s *sheet) put(x, y float64, style string, size float64, text string) {
	if s.dry || text == "" {
		return
	}
	s.pdf.SetFont("serif", style, size)
	s.pdf.Text(x, y, text)
}

func (s *sheet) center(x0, x1, y float64, style string, size float64, text string) {
	s.put((x0+x1-s.width(style, size, text))/2, y, style, size, text)
}

// rule draws a blank's line just under the baseline y.
func (s *sheet) rule(x0, x1, y float64) {
	if s.dry {
		return
	}
	s.pdf.SetLineWidth(0.5)
	s.pdf.Line(x0, y+2.2, x1, y+2.2)
}

func (s *sheet) newline() { s.x, s.y = leftEdge, s.y+s.lead }

// space is the gap before the next word; none at the start of a line.
func (s *sheet) space() float64 {
	if s.x <= leftEdge {
		return 0
	}
	return s.size * 0.25
}

// run sets words of the form's own text, breaking lines between words and
// after hyphens.
func (s *sheet) run(text string) {
	for _, w := range strings.Fields(text) {
		gap := s.space()
		for _, part := range strings.SplitAfter(w, "-") {
			wide := s.width(regular, s.size, part)
			if s.x+gap+wide > rightEdge {
				s.newline()
				gap = 0
			}
			s.put(s.x+gap, s.y, regular, s.size, part)
			s.x, gap = s.x+gap+wide, 0
		}
	}
}

// field sets a filled value on an underlined blank at least least wide, or up
// to the end of the line; it returns the last line's blank.
func (s *sheet) field(value string, least float64, fill bool) (x0, x1 float64) {
	value = printable(value)
	first, _, _ := strings.Cut(value, " ")
	need := max(least, s.width(regular, s.size, first))
	if s.x+s.space()+need > rightEdge {
		s.newline()
	}
	x0 = s.x + s.space()
	lines := s.wrap(value, regular, s.size, rightEdge-x0-2, rightEdge-leftEdge-2)
	for i, l := range lines {
		if i > 0 {
			s.newline()
			x0 = leftEdge
		}
		x1 = rightEdge
		if i == len(lines)-1 && !fill {
			x1 = min(rightEdge, max(x0+least, x0+s.width(regular, s.size, l)+4))
		}
		s.put(x0+2, s.y, regular, s.size, l)
		s.rule(x0, x1, s.y)
	}
	s.x = x1
	return x0, x1
}

// wrap breaks text into lines, the first of them first wide and the others
// rest; a word wider than a line is broken too. There is always one line.
func (s *sheet) wrap(text, style string, size, first, rest float64) []string {
	var lines []string
	line, room := "", first
	for _, w := range strings.Fields(text) {
		next := strings.TrimLeft(line+" "+w, " ")
		if s.width(style, size, next) <= room {
			line = next
			continue
		}
		if line != "" {
			lines, room = append(lines, line), rest
		}
		for s.width(style, size, w) > room {
			n := s.cut(w, style, size, room)
			lines, w, room = append(lines, w[:n]), w[n:], rest
		}
		line = w
	}
	return append(lines, line)
}

// cut is how many bytes of w fit into room, at least one character.
func (s *sheet) cut(w, style string, size, room float64) int {
	n := 0
	for i, r := range w {
		end := i + len(string(r))
		if i > 0 && s.width(style, size, w[:end]) > room {
			break
		}
		n = end
	}
	return n
}

// passage sets label and text on the form's own number of lines. What does
// not fit is kept in rest, and a marker says so.
func (s *sheet) passage(label, text string, lines int) {
	s.newline()
	s.run(label)
	left, x0 := printable(text), s.x+s.space()
	for i := range lines {
		if i > 0 {
			s.newline()
			x0 = leftEdge
		}
		room := rightEdge - x0 - 4
		line := s.first(left, room)
		mark := ""
		if i == lines-1 && line != left {
			mark = textContinued
			line = s.first(left, room-s.width(regular, s.size, mark))
		}
		s.put(x0+2, s.y, regular, s.size, line+mark)
		s.rule(x0, rightEdge, s.y)
		left = strings.TrimLeft(left[len(line):], " ")
	}
	if left != "" {
		s.rest = append(s.rest, passage{label, left})
	}
}

// first is the first of the lines that wrap makes of text.
func (s *sheet) first(text string, room float64) string {
	return s.wrap(text, regular, s.size, room, room)[0]
}
