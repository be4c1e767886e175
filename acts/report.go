package acts

import (
	"crypto/x509"
	"time"

	"qyragy/acts/gost"
	"qyragy/proctor"
)

// Signature is one signature that holds, in the order of the file.
type Signature struct {
	Name  string        `json:"name"`
	Role  proctor.Role  `json:"role"`
	Login proctor.Login `json:"login"`
	// Method is how she signed; the fields below that a method has not are
	// empty.
	Method proctor.SignatureMethod `json:"method"`
	// At is the time the signature states; the file alone does not prove it.
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
	// Fingerprint is the SHA-256 of the certificate, hex, and Serial its serial
	// number, hex: the attester's for a hand signature.
	Fingerprint string `json:"fingerprint"`
	Serial      string `json:"serial"`
	Covers      int    `json:"covers"` // the file's first so many bytes
	// Trusted: the certificate leads to a root that the caller gave.
	Trusted bool `json:"trusted"`
	// Revoked is when the certificate was revoked, by the caller's lists, zero
	// if it was not. The signature is older and stands.
	Revoked time.Time `json:"revoked,omitzero"`

	// Stamped is when a time stamping authority, StampedBy, saw the signature
	// (RFC 3161), zero if none did; StampTrusted, that it leads to a root that
	// the caller gave.
	Stamped      time.Time `json:"stamped,omitzero"`
	StampedBy    string    `json:"stamped_by,omitempty"`
	StampTrusted bool      `json:"stamp_trusted,omitempty"`

	// Attester is who attests a hand signature, and Scan the SHA-256 of the
	// signed print, hex.
	Attester     proctor.Login `json:"attester,omitempty"`
	AttesterName string        `json:"attester_name,omitempty"`
	Scan         string        `json:"scan,omitempty"`

	// Subject is whom an ncalayer certificate names, IIN her identification
	// number, BIN and Organization for whom she acts, Algorithm with what the
	// signature was made.
	Subject      string `json:"subject,omitempty"`
	IIN          string `json:"iin,omitempty"`
	BIN          string `json:"bin,omitempty"`
	Organization string `json:"organization,omitempty"`
	Algorithm    string `json:"algorithm,omitempty"`
}

// Report is what a file says of itself and whether that holds.
type Report struct {
	// Template is the form's version, e.g. "A-1".
	Template   string        `json:"template"`
	Act        proctor.ActID `json:"act"`
	Number     string        `json:"number"`
	Version    int           `json:"version"`
	Digest     string        `json:"digest"` // of the canonical JSON, hex
	Signatures []Signature   `json:"signatures"`
	// Complete: whole and signed by all three.
	Complete bool `json:"complete"`
	// Authority is the SHA-256 of the certificate all signatures by the
	// officials' own keys lead to, hex. Trusted: every signature leads to a root
	// that the caller gave and that was not taken from the file.
	Authority string `json:"authority,omitempty"`
	Trusted   bool   `json:"trusted"`
	// Problems says where the file is not what Render and Sign made.
	Problems []string `json:"problems,omitempty"`
	// Document is an Appendix A act's content, without its pictures; DocumentB
	// is an Appendix B act's. The other one is zero.
	Document  Document  `json:"-"`
	DocumentB DocumentB `json:"-"`
}

// Whole reports whether nothing in the file contradicts anything else. An act
// with fewer than three signatures can be whole.
func (r Report) Whole() bool { return len(r.Problems) == 0 }

// VerifyOptions is what an act is held against. The zero value asks only
// whether the file is of one piece.
type VerifyOptions struct {
	// Roots are the authorities of the officials' own keys; without any the
	// authority is taken from the file.
	Roots []*x509.Certificate
	// CRL are the revocation lists of Roots; others are passed over.
	CRL []*x509.RevocationList
	// National is what NCALayer's signatures must lead to; without roots there
	// it is not asked. At, IIN, BIN and ExtendedUsage are not used.
	National gost.Options
	// Stamps are the time stamping authorities of signatures by the officials'
	// own keys, or their roots. A stamp by another is no fault.
	Stamps []*gost.Certificate
	// Existed says since when each signature, in the file's order, is known to
	// have existed, as from a journal. Where it does not, a trusted time stamp
	// counts, and last the signature's own word, which a revocation for a
	// stolen key does not believe.
	Existed []time.Time
	// Now refuses signatures of later than that; zero asks for nothing.
	Now time.Time

	known registry // versions of the forms; nil means templates
}

func (o VerifyOptions) registry() registry {
	if o.known == nil {
		return templates()
	}
	return o.known
}

// existed is Existed of signature i, or zero.
func (o VerifyOptions) existed(i int) time.Time {
	if i < len(o.Existed) {
		return o.Existed[i]
	}
	return time.Time{}
}
