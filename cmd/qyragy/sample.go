package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// actCmd groups what is done with acts without a running server.
type actCmd struct {
	Templates templatesCmd `cmd:"" help:"List the versions of the forms: their basis, date and author."`
	Bundle    bundleCmd    `cmd:"" help:"Write an act's evidence bundle; the server must not be running."`
	Sample    sampleCmd    `cmd:"" help:"Write a sample act, to look at or to give to other software."`
}

// sampleCmd writes a sample of either form: the real code's act, invented
// people, and keys that are thrown away.
type sampleCmd struct {
	Form   string `arg:"" enum:"A,B" help:"A, of a violation, or B, of an inspection."`
	Out    string `required:"" placeholder:"FILE" help:"The PDF to write; FILE.authority.pem is written beside it."`
	Signed bool   `default:"true" negatable:"" help:"Sign it in the names of three demo officials."`
}

// Run writes the files and says how to check them.
func (c *sampleCmd) Run() error { return c.write(os.Stdout, time.Now()) }

func (c *sampleCmd) write(w io.Writer, now time.Time) error {
	picture, err := samplePicture()
	if err != nil {
		return err
	}
	content, form := acts.Content(sampleA(now, picture)), acts.TemplateA()
	if c.Form == "B" {
		content, form = sampleB(now), acts.TemplateB()
	}
	authority, err := acts.NewAuthority("Қырағы: үлгі актілердің орталығы", now.Add(-time.Hour))
	if err != nil {
		return err
	}
	pdf, err := acts.Render(content)
	if err != nil {
		return fmt.Errorf("render the sample: %w", err)
	}
	if c.Signed {
		if pdf, err = signSample(pdf, authority, form.Roles, now); err != nil {
			return fmt.Errorf("sign the sample: %w", err)
		}
	}
	root := c.Out + ".authority.pem"
	if err := os.WriteFile(c.Out, pdf, 0o644); err != nil { //nolint:gosec // invented people
		return fmt.Errorf("write the sample: %w", err)
	}
	if err := os.WriteFile(root, authority.PEM(), 0o644); err != nil { //nolint:gosec // a certificate
		return fmt.Errorf("write the sample's authority: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s: %s\nauthority: %s\ntry: %s %s --root %s\n",
		form.Basis, c.Out, root, verifier(), quoted(c.Out), quoted(root))
	return err
}

// verifier is how to call the verify command: from beside this program, where
// a build puts it, or by its name.
func verifier() string {
	if self, err := os.Executable(); err == nil {
		path := filepath.Join(filepath.Dir(self), "verify")
		if _, err := os.Stat(path); err == nil {
			return quoted(path)
		}
	}
	return "verify"
}

// quoted makes a file's name one word of a shell's command.
func quoted(name string) string {
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

// signSample signs with a new key for each of roles, which nobody keeps.
func signSample(pdf []byte, authority acts.Authority, roles []proctor.Role, now time.Time) ([]byte, error) {
	for _, role := range roles {
		who := sampleOfficial(role)
		signer, err := authority.Issue(proctor.Person{Login: who.Login, Name: who.Name}, role, now.Add(-time.Hour), keyLife)
		if err != nil {
			return nil, err
		}
		if pdf, err = acts.Sign(pdf, signer, acts.SignOptions{Role: role, At: now}); err != nil {
			return nil, err
		}
	}
	return pdf, nil
}

// sampleOfficial is the demo university's holder of a role.
func sampleOfficial(role proctor.Role) acts.Official {
	staff := demoStaff()
	i := slices.IndexFunc(staff, func(u demoUser) bool { return u.Role == role })
	return acts.Official{Login: staff[i].Login, Name: staff[i].Name}
}

// sampleA is a violation: a covered camera.
func sampleA(now time.Time, picture []byte) acts.Document {
	began := now.Add(-30 * time.Minute)
	seat := proctor.SeatID(rand.Text())
	specialist := sampleOfficial(proctor.RoleSpecialist)
	return acts.Document{
		Act: proctor.ActID(rand.Text()), Number: acts.TemplateA().Number(now.Year(), 1), Version: 1,
		Exam: proctor.ExamID(rand.Text()), ExamTitle: "Үлгі емтихан", Discipline: "Дискретті математика",
		Seat: seat, Examinee: demoExaminee(1), Reasons: []proctor.Reason{proctor.A1, proctor.A6},
		Other:      "Екі ескертуден кейін де камера ашылмады.",
		Specialist: specialist, Engineer: sampleOfficial(proctor.RoleEngineer), Head: sampleOfficial(proctor.RoleHead),
		DrawnUp: now,
		Incidents: []acts.Incident{{
			ID: proctor.IncidentID(rand.Text()), Cause: proctor.CauseCovered, From: began, To: began.Add(52 * time.Second),
			Detector: "sample/1.0", Score: 0.97, Detail: "luma 3.1 < 12", Network: "412 kbit/s, 0.3 %",
			Warnings:    []acts.Warning{{At: began.Add(2 * time.Second), Text: acts.CauseText(proctor.CauseCovered)}},
			ConfirmedBy: specialist.Name, ConfirmedAt: now.Add(-10 * time.Minute),
		}},
		Stills: []acts.Still{{At: began.Add(5 * time.Second), Caption: "үлгі кадр", JPEG: picture}},
		Segments: []proctor.Segment{{Seat: seat, Number: 3, Start: began.Add(-20 * time.Second), End: began.Add(40 * time.Second),
			SHA256: strings.Repeat("0f3c", 16)}},
	}
}

// sampleB is an inspection: three cut off in one second, one by herself.
func sampleB(now time.Time) acts.DocumentB {
	began := now.Add(-40 * time.Minute)
	d := acts.DocumentB{
		Act: proctor.ActID(rand.Text()), Number: acts.TemplateB().Number(now.Year(), 1), Version: 1,
		Exam: proctor.ExamID(rand.Text()), ExamTitle: "Үлгі емтихан", Discipline: "Дискретті математика",
		Purpose:  "Емтихан кезінде төрт студенттің байланысы үзілуінің себебін анықтау.",
		Result:   "Сервер емтихан кезінде қайта іске қосылған, үш студенттің жазбасы бір мезгілде үзілген; төртінші студенттің камерасы өз құрылғысында тоқтаған.",
		Decision: "Төрт студентке де 20 минут қосымша уақыт берілсін.", Code: proctor.ExtraTime, Minutes: 20,
		Head: sampleOfficial(proctor.RoleHead), Registrar: sampleOfficial(proctor.RoleRegistrar),
		Specialist: sampleOfficial(proctor.RoleSpecialist), DrawnUp: now, ExamSeats: 40,
	}
	for i := range 4 {
		gap := acts.Gap{From: began.Add(time.Duration(i) * 200 * time.Millisecond), Cause: proctor.GapRestart}
		s := acts.AffectedSeat{
			Seat: proctor.SeatID(rand.Text()), Examinee: demoExaminee(i + 1),
			Connection: acts.Connection{Bits: 400_000 + 7_000*i, Loss: 0.003, Reconnects: 1, Route: "UDP"},
		}
		if i == 3 {
			gap.From, gap.Cause = began.Add(7*time.Minute), proctor.GapDevice
			s.Devices = []acts.DeviceError{{At: gap.From, Kind: proctor.ReportTrackEnded}}
		}
		gap.To = gap.From.Add(52 * time.Second)
		s.Gaps = []acts.Gap{gap}
		d.Seats = append(d.Seats, s)
	}
	return d
}

// samplePicture is what a covered camera shows: nearly nothing.
func samplePicture() ([]byte, error) {
	m := image.NewGray(image.Rect(0, 0, 320, 240))
	for y := range 240 {
		for x := range 320 {
			m.SetGray(x, y, color.Gray{uint8(8 + x/40 + y/60)})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		return nil, fmt.Errorf("draw the sample's picture: %w", err)
	}
	return b.Bytes(), nil
}
