package acts_test

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/acts/gost"
	"qyragy/proctor"
)

const gostConfig = `
[req]
distinguished_name = dn
prompt = no
utf8 = yes
string_mask = utf8only
[dn]
CN = ТЕСТОВ ТЕСТ
SN = ТЕСТОВ
serialNumber = IIN123456789011
C = KZ
GN = ТЕСТОВИЧ
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[signer]
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = emailProtection
authorityKeyIdentifier = keyid
`

// gostCard is a GOST R 34.10-2012 key of 512 bits that OpenSSL keeps.
type gostCard struct{ dir string }

func newGOSTCard(t testing.TB) gostCard {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "openssl", "engine", "gost").Run(); err != nil {
		t.Skip("OpenSSL's GOST engine is not here")
	}
	g := gostCard{t.TempDir()}
	g.write(t, "c.cnf", []byte(gostConfig))
	for _, k := range []string{"ca.key", "signer.key"} {
		g.run(t, "genpkey", "-engine", "gost", "-algorithm", "gost2012_512", "-pkeyopt", "paramset:A", "-out", k)
	}
	g.run(t, "req", "-engine", "gost", "-config", "c.cnf", "-new", "-x509", "-key", "ca.key", "-subj", "/CN=ҰКО/C=KZ",
		"-md_gost12_512", "-extensions", "authority", "-out", "ca.pem")
	g.run(t, "req", "-engine", "gost", "-config", "c.cnf", "-new", "-key", "signer.key", "-md_gost12_512", "-out", "signer.csr")
	g.run(t, "x509", "-engine", "gost", "-req", "-in", "signer.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "4711",
		"-md_gost12_512", "-extfile", "c.cnf", "-extensions", "signer", "-out", "signer.pem")
	return g
}

func (g gostCard) write(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(g.dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (g gostCard) run(t testing.TB, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "openssl", args...)
	cmd.Dir = g.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
}

// sign makes a CMS over content, in PEM as NCALayer returns it.
func (g gostCard) sign(t testing.TB, content []byte) []byte {
	t.Helper()
	g.write(t, "content", content)
	g.run(t, "cms", "-engine", "gost", "-sign", "-cades", "-binary", "-in", "content", "-signer", "signer.pem",
		"-inkey", "signer.key", "-md", "md_gost12_512", "-outform", "PEM", "-out", "cms")
	return mustRead(t, filepath.Join(g.dir, "cms"))
}

func (g gostCard) roots(t testing.TB) gost.Options {
	t.Helper()
	c, err := gost.ParseCertificate(mustRead(t, filepath.Join(g.dir, "ca.pem")))
	if err != nil {
		t.Fatal(err)
	}
	return gost.Options{Roots: []*gost.Certificate{c}}
}

// lastCMS takes the newest signature out of a file: what it covers, and its
// CMS.
func lastCMS(t *testing.T, pdf []byte) (covered, cms []byte) {
	t.Helper()
	at := bytes.LastIndex(pdf, []byte("/Contents <")) + 10
	end := at + bytes.IndexByte(pdf[at:], '>') + 1
	cms = make([]byte, (end-at-2)/2)
	if _, err := hex.Decode(cms, pdf[at+1:end-1]); err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(pdf[:at]), pdf[end:]...), cms[:4+int(cms[2])<<8+int(cms[3])]
}

