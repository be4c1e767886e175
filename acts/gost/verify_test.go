package gost

import (
	"bytes"
	"crypto/x509/pkix"
	"errors"
	"testing"
	"time"
)

var document = []byte("Емтихан тәртібін бұзу туралы АКТ")

func kitOptions(t testing.TB) Options {
	return Options{
		Roots:         []*Certificate{rootSpec().certificate(t)},
		Intermediates: []*Certificate{authoritySpec().certificate(t)},
		At:            day(50), IIN: "800101400123", BIN: "990140001234",
	}
}

// scene is a signature and what it is held against.
type scene struct {
	t        *testing.T
	letter   *letter
	options  Options
	document []byte
}

// sign makes the scene's letter anew, for another signer.
func (s *scene) sign(by spec) { s.letter = newLetter(s.t, by, document, oidData, day(50)) }

func (s *scene) list(issuer string, from, to time.Time, revoked map[int64]time.Time) {
	s.t.Helper()
	l, err := ParseRevocationList(list(s.t, issuer, from, to, revoked))
	if err != nil {
		s.t.Fatal(err)
	}
	s.options.Lists = append(s.options.Lists, l)
}

// stamped adds a time stamp, changed by change.
func (s *scene) stamped(by spec, at time.Time, change func(*letter)) {
	l := stamp(s.t, by, s.letter.value(), at)
	if change != nil {
		change(l)
	}
	s.letter.unsigned = [][]byte{attributeOf(s.t, oidStampToken, l.cms(s.t))}
}

// changed is the signer's certificate with one thing other.
func changed(t *testing.T, change func(*spec)) spec {
	s := signerSpec(t)
	change(&s)
	return s
}

func TestRefusals(t *testing.T) {
	for _, v := range []struct {
		name   string
		want   Refusal // "" is accepted
		change func(s *scene)
	}{
		{"as it should be", "", func(*scene) {}},
		{"attached", "", func(s *scene) { s.letter.attached, s.document = true, nil }},
		{"attached and given", "", func(s *scene) { s.letter.attached = true }},
		{"an empty document", RefusedDocument, func(s *scene) { s.document = []byte{} }},
		{"no document", RefusedNoDocument, func(s *scene) { s.document = nil }},
		{"another document", RefusedDocument, func(s *scene) { s.document = []byte("another") }},
		{"attached, another given", RefusedContradicted, func(s *scene) {
			s.letter.attached, s.document = true, []byte("another")
		}},
		{"two signers", RefusedSigners, func(s *scene) { s.letter.signers = 2 }},
		{"no signer", RefusedSigners, func(s *scene) { s.letter.signers = 0 }},
		{"another's key", RefusedValue, func(s *scene) { s.letter.as = "authority" }},
		{"no certificate", RefusedCertificate, func(s *scene) { s.letter.certificates = nil }},
		{"too many certificates", RefusedFormat, func(s *scene) {
			s.letter.certificates = [][]byte{bytes.Repeat(s.letter.certificates[0], maxCertificates+1)}
		}},
		{"a certificate that is none", RefusedCertificate, func(s *scene) {
			s.letter.certificates = append(s.letter.certificates, []byte{tagSequence, 0})
		}},
		{"a certificate swapped for one of the same number", RefusedSwapped, func(s *scene) {
			other := changed(s.t, func(c *spec) { c.more = c.more[1:] })
			s.letter.certificates = [][]byte{other.issue(s.t)}
		}},
		{"an unknown digest", RefusedAlgorithm, func(s *scene) { s.letter.digest = "1.2.643.2.2.9" }},
		{"a digest of RSA's", RefusedAlgorithm, func(s *scene) { s.letter.digest = oidSHA256 }},
		{"an unknown algorithm", RefusedAlgorithm, func(s *scene) { s.letter.algorithm = "1.2.398.3.10.1.1.2.3.1" }},
		{"RSA's algorithm", RefusedAlgorithm, func(s *scene) { s.letter.algorithm = oidRSAWithS256 }},
		{"TC 26's order of bytes", RefusedValue, func(s *scene) { s.letter.algorithm = oidSignedRU }},
		{"the key's algorithm", "", func(s *scene) { s.letter.algorithm = oidKeyKZ }},
		{"no message digest", RefusedAttributes, func(s *scene) { s.letter.attributes = append(s.letter.attributes[:1:1], s.letter.attributes[2:]...) }},
		{"no content type", RefusedAttributes, func(s *scene) { s.letter.attributes = s.letter.attributes[1:] }},
		{"no signing certificate", RefusedAttributes, func(s *scene) { s.letter.attributes = s.letter.attributes[:2] }},
		{"an attribute twice", RefusedAttributes, func(s *scene) { s.letter.attributes = append(s.letter.attributes, s.letter.attributes[0]) }},
		{"an attribute of two values", RefusedAttributes, func(s *scene) {
			s.letter.attributes[0] = attributeOf(s.t, oidContentType, []byte{6, 1, 42}, []byte{6, 1, 42})
		}},
		{"another content type", RefusedAttributes, func(s *scene) { s.letter.attributes[0] = attributeOf(s.t, oidContentType, []byte{6, 1, 42}) }},
		{"a time stamp as a document", RefusedFormat, func(s *scene) {
			s.letter = newLetter(s.t, signerSpec(s.t), document, oidTSTInfo, day(50))
		}},
	} {
		t.Run(v.name, func(t *testing.T) { playScene(t, v.want, v.change) })
	}
}

