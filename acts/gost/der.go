package gost

import (
	"bytes"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// cursor reads the elements of a DER structure one after the other. Unlike
// asn1.Unmarshal into a struct it leaves nothing unread: done tells.
type cursor struct{ rest []byte }

// next returns the next element, whatever it is.
func (c *cursor) next() (asn1.RawValue, error) {
	var v asn1.RawValue
	rest, err := asn1.Unmarshal(c.rest, &v)
	if err != nil {
		return v, fmt.Errorf("element: %w", err)
	}
	c.rest = rest
	return v, nil
}

// is reports whether the next element begins with this identifier byte.
func (c *cursor) is(identifier byte) bool { return len(c.rest) > 0 && c.rest[0] == identifier }

// take returns the next element, which must begin with this identifier byte.
func (c *cursor) take(identifier byte) (asn1.RawValue, error) {
	if !c.is(identifier) {
		return asn1.RawValue{}, fmt.Errorf("no element %#x", identifier)
	}
	return c.next()
}

// into returns a cursor over the contents of the next element.
func (c *cursor) into(identifier byte) (*cursor, error) {
	v, err := c.take(identifier)
	return &cursor{v.Bytes}, err
}

// value decodes the next element, which must be of v's type.
func (c *cursor) value(v any) error {
	rest, err := asn1.Unmarshal(c.rest, v)
	if err != nil {
		return fmt.Errorf("element: %w", err)
	}
	c.rest = rest
	return nil
}

// done returns an error if anything is left.
func (c *cursor) done() error {
	if len(c.rest) > 0 {
		return fmt.Errorf("%d bytes too many", len(c.rest))
	}
	return nil
}

// The identifier bytes used here.
const (
	tagBoolean    = 0x01
	tagInteger    = 0x02
	tagBits       = 0x03
	tagOctets     = 0x04
	tagNull       = 0x05
	tagSequence   = 0x30
	tagSet        = 0x31
	tagImplicit0  = 0x80
	tagContext0   = 0xA0
	tagContext1   = 0xA1
	tagGeneralize = 0x18
	tagUTC        = 0x17
)

// oid returns the next element, an object identifier, in dots.
func (c *cursor) oid() (string, error) {
	var id asn1.ObjectIdentifier
	err := c.value(&id)
	return id.String(), err
}

func (c *cursor) integer() (*big.Int, error) {
	n := new(big.Int)
	err := c.value(&n)
	return n, err
}

// time reads an UTCTime or GeneralizedTime.
func (c *cursor) time() (time.Time, error) {
	var t time.Time
	if !c.is(tagUTC) && !c.is(tagGeneralize) {
		return t, fmt.Errorf("no time")
	}
	err := c.value(&t)
	return t.UTC(), err
}

// bits reads a BIT STRING of whole bytes.
func (c *cursor) bits() ([]byte, error) {
	var b asn1.BitString
	if err := c.value(&b); err != nil {
		return nil, err
	}
	if b.BitLength%8 != 0 {
		return nil, fmt.Errorf("%d bits", b.BitLength)
	}
	return b.Bytes, nil
}

// algorithm is an AlgorithmIdentifier; params is empty where there are none or
// they are NULL, which different writers use for the same.
type algorithm struct {
	oid    string
	params []byte
}

func (c *cursor) algorithm() (algorithm, error) {
	in, err := c.into(tagSequence)
	if err != nil {
		return algorithm{}, err
	}
	var a algorithm
	if a.oid, err = in.oid(); err != nil {
		return a, err
	}
	if len(in.rest) == 0 {
		return a, nil
	}
	v, err := in.next()
	if err != nil {
		return a, err
	}
	if v.FullBytes[0] != tagNull {
		a.params = v.FullBytes
	} else if len(v.Bytes) > 0 {
		return a, fmt.Errorf("a NULL with contents")
	}
	return a, in.done()
}

// unwrapPEM returns the DER in data, which is DER itself or one PEM block of
// one of the given types and nothing else.
func unwrapPEM(data []byte, types ...string) ([]byte, error) {
	if len(data) > 0 && data[0] == tagSequence {
		return data, nil
	}
	data = bytes.TrimSpace(data)
	b, rest := pem.Decode(data)
	if b == nil || !bytes.HasPrefix(data, []byte("-----BEGIN")) || len(bytes.TrimSpace(rest)) > 0 || len(b.Headers) > 0 {
		return nil, fmt.Errorf("neither DER nor one PEM block")
	}
	if !slices.Contains(types, b.Type) {
		return nil, fmt.Errorf("a PEM block of type %q", b.Type)
	}
	return b.Bytes, nil
}
