package gost

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// Timestamp is an RFC 3161 token over a signature's value, as NCALayer adds
// where it is asked to (its tsaProfile).
type Timestamp struct {
	// Time is when the authority saw the signature.
	Time time.Time
	// Authority is the common name of who says so.
	Authority string
	// Nonce is the request's, nil where it had none.
	Nonce *big.Int
	// Trusted: its certificate leads to one of the roots. Otherwise Problem
	// says why not; the token is of this signature in either case.
	Trusted bool
	Problem error
}

// readTimestamp reads a token over a signature's value. An error means that it
// is damaged or of another signature; of one whose authority is not known, or
// whose algorithm is not, the Timestamp says so.
func readTimestamp(token, value []byte, o Options) (*Timestamp, error) {
	return readToken(token, of(value), o)
}

// readToken is readTimestamp with what gives the value's digest by an
// algorithm.
func readToken(token []byte, digest func(oid string) ([]byte, error), o Options) (*Timestamp, error) {
	d, err := parseSignedData(token)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", RefusedTimestamp, err)
	}
	t := new(Timestamp)
	if d.contentType != oidTSTInfo || d.content == nil {
		return nil, fmt.Errorf("%w: content type %s", RefusedTimestamp, d.contentType)
	}
	cert, err := d.signer.certificate(slices.Concat(d.certificates, o.Intermediates))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", RefusedTimestamp, err)
	}
	t.Authority = cert.Subject.CommonName
	err = t.parse(d.content, digest)
	if err == nil {
		err = d.signer.check(cert, oidTSTInfo, of(d.content))
	}
	switch {
	case errors.Is(err, RefusedAlgorithm):
		t.Problem = err
		return t, nil
	case err != nil:
		return nil, fmt.Errorf("%w: %w", RefusedTimestamp, err)
	}
	if !slices.Contains(cert.ExtendedUsage, usageTimestamp) {
		t.Problem = fmt.Errorf("authority %s: %w", t.Authority, RefusedExtendedUse)
		return t, nil
	}
	_, _, t.Problem = cert.verifyAt(Options{Roots: o.Roots, Intermediates: o.Intermediates, Lists: o.Lists},
		d.certificates, moment{t.Time, true})
	t.Trusted = t.Problem == nil
	return t, nil
}

// parse reads TSTInfo (RFC 3161, 2.4.2) up to its nonce and compares the digest
// in it with that of the signature's value.
func (t *Timestamp) parse(info []byte, digestBy func(oid string) ([]byte, error)) error {
	c, err := (&cursor{info}).into(tagSequence)
	if err != nil {
		return err
	}
	if version, err := c.integer(); err != nil || version.String() != "1" {
		return fmt.Errorf("version %v: %w", version, RefusedFormat)
	}
	if _, err := c.oid(); err != nil {
		return err
	}
	imprint, err := c.into(tagSequence)
	if err != nil {
		return err
	}
	if _, err := c.integer(); err != nil {
		return err
	}
	if t.Time, err = c.time(); err != nil {
		return err
	}
	if err := t.parseNonce(c); err != nil {
		return err
	}
	a, err := imprint.algorithm()
	if err != nil {
		return err
	}
	digest, err := imprint.take(tagOctets)
	if err != nil {
		return err
	}
	sum, err := digestBy(a.oid)
	if err != nil {
		return err
	}
	if !bytes.Equal(sum, digest.Bytes) {
		return RefusedDocument
	}
	return imprint.done()
}

// parseNonce passes over accuracy and ordering.
func (t *Timestamp) parseNonce(c *cursor) (err error) {
	for _, optional := range []byte{tagSequence, tagBoolean} {
		if c.is(optional) {
			if _, err := c.next(); err != nil {
				return err
			}
		}
	}
	if c.is(tagInteger) {
		t.Nonce, err = c.integer()
	}
	return err
}
