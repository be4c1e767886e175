package acts

import (
	"fmt"
	"strconv"

	"qyragy/proctor"
)

// column is one of the table's; its cells are of a row's texts.
type column struct {
	wide  float64
	title string
	lines func(r ArchiveRow) []string
}

// listColumns are the table's, numbers first; n is a row's number.
func listColumns(n int) []column {
	one := func(f func(ArchiveRow) string) func(ArchiveRow) []string {
		return func(r ArchiveRow) []string { return []string{f(r)} }
	}
	return []column{
		{24, "№", one(func(ArchiveRow) string { return strconv.Itoa(n) })},
		{70, "Акт нөмірі", one(func(r ArchiveRow) string { return r.Number })},
		{50, "Күні", one(func(r ArchiveRow) string { return almaty(r.Date).Format("02.01.2006") })},
		{122, "Емтихан тапсырушы", ArchiveRow.names},
		{90, "Пәні", one(func(r ArchiveRow) string { return r.Discipline })},
		{42, "Қосым-ша", one(func(r ArchiveRow) string { return appendixLetter(r.Appendix) })},
		{178, "Қол қойғандар және тәсілі", ArchiveRow.signers},
		{36, "Парақ саны", one(func(r ArchiveRow) string { return positive(r.Sheets) })},
		{56, "Іс №", one(func(r ArchiveRow) string { return r.Case })},
		{74.68, "Ескерту", one(ArchiveRow.remark)},
	}
}

func appendixLetter(x proctor.Appendix) string {
	if x == proctor.AppendixB {
		return "Б"
	}
	return "А"
}

func positive(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// names are the examinees, the first few of many.
func (r ArchiveRow) names() []string {
	if len(r.Examinees) <= listedNames {
		return r.Examinees
	}
	more := fmt.Sprintf("және тағы %d студент", len(r.Examinees)-listedNames)
	return append(append([]string{}, r.Examinees[:listedNames]...), more)
}

func (r ArchiveRow) signers() (out []string) {
	for i, s := range r.Signed {
		out = append(out, fmt.Sprintf("%d. %s — %s", i+1, s.Name, methodText(s.Method)))
	}
	return out
}

// methodText is a way to sign in a word; the list's foot explains the words.
func methodText(m proctor.SignatureMethod) string {
	switch m {
	case proctor.MethodNCALayer:
		return "ЭЦҚ"
	case proctor.MethodPaper:
		return "қолмен"
	default:
		return "кілт"
	}
}

// remark is what an archivist must know of an act beside its place.
func (r ArchiveRow) remark() string {
	switch r.State {
	case proctor.Withdrawn:
		return "қайтарып алынған"
	case proctor.Superseded:
		return "күші жойылған"
	case proctor.InForce:
		if !r.Printed && r.Case == "" {
			return "басып шығарылмаған"
		}
		return ""
	default:
		return "аяқталмаған"
	}
}

func (d *listing) headRow() {
	columns := listColumns(0)
	cells, height := d.cells(columns, func(c column) []string { return []string{c.title} }, bold)
	if !d.dry {
		d.pdf.SetFillColor(235, 235, 235)
		d.pdf.Rect(listLeft, d.y, listRight-listLeft, height, "F")
	}
	d.row(columns, cells, height, bold)
}

// cells breaks the texts of a row into lines and says how high it is.
func (d *listing) cells(columns []column, texts func(column) []string, style string) ([][]string, float64) {
	out, most := make([][]string, len(columns)), 1
	for i, c := range columns {
		room := c.wide - 2*listPad
		for _, text := range texts(c) {
			out[i] = append(out[i], d.wrap(printable(text), style, listSize, room, room)...)
		}
		if len(out[i]) > cellLines {
			out[i] = append(out[i][:cellLines-1], "…")
		}
		most = max(most, len(out[i]))
	}
	return out, float64(most)*listLead + 2*listPad
}

// row draws cells and the lines around them.
func (d *listing) row(columns []column, cells [][]string, height float64, style string) {
	x := listLeft
	for i, c := range columns {
		for n, line := range cells[i] {
			d.put(x+listPad, d.y+listPad+listSize*0.9+float64(n)*listLead, style, listSize, line)
		}
		if !d.dry {
			d.pdf.SetLineWidth(0.4)
			d.pdf.Rect(x, d.y, c.wide, height, "D")
		}
		x += c.wide
	}
	d.y += height
}
