package acts_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// bare drops what the regulation's extraction cannot tell: space and blanks.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n\f_", r) {
			return -1
		}
		return r
	}, s)
}

// regulation is Appendix A with its slots filled; a slot that is not given is
// empty.
func regulation(t *testing.T, slots map[string]string) string {
	t.Helper()
	return slotted(t, "testdata/appendix_a.txt", slots)
}

// slotted is a file with its {{slots}} filled.
func slotted(t *testing.T, file string, slots map[string]string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`\{\{\w+\}\}`).ReplaceAllStringFunc(string(b), func(slot string) string {
		return slots[strings.Trim(slot, "{}")]
	})
}

func noNames() map[string]string {
	return map[string]string{"fio_specialist": "Т.А.Ә.", "fio_engineer": "Т.А.Ә.", "fio_head": "Т.А.Ә."}
}

func slotsOf(d acts.Document) map[string]string {
	return map[string]string{
		"student_full_name": d.Examinee.Name, "specialty": d.Examinee.Specialty, "group": d.Examinee.Group,
		"discipline": d.Discipline, "other_line_1": d.Other, "fio_specialist": d.Specialist.Name,
		"fio_engineer": d.Engineer.Name, "fio_head": d.Head.Name, "dd": "02", "month_kk": "желтоқсан", "yy": "26",
	}
}

// long is an act whose blanks take several lines each.
func long() acts.Document {
	d := filled()
	d.Examinee.Name = "Мұхамедсейітова-Қожахметова Гүлбахрам Әбдіғаппарқызы Нұрсұлтановна-Бейсенбайқызы"
	d.Examinee.Specialty = "6B01514 Информатика және STEM-білім беру мамандығы бойынша қысқартылған білім беру бағдарламасы"
	d.Discipline = "Жаратылыстану-ғылыми пәндерді ағылшын тілінде оқытудың заманауи әдістемесі"
	d.Reasons = proctor.Reasons()
	d.Other = strings.TrimSpace(strings.Repeat("Студент бөлмеден рұқсатсыз шығып кетті. ", 8))
	return d
}

func TestFormIsTheRegulationsText(t *testing.T) {
	empty := acts.Document{Number: acts.Number(2026, 7)}
	for _, c := range []struct {
		name, mode string
		doc        acts.Document
		slots      map[string]string
	}{
		{"empty as laid out", "-layout", empty, noNames()},
		{"empty as drawn", "-raw", empty, noNames()},
		{"filled as laid out", "-layout", filled(), slotsOf(filled())},
		{"filled as drawn", "-raw", filled(), slotsOf(filled())},
		{"long as drawn", "-raw", long(), slotsOf(long())},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := tool(t, "pdftotext", c.mode, "-f", "1", "-l", "1", write(t, render(t, c.doc)), "-")
			if want := regulation(t, c.slots); bare(got) != bare(want) {
				t.Errorf("page 1 says\n%s\nand not\n%s", got, want)
			}
			text := strings.NewReplacer("[x]", "", "[ ]", "").Replace(acts.Text(c.doc))
			if want := regulation(t, c.slots); bare(text) != bare(want) {
				t.Errorf("Text says\n%s\nand not\n%s", text, want)
			}
		})
	}
}

// TestNothingLeavesThePage reads where every word of every page ended up.
func TestNothingLeavesThePage(t *testing.T) {
	word := regexp.MustCompile(`<word xMin="([0-9.-]+)" yMin="([0-9.-]+)" xMax="([0-9.-]+)" yMax="([0-9.-]+)">`)
	for name, d := range map[string]acts.Document{"filled": filled(), "long": long(), "hostile": hostile(), "many": many()} {
		out := tool(t, "pdftotext", "-bbox", write(t, render(t, d)), "-")
		words := word.FindAllStringSubmatch(out, -1)
		if len(words) < 100 {
			t.Fatalf("%s: %d words", name, len(words))
		}
		for _, w := range words {
			if num(t, w[1]) < 84 || num(t, w[3]) > 554 || num(t, w[2]) < 40 || num(t, w[4]) > 820 {
				t.Errorf("%s: %s", name, w[0])
			}
		}
	}
}

