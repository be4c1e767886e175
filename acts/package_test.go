package acts_test

import (
	"archive/zip"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"qyragy/acts"
	"qyragy/acts/gost"
	"qyragy/proctor"
)

// packed is a package of an act with n signatures whose free text looks like
// a signature's range.
func packed(t *testing.T, o office, n int) acts.Package {
	t.Helper()
	d := filled()
	d.Other, d.Reasons = "/ByteRange [0 0000000001 0000000002 0000000003] /Contents <00>", append(d.Reasons, proctor.A6)
	pdf := o.signed(t, render(t, d), n)
	return acts.Package{
		Scans: map[string][]byte{"scans/3-head.jpg": []byte("scan")}, PDF: pdf, Examinees: []proctor.Examinee{d.Examinee}, ExamTitle: d.ExamTitle, By: "registrar", At: signedAt,
		Roots: []*x509.Certificate{o.authority.Certificate},
		Act: proctor.Act{
			ID: d.Act, Number: d.Number, Version: 1, State: proctor.InForce, DrawnUp: d.DrawnUp, InForce: signedAt, Reasons: d.Reasons,
			Document: proctor.Document{Digest: fmt.Sprintf("%x", d.Digest())},
		},
	}
}

func register(t *testing.T, o office) acts.Signer {
	t.Helper()
	return o.issue(t, proctor.Person{Login: "register", Name: "Актілер тізілімі"}, "register")
}

// unpack writes a package's files into a directory and returns it.
func unpack(t *testing.T, file []byte) string {
	t.Helper()
	dir := t.TempDir()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err != nil || !filepath.IsLocal(f.Name) || os.MkdirAll(filepath.Dir(path), 0o700) != nil || os.WriteFile(path, b, 0o600) != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
	}
	return dir
}

// judge runs the README's own commands in a directory.
func judge(t *testing.T, dir string) ([]byte, error) {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(dir, "README.txt"))
	if err != nil {
		t.Fatal(err)
	}
	_, commands, ok := strings.Cut(string(readme), "COMMANDS\n")
	if !ok {
		t.Fatalf("no commands in\n%s", readme)
	}
	// The test's certificates end; the judge is put back to when they signed.
	commands = strings.ReplaceAll(commands, "-verify", fmt.Sprintf("-verify -attime %d", signedAt.Unix()))
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", commands)
	cmd.Dir = dir
	return cmd.CombinedOutput()
}

// TestPackageSatisfiesOpenSSL follows the package's own instructions with
// sha256sum and OpenSSL, and then damages every file.
func TestPackageSatisfiesOpenSSL(t *testing.T) {
	o := newOffice(t)
	for n := range 4 {
		file, manifest, err := packed(t, o, n).Seal(register(t, o))
		if err != nil {
			t.Fatal(err)
		}
		dir := unpack(t, file)
		out, err := judge(t, dir)
		if got := strings.Count(string(out), "CMS Verification successful"); err != nil || got != n+1 {
			t.Fatalf("%d signatures: %v, %d hold\n%s", n, err, got, out)
		}
		if sum := tool(t, "sha256sum", filepath.Join(dir, acts.ManifestName)); !strings.HasPrefix(sum, manifest) {
			t.Errorf("the list is %s and not %s", sum, manifest)
		}
	}
	file, _, err := packed(t, o, 3).Seal(register(t, o))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"A-2026-00001.pdf", "act.json", "authority.pem", acts.ManifestName, acts.SealName, "signatures/2-engineer.p7s", "scans/3-head.jpg"} {
		dir := unpack(t, file)
		path := filepath.Join(dir, filepath.FromSlash(name))
		b := mustRead(t, path)
		b[len(b)/2] ^= 1
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := judge(t, dir); err == nil {
			t.Errorf("%s was changed and nobody noticed\n%s", name, out)
		}
	}
}

