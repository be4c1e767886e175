package acts

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"qyragy/proctor"
)

// inspection is what Appendix B's annex has of its own.
func (a *annex) inspection(d DocumentB) error {
	a.heading("Тексеріс")
	a.row("Шешімнің түрі", decided(d))
	affected := strconv.Itoa(len(d.Seats))
	if d.ExamSeats > 0 {
		affected += fmt.Sprintf(" (емтихан тапсырған %d студенттің ішінде)", d.ExamSeats)
	}
	a.row("Ақау қамтыған студенттер", affected)
	once := ""
	if n, at := d.AtOnce(); n > 0 {
		once = fmt.Sprintf("%d студент; секундтың басы: %s", n, both(at))
	}
	a.row("Бір секунд ішінде", once)
	a.row("Серверлердің күйі", d.Health)
	a.row("Журналдың соңғы хэші", d.JournalHead)
	if d.JournalTree != "" { // acts from before there was a tree have no such line
		a.row("Журнал ағашы", d.JournalTree)
	}
	a.seats(d)
	for i, s := range d.Seats {
		a.seat(i+1, s)
	}
	return nil
}

// decided is the decision with all that it gives, so that nobody signs for
// minutes or days that the document does not say.
func decided(d DocumentB) string {
	if d.Code == "" {
		return ""
	}
	text := decisionText(d.Code)
	if d.Minutes > 0 {
		text += fmt.Sprintf(": %d минут", d.Minutes)
	}
	if !d.From.IsZero() && !d.To.IsZero() {
		const form = "02.01.2006 15:04"
		text += ": " + almaty(d.From).Format(form) + " – " + almaty(d.To).Format(form) + " (Алматы)"
	}
	return text
}

// The columns of the list of seats, from the left edge.
const (
	seatName  = 26.0
	seatID    = 186.0
	seatGroup = 266.0
	seatStrip = 346.0
)

// seats lists whom the act covers, each with a strip of time on which her gaps
// stand: gaps one under another began together.
func (a *annex) seats(d DocumentB) {
	if len(d.Seats) == 0 {
		return
	}
	from, to := span(d)
	a.heading("Қамтылған студенттер және олардың үзілістері (Алматы уақыты)")
	a.y += annexLead
	a.put(leftEdge, a.y, regular, 8, "№")
	a.put(leftEdge+seatName, a.y, regular, 8, "Т.А.Ә.")
	a.put(leftEdge+seatID, a.y, regular, 8, "Студент ид.")
	a.put(leftEdge+seatGroup, a.y, regular, 8, "Тобы")
	if to.After(from) {
		end := almaty(to).Format("15:04:05")
		a.put(leftEdge+seatStrip, a.y, regular, 8, almaty(from).Format("15:04:05"))
		a.put(rightEdge-a.width(regular, 8, end), a.y, regular, 8, end)
	}
	for i, s := range d.Seats {
		cells := [][]string{
			a.cell(s.Examinee.Name, seatID-seatName),
			a.cell(s.Examinee.StudentID, seatGroup-seatID),
			a.cell(s.Examinee.Group, seatStrip-seatGroup),
		}
		a.need(annexLead * float64(max(len(cells[0]), len(cells[1]), len(cells[2]))))
		a.put(leftEdge, a.y+annexLead, regular, 8, strconv.Itoa(i+1))
		a.strip(s.Gaps, from, to, a.y+annexLead)
		a.columns(cells, []float64{seatName, seatID, seatGroup})
	}
}

// cell wraps a value to its column, on three lines at the most: the examinee's
// own block has all of it.
func (a *annex) cell(value string, width float64) []string {
	lines := a.wrap(printable(value), regular, 8, width-6, width-6)
	if len(lines) > 3 {
		lines = append(lines[:2], "…")
	}
	return lines
}

