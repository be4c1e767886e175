package gost

import "bytes"

// SelfSigned reports whether c is an authority's certificate that its own key
// has signed: what a root looks like.
func (c *Certificate) SelfSigned() bool {
	return bytes.Equal(c.parsed.RawIssuer, c.parsed.RawSubject) && c.issuedBy(c) == nil
}

// IssuedBy reports whether issuer is the authority that issued c.
func (c *Certificate) IssuedBy(issuer *Certificate) bool {
	return c.names(issuer) && c.issuedBy(issuer) == nil
}
