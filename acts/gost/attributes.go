package gost

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // of certificates in time-stamp tokens, beside a signature
	"errors"
	"fmt"
	"time"
)

const (
	oidContentType   = "1.2.840.113549.1.9.3"
	oidMessageDigest = "1.2.840.113549.1.9.4"
	oidSigningTime   = "1.2.840.113549.1.9.5"
	oidSigningCert   = "1.2.840.113549.1.9.16.2.12"
	oidSigningCertV2 = "1.2.840.113549.1.9.16.2.47"
	oidStampToken    = "1.2.840.113549.1.9.16.2.14"
)

// attributes are the signed attributes that mean something here; others are
// passed over.
type attributes struct {
	contentType   string
	messageDigest []byte
	signingTime   time.Time // zero where not stated
	// signing says which certificate signs: the digest of it, and how that is
	// made (RFC 5035; SHA-1 for the older form, which RFC 3161 asks for).
	signing struct {
		digest string
		value  []byte
	}
}

// parse reads the contents of a SET of attributes. Each must be there once and
// have one value.
func (a *attributes) parse(c *cursor) error {
	seen := map[string]bool{}
	err := eachAttribute(c, func(oid string, value *cursor) error {
		if seen[oid] {
			return fmt.Errorf("attribute %s is doubled", oid)
		}
		seen[oid] = true
		return a.parseOne(oid, value)
	})
	if err != nil {
		return err
	}
	if !seen[oidContentType] || !seen[oidMessageDigest] || a.signing.value == nil {
		return errors.New("content type, digest or certificate is missing")
	}
	return nil
}

// eachAttribute calls see with each attribute and its only value.
func eachAttribute(c *cursor, see func(oid string, value *cursor) error) error {
	for len(c.rest) > 0 {
		attr, err := c.into(tagSequence)
		if err != nil {
			return err
		}
		oid, err := attr.oid()
		if err != nil {
			return err
		}
		values, err := attr.into(tagSet)
		if err != nil {
			return err
		}
		v, err := values.next()
		if err != nil {
			return err
		}
		if err := errors.Join(values.done(), attr.done()); err != nil {
			return err
		}
		if err := see(oid, &cursor{v.FullBytes}); err != nil {
			return fmt.Errorf("attribute %s: %w", oid, err)
		}
	}
	return nil
}

func (a *attributes) parseOne(oid string, c *cursor) (err error) {
	switch oid {
	case oidContentType:
		a.contentType, err = c.oid()
	case oidMessageDigest:
		v, e := c.take(tagOctets)
		a.messageDigest, err = v.Bytes, e
	case oidSigningTime:
		a.signingTime, err = c.time()
	case oidSigningCert:
		if a.signing.value == nil { // the newer form, where both are, counts
			a.signing.digest = oidSHA1
			a.signing.value, err = signingCertificate(c, nil)
		}
	case oidSigningCertV2:
		a.signing.digest = oidSHA256
		a.signing.value, err = signingCertificate(c, &a.signing.digest)
	}
	return err
}

// signingCertificate reads the first of the certificates' identifiers, that of
// the signer: ESSCertID, or ESSCertIDv2 if digest is not nil, which it sets
// where it is not the default.
func signingCertificate(c *cursor, digest *string) ([]byte, error) {
	in, err := c.into(tagSequence)
	if err != nil {
		return nil, err
	}
	list, err := in.into(tagSequence)
	if err != nil {
		return nil, err
	}
	id, err := list.into(tagSequence)
	if err != nil {
		return nil, err
	}
	if digest != nil && id.is(tagSequence) {
		a, err := id.algorithm()
		if err != nil || a.params != nil {
			return nil, fmt.Errorf("digest %s: %w", a.oid, RefusedAlgorithm)
		}
		*digest = a.oid
	}
	// The issuer and serial number that may follow say nothing more.
	v, err := id.take(tagOctets)
	return v.Bytes, err
}

// names checks that the attributes name c.
func (a *attributes) names(c *Certificate) error {
	var sum []byte
	if a.signing.digest == oidSHA1 {
		h := sha1.Sum(c.Raw) //nolint:gosec // see above
		sum = h[:]
	} else {
		var err error
		if sum, err = digestOf(a.signing.digest, c.Raw); err != nil {
			return err
		}
	}
	if !bytes.Equal(sum, a.signing.value) {
		return RefusedSwapped
	}
	return nil
}

// parseUnsigned reads the unsigned attributes, of which the time stamp counts.
func (s *signerInfo) parseUnsigned(c *cursor) error {
	if len(c.rest) == 0 {
		return nil
	}
	in, err := c.into(tagContext1)
	if err != nil {
		return err
	}
	err = eachAttribute(in, func(oid string, value *cursor) error {
		if oid != oidStampToken {
			return nil
		}
		if s.stamp != nil {
			return RefusedTimestamp
		}
		s.stamp = value.rest
		return nil
	})
	return errors.Join(err, c.done())
}
