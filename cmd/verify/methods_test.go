package main

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

func TestMethodsAreNamed(t *testing.T) {
	now := drawnUp().Add(time.Hour)
	a, err := acts.NewAuthority("Орталық", now.Add(-time.Hour))
	must(t, err)
	d := acts.Document{Number: acts.Number(2026, 6), Version: 1, DrawnUp: drawnUp(),
		Specialist: acts.Official{Login: "aben", Name: "Әбенова Ж.С."}}
	pdf, err := acts.Render(d)
	must(t, err)
	witness, err := a.Issue(proctor.Person{Login: "kua", Name: "Куә К."}, proctor.RoleHead, now.Add(-time.Hour), 24*time.Hour)
	must(t, err)
	scan := sha256.Sum256([]byte("scan"))
	pdf, err = acts.Attest(pdf, witness, acts.PaperOptions{Role: proctor.RoleSpecialist, Login: "aben", Name: "Әбенова Ж.С.", At: now, Scan: scan})
	must(t, err)
	for lang, says := range map[string]string{
		"kk": "басып шығарылған нұсқаға қолмен; растаған Куә К. (kua)", "ru": "заверено: Куә К. (kua)", "en": "by hand on a print; attested by Куә К. (kua)",
	} {
		var out, errs bytes.Buffer
		if got := run([]string{saved(t, "paper.pdf", pdf), "--root", saved(t, "ca.pem", a.PEM()), "--lang", lang}, "", &out, &errs); got != exitUnsigned || !strings.Contains(out.String(), says) {
			t.Errorf("%s: exit %d\n%s%s", lang, got, &out, &errs)
		}
	}
	card := acts.Signature{Method: proctor.MethodNCALayer, Subject: "А\x1b[2J", IIN: "800101300123", Algorithm: "RSA-2048 SHA-256", Stamped: now, StampedBy: "TSA"}
	for lang, w := range methods() {
		s, stamp := w.method(card), w.stamped(card, time.UTC)
		if !strings.Contains(s, "800101300123") || strings.Contains(s, "\x1b") || !strings.Contains(stamp, "--tsa") || w.national == "" {
			t.Errorf("%s: %q, %q", lang, s, stamp)
		}
	}
	var out, errs bytes.Buffer
	if got := run([]string{saved(t, "x.pdf", pdf), "--national", saved(t, "bad.pem", []byte("x"))}, "", &out, &errs); got != exitUsage {
		t.Errorf("an unreadable root: exit %d", got)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
