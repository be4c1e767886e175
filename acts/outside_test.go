package acts_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"sync"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/acts/gost"
	"qyragy/proctor"
)

// national is an authority that issues as the country's does: RSA keys, the
// subject's layout, key usages.
type national struct {
	root   *x509.Certificate
	key    *rsa.PrivateKey
	serial int64
}

// rsaKeys are made once: they take long.
var rsaKeys = sync.OnceValue(func() [4]*rsa.PrivateKey {
	var all [4]*rsa.PrivateKey
	for i := range all {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		all[i] = k
	}
	return all
})

func newNational(t testing.TB) *national {
	t.Helper()
	n := &national{key: rsaKeys()[3]}
	spec := &x509.Certificate{Subject: pkix.Name{CommonName: "ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (RSA)", Country: []string{"KZ"}},
		NotBefore: at("2026-01-01T00:00:00Z"), NotAfter: at("2030-01-01T00:00:00Z"), SerialNumber: big.NewInt(1),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte{1}}
	n.root = n.certify(t, spec, spec, &n.key.PublicKey)
	return n
}

func (n *national) certify(t testing.TB, spec, issuer *x509.Certificate, key *rsa.PublicKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, spec, issuer, key, n.key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// card is a person's key and certificate.
type card struct {
	key   *rsa.PrivateKey
	chain []*x509.Certificate
}

// issue certifies the k-th key for a person; change may alter the certificate.
func (n *national) issue(t testing.TB, k int, common, patronymic, iin string, change func(*x509.Certificate)) card {
	t.Helper()
	n.serial++
	spec := &x509.Certificate{SerialNumber: big.NewInt(1000 + n.serial),
		Subject: pkix.Name{CommonName: common, SerialNumber: "IIN" + iin, Country: []string{"KZ"}, Organization: []string{"Университет"},
			OrganizationalUnit: []string{"BIN123456789021"},
			ExtraNames:         []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 42}, Value: patronymic}}},
		NotBefore: at("2026-06-01T00:00:00Z"), NotAfter: at("2027-06-01T00:00:00Z"),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}, BasicConstraintsValid: true}
	if change != nil {
		change(spec)
	}
	key := rsaKeys()[k]
	return card{key, []*x509.Certificate{n.certify(t, spec, n.root, &key.PublicKey), n.root}}
}

func (n *national) roots(t testing.TB) gost.Options {
	t.Helper()
	c, err := gost.ParseCertificate(n.root.Raw)
	if err != nil {
		t.Fatal(err)
	}
	return gost.Options{Roots: []*gost.Certificate{c}}
}

// revoked is the national authority's list with one certificate.
func revoked(t testing.TB, n *national, c *x509.Certificate, since time.Time) *gost.RevocationList {
	t.Helper()
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: since, NextUpdate: since.Add(year),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: c.SerialNumber, RevocationTime: since}}}, n.root, n.key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := gost.ParseRevocationList(der)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// external is what the office prepares for a role's official.
func external(r proctor.Role) acts.External {
	x := filled().Official(r)
	i := slices.Index(acts.Roles(), r)
	return acts.External{Role: r, Login: x.Login, Name: x.Name, At: signedAt.Add(time.Duration(i) * time.Hour)}
}

// outside has a card sign as an official.
func outside(t testing.TB, pdf []byte, c card, e acts.External, stamp acts.Stamp) ([]byte, error) {
	t.Helper()
	p, err := acts.Prepare(pdf, e)
	if err != nil {
		return nil, err
	}
	cms, err := acts.OutsideCMS(p.Covered(), c.chain, c.key, e.At.Add(time.Minute), stamp)
	if err != nil {
		t.Fatal(err)
	}
	return acts.Embed(p, cms)
}

var scan = sha256.Sum256([]byte("сканер"))

// onPaper is a role's official's hand signature.
func onPaper(r proctor.Role) acts.PaperOptions {
	e := external(r)
	return acts.PaperOptions{Role: r, Login: e.Login, Name: e.Name, At: e.At, Scan: scan}
}

// witness is an official who has no part in the act.
func (o office) witness(t testing.TB) acts.Signer {
	t.Helper()
	return o.issue(t, proctor.Person{Login: "witness", Name: "Куәгер К.Қ."}, proctor.RoleRegistrar)
}

// mixed is an act signed by key, by NCALayer and by hand, in this order.
func mixed(t testing.TB, o office, n *national, pdf []byte) []byte {
	t.Helper()
	pdf = o.signed(t, pdf, 1)
	c := n.issue(t, 0, "ІЗБАСАР ДӘУРЕН", "ҚУАНЫШҰЛЫ", "800101300123", nil)
	pdf, err := outside(t, pdf, c, external(proctor.RoleEngineer), nil)
	if err != nil {
		t.Fatal(err)
	}
	if pdf, err = acts.Attest(pdf, o.witness(t), onPaper(proctor.RoleHead)); err != nil {
		t.Fatal(err)
	}
	return pdf
}

func TestThreeMethodsInOneAct(t *testing.T) {
	o, n := newOffice(t), newNational(t)
	pdf := mixed(t, o, n, render(t, filled()))
	r, err := acts.VerifyWith(pdf, acts.VerifyOptions{Roots: []*x509.Certificate{o.authority.Certificate}, National: n.roots(t)})
	if err != nil || !r.Complete || !r.Trusted {
		t.Fatalf("%+v %v", r, err)
	}
	var methods []proctor.SignatureMethod
	for i, s := range r.Signatures {
		methods = append(methods, s.Method)
		x := filled().Official(acts.Roles()[i])
		if s.Role != acts.Roles()[i] || s.Login != x.Login || s.Name != x.Name || !s.Trusted || len(s.Fingerprint) != 64 {
			t.Errorf("signature %d: %+v", i, s)
		}
	}
	if want := []proctor.SignatureMethod{proctor.MethodKey, proctor.MethodNCALayer, proctor.MethodPaper}; !slices.Equal(methods, want) {
		t.Errorf("methods %v", methods)
	}
	if s := r.Signatures[1]; s.Subject != "ІЗБАСАР ДӘУРЕН ҚУАНЫШҰЛЫ" || s.IIN != "800101300123" || s.BIN != "123456789021" || s.Algorithm != "RSA-2048 SHA-256" {
		t.Errorf("ncalayer: %+v", s)
	}
	if s := r.Signatures[2]; s.Attester != "witness" || s.AttesterName != "Куәгер К.Қ." || s.Scan == "" {
		t.Errorf("paper: %+v", s)
	}
	if r := verify(t, pdf, o.authority.Certificate); !r.Complete || r.Trusted || !r.Signatures[2].Trusted || r.Signatures[1].Trusted {
		t.Errorf("without national roots: %+v", r)
	}
}

// TestActsOfBeforeStayValid reads acts of both forms that were signed by
// earlier programs: a violation from before there was a choice of methods, and
// an inspection.
func TestActsOfBeforeStayValid(t *testing.T) {
	for _, name := range []string{"testdata/act-key", "testdata/inspection-key"} {
		roots, err := acts.ParseCertificates(mustRead(t, name+".pem"))
		if err != nil {
			t.Fatal(err)
		}
		r := verify(t, mustRead(t, name+".pdf"), roots...)
		if !r.Complete || !r.Trusted || r.Signatures[0].Method != proctor.MethodKey {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
