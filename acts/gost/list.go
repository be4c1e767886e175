package gost

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"sync/atomic"
	"time"
)

// maxList is the longest revocation list read, in bytes. The national list has
// some hundred thousand entries of about 50 bytes.
const maxList = 64 << 20

// Revocation is one entry of a revocation list.
type Revocation struct {
	At     time.Time
	Reason int // RFC 5280, 5.3.1; 0 is unspecified, 6 a suspension
}

// RevocationList is a full CRL (RFC 5280, section 5). Deltas and lists with
// other critical extensions are refused: their meaning would be lost.
type RevocationList struct {
	ThisUpdate time.Time
	NextUpdate time.Time
	Number     *big.Int // nil where the list has none

	issuer    []byte // the name, DER
	keyID     []byte // of the issuer's key; nil where not stated
	signed    []byte
	algorithm algorithm
	signature []byte
	entries   map[string]Revocation // by the serial number's bytes
	// checked is the issuer by whom the signature was found to hold: a national
	// list is long, and looked into with every signature.
	checked atomic.Pointer[Certificate]
}

// ParseRevocationList reads a list in DER or PEM. It does not check the
// signature: see CheckSignature.
func ParseRevocationList(data []byte) (*RevocationList, error) {
	if len(data) > maxList {
		return nil, fmt.Errorf("parse revocation list: %w", RefusedTooLong)
	}
	der, err := unwrapPEM(data, "X509 CRL")
	if err != nil {
		return nil, fmt.Errorf("parse revocation list: %w: %w", RefusedList, err)
	}
	l, err := parseList(der)
	if err != nil {
		return nil, fmt.Errorf("parse revocation list: %w: %w", RefusedList, err)
	}
	return l, nil
}

// Len returns how many certificates are revoked.
func (l *RevocationList) Len() int { return len(l.entries) }

// Find returns the entry of a serial number.
func (l *RevocationList) Find(serial *big.Int) (Revocation, bool) {
	r, ok := l.entries[string(serial.Bytes())]
	return r, ok
}

// CheckSignature checks that the list is issuer's. It remembers that it is.
func (l *RevocationList) CheckSignature(issuer *Certificate) error {
	if c := l.checked.Load(); c != nil && bytes.Equal(c.Raw, issuer.Raw) {
		return nil
	}
	if !bytes.Equal(l.issuer, issuer.parsed.RawSubject) || !sameKey(l.keyID, issuer.parsed.SubjectKeyId) {
		return fmt.Errorf("check revocation list: another issuer's: %w", RefusedList)
	}
	if issuer.KeyUsage&x509.KeyUsageCRLSign == 0 {
		return fmt.Errorf("check revocation list: the key may not sign lists: %w", RefusedList)
	}
	if err := checkSignature(issuer.PublicKey, l.algorithm, "", l.signed, l.signature); err != nil {
		return fmt.Errorf("check revocation list: %w: %w", RefusedList, err)
	}
	l.checked.Store(issuer)
	return nil
}

// sameKey compares key identifiers; where one is not stated, any will do.
func sameKey(a, b []byte) bool { return len(a) == 0 || len(b) == 0 || bytes.Equal(a, b) }

func parseList(der []byte) (*RevocationList, error) {
	outer := &cursor{der}
	c, err := outer.into(tagSequence)
	if err != nil {
		return nil, err
	}
	tbs, err := c.take(tagSequence)
	if err != nil {
		return nil, err
	}
	l := &RevocationList{signed: tbs.FullBytes, entries: map[string]Revocation{}}
	if l.algorithm, err = c.algorithm(); err != nil {
		return nil, err
	}
	if l.signature, err = c.bits(); err != nil {
		return nil, err
	}
	if err := errors.Join(c.done(), outer.done()); err != nil {
		return nil, err
	}
	return l, l.parseSigned(&cursor{tbs.Bytes})
}

func (l *RevocationList) parseSigned(c *cursor) error {
	version, err := c.integer()
	if err != nil || version.Cmp(big.NewInt(1)) != 0 {
		return fmt.Errorf("not version 2")
	}
	inner, err := c.algorithm()
	if err != nil || inner.oid != l.algorithm.oid || !bytes.Equal(inner.params, l.algorithm.params) {
		return fmt.Errorf("two algorithms, %s and %s", inner.oid, l.algorithm.oid)
	}
	name, err := c.take(tagSequence)
	if err != nil {
		return err
	}
	l.issuer = name.FullBytes
	if l.ThisUpdate, err = c.time(); err != nil {
		return err
	}
	if l.NextUpdate, err = c.time(); err != nil {
		return fmt.Errorf("next update: %w", err)
	}
	if c.is(tagSequence) {
		if err := l.parseEntries(c); err != nil {
			return err
		}
	}
	if c.is(tagContext0) {
		in, err := c.into(tagContext0)
		if err != nil {
			return err
		}
		if err := eachExtension(in, l.extension); err != nil {
			return err
		}
	}
	return c.done()
}

func (l *RevocationList) parseEntries(c *cursor) error {
	entries, err := c.into(tagSequence)
	if err != nil {
		return err
	}
	for len(entries.rest) > 0 {
		e, err := entries.into(tagSequence)
		if err != nil {
			return err
		}
		serial, err := e.integer()
		if err != nil {
			return err
		}
		var r Revocation
		if r.At, err = e.time(); err != nil {
			return err
		}
		if len(e.rest) > 0 {
			if err := eachExtension(e, r.extension); err != nil {
				return err
			}
		}
		// Of two entries the earlier counts.
		if old, ok := l.entries[string(serial.Bytes())]; !ok || r.At.Before(old.At) {
			l.entries[string(serial.Bytes())] = r
		}
	}
	return nil
}

// eachExtension calls see with each extension of the next element. It is an
// error if see does not know one that is critical.
func eachExtension(c *cursor, see func(oid string, value []byte) (known bool, err error)) error {
	list, err := c.into(tagSequence)
	if err != nil {
		return err
	}
	for len(list.rest) > 0 {
		e, err := list.into(tagSequence)
		if err != nil {
			return err
		}
		id, err := e.oid()
		if err != nil {
			return err
		}
		critical := false
		if e.is(0x01) {
			if err := e.value(&critical); err != nil {
				return err
			}
		}
		value, err := e.take(tagOctets)
		if err != nil {
			return err
		}
		known, err := see(id, value.Bytes)
		if err != nil {
			return fmt.Errorf("extension %s: %w", id, err)
		}
		if critical && !known {
			return fmt.Errorf("critical extension %s", id)
		}
		if err := e.done(); err != nil {
			return err
		}
	}
	return c.done()
}

// extension takes the list's number and its issuer's key identifier.
func (l *RevocationList) extension(oid string, value []byte) (bool, error) {
	c := &cursor{value}
	switch oid {
	case "2.5.29.20":
		n, err := c.integer()
		l.Number = n
		return true, errors.Join(err, c.done())
	case "2.5.29.35":
		in, err := c.into(tagSequence)
		if err != nil {
			return true, err
		}
		if in.is(tagImplicit0) {
			v, err := in.next()
			l.keyID = v.Bytes
			return true, err
		}
		return true, nil
	}
	return false, nil
}

// extension takes an entry's reason.
func (r *Revocation) extension(oid string, value []byte) (bool, error) {
	if oid != "2.5.29.21" {
		return false, nil
	}
	c := &cursor{value}
	v, err := c.take(0x0A)
	if err != nil || len(v.Bytes) != 1 {
		return true, errors.New("no reason code")
	}
	r.Reason = int(v.Bytes[0])
	return true, c.done()
}
