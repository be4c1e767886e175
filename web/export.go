package web

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"qyragy/proctor"
)

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// table is the register as rows in one language.
type table struct {
	text    map[string]string
	entries []entry
}

// exported is one column: its value is a string, an int or a time.
type exported struct {
	key   string // of its title: "export." + key
	wide  float64
	value func(table, *entry) any
}

// exportedColumns are a table's, in order.
func exportedColumns() []exported {
	out := []exported{
		{"number", 15, func(_ table, e *entry) any { return e.Number }},
		{"appendix", 11, func(t table, e *entry) any { return t.text["export.appendix."+string(e.Kind())] }},
		{"drawn_up", 17, func(_ table, e *entry) any { return e.DrawnUp }},
		{"state", 18, func(t table, e *entry) any { return t.text["act_state."+string(e.State)] }},
		{"exam", 26, func(_ table, e *entry) any { return e.ExamTitle }},
		{"discipline", 26, func(_ table, e *entry) any { return e.Discipline }},
		{"examinee", 32, each(func(x proctor.Examinee) string { return x.Name })},
		{"student_id", 14, each(func(x proctor.Examinee) string { return x.StudentID })},
		{"specialty", 26, each(func(x proctor.Examinee) string { return x.Specialty })},
		{"group", 12, each(func(x proctor.Examinee) string { return x.Group })},
		{"reasons", 40, table.reasons},
		{"words", 40, func(_ table, e *entry) any { return freeText(e) }},
		{"confirmed_by", 30, func(_ table, e *entry) any { return e.ByName }},
	}
	for n := range 3 {
		key := "sign" + strconv.Itoa(n+1)
		out = append(out,
			exported{key + ".name", 34, func(t table, e *entry) any { return t.signer(e, n) }},
			exported{key + ".method", 14, func(t table, e *entry) any { return t.method(e, n) }},
			exported{key + ".at", 17, func(_ table, e *entry) any { return signedAt(e, n) }})
	}
	return append(out,
		exported{"in_force", 17, func(_ table, e *entry) any { return e.InForce }},
		exported{"copies", 9, func(_ table, e *entry) any { return copies(e) }},
		exported{"case", 12, func(_ table, e *entry) any { return filing(e).Case }},
		exported{"sheets", 9, func(_ table, e *entry) any { return filing(e).Sheets }},
		exported{"filed", 17, func(_ table, e *entry) any { return filing(e).At }},
		exported{"sha256", 20, func(_ table, e *entry) any { return e.Document.Receipt.SHA256 }})
}

// each joins something of every examinee.
func each(of func(proctor.Examinee) string) func(table, *entry) any {
	return func(_ table, e *entry) any {
		var all []string
		for _, x := range e.concerned {
			all = append(all, of(x))
		}
		return strings.Join(all, ", ")
	}
}

// reasons are A's, or what B decides.
func (t table) reasons(e *entry) any {
	if e.Inspection != nil {
		return t.text["decision."+string(e.Inspection.Code)]
	}
	var all []string
	for _, r := range e.Reasons {
		all = append(all, string(r)+" "+t.text["reason."+string(r)])
	}
	return strings.Join(all, "; ")
}

// freeText is an act's free text on one line.
func freeText(e *entry) string {
	text := e.Other
	if e.Inspection != nil {
		text = e.Inspection.Decision
	}
	return strings.Join(strings.Fields(text), " ")
}

// signer is the n-th signer with her office.
func (t table) signer(e *entry, n int) string {
	if n >= len(e.Signatures) {
		return ""
	}
	s := e.Signatures[n]
	return s.Name + " (" + t.text["role."+string(s.Role)] + ")"
}

func (t table) method(e *entry, n int) string {
	if n >= len(e.Signatures) {
		return ""
	}
	return t.text["export.method."+string(e.Signatures[n].How())]
}

func signedAt(e *entry, n int) time.Time {
	if n >= len(e.Signatures) {
		return time.Time{}
	}
	return e.Signatures[n].At
}

// copies are how many papers of the act there are.
func copies(e *entry) int {
	n := 0
	for _, p := range e.Prints {
		n += p.Copies
	}
	return n
}

func filing(e *entry) proctor.Filing {
	if e.Filed == nil {
		return proctor.Filing{}
	}
	return *e.Filed
}

