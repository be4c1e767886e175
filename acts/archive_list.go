package acts

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"

	"qyragy/proctor"
)

// ArchiveList is the list of a session's acts for the paper file (clause
// 5.3.32). It is no act: nobody signs its bytes, it is printed and signed by
// hand.
type ArchiveList struct {
	University string // "" leaves a blank
	// Exam is the exam's title and discipline; "" is all exams.
	Exam string
	// From and To are the first and the last day, in Almaty; zero is open.
	From, To time.Time
	Rows     []ArchiveRow // as listed, ≤ 2000
	MadeBy   string
	MadeAt   time.Time
}

// ArchiveRow is one act of an ArchiveList.
type ArchiveRow struct {
	Number     string
	Appendix   proctor.Appendix
	Date       time.Time // drawn up
	Examinees  []string  // the first few are printed, the others counted
	Discipline string
	State      proctor.ActState
	Signed     []ArchiveSignature
	Sheets     int    // 0 while it is not filed
	Case       string // «іс №», "" while it is not filed
	Printed    bool
}

// ArchiveSignature is one official's signature in an ArchiveRow.
type ArchiveSignature struct {
	Name   string
	Method proctor.SignatureMethod
}

const (
	listedActs  = 2000 // rows of a list
	listedNames = 4    // examinees of an Appendix B act
)

// Render draws the list: A4 across, Liberation Serif, in Kazakh, with the head
// row on every page. Equal lists give equal bytes.
func (l ArchiveList) Render() ([]byte, error) {
	if len(l.Rows) > listedActs {
		return nil, proctor.Errorf(proctor.Invalid, "archive_too_long", "most", strconv.Itoa(listedActs))
	}
	for _, t := range append(l.texts(), l.University, l.Exam, l.MadeBy) {
		if !utf8.ValidString(t) {
			return nil, proctor.Errorf(proctor.Invalid, "text")
		}
	}
	pdf := newPDF()
	pdf.SetCreationDate(l.MadeAt.UTC())
	pdf.SetModificationDate(l.MadeAt.UTC())
	pdf.SetTitle(listTitle, true)
	pdf.SetProducer("Qyragy", true)
	pdf.SetLang("kk-KZ")
	d := &listing{sheet: sheet{pdf: pdf, dry: true, size: listSize, lead: listLead}, list: l}
	d.draw() // counts the pages
	d.dry, d.pages, d.page = false, d.page, 0
	d.draw()
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("draw the archive list: %w", err)
	}
	return out.Bytes(), nil
}

func (l ArchiveList) texts() (out []string) {
	for _, r := range l.Rows {
		out = append(append(out, r.Number, r.Discipline, r.Case), r.Examinees...)
		for _, s := range r.Signed {
			out = append(out, s.Name)
		}
	}
	return out
}

// An A4 page across, in points: 20 mm to the binding, 15 mm elsewhere.
const (
	listLeft   = 56.69
	listRight  = 799.37
	listTop    = 42.52
	listBottom = 545.0
	listSize   = 8.5
	listLead   = 10.5
	listPad    = 3.0
	cellLines  = 30 // the most that a cell shows
)

const listTitle = "Емтихан актілерінің архивтік тізімі"

// listing draws a list: first dry, to know how many pages there are.
type listing struct {
	sheet
	list        ArchiveList
	page, pages int
}

func (d *listing) draw() {
	d.turn()
	d.heading()
	d.headRow()
	for i, r := range d.list.Rows {
		cells, height := d.cells(listColumns(i+1), func(c column) []string { return c.lines(r) }, regular)
		if d.y+height > listBottom {
			d.turn()
			d.headRow()
		}
		d.row(listColumns(i+1), cells, height, regular)
	}
	d.totals()
	d.hands()
}

// turn starts a page with its running foot.
func (d *listing) turn() {
	d.page++
	d.y = listTop
	if d.dry {
		return
	}
	d.pdf.AddPageFormat("L", fpdf.SizeType{Wd: pageWidth, Ht: pageHeight})
	foot := fmt.Sprintf("%d-бет, барлығы %d", d.page, d.pages)
	d.put(listLeft, listBottom+18, regular, 8, listTitle+" · "+almaty(d.list.MadeAt).Format("02.01.2006 15:04"))
	d.put(listRight-d.width(regular, 8, foot), listBottom+18, regular, 8, foot)
}

