package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"qyragy/acts"
	"qyragy/proctor"
)

// film is the camera of the walk: its stretches are honest 25 s, black 12,
// honest 10, blurred 14, honest 10, two people 12, honest 15.
func film(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../models/clips/walk.mjpeg")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v (make clips)", err)
	}
	return path
}

// TestWalk is the main job from end to end: a camera in a browser, its
// candidates, a person's word, the act, three signatures, the annulment, and
// the recording of it all.
func TestWalk(t *testing.T) {
	if testing.Short() {
		t.Skip("plays two minutes of film")
	}
	camera := film(t) // before the server: its store changes the working directory
	s := startServer(t, 1)
	seat := s.demo.Seats[0]
	examinee := newBrowser(t, "examinee", camera)
	staff := newBrowser(t, "proctor", "")

	staff.login(s.base, "proctor")
	enter(t, s, examinee, staff, seat)
	incidents := awaitIncidents(t, s, seat.ID, 3)
	checkIncidents(t, incidents, []proctor.Cause{proctor.CauseCovered, proctor.CauseBlurred, proctor.CauseOutsider},
		[]time.Duration{0, 22 * time.Second, 46 * time.Second})
	checkIdentity(t, s, seat.ID)
	examinee.shot("exam")
	staff.shot("wall")

	act := confirm(t, s, staff, incidents[0])
	checkForm(t, s, act)
	for _, role := range proctor.SigningOrder() {
		if annulled(t, s, seat.ID) {
			t.Fatalf("the score is annulled before the %s has signed", role)
		}
		official := staff.another(string(role))
		official.login(s.base, string(role))
		sign(t, s, official, act)
	}
	if !annulled(t, s, seat.ID) {
		t.Fatal("three have signed and the score stands")
	}
	examinee.see("score-annulled", 20*time.Second)
	examinee.shot("annulled")
	checkSigned(t, s, act)
	checkAppeal(t, s, examinee, staff, act)

	examinee.click("finish")
	examinee.click("finish-confirm")
	examinee.see("finished", 20*time.Second)
	checkRecording(t, s, staff, seat.ID, incidents[0])
	checkExtra(t, s, seat.ID)
}

// enter takes the examinee from her link into the exam.
func enter(t *testing.T, s *server, examinee, staff *person, seat demoSeat) {
	t.Helper()
	examinee.open(seat.ExamineeURL)
	examinee.see("consent-check", 30*time.Second)
	examinee.shot("consent")
	examinee.click("consent-check")
	examinee.click("consent-accept")
	examinee.see("check-continue", 20*time.Second)
	examinee.click("check-continue")
	examinee.see("identify-take", 20*time.Second)
	// A reload asks for no new login; it also starts the film anew.
	examinee.do("reload", 30*time.Second, chromedp.Reload())
	examinee.see("identify-take", 30*time.Second)
	awaitPicture(t, s, seat.ID)
	examinee.click("identify-take")
	examinee.see("identify-waiting", 20*time.Second)
	examinee.shot("identify")

	staff.see("tile-open", 20*time.Second) // the only exam opens by itself
	staff.click("tile-open")
	staff.see("identity-accept", 20*time.Second)
	staff.shot("identity")
	staff.click("identity-accept")
	examinee.see("exam-recording", 20*time.Second)
}

// checkIdentity: the still is of the person on the enrolment photo.
func checkIdentity(t *testing.T, s *server, seat proctor.SeatID) {
	t.Helper()
	_ = s.engine.ViewSeat(seat, func(_ *proctor.State, at *proctor.Seat) {
		if at.Identity == nil || at.Identity.Verdict != "same" {
			t.Errorf("identity: %+v, want the person of the enrolment photo", at.Identity)
		}
	})
}

// awaitPicture waits until detectors have seen a frame of the seat.
func awaitPicture(t *testing.T, s *server, seat proctor.SeatID) {
	t.Helper()
	await(t, "a picture of the seat", 30*time.Second, func() bool {
		_, _, ok := s.dispatch.Latest(seat)
		return ok
	})
}

func incidentsOf(s *server, seat proctor.SeatID) (out []proctor.Incident) {
	_ = s.engine.ViewSeat(seat, func(st *proctor.State, _ *proctor.Seat) {
		for _, i := range st.Incidents {
			if i.Seat == seat {
				out = append(out, *i)
			}
		}
	})
	slices.SortFunc(out, func(a, b proctor.Incident) int { return a.Opened.Compare(b.Opened) })
	return out
}

func awaitIncidents(t *testing.T, s *server, seat proctor.SeatID, n int) []proctor.Incident {
	t.Helper()
	await(t, "the film's last candidate", 2*time.Minute, func() bool { return len(incidentsOf(s, seat)) >= n })
	await(t, "the candidates' stills", 20*time.Second, func() bool {
		return !slices.ContainsFunc(incidentsOf(s, seat), func(i proctor.Incident) bool { return i.Still == nil })
	})
	return incidentsOf(s, seat)
}

