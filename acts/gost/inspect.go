package gost

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
)

// InspectCMS is VerifyCMS without trust: the signature holds and its
// certificate was valid at that time and is for signing, but who issued it is
// not asked. Chain is empty then, and no time stamp is trusted.
func InspectCMS(cms, detached []byte, o Options) (Signer, error) {
	s, _, err := holds(cms, detached, o)
	if err != nil {
		return Signer{}, fmt.Errorf("inspect signature: %w", err)
	}
	at, err := s.moment(o)
	if err != nil {
		return Signer{}, fmt.Errorf("inspect signature: %w", err)
	}
	s.At = at.Time
	if err := errors.Join(s.Certificate.checkItself(at, nil), s.Certificate.checkUse(o)); err != nil {
		return Signer{}, fmt.Errorf("inspect signature: %w", err)
	}
	return s, nil
}

// VerifyTimestamp reads a token (RFC 3161) over a signature's value. An error
// means that it is damaged or of something else; whether its authority leads
// to a root of o, the Timestamp says.
func VerifyTimestamp(token, value []byte, o Options) (*Timestamp, error) {
	if len(token) > maxCMS {
		return nil, fmt.Errorf("verify time stamp: %w", RefusedTooLong)
	}
	t, err := readTimestamp(token, value, o)
	if err != nil {
		return nil, fmt.Errorf("verify time stamp: %w", err)
	}
	return t, nil
}

// VerifyTimestampOf is VerifyTimestamp for whoever has only the value's
// SHA-256.
func VerifyTimestampOf(token []byte, digest [sha256.Size]byte, o Options) (*Timestamp, error) {
	if len(token) > maxCMS {
		return nil, fmt.Errorf("verify time stamp: %w", RefusedTooLong)
	}
	t, err := readToken(token, func(oid string) ([]byte, error) {
		if oid != oidSHA256 {
			return nil, fmt.Errorf("digest %s: %w", oid, RefusedAlgorithm)
		}
		return digest[:], nil
	}, o)
	if err != nil {
		return nil, fmt.Errorf("verify time stamp: %w", err)
	}
	return t, nil
}

// CanonicalCMS rewrites a signature without what it can do without: a document
// that it holds, revocation lists, certificates that are not in the signer's
// chain, and all unsigned attributes but the time stamp. What is signed stays,
// byte for byte. A file that holds it in this form has no room for anything
// that nobody vouches for.
func CanonicalCMS(cms []byte) ([]byte, error) {
	d, err := readCMS(cms)
	if err != nil {
		return nil, fmt.Errorf("canonical signature: %w", err)
	}
	der, err := d.canonical()
	if err != nil {
		return nil, fmt.Errorf("canonical signature: %w: %w", RefusedFormat, err)
	}
	return der, nil
}

func (d *signedData) canonical() ([]byte, error) {
	s := d.signer
	version := byte(1)
	if s.keyID != nil {
		version = 3
	}
	chain, err := d.ownChain()
	if err != nil {
		return nil, err
	}
	var certificates [][]byte
	for _, c := range chain {
		certificates = append(certificates, c.Raw)
	}
	content, err := encodeOID(oidData)
	if err != nil {
		return nil, err
	}
	signer := slices.Clone(s.parts)
	if s.stamp != nil {
		id, err := encodeOID(oidStampToken)
		if err != nil {
			return nil, err
		}
		signer = append(signer, element(tagContext1, element(tagSequence, id, element(tagSet, s.stamp))))
	}
	outer, err := encodeOID(oidSignedData)
	if err != nil {
		return nil, err
	}
	return element(tagSequence, outer, element(tagContext0, element(tagSequence,
		element(tagInteger, []byte{version}), element(tagSet, s.parts[2]), element(tagSequence, content),
		element(tagContext0, certificates...), element(tagSet, element(tagSequence, signer...))))), nil
}

// ownChain is the signer's certificate and, as far as the CMS holds them, who
// issued it and so on up to a root: each vouched for by the signature of the
// next.
func (d *signedData) ownChain() ([]*Certificate, error) {
	c, err := d.signer.certificate(d.certificates)
	if err != nil {
		return nil, err
	}
	chain := []*Certificate{c}
	for len(chain) < maxDepth {
		i := slices.IndexFunc(d.certificates, func(o *Certificate) bool {
			return !contains(chain, o) && c.names(o) && c.issuedBy(o) == nil
		})
		if i < 0 {
			break
		}
		c = d.certificates[i]
		chain = append(chain, c)
	}
	return chain, nil
}

func encodeOID(dots string) ([]byte, error) {
	var id asn1.ObjectIdentifier
	n := 0
	for i := 0; i <= len(dots); i++ {
		if i == len(dots) || dots[i] == '.' {
			id, n = append(id, n), 0
			continue
		}
		n = 10*n + int(dots[i]-'0')
	}
	return asn1.Marshal(id)
}

// element is contents under an identifier byte, in DER.
func element(identifier byte, contents ...[]byte) []byte {
	n := 0
	for _, c := range contents {
		n += len(c)
	}
	out := []byte{identifier}
	switch {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	case n < 0x10000:
		out = append(out, 0x82, byte(n>>8), byte(n))
	case n < 0x1000000:
		out = append(out, 0x83, byte(n>>16), byte(n>>8), byte(n))
	default:
		out = append(out, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	for _, c := range contents {
		out = append(out, c...)
	}
	return out
}

// algorithmName says with what a signature was made, for a reader.
func algorithmName(c *Certificate, s signerInfo) string {
	switch key := c.PublicKey.(type) {
	case *PublicKey:
		return "GOST R 34.10-2015 (512)"
	case *rsa.PublicKey:
		names := map[string]string{oidSHA256: "SHA-256", oidSHA384: "SHA-384", oidSHA512: "SHA-512"}
		return fmt.Sprintf("RSA-%d %s", key.N.BitLen(), names[s.digest.oid])
	}
	return fmt.Sprintf("%T", c.PublicKey)
}

// Signs reports whether c's key is of an algorithm known here, so that what it
// signs can be checked.
func (c *Certificate) Signs() bool {
	switch c.PublicKey.(type) {
	case *PublicKey, *rsa.PublicKey:
		return true
	}
	return false
}
