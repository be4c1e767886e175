package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"qyragy/proctor"
)

// choose gives a file input its files.
func (p *person) choose(name string, files ...string) {
	p.t.Helper()
	p.do("choose files for "+name, 20*time.Second,
		chromedp.WaitReady(chromedp.CSS(id(name))), chromedp.SetUploadFiles(chromedp.CSS(id(name)), files))
}

// fill sets a field of times, which takes no typing that is alike everywhere.
func (p *person) fill(name, value string) {
	p.t.Helper()
	p.ask("fill in "+name, `(() => {
		const e = document.querySelector('`+id(name)+`');
		if (!e) return false;
		e.value = "`+value+`";
		e.dispatchEvent(new Event(e.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
		return true;
	})()`, 10*time.Second)
}

// TestPlanning is an exam's way from nothing to an examinee who comes in: it
// is scheduled, three seats are imported, one has a photo and a window.
func TestPlanning(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	s := startServerWith(t, 1, func(c *serveCmd) { c.Detectors = 0 })
	almaty := time.FixedZone("Almaty", 5*3600)
	opens := time.Now().Add(10 * time.Minute).Truncate(time.Minute)
	field := func(at time.Time) string { return at.In(almaty).Format("2006-01-02T15:04") }

	p := newBrowser(t, "planner", "")
	p.login(s.base, "specialist")
	p.open(s.base + "/plan")
	p.click("exam-new")
	p.see("exam-title", 20*time.Second)
	p.click("exam-submit")
	p.see("exam-closes-problem", 10*time.Second)
	p.shot("new-problems")
	p.write("exam-title", "Жоспарланған емтихан")
	p.write("exam-discipline", "Дерекқорлар")
	p.fill("exam-opens", field(opens))
	p.fill("exam-closes", field(opens.Add(2*time.Hour)))
	p.click("exam-submit")
	p.see("plan-empty", 20*time.Second)

	dir := t.TempDir()
	roster := filepath.Join(dir, "топ.csv")
	rows := "\ufeffТобы;Студенттің нөмірі;Тегі, аты, әкесінің аты;Мамандығы\r\n" +
		"АЖ-23-1;20231;Әбдіғаппарқызы Үміт;Ақпараттық жүйелер\r\n" +
		"АЖ-23-1;20232;\"Қожахметова \"\"Іңкәр\"\"; Ұ.\";Ақпараттық жүйелер\r\n" +
		"АЖ-23-1;20231;Тағы бірде;Ақпараттық жүйелер\r\n" +
		"АЖ-23-2;20233;Ғалым Һәкім;Ақпараттық жүйелер\r\n"
	if err := os.WriteFile(roster, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	p.choose("import-file", roster)
	p.see("import-confirm", 10*time.Second)
	p.shot("preview")
	exam := planned(t, s)
	if len(exam.seats) != 0 {
		t.Errorf("%d seats before anybody confirmed", len(exam.seats))
	}
	p.ask("see one bad row", `document.querySelectorAll('[data-testid="import-row"][data-bad="true"]').length === 1`, 5*time.Second)
	p.click("import-confirm")
	p.ask("see three seats", `document.querySelectorAll('[data-testid="seat-row"]').length === 3`, 30*time.Second)
	p.see("links-save", 10*time.Second)
	if exam = planned(t, s); len(exam.seats) != 3 || exam.seats["20232"].Examinee.Name != `Қожахметова "Іңкәр"; Ұ.` {
		t.Errorf("imported %+v", exam.seats)
	}

	jpeg, err := os.ReadFile(filepath.Join(filepath.Dir(s.cfg.Models), "clips", "enrolment.jpg"))
	if err != nil {
		t.Fatalf("%v (make clips)", err)
	}
	var photos []string
	for _, name := range []string{"сурет_20231.jpg", "99999.jpg"} {
		photos = append(photos, filepath.Join(dir, name))
		if err := os.WriteFile(photos[len(photos)-1], jpeg, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.choose("photos-file", photos...)
	p.see("photos-failed", 20*time.Second)
	p.ask("see her photo stored", `document.querySelector('[data-student="20231"][data-photo="true"]') !== null`, 20*time.Second)
	if exam = planned(t, s); exam.seats["20231"].Enrolment == nil || exam.seats["20232"].Enrolment != nil {
		t.Error("not exactly her photo is stored")
	}
	p.shot("plan")

	link := linkOf(p, "20231")
	examinee := p.another("examinee")
	examinee.open(link)
	examinee.see("consent-check", 30*time.Second)
	examinee.ask("be called by her name", `document.body.textContent.includes("Әбдіғаппарқызы Үміт")`, 10*time.Second)
	examinee.shot("in")

	windowed(t, s, p, exam)
	p.click("links-save") // until then the browser asks before it leaves
	p.see("links-forget", 10*time.Second)
	p.telephone(s.base+"/exams/new", "exam-title")
	p.telephone(s.base+"/plan/"+string(exam.id), "seats")
}

// windowed: one brings in the document, another approves her own hours.
func windowed(t *testing.T, s *server, p *person, exam plannedExam) {
	t.Helper()
	document := filepath.Join(t.TempDir(), "анықтама.pdf")
	if err := os.WriteFile(document, []byte("%PDF-1.7\n%%EOF\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.clickOn(`[data-student="20233"] ` + id("seat-open"))
	p.choose("excuse-file", document)
	p.see("window-waits", 20*time.Second)
	p.shot("window")
	head := p.another("head")
	head.login(s.base, "head")
	head.open(s.base + "/plan/" + string(exam.id))
	head.clickOn(`[data-student="20233"] ` + id("seat-open"))
	head.see("window-approve", 20*time.Second)
	head.fill("window-from", "2031-05-06T10:00")
	head.fill("window-to", "2031-05-06T12:30")
	head.click("window-approve")
	head.see("window-approved", 20*time.Second)
	head.shot("approved")
	w := planned(t, s).seats["20233"].Window
	want := time.Date(2031, 5, 6, 5, 0, 0, 0, time.UTC)
	if w == nil || !w.From.Equal(want) || !w.To.Equal(want.Add(150*time.Minute)) || w.Reason != proctor.Illness {
		t.Errorf("her window is %+v", w)
	}
}

type plannedExam struct {
	id    proctor.ExamID
	seats map[string]proctor.Seat // by student id
}

// planned finds the exam that the test schedules.
func planned(t *testing.T, s *server) (out plannedExam) {
	t.Helper()
	out.seats = map[string]proctor.Seat{}
	for _, x := range s.engine.Exams() {
		err := s.engine.View(x, func(st *proctor.State) {
			if st.Exam.Title != "Жоспарланған емтихан" {
				return
			}
			out.id = x
			for _, seat := range st.Seats {
				out.seats[seat.Examinee.StudentID] = *seat
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if out.id == "" {
		t.Fatal("no exam was scheduled")
	}
	return out
}

// linkOf reads an examinee's link off the page.
func linkOf(p *person, student string) string {
	p.t.Helper()
	selector := id("link") + `[data-student="` + student + `"]`
	p.do("show the links", 10*time.Second, chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-testid="links"] details').open = true`))
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	link, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('`+selector+`').value`))
	if err != nil || !strings.Contains(link, "/exam#") {
		p.t.Fatalf("%s's link is %q: %v", student, link, err)
	}
	return link
}

// telephone shows a page on a telephone: nothing is wider than the screen.
func (p *person) telephone(url, name string) {
	p.t.Helper()
	p.do("take a telephone", 20*time.Second, chromedp.EmulateViewport(390, 844))
	p.open(url)
	p.see(name, 20*time.Second)
	p.ask("see the page fit", `document.documentElement.scrollWidth <= 390`, 5*time.Second)
	p.shot("390-" + name)
}
