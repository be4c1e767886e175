package acts_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// filledB is an ordinary inspection: three cut off at once, one by herself.
func filledB() acts.DocumentB {
	d := acts.DocumentB{
		Act: "B3VQ7XW2M5T4YB6ZJ8RDNF9ACE", Number: acts.TemplateB().Number(2026, 1), Version: 1,
		Exam: "EXAM7XW2M5T4YB6ZJ8RDNF9ACE", ExamTitle: "Қысқы сессия, дискретті математика",
		Discipline: "Дискретті математика",
		Purpose:    "Емтихан кезінде үш студенттің байланысы үзілген себебін анықтау.",
		Result:     "Сервер 10:04:10-да қайта іске қосылған, жазба 52 секундқа үзілген.",
		Decision:   "Үш студентке қосымша уақыт берілсін.", Code: proctor.ExtraTime, Minutes: 25,
		Head:       acts.Official{Login: "gulnar", Name: "Құрманбекова Г.Ә."},
		Registrar:  acts.Official{Login: "saule", Name: "Оспанова С.Т."},
		Specialist: acts.Official{Login: "zhanar", Name: "Әбенова Ж.С."},
		DrawnUp:    at("2026-12-02T09:10:11Z"), ExamSeats: 40,
		Health: "CPU 38 %, диск 41 %, шығыс арна 120 Мбит/с", JournalHead: strings.Repeat("ab12", 16),
	}
	for i, name := range []string{"Сәрсенбаева Айгүл Қанатқызы", "Іңкәрбекова Ұлпан Ғалымқызы", "Жүнісова Һәдия Өмірқызы", "Әшірбек Фариза Нұрланқызы"} {
		from := at("2026-12-02T05:04:10Z").Add(time.Duration(i) * 300 * time.Millisecond)
		cause, long := proctor.GapRestart, 52*time.Second
		if i == 3 {
			from, cause, long = from.Add(10*time.Minute), proctor.GapDevice, 95*time.Second
		}
		d.Seats = append(d.Seats, acts.AffectedSeat{
			Seat:       proctor.SeatID(fmt.Sprintf("SEAT%dXW2M5T4YB6ZJ8RDNF9AC", i)),
			Examinee:   proctor.Examinee{StudentID: fmt.Sprintf("2023117%d", i), Name: name, Specialty: "6B01501 Математика", Group: "МАТ-23-1"},
			Gaps:       []acts.Gap{{From: from, To: from.Add(long), Cause: cause}},
			Connection: acts.Connection{Bits: 412_000, Loss: 0.003, Reconnects: 1, Route: "UDP"},
		})
	}
	d.Seats[3].Devices = []acts.DeviceError{{At: at("2026-12-02T05:14:10Z"), Kind: proctor.ReportTrackEnded, Detail: "NotReadableError"}}
	return d
}

// longB is an inspection whose texts are longer than the form's lines.
func longB() acts.DocumentB {
	d := filledB()
	d.Purpose = strings.TrimSpace(strings.Repeat("Тестілеу жүйесінің жұмысындағы техникалық ақаудың себебін, ұзақтығын және салдарын анықтау. ", 8))
	d.Result = strings.TrimSpace(strings.Repeat("Байланыс үзілген кезде сервердің журналында қате тіркелген, жазба толық қалпына келтірілді. ", 7))
	d.Decision = strings.TrimSpace(strings.Repeat("Студенттерге емтиханды жеке кестемен қайта тапсыруға рұқсат берілсін. ", 6))
	d.Head.Name = "Құрманбекова-Сейітжаппарова Гүлнар Әбдімәжитқызы"
	return d
}

// hostileB is an inspection whose texts try to break the page.
func hostileB() acts.DocumentB {
	d, x := longB(), hostile()
	d.Purpose = x.Examinee.Name + strings.Repeat("W", 3000)
	d.Result = "=cmd|'/c calc'!A1 <svg onload=alert(1)> " + strings.Repeat("\U0001F600", 300)
	d.Decision = strings.Repeat("Ұ", 4000)
	d.Head.Name, d.Registrar.Name = strings.Repeat("Төлегенова ", 27), strings.Repeat("Ы", 300)
	d.ExamTitle, d.Health = x.Examinee.Specialty, strings.Repeat("\u202e", 30)
	d.Seats[0].Examinee = proctor.Examinee{Name: x.Examinee.Name, StudentID: strings.Repeat("9", 64), Specialty: strings.Repeat("ж", 300), Group: strings.Repeat("Щ", 300)}
	d.Seats[2].Examinee.Name = strings.Repeat("\U0001F600", 300)
	d.Seats[0].Connection.Route = strings.Repeat("r", 300)
	d.Seats[1].Gaps = []acts.Gap{
		{From: at("2026-12-02T05:00:00Z"), Cause: "\u202ecause"}, {From: at("2026-12-02T06:00:00Z"), To: at("2026-12-02T05:00:00Z")},
	}
	return d
}

