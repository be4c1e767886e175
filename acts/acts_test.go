package acts_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func picture(w, h int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x + y), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// filled is an ordinary act.
func filled() acts.Document {
	d := acts.Document{
		Act: "K3VQ7XW2M5T4YB6ZJ8RDNF9ACE", Number: acts.Number(2026, 1), Version: 1,
		Exam: "EXAM7XW2M5T4YB6ZJ8RDNF9ACE", ExamTitle: "Қысқы сессия, дискретті математика",
		Discipline: "Дискретті математика", Seat: "SEATQ7XW2M5T4YB6ZJ8RDNF9AC",
		Examinee: proctor.Examinee{StudentID: "20231177", Name: "Сәрсенбаева Айгүл Қанатқызы",
			Specialty: "6B01501 Математика", Group: "МАТ-23-1"},
		Reasons:    []proctor.Reason{proctor.A1, proctor.A5},
		Specialist: acts.Official{Login: "zhanar", Name: "Әбенова Ж.С."},
		Engineer:   acts.Official{Login: "dina", Name: "Төлегенова Д.М."},
		Head:       acts.Official{Login: "gulnar", Name: "Құрманбекова Г.Ә."},
		DrawnUp:    at("2026-12-02T09:10:11Z"),
		Incidents: []acts.Incident{{
			ID: "INCQ7XW2M5T4YB6ZJ8RDNF9ACE", Cause: proctor.CauseCovered,
			From: at("2026-12-02T05:04:10Z"), To: at("2026-12-02T05:05:02Z"),
			Detector: "vision/1.0 yunet-2023mar", Score: 0.97, Detail: "luma 3.1 < 12",
			Network:  "412 кбит/с, жоғалту 0,3 %",
			Warnings: []acts.Warning{{At: at("2026-12-02T05:04:12Z"), Text: "Камера жабық сияқты. Объективті ашыңыз."}},

			ConfirmedBy: "Әбенова Ж.С. (zhanar)", ConfirmedAt: at("2026-12-02T05:20:00Z"),
		}},
		Stills: []acts.Still{
			{At: at("2026-12-02T05:04:15Z"), Caption: "қара экран", JPEG: picture(320, 240)},
			{At: at("2026-12-02T05:04:45Z"), Caption: "қара экран", JPEG: picture(160, 240)},
			{At: at("2026-12-02T05:05:01Z"), Caption: "бөгде адам", JPEG: picture(320, 180)},
		},
		JournalHead: strings.Repeat("ab12", 16),
	}
	for i := range 3 {
		start := at("2026-12-02T05:03:00Z").Add(time.Duration(i) * time.Minute)
		d.Segments = append(d.Segments, proctor.Segment{Seat: d.Seat, Number: i + 3, Start: start,
			End: start.Add(time.Minute), Size: 1 << 20, SHA256: strings.Repeat("0f3c", 16), Codecs: "vp8,opus", Width: 640, Height: 480, Frames: 900})
	}
	return d
}

// hostile is an act whose blanks try to break the page.
func hostile() acts.Document {
	d := filled()
	d.Examinee.Name = "\u202eاحمد \U0001F600 <svg onload=alert(1)> =cmd|'/c calc'!A1 " + strings.Repeat("Ұ", 60) + " \u200bzero שלום"
	d.Examinee.Specialty = strings.Repeat("Ақпараттық-коммуникациялық технологиялар ", 5)
	d.Examinee.Group = strings.Repeat("ТОП-", 14)
	d.Discipline = strings.Repeat("Компьютерлік желілерді басқару және қорғау ", 4)
	d.Reasons = proctor.Reasons()
	d.Other = strings.Repeat("Студент бөлмеден рұқсатсыз екі рет шығып кетті, ескертулерге жауап бермеді. ", 10)
	d.Head.Name = "Құрманбекова-Сейітжаппарова Гүлнар Әбдімәжитқызы"
	d.Engineer.Name = strings.Repeat("Төлегенова ", 10)
	return d
}

func render(t testing.TB, c acts.Content) []byte {
	t.Helper()
	b, err := acts.Render(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