// playScene verifies a good signature after change and wants this refusal.
func playScene(t *testing.T, want Refusal, change func(s *scene)) {
	t.Helper()
	s := &scene{t, newLetter(t, signerSpec(t), document, oidData, day(50)), kitOptions(t), document}
	change(s)
	signer, err := VerifyCMS(s.letter.cms(t), s.document, s.options)
	if want == "" {
		if err != nil {
			t.Fatal(err)
		}
		if signer.Certificate == nil || !bytes.Equal(signer.Content, document) {
			t.Errorf("signer %+v", signer)
		}
		return
	}
	if !errors.Is(err, want) {
		t.Fatalf("%v, wanted %s", err, want)
	}
	if signer.Certificate != nil {
		t.Error("a refused signature has a signer")
	}
}

func TestCertificateRefusals(t *testing.T) {
	by := func(change func(*spec)) func(*scene) {
		return func(s *scene) { s.sign(changed(s.t, change)) }
	}
	authority := func(change func(*spec)) func(*scene) {
		return func(s *scene) {
			a := authoritySpec()
			change(&a)
			s.options.Intermediates = []*Certificate{a.certificate(s.t)}
		}
	}
	for _, v := range []struct {
		name   string
		want   Refusal
		change func(s *scene)
	}{
		{"another person", RefusedIIN, func(s *scene) { s.options.IIN = "800101400124" }},
		{"another organisation", RefusedBIN, func(s *scene) { s.options.BIN = "990140001235" }},
		{"anybody", "", func(s *scene) { s.options.IIN, s.options.BIN = "", "" }},
		{"a private person", RefusedBIN, by(func(c *spec) { c.more = c.more[:2] })},
		{"nobody", RefusedIIN, by(func(c *spec) { c.more = nil })},
		{"a shorter IIN", RefusedIIN, by(func(c *spec) { c.more[1].Value = "IIN80010140012" })},
		{"not for signing", RefusedUsage, by(func(c *spec) { c.usage = 0x80 })},
		{"an authority signs", RefusedUsage, by(func(c *spec) { c.ca, c.pathLen = true, -1 })},
		{"for signing in", RefusedExtendedUse, by(func(c *spec) { c.extended = []string{"1.3.6.1.5.5.7.3.2", UsageOrganization} })},
		{"for nothing", RefusedExtendedUse, by(func(c *spec) { c.extended = nil })},
		{"not a head", RefusedExtendedUse, func(s *scene) { s.options.ExtendedUsage = []string{UsageSign, "1.2.398.3.3.4.1.2.1"} }},
		{"an employee", "", func(s *scene) { s.options.ExtendedUsage = []string{UsageSign, "1.2.398.3.3.4.1.2.5"} }},
		{"expired", RefusedExpired, func(s *scene) { s.options.At = day(101) }},
		{"not valid yet", RefusedNotYetValid, by(func(c *spec) { c.from = day(51) })},
		{"authority expired", RefusedExpired, authority(func(a *spec) { a.to = day(20) })},
		{"authority is none", RefusedChain, authority(func(a *spec) { a.ca = false })},
		{"authority may not issue", RefusedChain, authority(func(a *spec) { a.usage = 0x02 })},
		{"authority of another key", RefusedChain, authority(func(a *spec) { a.spki = newSecret("thief").spki(t) })},
		{"authority of another root", RefusedChain, authority(func(a *spec) { a.issuer = "thief" })},
		{"authority signs itself", RefusedChain, authority(func(a *spec) { a.issuer = "authority" })},
		{"root of the same name", RefusedChain, func(s *scene) {
			r := rootSpec()
			r.spki = newSecret("thief").spki(s.t)
			s.options.Roots = []*Certificate{r.certificate(s.t)}
		}},
		{"the authority is the root", "", func(s *scene) { s.options.Roots, s.options.Intermediates = s.options.Intermediates, nil }},
		{"the authority comes along", "", func(s *scene) {
			s.options.Intermediates = nil
			s.letter.certificates = append(s.letter.certificates, authoritySpec().issue(s.t))
		}},
		{"the root comes along", RefusedChain, func(s *scene) {
			s.options.Roots = nil
			s.letter.certificates = append(s.letter.certificates, rootSpec().issue(s.t))
		}},
		{"a chain too long", RefusedChain, func(s *scene) {
			sub := spec{name: "sub", issuer: "authority", serial: 9, from: day(1), to: day(200), usage: usageAuthority, ca: true, pathLen: -1}
			s.options.Intermediates = append(s.options.Intermediates, sub.certificate(s.t))
			s.sign(changed(s.t, func(c *spec) { c.issuer = "sub" }))
		}},
		{"an unknown critical extension", RefusedChain, by(func(c *spec) {
			c.extensions = []pkix.Extension{{Id: oidFrom(t, "1.2.3.4"), Critical: true, Value: []byte{5, 0}}}
		})},
		{"an unknown extension", "", by(func(c *spec) {
			c.extensions = []pkix.Extension{{Id: oidFrom(t, "1.2.3.4"), Value: []byte{5, 0}}}
		})},
		{"signed by the authority's clock", RefusedTime, func(s *scene) { s.options.At = day(49) }},
	} {
		t.Run(v.name, func(t *testing.T) { playScene(t, v.want, v.change) })
	}
}

// Nothing of a kit's signature can be changed either, time stamp included.
func TestTampered(t *testing.T) {
	s := &scene{t, newLetter(t, signerSpec(t), document, oidData, day(50)), kitOptions(t), document}
	wantTamperProof(t, s.letter.cms(t), document, s.options, 19)
	s.letter.attached = true
	s.stamped(stampSpec(), day(50), nil)
	wantTamperProof(t, s.letter.cms(t), nil, s.options, 43)
}

// Certificates that came along and all name each other cost a bounded search.
func TestSearchIsBounded(t *testing.T) {
	l := newLetter(t, changed(t, func(c *spec) { c.issuer = "circle" }), document, oidData, day(50))
	for i := range maxCertificates - 1 {
		c := spec{name: "circle", issuer: "circle", serial: int64(100 + i), from: day(1), to: day(200), usage: usageAuthority, ca: true, pathLen: -1}
		l.certificates = append(l.certificates, c.issue(t))
	}
	if _, err := VerifyCMS(l.cms(t), document, kitOptions(t)); !errors.Is(err, RefusedChain) {
		t.Error(err)
	}
}