// manyB is an inspection that covers a whole stream.
func manyB() acts.DocumentB {
	d := filledB()
	for i := range 150 {
		s := d.Seats[i%4]
		for j := range 5 {
			g := s.Gaps[0]
			g.From, g.To = g.From.Add(time.Duration(j)*time.Hour), g.To.Add(time.Duration(j)*time.Hour)
			s.Gaps = append(s.Gaps[:len(s.Gaps):len(s.Gaps)], g)
		}
		d.Seats = append(d.Seats, s)
	}
	return d
}

// regulationB is Appendix B with its slots filled.
func regulationB(t *testing.T, slots map[string]string) string {
	t.Helper()
	return slotted(t, "testdata/appendix_b.txt", slots)
}

func slotsB(d acts.DocumentB) map[string]string {
	return map[string]string{
		"purpose_line_1": d.Purpose, "result_line_1": d.Result, "decision_line_1": d.Decision,
		"fio_head": d.Head.Name, "fio_registrar": d.Registrar.Name, "fio_specialist": d.Specialist.Name,
		"dd": "02", "month_kk": "желтоқсан", "yy": "26",
	}
}

func TestFormBIsTheRegulationsText(t *testing.T) {
	for _, c := range []struct {
		name  string
		doc   acts.DocumentB
		slots map[string]string
	}{
		{"empty", acts.DocumentB{}, nil},
		{"filled", filledB(), slotsB(filledB())},
	} {
		want := bare(regulationB(t, c.slots))
		for _, mode := range []string{"-layout", "-raw"} {
			got := tool(t, "pdftotext", mode, "-f", "1", "-l", "1", write(t, render(t, c.doc)), "-")
			if bare(got) != want {
				t.Errorf("%s %s: page 1 says\n%s", c.name, mode, got)
			}
		}
		if text := acts.Text(c.doc); bare(text) != want {
			t.Errorf("%s: Text says\n%s", c.name, text)
		}
	}
	if text := acts.Text(longB()); bare(text) != bare(regulationB(t, slotsB(longB()))) {
		t.Errorf("Text says\n%s", text)
	}
}

// TestLongTextGoesOnInTheAnnex puts page 1 and the annex together again.
func TestLongTextGoesOnInTheAnnex(t *testing.T) {
	d := longB()
	p := write(t, render(t, d))
	page1 := bare(tool(t, "pdftotext", "-raw", "-f", "1", "-l", "1", p, "-"))
	annex := bare(tool(t, "pdftotext", "-raw", "-f", "2", p, "-"))
	slots := slotsB(d)
	for slot, label := range map[string]string{"purpose_line_1": "Тексерісмақсаты:", "result_line_1": "Тексеріснәтижесі:", "decision_line_1": "Шешім:"} {
		all := bare(slots[slot])
		n := 0
		for n < len(all) && strings.Contains(page1, label+all[:n+1]) {
			n++
		}
		rest := all[n:]
		if n < 100 || len(rest) < 100 || !strings.Contains(annex, label+"…"+rest) {
			t.Errorf("%s: %d bytes on page 1, then not in the annex: %s", label, n, rest)
		}
		slots[slot] = all[:n] + "…(жалғасықосымшада)"
	}
	if want := bare(regulationB(t, slots)); page1 != want {
		t.Errorf("page 1 says\n%s\nand not\n%s", page1, want)
	}
}

func TestNothingLeavesAppendixB(t *testing.T) {
	word := regexp.MustCompile(`<word xMin="([0-9.-]+)" yMin="([0-9.-]+)" xMax="([0-9.-]+)" yMax="([0-9.-]+)">`)
	for name, d := range map[string]acts.DocumentB{"empty": {}, "filled": filledB(), "long": longB(), "hostile": hostileB(), "many": manyB()} {
		out := tool(t, "pdftotext", "-bbox", write(t, render(t, d)), "-")
		words := word.FindAllStringSubmatch(out, -1)
		if len(words) < 50 || strings.ContainsAny(out, "\u202e\u200b") {
			t.Errorf("%s: %d words, or a direction mark among them", name, len(words))
		}
		for _, w := range words {
			if num(t, w[1]) < 84 || num(t, w[3]) > 554 || num(t, w[2]) < 40 || num(t, w[4]) > 820 {
				t.Errorf("%s: %s", name, w[0])
			}
		}
	}
}

