package gost

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
)

func TestParseCertificate(t *testing.T) {
	der := signerSpec(t).issue(t)
	for _, form := range [][]byte{der, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})} {
		c, err := ParseCertificate(form)
		if err != nil {
			t.Fatal(err)
		}
		want := Subject{CommonName: "signer", Surname: "ӘБЕНОВА", Patronymic: "СЕРІКҚЫЗЫ", IIN: "800101400123",
			Organization: "Univ", BIN: "990140001234"}
		if c.Subject != want || c.Serial.Int64() != 3 || !strings.Contains(c.Issuer, "authority") || c.CA {
			t.Errorf("read as %+v", c)
		}
		if _, ok := c.PublicKey.(*PublicKey); !ok || len(c.ExtendedUsage) != 3 || len(c.Fingerprint()) != 64 {
			t.Errorf("key %T, usages %v", c.PublicKey, c.ExtendedUsage)
		}
		if !c.NotBefore.Equal(day(10)) || !c.NotAfter.Equal(day(100)) || !bytes.Equal(c.Raw, der) {
			t.Errorf("valid from %s to %s", c.NotBefore, c.NotAfter)
		}
	}
}

func TestParseCertificateRefuses(t *testing.T) {
	good := signerSpec(t)
	subject := func(more ...pkix.AttributeTypeAndValue) []byte {
		return changed(t, func(c *spec) { c.more = more }).issue(t)
	}
	iin, bin := field(t, "2.5.4.5", "IIN800101400123"), field(t, "2.5.4.11", "BIN990140001234")
	point := func(x, y *big.Int) []byte {
		return changed(t, func(c *spec) { c.spki = spkiOf(t, x, y) }).issue(t)
	}
	x, y := paramSetA.public(newSecret("signer").d)
	spki := spkiOf(t, x, y)
	replaced := func(old, with string) []byte {
		return changed(t, func(c *spec) {
			c.spki = bytes.Replace(spki, marshal(t, oidFrom(t, old), ""), marshal(t, oidFrom(t, with), ""), 1)
		}).issue(t)
	}
	for name, v := range map[string]struct {
		der  []byte
		want Refusal
	}{
		"empty":                 {nil, RefusedCertificate},
		"a byte more":           {append(good.issue(t), 0), RefusedCertificate},
		"too long":              {make([]byte, maxCertificate+1), RefusedTooLong},
		"two serial numbers":    {subject(iin, iin), RefusedCertificate},
		"two organisations":     {subject(iin, bin, field(t, "2.5.4.11", "BIN990140001235")), RefusedCertificate},
		"a point off the curve": {point(x, new(big.Int).Add(y, big.NewInt(1))), RefusedPublicKey},
		"a point out of range":  {point(new(big.Int).Add(big.NewInt(3), paramSetA.p), paramSetA.y), RefusedPublicKey},
		"the point (0, 0)":      {point(new(big.Int), new(big.Int)), RefusedPublicKey},
		"an unknown curve":      {replaced(oidCurveKZ, "1.2.398.3.10.1.1.2.2.9"), RefusedAlgorithm},
		"an unknown digest":     {replaced(oidStreebogKZ, "1.2.398.3.10.1.3.2"), RefusedAlgorithm},
		"bytes after the key":   {changed(t, func(c *spec) { c.spki = wrapped(tagSequence, spki[4:], []byte{5, 0}) }).issue(t), RefusedCertificate},
		"a malformed usage list": {changed(t, func(c *spec) {
			c.extended, c.extensions = nil, []pkix.Extension{{Id: oidFrom(t, "2.5.29.37"), Value: []byte{5, 0}}}
		}).issue(t), RefusedCertificate},
	} {
		if c, err := ParseCertificate(v.der); !errors.Is(err, v.want) || c != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Two units, of which one is the organisation's number.
	c, err := ParseCertificate(subject(iin, field(t, "2.5.4.11", "ТҚОО"), bin))
	if err != nil || c.Subject.BIN != "990140001234" {
		t.Errorf("two units: %v, %v", c, err)
	}
}

// Every byte of a certificate is read or signed.
func TestCertificateTampered(t *testing.T) {
	der, o := signerSpec(t).issue(t), kitOptions(t)
	for at := range der {
		if at%7 > 0 {
			continue
		}
		bad := bytes.Clone(der)
		bad[at] ^= 0x01
		c, err := ParseCertificate(bad)
		if err == nil {
			_, _, err = c.Verify(o)
		}
		if r := Refusal(""); !errors.As(err, &r) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

func TestVerifyCertificateNeedsTime(t *testing.T) {
	o := kitOptions(t)
	c := signerSpec(t).certificate(t)
	if chain, listed, err := c.Verify(o); err != nil || len(chain) != 3 || listed {
		t.Errorf("chain of %d, listed %v: %v", len(chain), listed, err)
	}
	o.At = o.At.AddDate(-100, 0, 0)
	if _, _, err := c.Verify(o); !errors.Is(err, RefusedNotYetValid) {
		t.Error(err)
	}
	if _, _, err := c.Verify(Options{Roots: o.Roots}); !errors.Is(err, RefusedTime) {
		t.Error(err)
	}
	root := o.Roots[0]
	o = kitOptions(t)
	o.RequireList = true
	if chain, _, err := root.Verify(o); err != nil || len(chain) != 1 {
		t.Errorf("a root: chain of %d, %v", len(chain), err)
	}
}

// Each refusal has its own sentence.
func TestSentences(t *testing.T) {
	seen := map[string]Refusal{}
	for _, r := range refusals() {
		s := r.Error()
		if other, ok := seen[s]; ok {
			t.Errorf("%s and %s say the same", r, other)
		}
		if strings.Contains(s, string(r)) || strings.HasSuffix(s, ".") {
			t.Errorf("%s has no sentence: %q", r, s)
		}
		seen[s] = r
	}
	if Refusal("signature_x").Error() != "The signature is refused: signature_x" {
		t.Error("an unknown refusal says nothing")
	}
}

func refusals() []Refusal {
	return []Refusal{RefusedFormat, RefusedSigners, RefusedNoDocument, RefusedDocument, RefusedValue, RefusedAlgorithm,
		RefusedAttributes, RefusedSwapped, RefusedCertificate, RefusedChain, RefusedNotYetValid, RefusedExpired,
		RefusedRevoked, RefusedList, RefusedListMissing, RefusedOCSP, RefusedUsage, RefusedExtendedUse, RefusedIIN, RefusedBIN,
		RefusedTime, RefusedTimestamp, RefusedPublicKey, RefusedTooLong, RefusedContradicted, RefusedAttached}
}
