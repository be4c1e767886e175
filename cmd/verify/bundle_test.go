package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qyragy/bundle"
)

const (
	golden   = "../../bundle/testdata/v1"
	passkeys = "../../bundle/testdata/v2" // v2.crl is of later, and of a stolen key
)

func TestBundleVerdicts(t *testing.T) {
	good, err := os.ReadFile(golden + ".zip")
	if err != nil {
		t.Fatal(err)
	}
	flipped := func(at int) string {
		bad := bytes.Clone(good)
		bad[at] ^= 4
		return saved(t, "bad.zip", bad)
	}
	var whole bytes.Buffer
	if got := run([]string{golden + ".zip", "--json"}, "", &whole, &whole); got != exitWhole {
		t.Fatalf("exit %d\n%s", got, &whole)
	}
	var r struct {
		bundle.Report
		Whole, Complete bool
	}
	if err := json.Unmarshal(whole.Bytes(), &r); err != nil || !r.Whole || !r.Complete || r.Trusted || r.Number == "" {
		t.Fatalf("%v %+v", err, r)
	}
	segment := bytes.LastIndex(good[:bytes.LastIndex(good, []byte("PK\x07\x08"))], []byte(".webm")) + 100
	for _, c := range []struct {
		name string
		args []string
		lang string
		exit int
		says string
	}{
		{"whole", []string{golden + ".zip", "--key", golden + ".key", "--root", golden + ".pem"}, "kk", exitWhole, "ЖИНАҚ БҮТІН: акт, дәлелдемелер"},
		{"in Russian", []string{golden + ".zip", "--key", golden + ".key"}, "ru", exitWhole, "Акт в силе."},
		{"by its own key", []string{golden + ".zip"}, "en", exitWhole, "taken from the bundle itself"},
		{"the key as a word", []string{golden + ".zip", "--key", r.Key}, "en", exitWhole, "The journal's key is the one you gave."},
		{"held to its own tree", []string{golden + ".zip", "--head", r.Tree}, "en", exitWhole, "Agrees with an earlier word of the journal: " + r.Tree},
		{"a later tree", []string{golden + ".zip", "--head", "9999:" + strings.SplitN(r.Tree, ":", 2)[1]}, "en", exitTampered, "rolled back, or the bundle is older"},
		{"an unknown head", []string{golden + ".zip", "--head", strings.Repeat("a", 64)}, "en", exitTampered, "it cannot be compared"},
		{"a head that is none", []string{golden + ".zip", "--head", "x", "--key", r.Key}, "en", exitUsage, ""},
		{"another key", []string{golden + ".zip", "--key", "x+00000000+AAAA"}, "en", exitUsage, ""},
		{"another authority", []string{golden + ".zip", "--root", otherRoot(t)}, "en", exitTampered, "NOT WHOLE"},
		{"a changed segment", []string{flipped(segment)}, "en", exitTampered, "segments/S1/00004.webm: its bytes"},
		{"a changed end", []string{flipped(len(good) - 1)}, "kk", exitTampered, "directory"},
		{"cut off", []string{saved(t, "cut.zip", good[:len(good)/2])}, "ru", exitTampered, "КОМПЛЕКТ НЕ ЦЕЛ"},
		{"empty", []string{saved(t, "empty.zip", nil)}, "en", exitTampered, "the bundle ends here"},
		{"confirmed by passkey", []string{passkeys + ".zip"}, "kk", exitWhole, "кіру кілтімен (passkey) расталған: specialist, бет https://exam.example.kz (жинақтың манифесі бойынша)"},
		{"on the page that is given", []string{passkeys + ".zip", "--origin", "https://exam.example.kz/"}, "en", exitWhole, "confirmed by passkey: head, on page https://exam.example.kz (which you gave)"},
		{"on another page", []string{passkeys + ".zip", "--origin", "https://other.example.kz"}, "ru", exitTampered, "Подтверждение ключом доступа (passkey) недействительно или дано на другое:\n    acts/v1.pdf: signature 1: the passkey of specialist"},
		{"a page that is none", []string{passkeys + ".zip", "--origin", "exam.example.kz"}, "en", exitUsage, ""},
		{"revoked since", []string{passkeys + ".zip", "--key", passkeys + ".key", "--root", passkeys + ".pem", "--crl", passkeys + ".crl"}, "en", exitWhole, "the certificate was revoked since, "},
		{"revoked, and nothing shows since when", []string{passkeys + ".zip", "--crl", passkeys + ".crl"}, "kk", exitTampered, "Сертификат кері қайтарылған, қолдың одан бұрын қойылғаны дәлелденбейді:\n    acts/v1.pdf: in the PDF: byte "},
		{"another's list", []string{golden + ".zip", "--crl", passkeys + ".crl"}, "en", exitWhole, "WHOLE"},
		{"no list", []string{golden + ".zip", "--crl", golden + ".key"}, "en", exitUsage, ""},
		{"no national root", []string{golden + ".zip", "--national", golden + ".key"}, "en", exitUsage, ""},
		{"no service's certificate", []string{golden + ".zip", "--tsa", golden + ".key"}, "en", exitUsage, ""},
		{"no proof", []string{golden + ".zip", "--growth", golden + ".key"}, "en", exitUsage, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if got := run(c.args, c.lang, &out, &errs); got != c.exit || !strings.Contains(out.String(), c.says) {
				t.Errorf("exit %d, want %d\n%s%s", got, c.exit, &out, &errs)
			}
		})
	}
}

func otherRoot(t *testing.T) string {
	t.Helper()
	_, a := made(t, 0)
	return saved(t, filepath.Base("other.pem"), a.PEM())
}