func TestAnnexBSaysWhatTheFormCannot(t *testing.T) {
	out := tool(t, "pdftotext", "-layout", "-f", "2", write(t, render(t, filledB())), "-")
	for _, want := range []string{
		"B-2026-00001", "B-1 · Қосымша Б (5.3.15-тармақ)", "қосымша уақыт беріледі: 25 минут",
		"4 (емтихан тапсырған 40 студенттің ішінде)", "3 студент; секундтың басы: 02.12.2026 10:04:10",
		"Жүнісова Һәдия Өмірқызы", "10:04:10–10:05:02 (52.0 с) — сервер қайта іске қосылды",
		"орташа 412 кбит/с · жоғалған дестелер 0,3 %", "10:14:10 — track_ended NotReadableError",
		fmt.Sprintf("%x", filledB().Digest())[:32],
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestAtOnce(t *testing.T) {
	base := at("2026-12-02T05:00:00Z")
	for name, c := range map[string]struct {
		offsets [][]int // milliseconds, of each seat's gaps
		n, at   int
	}{
		"nobody":                {nil, 0, 0},
		"one":                   {[][]int{{500}}, 1, 500},
		"across a second's end": {[][]int{{900}, {1100}, {1800}}, 3, 900},
		"a second apart":        {[][]int{{0}, {1000}}, 1, 0},
		"one seat many times":   {[][]int{{0, 100, 200, 900}, {950}}, 2, 0},
		"the later cluster":     {[][]int{{0, 5000}, {5200}, {5999, 9000}}, 3, 5000},
		"a seat that stays":     {[][]int{{0, 1500}, {900}, {1800}}, 3, 900},
	} {
		var d acts.DocumentB
		for _, offsets := range c.offsets {
			var s acts.AffectedSeat
			for i, ms := range offsets {
				when := base.Add(time.Duration(ms) * time.Millisecond)
				if i%2 == 0 {
					s.Gaps = append(s.Gaps, acts.Gap{From: when})
				} else {
					s.Devices = append(s.Devices, acts.DeviceError{At: when})
				}
			}
			d.Seats = append(d.Seats, s)
		}
		n, when := d.AtOnce()
		if n != c.n || n > 0 && !when.Equal(base.Add(time.Duration(c.at)*time.Millisecond)) {
			t.Errorf("%s: %d at %v", name, n, when)
		}
	}
}

func TestRenderBIsDeterministic(t *testing.T) {
	a, d := render(t, filledB()), filledB()
	d.DrawnUp = d.DrawnUp.In(time.FixedZone("elsewhere", -7*3600))
	d.Seats[0].Gaps[0].From = d.Seats[0].Gaps[0].From.Local()
	d.Template = acts.TemplateVersionB
	for range 3 {
		if !bytes.Equal(a, render(t, d)) {
			t.Fatal("an equal act gives other bytes")
		}
	}
	canon, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var back acts.DocumentB
	if err := json.Unmarshal(canon, &back); err != nil || back.Digest() != filledB().Digest() {
		t.Errorf("the digest of an act read back differs: %v", err)
	}
	d.Seats[0].Connection.Reconnects++
	if d.Digest() == filledB().Digest() {
		t.Error("another connection gives the same digest")
	}
}

// TestDigestsStay holds what acts in force were signed over: a change here
// means that they no longer verify.
func TestDigestsStay(t *testing.T) {
	d := filled()
	d.Stills = nil // a picture's bytes are the encoder's
	b := filledB()
	b.Minutes = 0 // acts from before there were any
	for want, c := range map[string]interface{ Digest() [32]byte }{
		"8ccc56952696af437d034aae4bfd2f411935a57898dfd7168728fd291c9d908b": d,
		"39e7f10475f0156751cc8379f647d6ea7d36f5bf71d10488b5474ab1f44523c1": b,
	} {
		if got := fmt.Sprintf("%x", c.Digest()); got != want {
			t.Errorf("%T: %s, not %s", c, got, want)
		}
	}
}

func TestRenderBRefuses(t *testing.T) {
	for name, change := range map[string]func(*acts.DocumentB){
		"act_template":            func(d *acts.DocumentB) { d.Template = "A-1" },
		"act_decision":            func(d *acts.DocumentB) { d.Code = "forgive" },
		"act_too_long number":     func(d *acts.DocumentB) { d.Number = strings.Repeat("1", 65) },
		"act_too_long purpose":    func(d *acts.DocumentB) { d.Purpose = strings.Repeat("a", 4001) },
		"act_too_long name":       func(d *acts.DocumentB) { d.Registrar.Name = strings.Repeat("a", 301) },
		"act_too_long examinee":   func(d *acts.DocumentB) { d.Seats[1].Examinee.Name = strings.Repeat("a", 301) },
		"act_too_long gap":        func(d *acts.DocumentB) { d.Seats[1].Gaps[0].Cause = proctor.GapCause(strings.Repeat("a", 65)) },
		"act_too_long device":     func(d *acts.DocumentB) { d.Seats[3].Devices[0].Detail = strings.Repeat("a", 301) },
		"act_too_long loss":       func(d *acts.DocumentB) { d.Seats[0].Connection.Loss = 1.5 },
		"act_too_long seats":      func(d *acts.DocumentB) { d.Seats = make([]acts.AffectedSeat, 501) },
		"act_too_long events":     func(d *acts.DocumentB) { d.Seats[0].Gaps = make([]acts.Gap, 5001) },
		"act_too_long not a text": func(d *acts.DocumentB) { d.Decision = "\xff" },
	} {
		d := filledB()
		change(&d)
		key, _, _ := strings.Cut(name, " ")
		_, err := acts.Render(d)
		if e := (*proctor.Error)(nil); !errors.As(err, &e) || e.Key != key {
			t.Errorf("%s: %v", name, err)
		}
	}
}