// TestPackageOfThreeMethods: a signature of the national PKI and one by hand
// are taken out and judged like those of our own keys.
func TestPackageOfThreeMethods(t *testing.T) {
	o, n := newOffice(t), newNational(t)
	p := packed(t, o, 0)
	p.PDF = mixed(t, o, n, p.PDF)
	for _, national := range [][]*gost.Certificate{nil, n.roots(t).Roots} {
		p.National = national
		file, _, err := p.Seal(register(t, o))
		if err != nil {
			t.Fatal(err)
		}
		dir := unpack(t, file)
		out, err := judge(t, dir)
		if got := strings.Count(string(out), "CMS Verification successful"); err != nil || got != 4 {
			t.Errorf("%d national certificates: %v, %d hold\n%s", len(national), err, got, out)
		}
		said := string(mustRead(t, filepath.Join(dir, "act.json")))
		for _, want := range []string{`"method": "ncalayer"`, `"method": "paper"`, `"attested_by": "Куәгер К.Қ."`, `"scan_sha256": "`, `"subject": "ІЗБАСАР`} {
			if !strings.Contains(said, want) {
				t.Errorf("no %s in\n%s", want, said)
			}
		}
	}
}

// Appendix B leaves the house in the same way, with its own three.
func TestPackageOfAnInspection(t *testing.T) {
	o, d := officeB(t), filledB()
	stages := o.stagesB(t, d)
	p := acts.Package{
		PDF: stages[len(stages)-1], At: signedAt, Roots: []*x509.Certificate{o.authority.Certificate},
		Act: proctor.Act{
			ID: d.Act, Number: d.Number, Appendix: proctor.AppendixB, State: proctor.InForce, Inspection: &proctor.Inspection{Code: d.Code},
			Document: proctor.Document{Digest: fmt.Sprintf("%x", d.Digest())},
		},
	}
	file, _, err := p.Seal(register(t, o))
	if err != nil {
		t.Fatal(err)
	}
	dir := unpack(t, file)
	if out, err := judge(t, dir); err != nil || strings.Count(string(out), "CMS Verification successful") != 4 {
		t.Errorf("%v\n%s", err, out)
	}
	said := string(mustRead(t, filepath.Join(dir, "act.json")))
	for _, want := range []string{`"title": "Тексеріс нәтижесінің Актісі"`, `"file": "signatures/2-registrar.p7s"`, `"decision": "` + string(d.Code) + `"`} {
		if !strings.Contains(said, want) {
			t.Errorf("no %s in\n%s", want, said)
		}
	}
}

// TestPackageMetadata reads act.json as another system would.
func TestPackageMetadata(t *testing.T) {
	o := newOffice(t)
	file, _, err := packed(t, o, 3).Seal(register(t, o))
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Number, Template, State string
		SHA256                  string `json:"pdf_sha256"`
		Examinees               []proctor.Examinee
		Signatures              []struct {
			File, Name, Method string
		}
	}
	if err := json.Unmarshal(mustRead(t, filepath.Join(unpack(t, file), "act.json")), &said); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%s %s %s %s %v", said.Number, said.Template, said.State, said.Examinees[0].StudentID, said.Signatures)
	want := "A-2026-00001 A-1 in_force 20231177 [{signatures/1-specialist.p7s Әбенова Ж.С. key} " +
		"{signatures/2-engineer.p7s Төлегенова Д.М. key} {signatures/3-head.p7s Құрманбекова Г.Ә. key}]"
	if got != want {
		t.Errorf("%s\nand not\n%s", got, want)
	}
}

// A package is only made of a whole act, and of the act it is said to be.
func TestPackageRefuses(t *testing.T) {
	o := newOffice(t)
	good, s := packed(t, o, 3), register(t, o)
	bad := map[string]func(p *acts.Package){
		"damaged":           func(p *acts.Package) { p.PDF = bytes.Clone(p.PDF); p.PDF[len(p.PDF)/2] ^= 1 },
		"cut":               func(p *acts.Package) { p.PDF = p.PDF[:len(p.PDF)-10] },
		"empty":             func(p *acts.Package) { p.PDF = nil },
		"another act":       func(p *acts.Package) { p.Act.ID = "other" },
		"another content":   func(p *acts.Package) { p.Act.Document.Digest = strings.Repeat("0", 64) },
		"another authority": func(p *acts.Package) { p.Roots = []*x509.Certificate{newOffice(t).authority.Certificate} },
	}
	for name, change := range bad {
		p := good
		change(&p)
		if _, _, err := p.Seal(s); err == nil {
			t.Errorf("%s: a package was made", name)
		}
	}
	if _, _, err := good.Seal(acts.Signer{}); err == nil {
		t.Error("a package was made without a key")
	}
}
