package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"qyragy/proctor"
)

// archiveScene is a register of a few acts: one in force over her who is called
// so, the others drafts of exams of their own.
type archiveScene struct {
	k       *kit
	inForce proctor.ActID
	drafts  []proctor.ActID
}

func newArchiveScene(t *testing.T, names ...string) archiveScene {
	t.Helper()
	k := newKit(t)
	out := archiveScene{k: k}
	for i, name := range names {
		ctx := context.Background()
		now := time.Now().UTC()
		x, err := k.engine.ScheduleExam(ctx, "admin", proctor.Exam{
			Title: "Сессия", Discipline: fmt.Sprintf("Пән %d", i), Kind: proctor.SessionExam, Form: proctor.TestComplex,
			Opens: now.Add(-time.Hour), Closes: now.Add(time.Hour),
		})
		must(t, err)
		seat, _ := k.seat(x.ID, name)
		k.admit(seat)
		judged, err := k.engine.Raise(ctx, "proctor", seat, proctor.CauseObject, "Телефон", time.Time{})
		must(t, err)
		reason := proctor.A4
		if i == 1 {
			reason = proctor.A1
		}
		a, err := k.engine.Confirm(ctx, "proctor", judged.ID, []proctor.Reason{reason}, "")
		must(t, err)
		must(t, k.parts.render(ctx, a.ID))
		if i == 0 {
			out.inForce = a.ID
			for _, role := range proctor.SigningOrder() {
				k.cookie(role)
				p, err := k.accounts.Person(ctx, proctor.Login(role))
				must(t, err)
				_, err = k.parts.Sign(ctx, p, role, proctor.StepUp{Password: testPassword}, a.ID, digest(pdfOf(a.ID)))
				must(t, err)
			}
			continue
		}
		out.drafts = append(out.drafts, a.ID)
	}
	return out
}

func (s archiveScene) find(role proctor.Role, query string) actList {
	s.k.t.Helper()
	return decode[actList](s.k.t, s.k.do(request{method: "GET", path: "/api/v1/acts?" + query, cookie: s.k.cookie(role)}))
}