// TestGOSTSatisfiesOpenSSL has OpenSSL sign as NCALayer does, and then judge
// what came into the act.
func TestGOSTSatisfiesOpenSSL(t *testing.T) {
	g := newGOSTCard(t)
	o, d := atNow(t)
	draft := render(t, d)
	x := d.Specialist
	p, err := acts.Prepare(draft, acts.External{Role: proctor.RoleSpecialist, Login: x.Login, Name: x.Name, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	cms := g.sign(t, p.Covered())
	pdf, err := acts.Embed(p, cms)
	if err != nil {
		t.Fatal(err)
	}
	options := acts.VerifyOptions{Roots: []*x509.Certificate{o.authority.Certificate}, National: g.roots(t), Now: time.Now()}
	r, err := acts.VerifyWith(pdf, options)
	if err != nil || !r.Whole() || !r.Trusted || len(r.Signatures) != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	if s := r.Signatures[0]; s.IIN != "123456789011" || s.Subject != "ТЕСТОВ ТЕСТ ТЕСТОВИЧ" || s.Algorithm != "GOST R 34.10-2015 (512)" {
		t.Errorf("%+v", s)
	}
	content, der := lastCMS(t, pdf)
	g.write(t, "content", content)
	g.write(t, "cms", der)
	g.run(t, "cms", "-engine", "gost", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "cms", "-content", "content",
		"-CAfile", "ca.pem", "-purpose", "any", "-out", "out")
	if s := tool(t, "qpdf", "--check", write(t, pdf)); strings.Contains(s, "WARNING") {
		t.Errorf("qpdf says\n%s", s)
	}
	// Another act's signature by the same official does not fit here.
	again := d
	again.Version = 2
	q, err := acts.Prepare(render(t, again), acts.External{Role: proctor.RoleSpecialist, Login: x.Login, Name: x.Name, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := acts.Embed(q, cms); proctor.KindOf(err) != proctor.Forbidden || !strings.Contains(err.Error(), string(gost.RefusedDocument)) {
		t.Errorf("another act's signature: %v", err)
	}
}

// TestMixedActSatisfiesOtherSoftware shows an act of all three methods to
// others.
func TestMixedActSatisfiesOtherSoftware(t *testing.T) {
	p := write(t, mixed(t, newOffice(t), newNational(t), render(t, filled())))
	if s := tool(t, "qpdf", "--check", p); !strings.Contains(s, "No syntax or stream encoding errors found") || strings.Contains(s, "WARNING") {
		t.Errorf("qpdf says\n%s", s)
	}
	s := tool(t, "pdfsig", "-nocert", p)
	if strings.Count(s, "Signature Validation: Signature is Valid.") != 3 || strings.Count(s, "- Total document signed") != 1 {
		t.Errorf("pdfsig says\n%s", s)
	}
}

// TestSignatureOfTheTestAuthority puts a sample of the national test authority
// where another document is: it must be called what it is.
func TestSignatureOfTheTestAuthority(t *testing.T) {
	cms, err := os.ReadFile("../../shared/pki/individual_detached.der")
	if err != nil {
		t.Skip("the test authority's samples are not here")
	}
	p, err := acts.Prepare(render(t, filled()), external(proctor.RoleSpecialist))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := acts.Embed(p, cms); err == nil || !strings.Contains(err.Error(), string(gost.RefusedDocument)) {
		t.Errorf("%v", err)
	}
}

// TestPictures writes acts to look at, where ACT_PICTURES names a folder.
func TestPictures(t *testing.T) {
	dir := os.Getenv("ACT_PICTURES")
	if dir == "" {
		t.Skip("ACT_PICTURES names no folder")
	}
	o, n := newOffice(t), newNational(t)
	hostile := filled()
	hostile.Specialist.Name = strings.Repeat("Әбдірахманқызы-Өтегенова ", 5) + "\u202e\u0000Z"
	hostile.Head.Name = strings.Repeat("Ү", 120)
	h := office{o.authority, map[proctor.Role]acts.Signer{}}
	for _, r := range acts.Roles() {
		x := hostile.Official(r)
		h.signers[r] = o.issue(t, proctor.Person{Login: x.Login, Name: x.Name}, r)
	}
	long := h.signed(t, render(t, hostile), 2)
	e := external(proctor.RoleHead)
	e.Name = hostile.Head.Name
	long, err := acts.Attest(long, o.witness(t), acts.PaperOptions{Role: e.Role, Login: e.Login, Name: e.Name, At: e.At, Scan: scan})
	if err != nil {
		t.Fatal(err)
	}
	for name, pdf := range map[string][]byte{
		"keys": o.signed(t, render(t, filled()), 3), "mixed": mixed(t, o, n, render(t, filled())), "long": long,
	} {
		if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
		tool(t, "pdftoppm", "-r", "110", "-png", "-f", "1", "-l", "1", filepath.Join(dir, name+".pdf"), filepath.Join(dir, name))
	}
}