// export begins the answer with what q asks for as a file.
func (s *Server) export(w http.ResponseWriter, r *http.Request, kind, ending string, write func(table, io.Writer) error) {
	_, found, err := s.asked(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	now := proctor.Almaty(s.cfg.Now())
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", `attachment; filename="acts-`+now.Format(time.DateOnly)+ending+`"`)
	who := callOf(r.Context()).who.person.Login
	s.log.Info("the register is given out", "to", who, "acts", len(found), "as", ending)
	if err := write(table{s.words.texts[language(r)], found}, w); err != nil {
		// The answer has begun: the client sees it cut.
		s.log.Warn("the register was not given out whole", "to", who, "err", err)
	}
}

func (s *Server) getActsCSV(w http.ResponseWriter, r *http.Request) {
	s.export(w, r, "text/csv; charset=utf-8", ".csv", table.csv)
}

func (s *Server) getActsXLSX(w http.ResponseWriter, r *http.Request) {
	s.export(w, r, xlsxType, ".xlsx", table.xlsx)
}

// csv writes what Excel opens by a double click where Kazakh or Russian is the
// system's language: UTF-8 with its mark, semicolons, CRLF (RFC 4180 but for
// the semicolon). Times are Almaty's.
func (t table) csv(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.Comma, c.UseCRLF = ';', true
	columns := exportedColumns()
	line := make([]string, len(columns))
	for i, x := range columns {
		line[i] = t.text["export."+x.key]
	}
	if err := c.Write(line); err != nil {
		return err
	}
	for i := range t.entries {
		for j, x := range columns {
			line[j] = csvCell(x.value(t, &t.entries[i]))
		}
		if err := c.Write(line); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func csvCell(v any) string {
	switch v := v.(type) {
	case string:
		return harmless(v)
	case int:
		if v != 0 {
			return strconv.Itoa(v)
		}
	case time.Time:
		if !v.IsZero() {
			return proctor.Almaty(v).Format("02.01.2006 15:04")
		}
	}
	return ""
}

// harmless keeps a spreadsheet from taking a text for a formula: an apostrophe
// comes before it, as the spreadsheets' own users write it.
func harmless(s string) string {
	if strings.ContainsAny(first(s), "=+-@\t\r\n＝＋－＠") {
		return "'" + s
	}
	return s
}

// first is the first character that is no space.
func first(s string) string {
	for _, r := range strings.TrimLeft(s, " ") {
		return string(r)
	}
	return ""
}

// xlsx writes a workbook of one sheet: texts are typed as texts, which no
// spreadsheet computes, and times are Almaty's.
func (t table) xlsx(w io.Writer) error {
	f := excelize.NewFile()
	defer f.Close() // its temporary files; w has all by then
	err := f.SetSheetName("Sheet1", t.text["export.sheet"])
	if err != nil {
		return fmt.Errorf("name the sheet: %w", err)
	}
	sheet, err := f.NewStreamWriter(t.text["export.sheet"])
	if err != nil {
		return fmt.Errorf("begin the sheet: %w", err)
	}
	if err := t.fill(f, sheet); err != nil {
		return fmt.Errorf("fill the sheet: %w", err)
	}
	if err := sheet.Flush(); err != nil {
		return fmt.Errorf("end the sheet: %w", err)
	}
	return f.Write(w)
}

func (t table) fill(f *excelize.File, sheet *excelize.StreamWriter) error {
	dates := "dd.mm.yyyy hh:mm"
	date, err := f.NewStyle(&excelize.Style{CustomNumFmt: &dates})
	if err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	columns := exportedColumns()
	row := make([]any, len(columns))
	for i, x := range columns {
		if err := sheet.SetColWidth(i+1, i+1, x.wide); err != nil {
			return err
		}
		row[i] = excelize.Cell{StyleID: bold, Value: t.text["export."+x.key]}
	}
	if err := sheet.SetPanes(&excelize.Panes{Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight"}); err != nil {
		return err
	}
	if err := sheet.SetRow("A1", row); err != nil {
		return err
	}
	for i := range t.entries {
		for j, x := range columns {
			row[j] = xlsxCell(x.value(t, &t.entries[i]), date)
		}
		if err := sheet.SetRow("A"+strconv.Itoa(i+2), row); err != nil {
			return err
		}
	}
	return nil
}

func xlsxCell(v any, date int) any {
	switch v := v.(type) {
	case int:
		if v == 0 {
			return nil
		}
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return excelize.Cell{StyleID: date, Value: proctor.Almaty(v)}
	}
	return v
}
