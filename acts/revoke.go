package acts

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"qyragy/acts/gost"
	"qyragy/proctor"
)

// The reasons for which a certificate is revoked: RFC 5280, 5.3.1.
const (
	RevokedUnspecified = 0
	// RevokedCompromised: somebody else may have the key, and may have dated
	// what she signed with it before the revocation.
	RevokedCompromised = 1
	// RevokedMoved: the official has another office or has left.
	RevokedMoved = 3
	// RevokedReplaced: she has a new key.
	RevokedReplaced = 4
)

// Revocation is one certificate that is no longer good.
type Revocation struct {
	Serial string // of the certificate, hex, as Signature.Serial has it
	At     time.Time
	Reason int
}

// Revoke signs the authority's revocation list (RFC 5280, section 5), in DER:
// all that was ever revoked, the list's number, which must grow, when it is
// made, and until when the next will be.
func (a Authority) Revoke(all []Revocation, number int64, from, next time.Time) ([]byte, error) {
	t := &x509.RevocationList{Number: big.NewInt(number), ThisUpdate: from.UTC(), NextUpdate: next.UTC()}
	for _, r := range all {
		serial, ok := new(big.Int).SetString(r.Serial, 16)
		if !ok {
			return nil, proctor.Errorf(proctor.Invalid, "certificate_unreadable")
		}
		t.RevokedCertificateEntries = append(t.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: serial, RevocationTime: r.At.UTC(), ReasonCode: r.Reason,
		})
	}
	der, err := x509.CreateRevocationList(rand.Reader, t, a.Certificate, a.Key)
	if err != nil {
		return nil, fmt.Errorf("sign revocation list: %w", err)
	}
	return der, nil
}

// ParseRevocations reads a list of Revoke's in DER or PEM. Who signed it is
// checked by whoever uses it.
func ParseRevocations(b []byte) (*x509.RevocationList, error) {
	if block, _ := pem.Decode(b); block != nil && block.Type == "X509 CRL" {
		b = block.Bytes
	}
	l, err := x509.ParseRevocationList(b)
	if err != nil {
		return nil, proctor.Errorf(proctor.Invalid, "crl_unreadable")
	}
	return l, nil
}

// unrevoked refuses a chain of which a list has a certificate. A signature
// from before the revocation stays good if its time is proven or the key was
// not compromised: the thief of a key could date it back.
func (f *file) unrevoked(chain []*x509.Certificate, at, proven time.Time) error {
	for _, e := range f.entries(chain) {
		if revokedFor(e, at, proven) {
			return proctor.Errorf(proctor.Forbidden, "act_certificate_revoked")
		}
	}
	return nil
}

// entries are what the lists have on a chain's certificates.
func (f *file) entries(chain []*x509.Certificate) (found []x509.RevocationListEntry) {
	for i, c := range chain[:len(chain)-1] {
		for _, l := range f.options.CRL {
			if !bytes.Equal(l.RawIssuer, chain[i+1].RawSubject) || l.CheckSignatureFrom(chain[i+1]) != nil {
				continue
			}
			for _, e := range l.RevokedCertificateEntries {
				if e.SerialNumber.Cmp(c.SerialNumber) == 0 {
					found = append(found, e)
				}
			}
		}
	}
	return found
}

// since is when the first certificate of a chain was revoked, or zero.
func (f *file) since(chain []*x509.Certificate) (first time.Time) {
	for _, e := range f.entries(chain) {
		if first.IsZero() || e.RevocationTime.Before(first) {
			first = e.RevocationTime
		}
	}
	return first
}

// sinceOutside is since for a certificate of the national PKI, of which the
// chain was checked and no list refused it.
func (f *file) sinceOutside(from gost.Signer) (first time.Time) {
	for i, c := range from.Chain {
		for _, l := range f.options.National.Lists {
			if i+1 == len(from.Chain) || l.CheckSignature(from.Chain[i+1]) != nil {
				continue
			}
			if r, ok := l.Find(c.Serial); ok && (first.IsZero() || r.At.Before(first)) {
				first = r.At
			}
		}
	}
	return first
}

// revokedFor reports whether a revocation takes a signature with it.
func revokedFor(e x509.RevocationListEntry, at, proven time.Time) bool {
	if !proven.IsZero() {
		return !proven.Before(e.RevocationTime)
	}
	return e.ReasonCode == RevokedCompromised || !at.Before(e.RevocationTime)
}
