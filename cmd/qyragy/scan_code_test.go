package main

import (
	"fmt"
	"image"
	"math/rand/v2"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// annexOf is an act's document, of which only the digest matters here.
func annexOf(n int) acts.Document {
	at := time.Date(2026, 11, 23, 9, 0, n, 0, time.UTC)
	return acts.Document{
		Act: proctor.ActID(fmt.Sprint("act", n)), Number: fmt.Sprintf("A-2026-%05d", n), Version: 1, Exam: "exam", ExamTitle: "Емтихан",
		Discipline: "Алгебра", Seat: "seat", Examinee: proctor.Examinee{StudentID: "1", Name: "Қ. Ә. Ұлы", Specialty: "6B01", Group: "МТ-21"},
		Reasons: []proctor.Reason{proctor.A1}, DrawnUp: at,
		Specialist: acts.Official{Login: "s", Name: "М. М."}, Engineer: acts.Official{Login: "e", Name: "И. И."}, Head: acts.Official{Login: "h", Name: "Х. Х."},
		Incidents: []acts.Incident{{ID: "i", Cause: proctor.CauseCovered, From: at, To: at.Add(time.Second), Detector: "d", ConfirmedBy: "М. М.", ConfirmedAt: at}},
	}
}

// What a scanner does to a page hides hardly any act's code, and never turns
// one into another.
func TestReadCode(t *testing.T) {
	n := 5
	if testing.Short() {
		n = 3
	}
	r := rand.New(rand.NewPCG(1, 7))
	for _, dots := range []int{150, 200} {
		found := 0
		for seed := range n {
			d := annexOf(seed)
			pdf, err := acts.Render(d)
			if err != nil {
				t.Fatal(err)
			}
			pages := printed(t, pdf, dots)
			want := fmt.Sprintf("qyragy %s %x", d.Number, d.Digest())
			switch got := readCode(signedByHand(pages[1], 0, r.Float64()*4-2, uint64(seed))); got {
			case want:
				found++
			case "":
			default:
				t.Errorf("%q was read as %q", want, got)
			}
		}
		t.Logf("%d dots to the inch: %d codes of %d", dots, found, n)
		if found < n*9/10 {
			t.Errorf("%d dots to the inch: only %d codes of %d", dots, found, n)
		}
	}
	if got := readCode(image.NewGray(image.Rect(0, 0, 300, 300))); got != "" {
		t.Errorf("nothing was read as %q", got)
	}
}