// heading says whose list it is and of what.
func (d *listing) heading() {
	d.y += 12
	if name := printable(d.list.University); name != "" {
		for _, line := range d.wrap(name, regular, 11, listRight-listLeft, listRight-listLeft) {
			d.center(listLeft, listRight, d.y, regular, 11, line)
			d.y += 14
		}
	} else {
		d.rule(listLeft+180, listRight-180, d.y)
		d.y += 11
		d.center(listLeft, listRight, d.y, regular, 7, "(жоғары оқу орнының атауы)")
		d.y += 14
	}
	d.y += 5
	d.center(listLeft, listRight, d.y, bold, 13, listTitle)
	d.y += 17
	exam := "барлық емтихандар"
	if d.list.Exam != "" {
		exam = printable(d.list.Exam)
	}
	for _, line := range d.wrap("Емтихан: "+exam+". Кезең: "+d.list.period()+".", regular, 10, listRight-listLeft, listRight-listLeft) {
		d.center(listLeft, listRight, d.y, regular, 10, line)
		d.y += 13
	}
	d.y += 2
}

// period says in words from which day to which.
func (l ArchiveList) period() string {
	from, to := almaty(l.From).Format("02.01.2006"), almaty(l.To).Format("02.01.2006")
	switch {
	case l.From.IsZero() && l.To.IsZero():
		return "барлық уақыт"
	case l.From.IsZero():
		return to + " дейін"
	case l.To.IsZero():
		return from + " бастап"
	default:
		return from + " – " + to
	}
}

// totals counts what is listed.
func (d *listing) totals() {
	var a, b, inForce, ended, withdrawn, open, sheets, filed int
	for _, r := range d.list.Rows {
		if r.Appendix == proctor.AppendixB {
			b++
		} else {
			a++
		}
		switch r.State {
		case proctor.InForce:
			inForce++
		case proctor.Superseded:
			ended++
		case proctor.Withdrawn:
			withdrawn++
		default:
			open++
		}
		sheets += r.Sheets
		if r.Case != "" {
			filed++
		}
	}
	d.need(120) // with the hands below
	d.paragraph(bold, fmt.Sprintf("Барлығы: %d акт (Қосымша А — %d, Қосымша Б — %d). Күшінде — %d, күші жойылған — %d, қайтарып алынған — %d, "+
		"аяқталмаған — %d. Іске тігілгені — %d акт, %d парақ.", a+b, a, b, inForce, ended, withdrawn, open, filed, sheets))
	d.paragraph(regular, "Қол қою тәсілдері: кілт — лауазымды тұлғаның жүйедегі жеке кілтімен; ЭЦҚ — Ұлттық куәландырушы орталықтың "+
		"сертификатымен (NCALayer); қолмен — басып шығарылған актіге өз қолымен.")
}

func (d *listing) paragraph(style, text string) {
	d.y += 5
	for _, line := range d.wrap(text, style, 9, listRight-listLeft, listRight-listLeft) {
		d.y += 11.5
		d.put(listLeft, d.y, style, 9, line)
	}
}

func (d *listing) need(height float64) {
	if d.y+height > listBottom {
		d.turn()
	}
}

// hands are the blanks of who made the list and of who takes it.
func (d *listing) hands() {
	for _, who := range []struct{ what, name string }{{"Тізімді жасаған:", d.list.MadeBy}, {"Архивке қабылдаған:", ""}} {
		d.y += 32
		d.put(listLeft, d.y, regular, 10, who.what)
		const line0, line1, name0, date0 = listLeft + 110, listLeft + 260, listLeft + 280, listRight - 170
		d.rule(line0, line1, d.y)
		d.center(line0, line1, d.y+9, regular, 7, textSignature)
		d.rule(name0, date0-20, d.y)
		room := date0 - 24 - name0
		d.put(name0+2, d.y, regular, 10, d.wrap(printable(who.name), regular, 10, room, room)[0])
		d.center(name0, date0-20, d.y+9, regular, 7, textName)
		d.put(date0, d.y, regular, 10, "«____» ______________ 20____")
	}
}
