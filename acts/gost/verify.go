package gost

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"
)

// skew is how much later than the trusted time a signer's clock may be.
const skew = 5 * time.Minute

// Signer is who made a signature that holds.
type Signer struct {
	Certificate *Certificate
	// Chain leads from the signer's certificate to the root.
	Chain []*Certificate
	// SigningTime is the signer's own word; zero where it gives none.
	SigningTime time.Time
	// At is the time for which the certificate was checked.
	At time.Time
	// Timestamp is the token that came with the signature, or nil.
	Timestamp *Timestamp
	// Listed: a current revocation list of the certificate's issuer was looked
	// into.
	Listed bool
	// Content is the document that was signed.
	Content []byte
	// Algorithm is with what, for a reader: "RSA-2048 SHA-256".
	Algorithm string
}

// VerifyCMS checks a CMS signature (RFC 5652, CAdES-BES), in DER or PEM, over
// detached, or over the document it holds itself where detached is nil. Where
// both are there they must be the same. It returns the signer if everything
// holds; otherwise the error wraps a Refusal.
func VerifyCMS(cms, detached []byte, o Options) (Signer, error) {
	s, err := verifyCMS(cms, detached, o)
	if err != nil {
		return Signer{}, fmt.Errorf("verify signature: %w", err)
	}
	return s, nil
}

func verifyCMS(cms, detached []byte, o Options) (Signer, error) {
	s, d, err := holds(cms, detached, o)
	if err != nil {
		return Signer{}, err
	}
	at, err := s.moment(o)
	if err != nil {
		return Signer{}, err
	}
	s.At = at.Time
	if s.Chain, s.Listed, err = s.Certificate.verifyAt(o, d.certificates, at); err != nil {
		return Signer{}, err
	}
	return s, s.Certificate.checkUse(o)
}

// holds checks that a signature is one over the document, whoever made it.
func holds(cms, detached []byte, o Options) (Signer, *signedData, error) {
	d, err := readCMS(cms)
	if err != nil {
		return Signer{}, nil, err
	}
	content, err := d.document(detached, o)
	if err != nil {
		return Signer{}, nil, err
	}
	digest := o.Digest
	if digest == nil {
		digest = of(content)
	}
	cert, err := d.signer.certificate(slices.Concat(d.certificates, o.Intermediates))
	if err != nil {
		return Signer{}, nil, err
	}
	if d.signer.signing.digest == oidSHA1 { // the older form is for time stamps
		return Signer{}, nil, fmt.Errorf("certificate named by its SHA-1: %w", RefusedAlgorithm)
	}
	if err := d.signer.check(cert, oidData, digest); err != nil {
		return Signer{}, nil, err
	}
	s := Signer{Certificate: cert, SigningTime: d.signer.signingTime, Content: content, Algorithm: algorithmName(cert, d.signer)}
	if d.signer.stamp != nil {
		if s.Timestamp, err = readTimestamp(d.signer.stamp, d.signer.value, o); err != nil {
			return Signer{}, nil, err
		}
	}
	return s, d, nil
}

// readCMS takes the DER or PEM apart.
func readCMS(cms []byte) (*signedData, error) {
	if len(cms) > maxCMS {
		return nil, RefusedTooLong
	}
	der, err := unwrapPEM(cms, "CMS", "PKCS7")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", RefusedFormat, err)
	}
	d, err := parseSignedData(der)
	if err != nil {
		return nil, fmt.Errorf("read: %w", precise(err))
	}
	if d.contentType != oidData {
		return nil, fmt.Errorf("content type %s: %w", d.contentType, RefusedFormat)
	}
	return d, nil
}

// precise adds RefusedFormat to an error that names no refusal itself.
func precise(err error) error {
	if r := Refusal(""); errors.As(err, &r) {
		return err
	}
	return fmt.Errorf("%w: %w", RefusedFormat, err)
}

// document returns what was signed.
func (d *signedData) document(detached []byte, o Options) ([]byte, error) {
	switch {
	case o.Digest != nil && (d.content != nil || detached != nil):
		return nil, RefusedContradicted
	case o.Digest != nil:
		return nil, nil
	case d.content == nil && detached == nil:
		return nil, RefusedNoDocument
	case d.content == nil:
		return detached, nil
	case detached != nil && !bytes.Equal(d.content, detached):
		return nil, RefusedContradicted
	}
	return d.content, nil
}

// moment returns the time for which the signer's certificate must hold.
func (s *Signer) moment(o Options) (moment, error) {
	at := moment{o.At, true}
	if at.IsZero() && s.Timestamp != nil && s.Timestamp.Trusted {
		at.Time = s.Timestamp.Time
	}
	if at.IsZero() {
		at = moment{s.SigningTime, false}
	}
	if at.IsZero() {
		return at, fmt.Errorf("no time: %w", RefusedTime)
	}
	if s.SigningTime.After(at.Add(skew)) {
		return at, fmt.Errorf("signed on %s, after %s: %w", s.SigningTime, at.Time, RefusedTime)
	}
	return at, nil
}
