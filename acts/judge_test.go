package acts_test

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/acts/gost"
	"qyragy/proctor"
)

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
	wantSound(t, write(t, pdf))
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
	wantSound(t, p)
	wantSigned(t, p, 3)
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
