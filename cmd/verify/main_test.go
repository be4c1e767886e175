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

// made is an act with its first n signatures, and its authority.
func made(t *testing.T, n int) (pdf []byte, a acts.Authority) {
	t.Helper()
	now := time.Date(2026, 12, 2, 9, 0, 0, 0, time.UTC)
	a, err := acts.NewAuthority("Көрсету орталығы", now)
	if err != nil {
		t.Fatal(err)
	}
	pdf, err = acts.Render(acts.Document{Number: acts.Number(2026, 5), Version: 1, DrawnUp: now})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range acts.Roles()[:n] {
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
		{"two of three", []string{saved(t, "two.pdf", two)}, "en", exitUnsigned, "not fully signed: 2/3"},
		{"changed", []string{saved(t, "bad.pdf", bad)}, "en", exitTampered, "byte "},
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

func TestTerminalIsSafe(t *testing.T) {
	if got := shown("a\x1b[2J\u202eb"); strings.ContainsAny(got, "\x1b\u202e") {
		t.Errorf("%q", got)
	}
}