// checkIncidents: each stretch of the film its own cause, at its own time, and
// none in the honest stretches between them.
func checkIncidents(t *testing.T, got []proctor.Incident, want []proctor.Cause, after []time.Duration) {
	t.Helper()
	var causes []proctor.Cause
	for _, i := range got {
		causes = append(causes, i.Cause)
	}
	if !slices.Equal(causes, want) {
		t.Fatalf("candidates %v, want %v", causes, want)
	}
	for n, i := range got {
		off := i.Opened.Sub(got[0].Opened) - after[n]
		if off.Abs() > 5*time.Second {
			t.Errorf("%s opened %s from its stretch of the film", i.Cause, off)
		}
		if i.Warned.IsZero() {
			t.Errorf("%s: the examinee was not warned", i.Cause)
		}
	}
}

// confirm judges the first candidate as a violation on the proctor's page.
func confirm(t *testing.T, s *server, staff *person, i proctor.Incident) proctor.Act {
	t.Helper()
	card := `[data-incident="` + string(i.ID) + `"] `
	staff.clickOn(card + id("incident-confirm"))
	staff.clickOn(card + id("confirm-next"))
	staff.shot("confirm")
	staff.clickOn(card + id("confirm-draft"))
	staff.see("act-link", 20*time.Second)
	var act proctor.Act
	await(t, "the drafted act's document", 10*time.Second, func() bool {
		_ = s.engine.ViewSeat(i.Seat, func(st *proctor.State, _ *proctor.Seat) {
			for _, a := range st.Acts {
				act = *a
			}
		})
		return act.Document.Digest != ""
	})
	if !slices.Equal(act.Reasons, []proctor.Reason{proctor.A1}) {
		t.Errorf("the act's reasons are %v, want A1", act.Reasons)
	}
	return act
}

// checkForm: the document says who, what and why in the form's own words.
func checkForm(t *testing.T, s *server, a proctor.Act) {
	t.Helper()
	text := strings.Join(strings.Fields(run(t, pdfOf(t, s, a.ID), "pdftotext", "-", "-")), " ")
	for _, want := range []string{
		"Емтихан тәртібін бұзу туралы АКТ", demoExaminee(0).Name, demoExaminee(0).Specialty,
		demoExaminee(0).Group, "Қазіргі қазақ тілі", "Веб-камераны жабу (қара экран)",
		"Студенттің балы жойылады.", a.Number,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the act does not say %q", want)
		}
	}
}

// sign reads and signs the act on the official's page.
func sign(t *testing.T, s *server, official *person, a proctor.Act) {
	t.Helper()
	official.open(s.base + "/acts/" + string(a.ID))
	official.see("sign-read", 20*time.Second)
	official.ask("see the document", `document.querySelector('[data-testid="act"]').dataset.document !== ""`, 20*time.Second)
	official.shot("act")
	official.click("sign-read")
	official.write("sign-password", demoPassword)
	official.click("sign-submit")
	official.see("signature-"+official.name, 20*time.Second)
	official.ask("see her signature", `!document.querySelector('[data-testid="sign-submit"]')`, 20*time.Second)
	official.shot("signed")
}

// checkAppeal: the examinee is heard, by somebody who has not signed.
func checkAppeal(t *testing.T, s *server, examinee, staff *person, a proctor.Act) {
	t.Helper()
	examinee.click("appeal")
	examinee.write("appeal-text", "Камераның қақпағы өзі жабылып қалды.")
	examinee.click("appeal-submit")
	examinee.see("appeal-state", 20*time.Second)
	registrar := staff.another("registrar")
	registrar.login(s.base, "registrar")
	registrar.open(s.base + "/acts/" + string(a.ID))
	registrar.see("appeal-reject", 20*time.Second)
	registrar.shot("appeal")
	registrar.click("appeal-reject")
	registrar.write("appeal-reject-text", "Жазбада камераны қол жапқаны көрінеді.")
	registrar.click("appeal-reject-submit")
	registrar.ask("see it decided", `document.querySelector('[data-testid="appeal"]').dataset.open === "false"`, 20*time.Second)
	_ = s.engine.ViewAct(a.ID, func(st *proctor.State, at *proctor.Act) {
		if at.Notified.IsZero() || at.Appeal == nil || at.Appeal.Upheld || st.Seats[at.Seat].ScoreAnnulled != a.ID {
			t.Errorf("after the appeal: notified %v, %+v, annulled by %q", at.Notified, at.Appeal, st.Seats[at.Seat].ScoreAnnulled)
		}
	})
}

