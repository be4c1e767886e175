package main

import (
	"context"
	"fmt"

	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"qyragy/proctor"
)

// stocked is a server whose register holds some acts: 60 drafts, two in force,
// one of them printed, and one withdrawn.
func stocked(t *testing.T) (*server, proctor.Act) {
	t.Helper()
	s := startQuiet(t, 2)
	ctx := context.Background()
	var exam proctor.ExamID
	if err := s.engine.ViewSeat(s.demo.Seats[0].ID, func(st *proctor.State, _ *proctor.Seat) { exam = st.Exam.ID }); err != nil {
		t.Fatal(err)
	}
	var first, second proctor.Act
	for n := range 64 {
		x := demoExaminee(n)
		if n == 5 {
			x.Name = "Мұхамедсейітова-Қожахметова Гүлбахрам Әбдіғаппарқызы Нұрсұлтановна-Бейсенбайқызы"
		}
		seat, _, err := s.engine.AssignSeat(ctx, "admin", exam, x, proctor.Accommodation{})
		if err != nil {
			t.Fatal(err)
		}
		a := confirmed(t, s, seat)
		switch n {
		case 0:
			first = a
		case 1:
			second = a
		case 2:
			if _, err := s.engine.CloseAct(ctx, proctor.Person{Login: "head", Roles: []proctor.Role{proctor.RoleHead}}, a.ID, "Қате"); err != nil {
				t.Fatal(err)
			}
		}
	}
	signedByThree(t, s, first)
	signedByThree(t, s, second)
	return s, first
}

// rows waits for so many acts on the page.
func (p *person) rows(n int) {
	p.t.Helper()
	p.ask(fmt.Sprintf("see %d acts", n), fmt.Sprintf(`document.querySelectorAll('[data-testid="act-row"]').length === %d`, n), 20*time.Second)
}

// TestRegisterPage is the archivist's day: what is due, searching, paging, a
// print, a case, and the way back to what she searched.
func TestRegisterPage(t *testing.T) {
	s, a := stocked(t)
	p := newBrowser(t, "registrar", "")
	p.login(s.base, "registrar")
	p.open(s.base + "/acts")
	p.rows(50)
	p.shot("register")
	p.click("acts-more")
	p.rows(64)
	p.write("acts-search", "муха гул")
	p.rows(1)
	p.ask("keep the search in the address", `new URLSearchParams(location.search).get("q") === "муха гул"`, 5*time.Second)
	p.shot("register-found")
	p.open(s.base + "/acts?q=nobody")
	p.see("acts-none", 20*time.Second)
	p.shot("register-none")
	p.click("acts-clear")
	p.rows(50)
	p.do("open the filters", 5*time.Second, chromedp.Evaluate[chromedp.Void](`document.querySelector(".register-filters details").open = true`))
	p.see("filter-year", 5*time.Second)
	p.shot("register-filters")
	p.click("acts-state-withdrawn")
	p.rows(1)
	p.click("acts-print-due")
	p.rows(2)

	p.clickOn(`[data-act="` + string(a.ID) + `"] a`)
	p.see("print-submit", 20*time.Second)
	p.click("print-submit")
	p.ask("see the first copy counted", `document.querySelector('[data-testid="prints"]').textContent.includes("1-дана")`, 20*time.Second)
	p.write("file-case", "03-12/7")
	p.shot("paper")
	p.click("file-submit")
	p.see("filed", 20*time.Second)
	p.shot("filed")
	p.clickOn(".act-head .back")
	p.rows(1) // the other one is still to be printed
	if got := actOf(t, s, a.ID); got.Filed == nil || got.Filed.Case != "03-12/7" || len(got.Prints) != 1 || got.Prints[0].By != "registrar" {
		t.Errorf("filed %+v, printed %+v", got.Filed, got.Prints)
	}
	p.fits(s.base + "/acts")
}

// fits shows a page on a telephone: nothing is wider than the screen.
func (p *person) fits(url string) {
	p.t.Helper()
	p.do("take a telephone", 20*time.Second, chromedp.EmulateViewport(390, 844))
	p.open(url)
	p.rows(50)
	p.ask("see the page fit", `document.documentElement.scrollWidth <= 390`, 5*time.Second)
	p.shot("register-390")
	p.do("scroll", 5*time.Second, chromedp.Evaluate[chromedp.Void](`document.querySelector('.register').scrollIntoView()`))
	p.shot("register-390-rows")
}

// TestRegisterIsNotEveryones: who only proctors is shown no register.
func TestRegisterIsNotEveryones(t *testing.T) {
	s := startQuiet(t, 1)
	p := newBrowser(t, "proctor", "")
	p.login(s.base, "proctor")
	p.open(s.base + "/acts")
	p.see("logout", 20*time.Second)
	p.ask("see no register", `!document.querySelector('[data-testid="acts-search"], [data-testid="nav-acts"]') && !!document.querySelector("main h1")`, 20*time.Second)
}
