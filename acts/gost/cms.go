package gost

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
)

// Limits of a CMS; an encapsulated document counts.
const (
	maxCMS          = 32 << 20 // bytes
	maxCertificates = 8        // in one CMS
)

const (
	oidData       = "1.2.840.113549.1.7.1"
	oidSignedData = "1.2.840.113549.1.7.2"
	oidTSTInfo    = "1.2.840.113549.1.9.16.1.4"
)

// signedData is a CMS SignedData (RFC 5652, section 5) with one signer.
type signedData struct {
	contentType  string
	content      []byte // nil where it is detached
	certificates []*Certificate
	signer       signerInfo
}

// signerInfo is RFC 5652, 5.3, with signed attributes, without which a
// signature over a document could be taken for one over attributes.
type signerInfo struct {
	issuer    []byte   // the name, DER; nil where keyID identifies
	serial    *big.Int // of issuer's certificate
	keyID     []byte
	digest    algorithm
	signed    []byte // the attributes as they are signed: a SET
	signature algorithm
	value     []byte
	stamp     []byte   // the time-stamp token, DER; nil where there is none
	parts     [][]byte // all but the unsigned attributes, DER, as they came
	attributes
}

// parseSignedData reads a ContentInfo in DER, which must be nothing else.
func parseSignedData(der []byte) (*signedData, error) {
	outer := &cursor{der}
	info, err := outer.into(tagSequence)
	if err != nil {
		return nil, err
	}
	if id, err := info.oid(); err != nil || id != oidSignedData {
		return nil, fmt.Errorf("content type %q", id)
	}
	explicit, err := info.into(tagContext0)
	if err != nil {
		return nil, err
	}
	c, err := explicit.into(tagSequence)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(outer.done(), info.done(), explicit.done()); err != nil {
		return nil, err
	}
	d := new(signedData)
	return d, d.parse(c)
}

func (d *signedData) parse(c *cursor) error {
	version, err := c.integer()
	if err != nil {
		return err
	}
	digests, err := d.parseDigests(c)
	if err != nil {
		return err
	}
	if err := d.parseContent(c); err != nil {
		return err
	}
	if err := d.parseCertificates(c); err != nil {
		return err
	}
	if c.is(tagContext1) { // revocation lists; ours come with Options
		if _, err := c.next(); err != nil {
			return err
		}
	}
	signers, err := c.into(tagSet)
	if err != nil {
		return err
	}
	if err := c.done(); err != nil {
		return err
	}
	if err := d.signer.parse(signers); err != nil {
		return err
	}
	want := int64(1) // RFC 5652, 5.1
	if d.contentType != oidData || d.signer.keyID != nil {
		want = 3
	}
	if version.Cmp(big.NewInt(want)) != 0 || !digests[d.signer.digest.oid] {
		return fmt.Errorf("version %v, digest %s", version, d.signer.digest.oid)
	}
	return nil
}

func (d *signedData) parseDigests(c *cursor) (map[string]bool, error) {
	set, err := c.into(tagSet)
	if err != nil {
		return nil, err
	}
	digests := map[string]bool{}
	for len(set.rest) > 0 {
		a, err := set.algorithm()
		if err != nil || a.params != nil {
			return nil, fmt.Errorf("digest algorithm %q", a.oid)
		}
		digests[a.oid] = true
	}
	return digests, nil
}

func (d *signedData) parseContent(c *cursor) error {
	in, err := c.into(tagSequence)
	if err != nil {
		return err
	}
	if d.contentType, err = in.oid(); err != nil || len(in.rest) == 0 {
		return err
	}
	explicit, err := in.into(tagContext0)
	if err != nil {
		return err
	}
	v, err := explicit.take(tagOctets)
	if err != nil {
		return err
	}
	d.content = v.Bytes[:len(v.Bytes):len(v.Bytes)]
	return errors.Join(explicit.done(), in.done())
}

