package gost

import (
	"bytes"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// samples is where the authority's public test certificates may lie; they are
// not this project's to publish.
const samples = "../../../shared/pki"

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(samples, name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("the test authority's %s is not here", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sampleCertificate(t testing.TB, name string) *Certificate {
	t.Helper()
	c, err := ParseCertificate(sample(t, name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return c
}

// sampleTime is within the validity of all samples.
func sampleTime() time.Time { return time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC) }

func sampleOptions(t testing.TB) Options {
	t.Helper()
	l, err := ParseRevocationList(sample(t, "nca_gost2022_test.crl"))
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		Roots:         []*Certificate{sampleCertificate(t, "root_test_gost_2022.cer")},
		Intermediates: []*Certificate{sampleCertificate(t, "nca_gost2022_test.cer")},
		Lists:         []*RevocationList{l},
		RequireList:   true,
		At:            sampleTime(),
	}
}

func TestRealCertificates(t *testing.T) {
	o := sampleOptions(t)
	root := o.Roots[0]
	if err := root.issuedBy(root); err != nil {
		t.Errorf("the root's own signature: %v", err)
	}
	for name, want := range map[string]Subject{
		"individual_valid.cer": {CommonName: "ТЕСТОВ ТЕСТ", Surname: "ТЕСТОВ", Patronymic: "ТЕСТОВИЧ", IIN: "123456789011"},
		"employee.cer": {CommonName: "ТЕСТТОВ ТЕСТТ", Surname: "ТЕСТТОВ", Patronymic: "ТЕСТТОВИЧ",
			IIN: "123456789012", Organization: `АО "ТЕСТ"`, BIN: "123456789021"},
		"head.cer": {CommonName: "ТЕСТОВ ТЕСТ", Surname: "ТЕСТОВ", Patronymic: "ТЕСТОВИЧ",
			IIN: "123456789011", Organization: `АО "ТЕСТ"`, BIN: "123456789021"},
	} {
		o.At = sampleTime()
		c := sampleCertificate(t, name)
		if c.Subject != want {
			t.Errorf("%s belongs to %+v", name, c.Subject)
		}
		if full := want.CommonName + " " + want.Patronymic; c.Subject.FullName() != full {
			t.Errorf("%s: full name %q", name, c.Subject.FullName())
		}
		if name == "employee.cer" { // the list has it, since 2 June 2026
			if _, _, err := c.Verify(o); !errors.Is(err, RefusedRevoked) {
				t.Errorf("%s: %v", name, err)
			}
			o.At = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
		}
		chain, listed, err := c.Verify(o)
		if err != nil || len(chain) != 3 || !listed {
			t.Errorf("%s: chain of %d, listed %v: %v", name, len(chain), listed, err)
		}
		if err := c.checkUse(o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRealRevocationList(t *testing.T) {
	o := sampleOptions(t)
	l, nca := o.Lists[0], o.Intermediates[0]
	if l.Len() != 195 || l.Number.Int64() != 0xA6 {
		t.Errorf("%d entries, number %v", l.Len(), l.Number)
	}
	r, ok := l.Find(number(t, "6C94FA75986FC4537A8E0ACA36997493C4D9C86A"))
	if !ok || r.Reason != 3 || !r.At.Equal(time.Date(2026, 5, 21, 15, 29, 15, 0, time.UTC)) {
		t.Errorf("entry %+v, %v", r, ok)
	}
	if err := l.CheckSignature(nca); err != nil {
		t.Error(err)
	}
	if err := l.CheckSignature(o.Roots[0]); !errors.Is(err, RefusedList) {
		t.Errorf("by the root: %v", err)
	}
	raw := sample(t, "nca_gost2022_test.crl")
	for at := 0; at < len(raw); at += 97 {
		bad := bytes.Clone(raw)
		bad[at] ^= 0x04
		if l, err := ParseRevocationList(bad); err == nil && l.CheckSignature(nca) == nil {
			t.Errorf("byte %d may be changed", at)
		}
	}
}

func TestRealSignatures(t *testing.T) {
	for _, v := range []struct {
		cms, document, iin, bin string
		signed                  time.Time
	}{
		{"individual_detached.der", "individual_document.txt", "123456789011", "", time.Date(2026, 7, 20, 9, 8, 6, 0, time.UTC)},
		{"individual_attached.der", "", "123456789011", "", time.Time{}},
		{"legal_entity_detached.der", "legal_entity_document.txt", "123456789011", "123456789021", time.Date(2026, 7, 20, 9, 10, 9, 0, time.UTC)},
	} {
		t.Run(v.cms, func(t *testing.T) {
			o := sampleOptions(t)
			o.IIN, o.BIN = v.iin, v.bin
			cms := sample(t, v.cms)
			var document []byte
			if v.document != "" {
				document = sample(t, v.document)
			}
			armored := pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: cms})
			for _, form := range [][]byte{cms, armored} {
				s, err := VerifyCMS(form, document, o)
				if err != nil {
					t.Fatal(err)
				}
				if !v.signed.IsZero() && !s.SigningTime.Equal(v.signed) {
					t.Errorf("signed on %s", s.SigningTime)
				}
				if !s.Listed || len(s.Chain) != 3 || s.Certificate.Subject.IIN != v.iin || len(s.Content) == 0 {
					t.Errorf("signer %+v", s)
				}
				// The samples' tokens are of the authority itself, not its test twin.
				if s.Timestamp == nil || s.Timestamp.Trusted || !errors.Is(s.Timestamp.Problem, RefusedChain) ||
					s.Timestamp.Time.Sub(s.SigningTime).Abs() > time.Minute {
					t.Errorf("time stamp %+v", s.Timestamp)
				}
			}
			wantRefusals(t, cms, document, o)
		})
	}
}

// wantRefusals holds a good signature against wrong expectations.
func wantRefusals(t *testing.T, cms, document []byte, o Options) {
	t.Helper()
	for name, v := range map[string]struct {
		change   func(o *Options)
		document []byte
		want     Refusal
	}{
		"another person":       {func(o *Options) { o.IIN = "123456789012" }, document, RefusedIIN},
		"another organisation": {func(o *Options) { o.BIN = "999999999999" }, document, RefusedBIN},
		"expired":              {func(o *Options) { o.At = o.At.AddDate(1, 0, 0) }, document, RefusedExpired},
		"received too early":   {func(o *Options) { o.At = o.At.AddDate(0, -3, 0) }, document, RefusedTime},
		"no roots":             {func(o *Options) { o.Roots = nil }, document, RefusedChain},
		"no authority between": {func(o *Options) { o.Intermediates = nil }, document, RefusedChain},
		"another usage":        {func(o *Options) { o.ExtendedUsage = []string{"1.3.6.1.5.5.7.3.2"} }, document, RefusedExtendedUse},
		"no list":              {func(o *Options) { o.Lists = nil }, document, RefusedListMissing},
		"an old list":          {func(o *Options) { o.At = time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC) }, document, RefusedListMissing},
	} {
		changed := o
		v.change(&changed)
		if _, err := VerifyCMS(cms, v.document, changed); !errors.Is(err, v.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other, want := []byte("another document"), RefusedDocument
	if document == nil {
		want = RefusedContradicted
	} else if _, err := VerifyCMS(cms, nil, o); !errors.Is(err, RefusedNoDocument) {
		t.Errorf("no document: %v", err)
	}
	if _, err := VerifyCMS(cms, other, o); !errors.Is(err, want) {
		t.Errorf("another document: %v", err)
	}
}

// No byte of a signature can be changed, and none of its document.
func TestRealSignatureTampered(t *testing.T) {
	o := sampleOptions(t)
	cms, document := sample(t, "legal_entity_detached.der"), sample(t, "legal_entity_document.txt")
	wantTamperProof(t, cms, document, o, 23)
	for at := range document {
		bad := bytes.Clone(document)
		bad[at] ^= 1
		if _, err := VerifyCMS(cms, bad, o); !errors.Is(err, RefusedDocument) {
			t.Fatalf("byte %d of the document: %v", at, err)
		}
	}
}

// wantTamperProof changes every byte at a stride. What is not refused must show
// in the time stamp: an unsigned attribute can always be taken away.
func wantTamperProof(t *testing.T, cms, document []byte, o Options, stride int) {
	t.Helper()
	whole, err := VerifyCMS(cms, document, o)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(cms); at += stride {
		for _, bit := range []byte{0x01, 0x80} {
			bad := bytes.Clone(cms)
			bad[at] ^= bit
			s, err := VerifyCMS(bad, document, o)
			var r Refusal
			if err != nil {
				if !errors.As(err, &r) {
					t.Errorf("byte %d: no refusal: %v", at, err)
				}
				continue
			}
			same := (s.Timestamp == nil) == (whole.Timestamp == nil) &&
				(s.Timestamp == nil || (errors.Is(s.Timestamp.Problem, RefusedAlgorithm) == errors.Is(whole.Timestamp.Problem, RefusedAlgorithm)))
			if same {
				t.Errorf("byte %d may be changed by %#x", at, bit)
			}
		}
	}
}

func BenchmarkVerifyCMS(b *testing.B) {
	o := sampleOptions(b)
	cms, document := sample(b, "individual_detached.der"), sample(b, "individual_document.txt")
	for b.Loop() {
		if _, err := VerifyCMS(cms, document, o); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseCertificate(b *testing.B) {
	der := sample(b, "head.cer")
	for b.Loop() {
		if _, err := ParseCertificate(der); err != nil {
			b.Fatal(err)
		}
	}
}