// columns sets wrapped cells side by side.
func (a *annex) columns(cells [][]string, at []float64) {
	rows := 0
	for i, lines := range cells {
		for j, l := range lines {
			a.put(leftEdge+at[i], a.y+annexLead*float64(j+1), regular, 8, l)
		}
		rows = max(rows, len(lines))
	}
	a.y += annexLead * float64(rows)
}

// strip draws a seat's gaps on the stretch of time from … to.
func (a *annex) strip(gaps []Gap, from, to time.Time, y float64) {
	const x0, wide = leftEdge + seatStrip, rightEdge - leftEdge - seatStrip
	all := to.Sub(from)
	if all <= 0 {
		return
	}
	a.pdf.SetLineWidth(0.4)
	a.pdf.Line(x0, y-2, rightEdge, y-2)
	for _, g := range gaps {
		begin := wide * float64(g.From.Sub(from)) / float64(all)
		length := wide * float64(until(g, to).Sub(g.From)) / float64(all)
		length = max(1, length) // seen even when short
		a.pdf.Rect(x0+min(begin, wide-1), y-5, min(length, wide-min(begin, wide-1)), 6, "F")
	}
}

// span is the time from the first gap's start to the last one's end.
func span(d DocumentB) (from, to time.Time) {
	for _, s := range d.Seats {
		for _, g := range s.Gaps {
			if from.IsZero() || g.From.Before(from) {
				from = g.From
			}
			if end := until(g, d.DrawnUp); end.After(to) {
				to = end
			}
		}
	}
	return from, to
}

// until is a gap's end, for one that goes on at least its start.
func until(g Gap, now time.Time) time.Time {
	end := g.To
	if end.IsZero() {
		end = now
	}
	if end.Before(g.From) {
		return g.From
	}
	return end
}

// seat is all that the annex says of one examinee.
func (a *annex) seat(n int, s AffectedSeat) {
	a.heading(strconv.Itoa(n) + "-студент")
	a.row("Т.А.Ә.", s.Examinee.Name)
	a.row("Студент идентификаторы", s.Examinee.StudentID)
	a.row("Мамандығы, тобы", s.Examinee.Specialty+" · "+s.Examinee.Group)
	a.row("Орын идентификаторы", string(s.Seat))
	c := s.Connection
	loss := strings.Replace(fmt.Sprintf("%.1f", c.Loss*100), ".", ",", 1) // as Kazakh writes it
	link := fmt.Sprintf("орташа %d кбит/с · жоғалған дестелер %s %% · қайта қосылу: %d", c.Bits/1000, loss, c.Reconnects)
	if c.Route != "" {
		link += " · " + c.Route
	}
	a.row("Байланысы", link)
	var gaps, devices []string
	for _, g := range s.Gaps {
		gaps = append(gaps, gapText(g))
	}
	for _, e := range s.Devices {
		devices = append(devices, fmt.Sprintf("%s — %s %s", almaty(e.At).Format("02.01 15:04:05"), e.Kind, e.Detail))
	}
	a.rows("Жазбадағы үзілістер", gaps)
	a.rows("Құрылғы қателері", devices)
}

func gapText(g Gap) string {
	text := almaty(g.From).Format("02.01 15:04:05") + "–"
	if g.To.IsZero() {
		return text + "… — " + gapCauseText(g.Cause)
	}
	return text + almaty(g.To).Format("15:04:05") + fmt.Sprintf(" (%.1f с) — ", g.To.Sub(g.From).Seconds()) + gapCauseText(g.Cause)
}

// gapCauseText is a gap's cause in the annex's Kazakh.
func gapCauseText(c proctor.GapCause) string {
	switch c {
	case proctor.GapNetwork:
		return "байланыс үзілді"
	case proctor.GapDevice:
		return "студенттің камерасы тоқтады"
	case proctor.GapRestart:
		return "сервер қайта іске қосылды"
	case proctor.GapOverload:
		return "сервер жазып үлгермеді"
	case proctor.GapDisk:
		return "сервердің дискісі жазбады"
	default:
		return string(c)
	}
}
