package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// made is an Appendix A act with its first n signatures, and its authority.
func made(t *testing.T, n int) (pdf []byte, a acts.Authority) {
	t.Helper()
	return madeAs(t, acts.Document{Number: acts.Number(2026, 5), Version: 1, DrawnUp: drawnUp()}, acts.TemplateA(), n)
}

func drawnUp() time.Time { return time.Date(2026, 12, 2, 9, 0, 0, 0, time.UTC) }

func madeAs(t *testing.T, c acts.Content, form acts.Template, n int) (pdf []byte, a acts.Authority) {
	t.Helper()
	now := drawnUp()
	a, err := acts.NewAuthority("Көрсету орталығы", now)
	if err != nil {
		t.Fatal(err)
	}
	pdf, err = acts.Render(c)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range form.Roles[:n] {
		p := proctor.Person{Login: proctor.Login("official" + string(r)), Name: "Әлиева " + string(r)}
		s, err := a.Issue(p, r, now, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		pdf, err = acts.Sign(pdf, s, acts.SignOptions{Role: r, At: now.Add(time.Duration(i) * time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
	}
	return pdf, a
}

func saved(t *testing.T, name string, b []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestVerdicts(t *testing.T) {
	pdf, a := made(t, 3)
	_, b := made(t, 0)
	two, _ := made(t, 2)
	act, root, other := saved(t, "act.pdf", pdf), saved(t, "ca.pem", a.PEM()), saved(t, "other.pem", b.PEM())
	inspection := acts.DocumentB{Number: acts.TemplateB().Number(2026, 3), Version: 2, DrawnUp: drawnUp()}
	full, _ := madeAs(t, inspection, acts.TemplateB(), 3)
	half, _ := madeAs(t, inspection, acts.TemplateB(), 1)
	badB := bytes.Replace(full, []byte(`"number":"B-2026-00003"`), []byte(`"number":"B-2026-00004"`), 1)
	bad := bytes.Clone(pdf)
	bad[len(bad)/2] ^= 1
	for _, c := range []struct {
		name string
		args []string
		lang string
		exit int
		says string
	}{
		{"whole", []string{act, "--root", root}, "C", exitWhole, "АКТ БҮТІН: үш қолтаңба да жарамды."},
		{"whole, options first", []string{"--root", root, "--lang", "en", act}, "", exitWhole, "The authority's certificate is the one you gave."},
		{"whole, root from the file", []string{act}, "ru_KZ.UTF-8", exitWhole, "Сравните отпечаток"},
		{"another root", []string{act, "--root", other}, "en_GB", exitTampered, "NOT WHOLE"},
		{"two of three", []string{saved(t, "two.pdf", two)}, "en", exitUnsigned, "not fully signed: 2/3. No score is annulled."},
		{"changed", []string{saved(t, "bad.pdf", bad)}, "en", exitTampered, "byte "},
		{"an inspection", []string{saved(t, "b.pdf", full)}, "en", exitWhole, "2. Әлиева registrar — Head of the Registrar's Office"},
		{"an inspection in Kazakh", []string{saved(t, "b.pdf", full)}, "kk", exitWhole, "Қосымша Б. Тексеріс нәтижесінің Актісі\nАкт B-2026-00003, нұсқа 2"},
		{"one of three", []string{saved(t, "half.pdf", half)}, "ru", exitUnsigned, "не полностью: 1/3. Решение не вступило в силу."},
		{"a changed inspection", []string{saved(t, "badb.pdf", badB)}, "ru", exitTampered, "НЕ ЦЕЛ"},
		{"not an act", []string{root}, "kk", exitTampered, "БҮТІН ЕМЕС"},
		{"no file", nil, "", exitUsage, ""},
		{"two files", []string{act, act}, "", exitUsage, ""},
		{"absent file", []string{act + "x"}, "", exitUsage, ""},
		{"unknown language", []string{act, "--lang", "xx"}, "", exitUsage, ""},
		{"unreadable root", []string{act, "--root", act}, "", exitUsage, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if got := run(c.args, c.lang, &out, &errs); got != c.exit || !strings.Contains(out.String(), c.says) {
				t.Errorf("exit %d, want %d\n%s%s", got, c.exit, &out, &errs)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	pdf, _ := made(t, 3)
	var out, errs bytes.Buffer
	if got := run([]string{saved(t, "act.pdf", pdf), "--json"}, "", &out, &errs); got != exitWhole {
		t.Fatalf("exit %d %s", got, &errs)
	}
	var r struct {
		acts.Report
		Whole bool `json:"whole"`
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || !r.Whole || !r.Complete || len(r.Signatures) != 3 || r.Number != "A-2026-00005" {
		t.Errorf("%v\n%s", err, &out)
	}
}

// TestRevoked: an act alone, against the university's list.
func TestRevoked(t *testing.T) {
	pdf, a := made(t, 3)
	r, err := acts.Verify(pdf)
	must(t, err)
	for name, c := range map[string]struct {
		after  time.Duration // of the signature
		reason int
		exit   int
		says   string
	}{
		"moved later":  {time.Hour, acts.RevokedMoved, exitWhole, "сертификат отозван позже, 02.12.2026 15:01:00"},
		"moved before": {-time.Minute, acts.RevokedMoved, exitTampered, "act_certificate_revoked"},
		"stolen later": {time.Hour, acts.RevokedCompromised, exitTampered, "Сертификат отозван, и ничто не подтверждает"},
	} {
		list, err := a.Revoke([]acts.Revocation{{Serial: r.Signatures[1].Serial, At: r.Signatures[1].At.Add(c.after), Reason: c.reason}}, 1, drawnUp(), drawnUp().Add(time.Hour))
		must(t, err)
		var out, errs bytes.Buffer
		got := run([]string{saved(t, "act.pdf", pdf), "--root", saved(t, "ca.pem", a.PEM()), "--crl", saved(t, "a.crl", list), "--lang", "ru"}, "", &out, &errs)
		if got != c.exit || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: exit %d\n%s%s", name, got, &out, &errs)
		}
	}
}

func TestTerminalIsSafe(t *testing.T) {
	if got := shown("a\x1b[2J\u202eb"); strings.ContainsAny(got, "\x1b\u202e") {
		t.Errorf("%q", got)
	}
}
