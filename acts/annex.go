package acts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image/color"
	"image/jpeg"
	"strconv"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"github.com/skip2/go-qrcode"

	"qyragy/proctor"
)

const (
	annexSize  = 9.0
	annexLead  = 12.5
	annexValue = leftEdge + 128 // where values start
)

// annex is ours and not the regulation's: what the form has no room for.
type annex struct {
	sheet
	number string
	page   int
}

// drawAnnex adds the annex's pages: what every annex has, what the form had no
// room for, and what this form's annex has of its own.
func drawAnnex(pdf *fpdf.Fpdf, p paper, rest []passage) error {
	a := &annex{sheet: sheet{pdf: pdf, size: annexSize, lead: annexLead}, number: printable(p.number), page: 1}
	a.turn()
	a.center(leftEdge, rightEdge, a.y, bold, 12, "Актінің дәлелдемелік қосымшасы")
	a.y += annexLead
	a.center(leftEdge, rightEdge, a.y, regular, 8, "Бұл бетті прокторинг жүйесі қосқан; ол регламент бекіткен үлгіге кірмейді.")
	a.y += 6
	if err := a.code(p); err != nil {
		return err
	}
	a.identity(p)
	if len(rest) > 0 {
		a.heading("Акт бетіне сыймаған мәтіннің жалғасы")
	}
	for _, x := range rest {
		a.row(x.label, "… "+x.text)
	}
	if err := p.annex(a); err != nil {
		return err
	}
	return pdf.Error()
}

// violation is what Appendix A's annex has of its own.
func (a *annex) violation(d Document) error {
	a.row("Орын идентификаторы", string(d.Seat))
	a.row("Студент", d.Examinee.Name)
	a.row("Студент идентификаторы", d.Examinee.StudentID)
	for i, x := range d.Incidents {
		a.incident(i+1, x)
	}
	a.heading("Қосымша мәліметтер")
	a.row("Ерекше жағдай (5.1.3)", d.Accommodation)
	a.row("Журналдың соңғы хэші", d.JournalHead)
	if d.JournalTree != "" { // acts from before there was a tree have no such line
		a.row("Журнал ағашы", d.JournalTree)
	}
	if err := a.stills(d.Stills); err != nil {
		return err
	}
	a.segments(d.Segments)
	a.backfills(d.Backfills)
	return nil
}

// turn starts a page with its running foot.
func (a *annex) turn() {
	a.pdf.AddPage()
	a.page++
	a.y = topEdge + annexSize
	a.put(leftEdge, bottomEdge+22, regular, 8, a.number)
	foot := strconv.Itoa(a.page) + "-бет"
	a.put(rightEdge-a.width(regular, 8, foot), bottomEdge+22, regular, 8, foot)
}

func (a *annex) need(height float64) {
	if a.y+height > bottomEdge {
		a.turn()
	}
}

func (a *annex) heading(text string) {
	a.need(annexLead * 3)
	a.y += annexLead * 1.7
	a.put(leftEdge, a.y, bold, 10, text)
	a.pdf.SetLineWidth(0.4)
	a.pdf.Line(leftEdge, a.y+3, rightEdge, a.y+3)
	a.y += 3
}

// row sets a label and its value, wrapped; an empty value is a dash.
func (a *annex) row(label, value string) {
	value = printable(value)
	if value == "" {
		value = "—"
	}
	room := rightEdge - annexValue
	for i, l := range a.wrap(value, regular, annexSize, room, room) {
		a.need(annexLead)
		a.y += annexLead
		if i == 0 {
			a.put(leftEdge, a.y, regular, annexSize, label)
		}
		a.put(annexValue, a.y, regular, annexSize, l)
	}
}

// rows sets several values under one label, a dash where there are none.
func (a *annex) rows(label string, values []string) {
	if len(values) == 0 {
		a.row(label, "")
	}
	for _, v := range values {
		a.row(label, v)
		label = ""
	}
}

// code draws the QR code as vector squares in the head of the annex.
func (a *annex) code(p paper) error {
	q, err := qrcode.New(p.verifyText(), qrcode.Medium)
	if err != nil {
		return fmt.Errorf("make QR code: %w", err)
	}
	q.DisableBorder = true
	const side = 84.0
	bits := q.Bitmap()
	cell := side / float64(len(bits))
	for i, row := range bits {
		for j := 0; j < len(row); j++ {
			k := j
			for k < len(row) && row[k] {
				k++
			}
			if k > j {
				a.pdf.Rect(rightEdge-side+float64(j)*cell, a.y+annexLead*1.7+8+float64(i)*cell, float64(k-j)*cell, cell, "F")
				j = k
			}
		}
	}
	return nil
}

// identity says which act this is and of which exam.
func (a *annex) identity(p paper) {
	sum := hex.EncodeToString(p.digest[:])
	a.heading("Акт")
	a.pair("Тіркеу нөмірі", p.number)
	a.pair("Идентификаторы", string(p.act))
	a.pair("Нұсқасы", strconv.Itoa(p.version))
	a.pair("Үлгі нұсқасы", p.template.Version+" · "+p.template.Basis)
	a.pair("Мазмұн дайджесті", sum[:32])
	a.pair("(SHA-256)", sum[32:])
	a.pair("Жасалған уақыты", both(p.drawnUp))
	a.heading("Емтихан")
	a.row("Атауы", p.examTitle)
	a.row("Пәні", p.subject)
	a.row("Емтихан идентификаторы", string(p.exam))
}

