package gost

import (
	"bytes"
	"fmt"
)

// SelfSigned reports whether c is an authority's certificate that its own key
// has signed: what a root looks like.
func (c *Certificate) SelfSigned() bool {
	return bytes.Equal(c.parsed.RawIssuer, c.parsed.RawSubject) && c.issuedBy(c) == nil
}

// IssuedBy reports whether issuer is the authority that issued c.
func (c *Certificate) IssuedBy(issuer *Certificate) bool {
	return c.names(issuer) && c.issuedBy(issuer) == nil
}

// Attached reports whether a CMS in DER or PEM holds the document itself.
func Attached(cms []byte) (bool, error) {
	d, err := readCMS(cms)
	if err != nil {
		return false, fmt.Errorf("read signature: %w", err)
	}
	return d.content != nil, nil
}
