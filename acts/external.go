package acts

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"hash"
	"slices"
	"time"

	"qyragy/acts/gost"
	"qyragy/proctor"
)

// External says whose signature is to be made outside, by NCALayer.
type External struct {
	Role proctor.Role
	// Login and Name are the official's, as the act names her for this office.
	Login  proctor.Login
	Name   string
	At     time.Time // kept to the second
	Reason string    // ≤ 200 runes, may be empty
}

// Prepared is an act with room for a signature from outside. The same act and
// the same External always prepare the same bytes.
type Prepared struct {
	file  *file
	index int
	rev   revision
	out   []byte
	start int // of the /Contents string in out
}

// Prepare adds the update of a signature that NCALayer will make, with no CMS
// in it yet. It refuses what Sign would refuse; the certificate comes later.
func Prepare(pdf []byte, e External) (Prepared, error) {
	f, office, err := open(pdf, e.Role)
	if err != nil {
		return Prepared{}, err
	}
	r, err := newRevision(proctor.MethodNCALayer, office, e.At, e.Reason)
	if err != nil {
		return Prepared{}, err
	}
	r.login, r.name = e.Login, e.Name
	i := len(f.report.Signatures)
	if err := f.admit(i, r, proof{}); err != nil {
		return Prepared{}, err
	}
	update, at := f.update(i, r)
	return Prepared{f, i, r, slices.Concat(f.pdf, update), len(f.pdf) + at}, nil
}

// Covered is what is signed: the bytes that /ByteRange names, joined.
func (p Prepared) Covered() []byte {
	before, after := covered(p.out, p.start, p.rev.room())
	return slices.Concat(before, after)
}

// Embed puts a detached CMS (CAdES-BES, RSA or GOST R 34.10-2015, DER or PEM)
// over p.Covered into the act, in its canonical form, and returns the longer
// file. It refuses a signature that does not hold, a certificate that is not
// for signing or was not valid, and a person who has signed already. It knows
// no national roots and not whose certificate it should be: ask VerifyWith,
// and compare the report's IIN with the account's.
func Embed(p Prepared, cms []byte) ([]byte, error) {
	der, err := gost.CanonicalCMS(cms)
	if err != nil {
		return nil, refused(err)
	}
	if len(der) > p.rev.room() {
		return nil, proctor.Errorf(proctor.Invalid, string(gost.RefusedTooLong))
	}
	s, err := gost.InspectCMS(der, p.Covered(), gost.Options{})
	if err != nil {
		return nil, refused(err)
	}
	if err := p.file.admit(p.index, p.rev, proof{signer: &s}); err != nil {
		return nil, err
	}
	return put(bytes.Clone(p.out), p.start, p.rev.room(), der)
}

// refused is a refusal of package gost as an error for people.
func refused(err error) error {
	if r := gost.Refusal(""); errors.As(err, &r) {
		return proctor.Errorf(proctor.Forbidden, string(r))
	}
	return err
}

// inspect checks the CMS from outside that der must be the canonical form of,
// over the bytes before and after it.
func (f *file) inspect(i int, der, before, after []byte) (proof, error) {
	if again, err := gost.CanonicalCMS(der); err != nil || !bytes.Equal(again, der) {
		return proof{}, errShape
	}
	o := f.options.National
	o.At, o.IIN, o.BIN, o.ExtendedUsage = f.options.existed(i), "", "", nil
	o.Digest = func(oid string) ([]byte, error) { return f.digest(oid, before, after) }
	check := gost.VerifyCMS
	if len(o.Roots) == 0 {
		check = gost.InspectCMS
	}
	s, err := check(der, nil, o)
	if err != nil {
		return proof{}, err
	}
	return proof{signer: &s, stamp: stampOf(s.Timestamp), trusted: len(o.Roots) > 0}, nil
}

// digest hashes what a signature covers. Revision 1, which all signatures
// cover, is hashed once: it holds the pictures, and Streebog is slow.
func (f *file) digest(oid string, before, after []byte) ([]byte, error) {
	if f.hashes == nil {
		f.hashes = map[string]hash.Cloner{}
	}
	if f.hashes[oid] == nil {
		h, err := gost.NewDigest(oid)
		if err != nil {
			return nil, err
		}
		h.Write(before[:f.drafted])
		f.hashes[oid] = h
	}
	h, err := f.hashes[oid].Clone()
	if err != nil {
		return nil, fmt.Errorf("hash act: %w", err)
	}
	h.Write(before[f.drafted:])
	h.Write(after)
	return h.Sum(nil), nil
}

// embedLife is how long after it was prepared a signature may come.
const embedLife = time.Hour

// outsider is who the certificate of a CMS from outside says signs. Prepare
// does not know her yet and has none.
func outsider(s *gost.Signer, at time.Time) (key []byte, iin string, err error) {
	if s == nil {
		return nil, "", nil
	}
	c, err := x509.ParseCertificate(s.Certificate.Raw)
	if err != nil || s.Certificate.Subject.IIN == "" {
		return nil, "", proctor.Errorf(proctor.Forbidden, string(gost.RefusedCertificate))
	}
	if t := s.SigningTime; !t.IsZero() && (t.Before(at.Add(-skew)) || t.After(at.Add(embedLife))) {
		return nil, "", proctor.Errorf(proctor.Conflict, "act_sign_clock")
	}
	return c.RawSubjectPublicKeyInfo, s.Certificate.Subject.IIN, nil
}