// pair is a short row that leaves room for the QR code beside it.
func (a *annex) pair(label, value string) {
	value = printable(value)
	room := rightEdge - annexValue - 92
	for i, l := range a.wrap(value, regular, annexSize, room, room) {
		a.y += annexLead
		if i == 0 {
			a.put(leftEdge, a.y, regular, annexSize, label)
		}
		a.put(annexValue, a.y, regular, annexSize, l)
	}
}

func (a *annex) incident(n int, x Incident) {
	a.heading(strconv.Itoa(n) + "-оқиға")
	a.row("Себебі", CauseText(x.Cause))
	a.row("Басталуы", both(x.From))
	a.row("Аяқталуы", both(x.To))
	if x.RaisedBy != "" {
		a.row("Қолмен белгілеген", x.RaisedBy)
		a.row("Сипаттамасы", x.Note)
	} else {
		a.row("Детектор", x.Detector)
		a.row("Сенімділігі", strings.TrimSpace(strconv.FormatFloat(x.Score, 'f', 3, 64)+" "+x.Detail))
		a.row("Сол сәттегі желі", x.Network)
	}
	var warnings []string
	for _, w := range x.Warnings {
		warnings = append(warnings, almaty(w.At).Format("15:04:05")+" — "+w.Text)
	}
	a.rows("Көрсетілген ескертулер", warnings)
	a.row("Растаған адам", x.ConfirmedBy)
	if x.Words != "" {
		a.row("Растаған адамның сөзі", x.Words)
	}
	a.row("Растаған уақыты", both(x.ConfirmedAt))
	a.row("Оқиға идентификаторы", string(x.ID))
}

// CauseText is a cause in the annex's Kazakh: the form's own words where the
// form has them.
func CauseText(c proctor.Cause) string {
	switch c {
	case proctor.CauseNetwork:
		return "Желі ақауы"
	case proctor.CauseDark:
		return "Қараңғы бөлме"
	case proctor.CauseNoFace:
		return "Кадрда бет көрінбейді"
	case proctor.CauseIdentity:
		return "Беті емтиханға жіберілген адамға ұқсамайды"
	case proctor.CauseAway:
		return "Басы ұзақ уақыт басқа жаққа бұрылған"
	case proctor.CauseVoice:
		return "Бөлмеде сөйлеген дауыс естілген"
	case proctor.CauseFrozen:
		return "Камераның суреті қозғалмайды немесе қайталанады"
	case proctor.CauseVirtual:
		return "Камераның атауы бағдарламаға тән"
	default:
		if r := c.Reason(); r != "" {
			return reasonText(r)
		}
		return string(c)
	}
}

// stills sets the pictures two in a row.
func (a *annex) stills(stills []Still) error {
	a.heading("Жазбадан алынған кадрлар")
	if len(stills) == 0 { // said, not left out: the reader must not look for it
		a.row("Кадр", "тіркелмеген")
		return nil
	}
	const wide, gap, tallest = 228.0, 11.7, 190.0
	for i := 0; i < len(stills); i += 2 {
		pair := stills[i:min(i+2, len(stills))]
		a.need(tallest + 2*annexLead)
		a.y += 8
		low := 0.0
		for j, s := range pair {
			h, err := a.still(s, leftEdge+float64(j)*(wide+gap), wide, tallest)
			if err != nil {
				return err
			}
			low = max(low, h)
		}
		a.y += low + annexLead
	}
	return nil
}

func (a *annex) still(s Still, x, wide, tallest float64) (float64, error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(s.JPEG))
	if err != nil || c.ColorModel == color.CMYKModel || c.Width < 1 || c.Height < 1 {
		return 0, proctor.Errorf(proctor.Invalid, "act_still")
	}
	scale := min(wide/float64(c.Width), tallest/float64(c.Height))
	w, h := float64(c.Width)*scale, float64(c.Height)*scale
	name := fmt.Sprintf("%x", sha256.Sum256(s.JPEG)) // one picture, one object
	a.pdf.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: "JPG"}, bytes.NewReader(s.JPEG))
	a.pdf.ImageOptions(name, x, a.y, w, h, false, fpdf.ImageOptions{ImageType: "JPG"}, 0, "")
	caption := printable(almaty(s.At).Format("15:04:05.000") + " " + s.Caption)
	a.put(x, a.y+h+9, regular, 8, a.wrap(caption, regular, 8, wide, wide)[0])
	return h, nil
}

func (a *annex) segments(segments []proctor.Segment) {
	a.heading("Жазба сегменттері (Алматы уақыты, SHA-256)")
	if len(segments) == 0 {
		a.row("Сегмент", "тіркелмеген")
		return
	}
	for _, s := range segments {
		a.fileLine(s.Number, s.Start, s.End, s.SHA256)
	}
}
