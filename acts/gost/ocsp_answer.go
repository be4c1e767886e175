package gost

import (
	"errors"
	"fmt"
	"time"
)

// ocspAnswer is a BasicOCSPResponse.
type ocspAnswer struct {
	signed       []byte
	algorithm    algorithm
	signature    []byte
	certificates []*Certificate
	nonce        []byte
	single       []ocspSingle
}

// ocspSingle is what it says of one certificate: status 0 is good, 1 revoked,
// 2 unknown.
type ocspSingle struct {
	id                     []byte
	status                 int
	revoked                time.Time
	thisUpdate, nextUpdate time.Time
}

func parseOCSP(der []byte) (*ocspAnswer, error) {
	outer := &cursor{der}
	c, err := outer.into(tagSequence)
	if err != nil {
		return nil, err
	}
	status, err := c.take(tagEnumerated)
	if err != nil {
		return nil, err
	}
	if len(status.Bytes) != 1 || status.Bytes[0] != 0 {
		return nil, fmt.Errorf("the responder refuses: %x", status.Bytes)
	}
	explicit, err := c.into(tagContext0)
	if err != nil {
		return nil, err
	}
	typed, err := explicit.into(tagSequence)
	if err != nil {
		return nil, err
	}
	if id, err := typed.oid(); err != nil || id != oidOCSPBasic {
		return nil, fmt.Errorf("response type %q", id)
	}
	basic, err := typed.take(tagOctets)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(outer.done(), c.done(), explicit.done(), typed.done()); err != nil {
		return nil, err
	}
	a := new(ocspAnswer)
	return a, a.parse(&cursor{basic.Bytes})
}

// parse reads a BasicOCSPResponse (RFC 6960, 4.2.1).
func (a *ocspAnswer) parse(outer *cursor) error {
	c, err := outer.into(tagSequence)
	if err != nil {
		return err
	}
	data, err := c.take(tagSequence)
	if err != nil {
		return err
	}
	a.signed = data.FullBytes
	if a.algorithm, err = c.algorithm(); err != nil {
		return err
	}
	if a.signature, err = c.bits(); err != nil {
		return err
	}
	if len(c.rest) > 0 {
		if err := a.parseCertificates(c); err != nil {
			return err
		}
	}
	if err := errors.Join(c.done(), outer.done()); err != nil {
		return err
	}
	return a.parseData(&cursor{data.Bytes})
}

func (a *ocspAnswer) parseCertificates(c *cursor) error {
	explicit, err := c.into(tagContext0)
	if err != nil {
		return err
	}
	list, err := explicit.into(tagSequence)
	if err != nil {
		return err
	}
	for len(list.rest) > 0 {
		if len(a.certificates) == maxCertificates {
			return fmt.Errorf("more than %d certificates", maxCertificates)
		}
		v, err := list.take(tagSequence)
		if err != nil {
			return err
		}
		cert, err := ParseCertificate(v.FullBytes)
		if err != nil {
			return err
		}
		a.certificates = append(a.certificates, cert)
	}
	return explicit.done()
}

// parseData reads ResponseData.
func (a *ocspAnswer) parseData(c *cursor) error {
	if c.is(tagContext0) { // the version, which is 1
		if _, err := c.next(); err != nil {
			return err
		}
	}
	if !c.is(tagContext1) && !c.is(tagContext0+2) {
		return errors.New("no responder")
	}
	if _, err := c.next(); err != nil { // who it says it is: its key tells
		return err
	}
	if _, err := c.time(); err != nil {
		return err
	}
	list, err := c.into(tagSequence)
	if err != nil {
		return err
	}
	for len(list.rest) > 0 {
		var s ocspSingle
		if err := s.parse(list); err != nil {
			return err
		}
		a.single = append(a.single, s)
	}
	if !c.is(tagContext1) {
		return c.done()
	}
	in, err := c.into(tagContext1)
	if err != nil {
		return err
	}
	err = eachExtension(in, func(oid string, value []byte) (bool, error) {
		if oid == oidOCSPNonce {
			a.nonce = value
		}
		return oid == oidOCSPNonce, nil
	})
	return errors.Join(err, c.done())
}

// parse reads a SingleResponse.
func (s *ocspSingle) parse(list *cursor) error {
	c, err := list.into(tagSequence)
	if err != nil {
		return err
	}
	id, err := c.take(tagSequence)
	if err != nil {
		return err
	}
	s.id = id.FullBytes
	status, err := c.next()
	if err != nil {
		return err
	}
	switch status.FullBytes[0] {
	case 0x80:
		s.status = 0
	case 0xA1:
		s.status = 1
		if s.revoked, err = (&cursor{status.Bytes}).time(); err != nil {
			return err
		}
	case 0x82:
		s.status = 2
	default:
		return fmt.Errorf("status %#x", status.FullBytes[0])
	}
	if s.thisUpdate, err = c.time(); err != nil {
		return err
	}
	if c.is(tagContext0) {
		in, err := c.into(tagContext0)
		if err != nil {
			return err
		}
		if s.nextUpdate, err = in.time(); err != nil {
			return err
		}
	}
	if c.is(tagContext1) {
		in, err := c.into(tagContext1)
		if err != nil {
			return err
		}
		err = eachExtension(in, func(string, []byte) (bool, error) { return false, nil })
		if err != nil {
			return err
		}
	}
	return c.done()
}