// checkSigned asks an outside judge, then our verifier, then one flipped byte.
func checkSigned(t *testing.T, s *server, a proctor.Act) {
	t.Helper()
	pdf := pdfOf(t, s, a.ID)
	path := filepath.Join(t.TempDir(), "act.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("QYRAGY_SHOTS"); dir != "" {
		run(t, nil, "pdftoppm", "-r", "80", "-png", path, filepath.Join(dir, "act"))
	}
	said := run(t, nil, "pdfsig", path)
	if n := strings.Count(said, "Signature is Valid."); n != 3 {
		t.Errorf("pdfsig calls %d signatures valid, want 3:\n%s", n, said)
	}
	if !strings.Contains(said[strings.LastIndex(said, "Signature #3"):], "Total document signed") {
		t.Errorf("the last signature does not cover the whole document:\n%s", said)
	}
	authority := filepath.Join(s.cfg.Data, "keys", "authority.pem")
	if said := run(t, nil, filepath.Join(filepath.Dir(s.cfg.Detector), "verify"), path, "--root", authority, "--lang", "en"); !strings.Contains(said, "all three signatures are valid") {
		t.Errorf("bin/verify does not call the act whole:\n%s", said)
	}
	report, err := acts.Verify(pdf, s.authority.Certificate)
	if err != nil || !report.Complete || !report.Trusted {
		t.Errorf("verify: %+v, %v", report, err)
	}
	pdf[len(pdf)/2] ^= 1
	if report, err := acts.Verify(pdf, s.authority.Certificate); err == nil && report.Whole() {
		t.Error("verify calls a changed act whole")
	}
}

// checkRecording: the recording and its gaps cover the exam, and at the
// violation's second the player shows what the detector saw: black.
func checkRecording(t *testing.T, s *server, staff *person, seat proctor.SeatID, covered proctor.Incident) {
	t.Helper()
	var from, to time.Time
	var recorded, lost time.Duration
	await(t, "the last segment", 10*time.Second, func() bool {
		_, recording := s.media.Live(seat)
		return !recording
	})
	_ = s.engine.ViewSeat(seat, func(_ *proctor.State, at *proctor.Seat) {
		from, to = at.Admitted, at.Finished
		for _, g := range at.Segments {
			recorded += overlap(g.Start, g.End, from, to)
		}
		for _, g := range at.Gaps {
			lost += overlap(g.From, g.To, from, to)
		}
	})
	exam := to.Sub(from)
	t.Logf("exam %s, recorded %s, gaps with a reason %s", exam, recorded, lost)
	if recorded < exam*9/10 {
		t.Errorf("only %s of %s are recorded", recorded, exam)
	}
	if off := exam - recorded - lost; off.Abs() > time.Second {
		t.Errorf("%s of the exam are neither recorded nor a gap, or both", off)
		_ = s.engine.ViewSeat(seat, func(_ *proctor.State, at *proctor.Seat) {
			for _, g := range at.Segments {
				t.Logf("segment %d: %s to %s, %d frames", g.Number, g.Start, g.End, g.Frames)
			}
			for _, g := range at.Gaps {
				t.Logf("gap: %s to %s, %s", g.From, g.To, g.Cause)
			}
		})
	}
	staff.open(s.base + "/review/" + string(seat))
	staff.see("playback-video", 20*time.Second)
	staff.clickOn(`div:has(> [data-incident="` + string(covered.ID) + `"]) ` + id("incident-seek"))
	staff.click("playback-toggle") // it starts ten seconds before
	staff.ask("see the violation's second in the recording", blackScript, 40*time.Second)
	staff.shot("review")
}

// blackScript is true when the player shows a loaded, black frame.
const blackScript = `(() => {
	const v = document.querySelector('[data-testid="playback-video"]');
	if (!v || v.readyState < 2 || v.seeking || v.videoWidth === 0) return false;
	const c = document.createElement('canvas'); c.width = 64; c.height = 48;
	const g = c.getContext('2d'); g.drawImage(v, 0, 0, 64, 48);
	const d = g.getImageData(0, 0, 64, 48).data;
	let sum = 0; for (let i = 0; i < d.length; i += 4) sum += d[i] + d[i+1] + d[i+2];
	return sum / (64*48*3) < 20;
})()`

func overlap(from, to, a, b time.Time) time.Duration {
	if from.Before(a) {
		from = a
	}
	if to.After(b) {
		to = b
	}
	return max(0, to.Sub(from))
}

// checkExtra: nothing more was raised while people were judging.
func checkExtra(t *testing.T, s *server, seat proctor.SeatID) {
	t.Helper()
	for _, i := range incidentsOf(s, seat)[3:] {
		t.Errorf("one more candidate: %s at %s (%s)", i.Cause, i.Opened, i.Peak.Detail)
	}
}
