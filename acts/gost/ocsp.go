package gost

import (
	"bytes"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // names an issuer to its responder, protects nothing
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

const (
	maxOCSP = 64 << 10 // bytes of a response
	// maxOCSPAge is how old an answer may be that does not say until when it
	// holds: by RFC 6960, 2.4, newer word is always there then.
	maxOCSPAge = time.Hour

	oidOCSPBasic  = "1.3.6.1.5.5.7.48.1.1"
	oidOCSPNonce  = "1.3.6.1.5.5.7.48.1.2"
	usageOCSP     = "1.3.6.1.5.5.7.3.9"
	tagEnumerated = 0x0A
)

// OCSPQuestion is a request about one certificate (RFC 6960).
type OCSPQuestion struct {
	// DER is the request's body, "application/ocsp-request".
	DER []byte

	subject, issuer *Certificate
	id              []byte // CertID, DER
	nonce           []byte // the extension's value
}

// AskOCSP asks whether c, which issuer has issued, is revoked.
func AskOCSP(c, issuer *Certificate) (*OCSPQuestion, error) {
	q := &OCSPQuestion{subject: c, issuer: issuer, nonce: make([]byte, 18)}
	q.nonce[0], q.nonce[1] = tagOctets, 16
	if _, err := rand.Read(q.nonce[2:]); err != nil {
		return nil, fmt.Errorf("ask about a certificate: %w", err)
	}
	var err error
	if q.id, err = certID(c, issuer); err == nil {
		q.DER, err = q.encode()
	}
	if err != nil {
		return nil, fmt.Errorf("ask about a certificate: %w", err)
	}
	return q, nil
}

// certID is RFC 6960, 4.1.1. It goes by SHA-1, which every responder knows and
// which protects nothing here.
func certID(c, issuer *Certificate) ([]byte, error) {
	spki, err := (&cursor{issuer.parsed.RawSubjectPublicKeyInfo}).into(tagSequence)
	if err != nil {
		return nil, err
	}
	if _, err := spki.algorithm(); err != nil {
		return nil, err
	}
	key, err := spki.bits()
	if err != nil {
		return nil, err
	}
	name, bits := sha1.Sum(issuer.parsed.RawSubject), sha1.Sum(key) //nolint:gosec // see above
	return asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Name, Key []byte
		Serial    *big.Int
	}{
		pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}, Parameters: asn1.NullRawValue},
		name[:], bits[:], c.Serial,
	})
}

func (q *OCSPQuestion) encode() ([]byte, error) {
	type one struct{ ID asn1.RawValue }
	type extension struct {
		ID    asn1.ObjectIdentifier
		Value []byte
	}
	type request struct {
		List       []one
		Extensions []extension `asn1:"explicit,tag:2"`
	}
	return asn1.Marshal(struct{ Request request }{request{
		[]one{{asn1.RawValue{FullBytes: q.id}}},
		[]extension{{asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}, q.nonce}},
	}})
}

// Check reads the responder's answer to q as of o.At. It returns nil if the
// certificate is not revoked, RefusedRevoked if it is, RefusedOCSP if the
// answer says nothing of it or is not to be believed. The answer must be signed
// by the certificate's issuer, or by a certificate for OCSP that leads to one
// of o.Roots.
func (q *OCSPQuestion) Check(answer []byte, o Options) error {
	if len(answer) > maxOCSP {
		return fmt.Errorf("check OCSP answer: %d bytes: %w", len(answer), RefusedOCSP)
	}
	a, err := parseOCSP(answer)
	if err == nil {
		err = q.believe(a, o)
	}
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, RefusedRevoked) && !errors.Is(err, RefusedOCSP):
		err = fmt.Errorf("%w: %w", RefusedOCSP, err)
	}
	return fmt.Errorf("check OCSP answer: %w", err)
}

func (q *OCSPQuestion) believe(a *ocspAnswer, o Options) error {
	if err := a.checkSigner(q.issuer, o); err != nil {
		return fmt.Errorf("%w: %v", RefusedOCSP, err) // not %w: a revoked responder is no revoked signer
	}
	if a.nonce != nil && !bytes.Equal(a.nonce, q.nonce) {
		return fmt.Errorf("%w: it answers another question", RefusedOCSP)
	}
	for _, s := range a.single {
		if !bytes.Equal(s.id, q.id) {
			continue
		}
		until := s.nextUpdate
		if until.IsZero() {
			until = s.thisUpdate.Add(maxOCSPAge)
		}
		if s.thisUpdate.After(o.At.Add(skew)) || until.Add(skew).Before(o.At) {
			return fmt.Errorf("%w: it is of %s", RefusedOCSP, s.thisUpdate)
		}
		switch s.status {
		case 0:
			return nil
		case 1:
			return fmt.Errorf("%s, on %s: %w", q.subject.Subject.CommonName, s.revoked, RefusedRevoked)
		}
		return fmt.Errorf("%w: the certificate is unknown to it", RefusedOCSP)
	}
	return fmt.Errorf("%w: it is of other certificates", RefusedOCSP)
}

// checkSigner finds whose signature this is. A responder's certificate is
// checked for o.At; whether it is revoked only its lists could say.
func (a *ocspAnswer) checkSigner(issuer *Certificate, o Options) error {
	if checkSignature(issuer.PublicKey, a.algorithm, "", a.signed, a.signature) == nil {
		return nil
	}
	for _, c := range a.certificates {
		if checkSignature(c.PublicKey, a.algorithm, "", a.signed, a.signature) != nil {
			continue
		}
		if !slices.Contains(c.ExtendedUsage, usageOCSP) {
			return fmt.Errorf("%s: %w", c.Subject.CommonName, RefusedExtendedUse)
		}
		_, _, err := c.verifyAt(Options{Roots: o.Roots, Intermediates: append(slices.Clone(o.Intermediates), issuer),
			Lists: o.Lists}, nil, moment{o.At, true})
		return err
	}
	return errors.New("nobody known has signed it")
}
