package acts_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

var listDir = flag.String("lists", "", "directory to leave the archive lists in, to look at")

func listRow(n int) acts.ArchiveRow {
	return acts.ArchiveRow{
		Number: acts.Number(2026, n), Appendix: proctor.AppendixA, Date: time.Date(2026, 12, 2, 4, 0, 0, 0, time.UTC).AddDate(0, 0, n/8),
		Examinees: []string{"Қасымова Аружан Ержанқызы"}, Discipline: "Дискретті математика", State: proctor.InForce,
		Signed: []acts.ArchiveSignature{
			{Name: "Жақсыбекова Меруерт Асқарқызы", Method: proctor.MethodKey},
			{Name: "Оспанов Ерлан Қайратұлы", Method: proctor.MethodNCALayer},
			{Name: "Нұрғалиева Гүлнар Серікқызы", Method: proctor.MethodPaper},
		},
		Sheets: 3, Case: "03-12/7", Printed: true,
	}
}

func shortList() acts.ArchiveList {
	b := listRow(2)
	b.Number, b.Appendix, b.Examinees = "B-2026-00001", proctor.AppendixB, []string{"Бірінші А.", "Екінші Ә.", "Үшінші Б.", "Төртінші В.", "Бесінші Г.", "Алтыншы Ғ."}
	gone := listRow(2)
	gone.State, gone.Signed, gone.Sheets, gone.Case, gone.Printed = proctor.Withdrawn, nil, 0, "", false
	return acts.ArchiveList{
		University: "Қазақ ұлттық қыздар педагогикалық университеті", Exam: "Қысқы емтихан сессиясы",
		From: time.Date(2026, 11, 30, 19, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 30, 19, 0, 0, 0, time.UTC),
		Rows: []acts.ArchiveRow{listRow(1), gone, b}, MadeBy: "Әбдірахманова Ләззат Маратқызы", MadeAt: time.Date(2026, 12, 31, 4, 5, 0, 0, time.UTC),
	}
}

func longList() acts.ArchiveList {
	l := shortList()
	l.Rows = nil
	for n := range 60 {
		r := listRow(n + 1)
		if n%7 == 3 {
			r.Examinees = []string{"Мұхамедсейітова-Қожахметова Гүлбахрам Әбдіғаппарқызы Нұрсұлтановна-Бейсенбайқызы"}
			r.Discipline = "Жаратылыстану-ғылыми пәндерді ағылшын тілінде оқытудың заманауи әдістемесі"
		}
		l.Rows = append(l.Rows, r)
	}
	return l
}

func hostileList() acts.ArchiveList {
	l := shortList()
	for i, name := range []string{
		"=cmd|' /C calc'!A0", "<svg onload=alert(1)>", "\u202eнаписано\u202c справа", "שלום אבגד", "🙂🙃👩‍👩‍👧", "a\u0301\u0301\u0301", "\x00\x07\t\n",
		strings.Repeat("Ұ", 120), "{nb} %s %!d(MISSING)", "", "(\\) Tj ET BT",
	} {
		r := listRow(i + 1)
		r.Examinees, r.Discipline, r.Case = []string{name}, strings.Repeat(name, 3), name
		for j := range r.Signed {
			r.Signed[j].Name = name + name
		}
		l.Rows = append(l.Rows, r)
	}
	l.University, l.Exam, l.MadeBy = strings.Repeat("Ұ", 300), l.Rows[3].Discipline, strings.Repeat("Ж", 200)
	return l
}

func drawn(t *testing.T, name string, l acts.ArchiveList) string {
	t.Helper()
	pdf, err := l.Render()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := l.Render(); err != nil || !bytes.Equal(pdf, again) {
		t.Errorf("%s: drawn twice, it differs: %v", name, err)
	}
	path := write(t, pdf)
	if *listDir != "" {
		if err := os.WriteFile(*listDir+"/"+name+".pdf", pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestArchiveListText compares a short list with what it is to say.
func TestArchiveListText(t *testing.T) {
	got := tool(t, "pdftotext", "-layout", drawn(t, "short", shortList()), "-")
	want, err := os.ReadFile("testdata/archive_list.txt")
	if err != nil || bare(got) != bare(string(want)) {
		t.Errorf("the list says\n%s\nand not\n%s\n%v", got, want, err)
	}
}

// TestArchiveListStaysOnItsPages reads where every word ended up, on pages
// that all have the head row and their number.
func TestArchiveListStaysOnItsPages(t *testing.T) {
	word := regexp.MustCompile(`<word xMin="([0-9.-]+)" yMin="([0-9.-]+)" xMax="([0-9.-]+)" yMax="([0-9.-]+)">`)
	empty := shortList()
	empty.Rows, empty.University, empty.Exam, empty.From, empty.To = nil, "", "", time.Time{}, time.Time{}
	for name, l := range map[string]acts.ArchiveList{"short": shortList(), "long": longList(), "hostile": hostileList(), "empty": empty} {
		path := drawn(t, name, l)
		wantSound(t, path)
		words := word.FindAllStringSubmatch(tool(t, "pdftotext", "-bbox", path, "-"), -1)
		if len(words) < 30 {
			t.Fatalf("%s: %d words", name, len(words))
		}
		for _, w := range words {
			if num(t, w[1]) < 56 || num(t, w[3]) > 800 || num(t, w[2]) < 40 || num(t, w[4]) > 570 {
				t.Errorf("%s: %s", name, w[0])
			}
		}
		pages := strings.Split(strings.TrimSuffix(tool(t, "pdftotext", "-layout", path, "-"), "\f"), "\f")
		for i, page := range pages {
			if foot := fmt.Sprintf("%d-бет, барлығы %d", i+1, len(pages)); !strings.Contains(page, foot) {
				t.Errorf("%s: page %d does not say %q", name, i+1, foot)
			}
			if rows := strings.Contains(page, "03-12/7"); rows && !strings.Contains(page, "Акт нөмірі") {
				t.Errorf("%s: page %d has rows without their head", name, i+1)
			}
		}
		t.Logf("%s: %d rows on %d pages, %d bytes", name, len(l.Rows), len(pages), fileSize(t, path))
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	s, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return s.Size()
}

// Hostile names are spelled out and are nothing but text.
func TestArchiveListHostile(t *testing.T) {
	text := bare(tool(t, "pdftotext", "-raw", drawn(t, "hostile", hostileList()), "-"))
	for _, want := range []string{"=cmd|'/Ccalc'!A0", "<svgonload=alert(1)>", "[U+202E]", "[U+05E9]", "[U+1F642]", "[U+0000]"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
}

func TestArchiveListTooLong(t *testing.T) {
	l := shortList()
	l.Rows = make([]acts.ArchiveRow, 2001)
	var e *proctor.Error
	if _, err := l.Render(); !errors.As(err, &e) || e.Key != "archive_too_long" {
		t.Errorf("%v", err)
	}
}