func num(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// many is an act with more evidence than one page holds.
func many() acts.Document {
	d := filled()
	for i := range 120 {
		s := d.Segments[0]
		s.Number, s.Start = i, s.Start.Add(time.Duration(i)*time.Minute)
		d.Segments = append(d.Segments, s)
	}
	for range 12 {
		d.Incidents = append(d.Incidents, d.Incidents[0])
		d.Stills = append(d.Stills, d.Stills[0])
	}
	d.Accommodation = strings.Repeat("Аудармашы кадрда болуы мүмкін. ", 20)
	return d
}

func TestHostileNamesAreSpelledOut(t *testing.T) {
	out := tool(t, "pdftotext", "-raw", "-f", "1", "-l", "1", write(t, render(t, hostile())), "-")
	for _, want := range []string{"[U+202E]", "[U+0627]", "[U+1F600]", "[U+200B]", "[U+05E9]", "<svg", "=cmd"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	if strings.ContainsAny(out, "\u202e\u200b") {
		t.Error("a direction mark or zero-width character is on the page")
	}
}

func TestRenderIsDeterministic(t *testing.T) {
	a := render(t, filled())
	d := filled()
	d.DrawnUp = d.DrawnUp.In(time.FixedZone("elsewhere", -7*3600))
	d.Reasons = []proctor.Reason{proctor.A5, proctor.A1, proctor.A5}
	for range 8 { // a map's order would show in one of them
		if !bytes.Equal(a, render(t, d)) {
			t.Fatal("an equal act gives other bytes")
		}
	}
	d.Version++
	if bytes.Equal(a, render(t, d)) || d.Digest() == filled().Digest() {
		t.Error("another version gives the same bytes or digest")
	}
}

func TestDigestSurvivesJSON(t *testing.T) {
	canon, err := filled().JSON()
	if err != nil {
		t.Fatal(err)
	}
	var d acts.Document
	if err := json.Unmarshal(canon, &d); err != nil {
		t.Fatal(err)
	}
	if d.Digest() != filled().Digest() {
		t.Error("the digest of an act read back differs")
	}
	d = filled()
	d.Stills[0].JPEG = picture(8, 8)
	if d.Digest() == filled().Digest() {
		t.Error("another picture gives the same digest")
	}
}

func TestRenderRefuses(t *testing.T) {
	for name, change := range map[string]func(*acts.Document){
		"act_too_long number":  func(d *acts.Document) { d.Number = strings.Repeat("1", 65) },
		"act_too_long segment": func(d *acts.Document) { d.Segments[0].SHA256 = strings.Repeat("a", 65) },
		"act_too_long other":   func(d *acts.Document) { d.Other = strings.Repeat("a", 1001) },
		"act_template":         func(d *acts.Document) { d.Template = "A-0" },
		"act_reason":           func(d *acts.Document) { d.Reasons = []proctor.Reason{"A7"} },
		"act_other_missing":    func(d *acts.Document) { d.Reasons = []proctor.Reason{proctor.A6}; d.Other = " \n" },
		"act_too_long":         func(d *acts.Document) { d.Examinee.Name = strings.Repeat("Ә", 301) },
		"act_still":            func(d *acts.Document) { d.Stills[0].JPEG = []byte("GIF89a") },
	} {
		d := filled()
		change(&d)
		key, _, _ := strings.Cut(name, " ")
		_, err := acts.Render(d)
		if e := (*proctor.Error)(nil); !errors.As(err, &e) || e.Key != key {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An incident that a person raised says who and what she saw, and no score.
func TestRaisedByHand(t *testing.T) {
	d := filled()
	x := d.Incidents[0]
	x.RaisedBy, x.Note, x.Detector, x.Score, x.Detail, x.Network = "Сәрсенова Айгүл", "үстел астынан қарап отырды", "", 0, "", ""
	d.Incidents = []acts.Incident{x}
	text := tool(t, "pdftotext", "-layout", "-f", "2", write(t, render(t, d)), "-")
	for _, want := range []string{"Қолмен белгілеген", x.RaisedBy, x.Note} {
		if !strings.Contains(text, want) {
			t.Errorf("the annex does not say %q", want)
		}
	}
	if strings.Contains(text, "Сенімділігі") {
		t.Error("the annex gives a person's word a score")
	}
}