func numbers(l actList) string {
	var out []string
	for _, a := range l.Acts {
		out = append(out, strings.TrimLeft(a.Number[len("A-2026-"):], "0"))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestRegisterSearch(t *testing.T) {
	s := newArchiveScene(t, "Қасымова Әйгерім", "Семёнов Пётр", "Петрова Анна", "Ұлы Сұлтан")
	year := strconv.Itoa(proctor.Almaty(time.Now()).Year())
	today := proctor.Almaty(time.Now()).Format(time.DateOnly)
	for query, want := range map[string]string{
		"": "1 2 3 4",
		"q=" + url.QueryEscape("касымова"):     "1", // without Kazakh letters
		"q=" + url.QueryEscape("ҚАСЫМОВА әйг"): "1",
		"q=" + url.QueryEscape("семенов петр"): "2", // е for ё
		"q=" + url.QueryEscape("петр"):         "2 3",
		"q=" + url.QueryEscape("А-"+year):      "1 2 3 4", // a Cyrillic А
		"q=a-" + year + "-00003":               "3",
		"q=" + url.QueryEscape("улы султан"):   "4",
		"q=" + url.QueryEscape("пан 3 ұлы"):    "4", // every word, in whichever field
		"q=S-1":                          "1 2 3 4",
		"q=nobody":                       "",
		"state=in_force":                 "1",
		"state=drafted":                  "2 3 4",
		"state=withdrawn":                "",
		"appendix=A":                     "1 2 3 4",
		"appendix=B":                     "",
		"year=" + year:                   "1 2 3 4",
		"year=1999":                      "",
		"reason=A1":                      "2",
		"reason=A4&state=drafted":        "3 4",
		"from=" + today + "&to=" + today: "1 2 3 4",
		"from=2999-01-01":                "",
		"to=1999-01-01":                  "",
		"mine=true":                      "2 3 4",
		"due=print":                      "1",
		"due=file":                       "",
		"printed=no&filed=no":            "1 2 3 4",
		"printed=yes":                    "",
		"exam=nowhere":                   "",
	} {
		got := s.find(proctor.RoleSpecialist, query)
		if numbers(got) != want || got.Total != len(got.Acts) {
			t.Errorf("%q finds %q (%d), want %q", query, numbers(got), got.Total, want)
		}
	}
	all := s.find(proctor.RoleSpecialist, "state=in_force")
	if all.States[proctor.Drafted] != 3 || all.States[proctor.InForce] != 1 || all.Mine != 3 || all.PrintDue != 1 || all.FilingDue != 0 ||
		len(all.Years) != 1 || strconv.Itoa(all.Years[0]) != year {
		t.Errorf("counts %+v", all)
	}
	if l := s.find(proctor.RoleRegistrar, ""); l.Mine != 0 || l.Total != 4 {
		t.Errorf("the registrar's: %d are hers of %d", l.Mine, l.Total)
	}
}

func TestRegisterRefusesBadQueries(t *testing.T) {
	k := newKit(t)
	for _, query := range []string{
		"state=levitating", "appendix=C", "from=yesterday", "to=2026-13-01", "printed=maybe", "filed=1", "due=now", "limit=201", "limit=-1",
		"cursor=x", "cursor=" + strings.Repeat("A", 500), "q=" + strings.Repeat("a+", 9), "q=" + strings.Repeat("a", 500), "year=x",
	} {
		got := k.do(request{method: "GET", path: "/api/v1/acts?" + query, cookie: k.cookie(proctor.RoleHead)})
		if got.status != 400 {
			t.Errorf("%.40s: status %d", query, got.status)
		}
	}
	if got := k.do(request{method: "GET", path: "/api/v1/acts.csv?state=x", cookie: k.cookie(proctor.RoleHead)}); got.status != 400 || got.key() != "register_query" {
		t.Errorf("the file: status %d %s", got.status, got.body)
	}
}

// Pages join without a gap or an overlap, though acts come in between.
func TestRegisterPages(t *testing.T) {
	s := newArchiveScene(t, "Бір", "Екі", "Үш", "Төрт", "Бес")
	var seen []string
	cursor, pages := "", 0
	for {
		l := s.find(proctor.RoleHead, "limit=2&cursor="+cursor)
		for _, a := range l.Acts {
			seen = append(seen, a.Number)
		}
		if pages == 0 { // a newer act belongs to no later page
			ctx := context.Background()
			sc := s.k.scene()
			must(t, s.k.engine.Dismiss(ctx, "proctor", sc.incident, "Қате"))
		}
		pages++
		if cursor = l.Next; cursor == "" {
			break
		}
	}
	year := proctor.Almaty(time.Now()).Year()
	want := []string{"5", "4", "3", "2", "1"}
	for i := range want {
		want[i] = fmt.Sprintf("A-%d-0000%s", year, want[i])
	}
	if pages != 3 || !slices.Equal(seen, want) {
		t.Errorf("%d pages: %v", pages, seen)
	}
}

// The paper's way through the API: printed, filed, taken back; each is counted
// and told with a name.
func TestRegisterPaper(t *testing.T) {
	s := newArchiveScene(t, "Айгүл", "Болат")
	specialist, registrar := s.k.cookie(proctor.RoleSpecialist), s.k.cookie(proctor.RoleRegistrar)
	path := "/api/v1/acts/" + string(s.inForce)
	if got := s.k.post(specialist, path+"/prints", fields{"document": strings.Repeat("0", 64), "copies": 1}); got.key() != "act_changed" {
		t.Errorf("another document: %d %s", got.status, got.body)
	}
	decode[actView](t, s.k.post(specialist, path+"/prints", fields{"document": digest(pdfOf(s.inForce)), "copies": 2}))
	a := decode[actView](t, s.k.post(registrar, path+"/prints", fields{"document": digest(pdfOf(s.inForce)), "copies": 1}))
	if len(a.Prints) != 2 || a.Prints[1].First != 3 || a.Hands["registrar"] != "Әлия registrar" || a.Hands["specialist"] != "Әлия specialist" {
		t.Fatalf("prints %+v by %v", a.Prints, a.Hands)
	}
	if l := s.find(proctor.RoleHead, "due=file"); numbers(l) != "1" || l.FilingDue != 1 || l.PrintDue != 0 {
		t.Errorf("printed: %+v", l)
	}
	a = decode[actView](t, s.k.post(registrar, path+"/file", fields{"case": "03-12/7", "sheets": 3}))
	if a.Filed == nil || a.Filed.Case != "03-12/7" || a.State != proctor.InForce {
		t.Fatalf("filed %+v", a.Filed)
	}
	if l := s.find(proctor.RoleHead, "filed=yes&printed=yes&q=03-12"); numbers(l) != "1" || l.FilingDue != 0 {
		t.Errorf("filed: %+v", l)
	}
	if got := s.k.post(specialist, path+"/unfile", fields{"text": "Басқа іс"}); got.status != 200 {
		t.Errorf("taken back: %d %s", got.status, got.body)
	}
	if got := s.k.post(registrar, "/api/v1/acts/"+string(s.drafts[0])+"/file", fields{"case": "1", "sheets": 1}); got.key() != "act_not_in_force" {
		t.Errorf("a draft is filed: %d %s", got.status, got.body)
	}
}

// The list is asked for by the same query, oldest number first.
func TestArchiveListIsAskedFor(t *testing.T) {
	s := newArchiveScene(t, "Бір", "Екі", "Үш")
	got := s.k.do(request{method: "GET", path: "/api/v1/archive-list?from=2020-01-01&to=2999-12-31", cookie: s.k.cookie(proctor.RoleRegistrar)})
	l := s.k.parts.listed
	if got.status != 200 || got.header.Get("Content-Type") != "application/pdf" || len(l.Acts) != 3 || l.Acts[0] != s.inForce || l.By.Login != "registrar" {
		t.Fatalf("%d: %+v", got.status, l)
	}
	if from, to := proctor.Almaty(l.From).Format(time.DateOnly), proctor.Almaty(l.To).Format(time.DateOnly); from != "2020-01-01" || to != "2999-12-31" {
		t.Errorf("from %s to %s", from, to)
	}
}

// hostileNames are what a spreadsheet might compute or choke on.
func hostileNames() []string {
	return []string{
		"Айгүл; \"Қызы\"", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", " =1+1", "＝1+1", "<svg onload=alert(1)>", "\u202eарқан", "a,b;c'd", "🙂",
	}
}

func TestExportCSV(t *testing.T) {
	s := newArchiveScene(t, hostileNames()...)
	s.k.post(s.k.cookie(proctor.RoleHead), "/api/v1/acts/"+string(s.inForce)+"/prints", fields{"document": digest(pdfOf(s.inForce)), "copies": 2})
	for lang, title := range map[string]string{"kk": "Нөмірі", "ru": "Номер", "en": "Number"} {
		got := s.k.do(request{method: "GET", path: "/api/v1/acts.csv?lang=" + lang, cookie: s.k.cookie(proctor.RoleEngineer)})
		body, marked := bytes.CutPrefix(got.body, []byte("\ufeff"))
		if got.status != 200 || !marked || !strings.HasPrefix(got.header.Get("Content-Disposition"), `attachment; filename="acts-20`) {
			t.Fatalf("%s: %d %v", lang, got.status, got.header)
		}
		r := csv.NewReader(bytes.NewReader(body))
		r.Comma = ';'
		rows, err := r.ReadAll()
		must(t, err)
		if len(rows) != len(hostileNames())+1 || rows[0][0] != title || slices.Contains(rows[0], "") || len(rows[0]) != len(exportedColumns()) {
			t.Fatalf("%s: %d rows under %v", lang, len(rows), rows[0])
		}
		for i, row := range rows[1:] {
			name := hostileNames()[len(hostileNames())-1-i]
			if row[6] != name && row[6] != "'"+name {
				t.Errorf("%q became %q", name, row[6])
			}
			for _, cell := range row {
				if strings.ContainsAny(first(cell), "=+-@＝") {
					t.Errorf("a spreadsheet computes %q", cell)
				}
			}
		}
		if last := rows[len(rows)-1]; last[23] != "2" || last[14] == "" || !strings.Contains(last[13], "Әлия specialist (") {
			t.Errorf("the act in force: %q", last)
		}
	}
	one := s.k.do(request{method: "GET", path: "/api/v1/acts.csv?state=in_force", cookie: s.k.cookie(proctor.RoleEngineer)})
	if n := bytes.Count(one.body, []byte("\r\n")); n != 2 {
		t.Errorf("%d lines of the one act in force", n)
	}
}

// TestExportXLSX reads the workbook back: texts are texts, dates are dates.
func TestExportXLSX(t *testing.T) {
	s := newArchiveScene(t, hostileNames()...)
	got := s.k.do(request{method: "GET", path: "/api/v1/acts.xlsx?lang=ru", cookie: s.k.cookie(proctor.RoleRegistrar)})
	f, err := excelize.OpenReader(bytes.NewReader(got.body))
	must(t, err)
	defer f.Close()
	rows, err := f.GetRows("Акты")
	must(t, err)
	if len(rows) != len(hostileNames())+1 || rows[0][0] != "Номер" {
		t.Fatalf("%d rows under %v", len(rows), rows[0])
	}
	for i, row := range rows[1:] {
		if name := hostileNames()[len(hostileNames())-1-i]; row[6] != name {
			t.Errorf("%q became %q", name, row[6])
		}
		cell := "G" + strconv.Itoa(i+2)
		kind, err := f.GetCellType("Акты", cell)
		formula, err2 := f.GetCellFormula("Акты", cell)
		if err != nil || err2 != nil || formula != "" || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
			t.Errorf("%s is a %v, formula %q", cell, kind, formula)
		}
		if _, err := time.Parse("02.01.2006 15:04", row[2]); err != nil {
			t.Errorf("drawn up %q", row[2])
		}
	}
	drawn := proctor.Almaty(decode[actView](t, s.k.do(request{method: "GET", path: "/api/v1/acts/" + string(s.inForce), cookie: s.k.cookie(proctor.RoleHead)})).DrawnUp)
	if last := rows[len(rows)-1]; last[2] != drawn.Format("02.01.2006 15:04") {
		t.Errorf("drawn up %s, want %s in Almaty", last[2], drawn)
	}
}

// FuzzFold takes any words: folding twice is folding once, and never panics.
func FuzzFold(f *testing.F) {
	for _, s := range append(hostileNames(), "ЁЙҚІ", "A-2026-00001", "\xff\xfe", "İı") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if once := fold(s); fold(once) != once && strings.ToValidUTF8(s, "") == s {
			t.Errorf("%q: %q, then %q", s, once, fold(once))
		}
	})
}

// BenchmarkRegister searches a register of 5,000 acts.
func BenchmarkRegister(b *testing.B) {
	a := proctor.Act{State: proctor.InForce, Number: "A-2026-00001", DrawnUp: time.Now(), Reasons: []proctor.Reason{proctor.A1}}
	e := entry{actView: actView{Act: a, ExamTitle: "Қысқы емтихан сессиясы", Discipline: "Дискретті математика", ByName: "Сәрсенова Айгүл Бекқызы"}}
	e.concerned = []proctor.Examinee{{Name: "Қасымова Аружан Ержанқызы", StudentID: "2026-0001", Group: "ҚТӘ-21"}}
	f, err := actQuery{Text: "касымова 2026 жоқ"}.check(proctor.Person{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for range 5000 {
			if f.found(&e) {
				b.Fatal("found")
			}
		}
	}
}