func (d *signedData) parseCertificates(c *cursor) error {
	if !c.is(tagContext0) {
		return nil
	}
	set, err := c.into(tagContext0)
	if err != nil {
		return err
	}
	for len(set.rest) > 0 {
		if len(d.certificates) == maxCertificates {
			return fmt.Errorf("more than %d certificates", maxCertificates)
		}
		v, err := set.take(tagSequence)
		if err != nil {
			return err
		}
		cert, err := ParseCertificate(v.FullBytes)
		if err != nil {
			return err
		}
		d.certificates = append(d.certificates, cert)
	}
	return nil
}

// parse reads the one SignerInfo of a set.
func (s *signerInfo) parse(set *cursor) error {
	c, err := set.into(tagSequence)
	if err != nil || len(set.rest) > 0 {
		return RefusedSigners
	}
	for rest := *c; len(rest.rest) > 0 && !rest.is(tagContext1); {
		v, err := rest.next()
		if err != nil {
			return err
		}
		s.parts = append(s.parts, v.FullBytes)
	}
	if err := s.parseIdentifier(c); err != nil {
		return err
	}
	if s.digest, err = c.algorithm(); err != nil || s.digest.params != nil {
		return fmt.Errorf("digest algorithm %q", s.digest.oid)
	}
	attrs, err := c.take(tagContext0)
	if err != nil {
		return fmt.Errorf("%w: %w", RefusedAttributes, err)
	}
	s.signed = bytes.Clone(attrs.FullBytes)
	s.signed[0] = tagSet // RFC 5652, 5.4: signed as a SET, not as [0]
	if err := s.attributes.parse(&cursor{attrs.Bytes}); err != nil {
		return fmt.Errorf("%w: %w", RefusedAttributes, err)
	}
	if s.signature, err = c.algorithm(); err != nil {
		return err
	}
	v, err := c.take(tagOctets)
	if err != nil {
		return err
	}
	s.value = v.Bytes
	return s.parseUnsigned(c)
}

// parseIdentifier reads the version and who signed: an issuer and serial
// number, or a key's identifier.
func (s *signerInfo) parseIdentifier(c *cursor) error {
	version, err := c.integer()
	if err != nil {
		return err
	}
	switch v := version.String(); {
	case v == "3" && c.is(tagImplicit0):
		id, err := c.next()
		s.keyID = id.Bytes
		return err
	case v == "1" && c.is(tagSequence):
		in, err := c.into(tagSequence)
		if err != nil {
			return err
		}
		name, err := in.take(tagSequence)
		if err != nil {
			return err
		}
		s.issuer = name.FullBytes
		if s.serial, err = in.integer(); err != nil {
			return err
		}
		return in.done()
	default:
		return fmt.Errorf("signer of version %s", v)
	}
}

// certificate returns the signer's among these.
func (s *signerInfo) certificate(among []*Certificate) (*Certificate, error) {
	for _, c := range among {
		if s.keyID != nil && bytes.Equal(s.keyID, c.parsed.SubjectKeyId) {
			return c, nil
		}
		if s.issuer != nil && bytes.Equal(s.issuer, c.parsed.RawIssuer) && s.serial.Cmp(c.Serial) == 0 {
			return c, nil
		}
	}
	return nil, fmt.Errorf("the signer's certificate is missing: %w", RefusedCertificate)
}

// check checks the signature over the attributes and, in them, the certificate
// and the digest of the content: another document is refused only where everything
// else holds, so that it can be called that.
func (s *signerInfo) check(c *Certificate, contentType string, digest func(oid string) ([]byte, error)) error {
	if s.contentType != contentType {
		return fmt.Errorf("content type %s in %s: %w", s.contentType, contentType, RefusedAttributes)
	}
	if err := s.names(c); err != nil {
		return err
	}
	if err := checkSignature(c.PublicKey, s.signature, s.digest.oid, s.signed, s.value); err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	sum, err := digest(s.digest.oid)
	if err != nil {
		return err
	}
	if !bytes.Equal(sum, s.messageDigest) {
		return fmt.Errorf("digest of the document: %w", RefusedDocument)
	}
	return nil
}
