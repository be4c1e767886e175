package gost

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// Object identifiers of extended key usages.
const (
	// UsageSign is e-mail protection, which the authority gives to keys that
	// sign documents. Those for signing in have another instead.
	UsageSign = "1.3.6.1.5.5.7.3.4"
	// UsagePerson is a private person, UsageOrganization whoever acts for an
	// organisation.
	UsagePerson       = "1.2.398.3.3.4.1.1"
	UsageOrganization = "1.2.398.3.3.4.1.2"

	usageTimestamp = "1.3.6.1.5.5.7.3.8"
)

const (
	maxDepth  = 5  // certificates in a chain, signer and root included
	maxChecks = 32 // signatures checked in search of a chain
)

// Options is what a signature is held against.
type Options struct {
	// Roots are trusted as they are.
	Roots []*Certificate
	// Intermediates are authorities between a signer and a root, for CMS that
	// hold the signer's certificate alone, as NCALayer's do.
	Intermediates []*Certificate
	// Lists are revocation lists; those of other issuers are passed over.
	Lists []*RevocationList
	// RequireList refuses a signer whose issuer has no current list here.
	RequireList bool
	// At is when the signature is known to have existed, such as when it was
	// received. Zero stands for the time of its trusted time stamp, or else
	// the signer's own word, in which case a later revocation counts too.
	At time.Time
	// ExtendedUsage must all be in the signer's certificate; nil stands for
	// UsageSign.
	ExtendedUsage []string
	// Digest, where not nil, gives the digest of the detached document by an
	// algorithm's identifier, in place of the document: for who has hashed most
	// of it before.
	Digest func(oid string) ([]byte, error)
	// IIN and BIN, where not empty, are whose certificate it must be.
	IIN, BIN string
}

// moment is a time and whether somebody other than the signer vouches for it.
type moment struct {
	time.Time
	trusted bool
}

// Verify checks that c leads to a root of o, was valid at o.At, and is not
// revoked. It returns the chain from c to the root, and whether a current list
// of c's issuer was among o's. It does not look at what c may be used for.
func (c *Certificate) Verify(o Options) (chain []*Certificate, listed bool, err error) {
	if o.At.IsZero() {
		return nil, false, fmt.Errorf("verify certificate: %w", RefusedTime)
	}
	return c.verifyAt(o, nil, moment{o.At, true})
}

// verifyAt is Verify with further authorities, as a CMS can hold.
func (c *Certificate) verifyAt(o Options, more []*Certificate, at moment) ([]*Certificate, bool, error) {
	s := search{roots: o.Roots, others: slices.Concat(o.Intermediates, more), at: at, left: maxChecks}
	chain, err := s.from(c, nil)
	if err != nil {
		return nil, false, fmt.Errorf("verify certificate: %w", err)
	}
	listed := false
	for i, cert := range chain[:len(chain)-1] {
		current, err := cert.checkRevoked(chain[i+1], o.Lists, at)
		if err != nil {
			return nil, false, fmt.Errorf("verify certificate: %w", err)
		}
		if i == 0 {
			listed = current
		}
	}
	if o.RequireList && !listed && len(chain) > 1 {
		return nil, false, fmt.Errorf("verify certificate: %w", RefusedListMissing)
	}
	return chain, listed, nil
}

// search looks for a chain to a root.
type search struct {
	roots, others []*Certificate
	at            moment
	// left is how many signatures may still be checked: certificates that came
	// with the signature could be made to lead in circles.
	left int
}

// from returns a chain through c, which has issued the last of below. Of
// several failures it returns the last that is more than a missing issuer.
func (s *search) from(c *Certificate, below []*Certificate) ([]*Certificate, error) {
	if err := c.checkItself(s.at, below); err != nil {
		return nil, err
	}
	chain := append(slices.Clone(below), c)
	if contains(s.roots, c) {
		return chain, nil
	}
	failure := fmt.Errorf("issuer %q: %w", c.Issuer, RefusedChain)
	for _, issuer := range slices.Concat(s.roots, s.others) {
		if len(chain) == maxDepth || s.left == 0 || contains(chain, issuer) || !c.names(issuer) {
			continue
		}
		s.left--
		if err := c.issuedBy(issuer); err != nil {
			failure = fmt.Errorf("signature of the certificate: %w: %w", RefusedChain, err)
			continue
		}
		whole, err := s.from(issuer, chain)
		if err == nil {
			return whole, nil
		}
		failure = err
	}
	return nil, failure
}

// checkItself checks a certificate's validity, its place over those below it,
// and that nothing critical in it goes unread.
func (c *Certificate) checkItself(at moment, below []*Certificate) error {
	switch p := c.parsed; {
	case at.Before(c.NotBefore):
		return fmt.Errorf("%s, from %s: %w", c.Subject.CommonName, c.NotBefore, RefusedNotYetValid)
	case at.After(c.NotAfter):
		return fmt.Errorf("%s, until %s: %w", c.Subject.CommonName, c.NotAfter, RefusedExpired)
	case len(p.UnhandledCriticalExtensions) > 0 || constrainsNames(p):
		return fmt.Errorf("%s has critical extensions: %w", c.Subject.CommonName, RefusedChain)
	case len(below) > 0 && (p.MaxPathLen > 0 || p.MaxPathLenZero) && len(below)-1 > p.MaxPathLen:
		return fmt.Errorf("%s: the chain is too long: %w", c.Subject.CommonName, RefusedChain)
	}
	return nil
}

// constrainsNames reports whether c limits names, which is not checked here.
func constrainsNames(c *x509.Certificate) bool {
	for _, e := range c.Extensions {
		if e.Id.String() == "2.5.29.30" {
			return true
		}
	}
	return false
}

// names reports whether issuer is who c says issued it.
func (c *Certificate) names(issuer *Certificate) bool {
	return bytes.Equal(c.parsed.RawIssuer, issuer.parsed.RawSubject) &&
		sameKey(c.parsed.AuthorityKeyId, issuer.parsed.SubjectKeyId)
}

func contains(list []*Certificate, c *Certificate) bool {
	return slices.ContainsFunc(list, func(o *Certificate) bool { return bytes.Equal(o.Raw, c.Raw) })
}

// checkRevoked looks for c in its issuer's lists and reports whether one of
// them was current at that moment or is newer.
func (c *Certificate) checkRevoked(issuer *Certificate, lists []*RevocationList, at moment) (bool, error) {
	current := false
	for _, l := range lists {
		if !bytes.Equal(l.issuer, issuer.parsed.RawSubject) || !sameKey(l.keyID, issuer.parsed.SubjectKeyId) {
			continue
		}
		if err := l.CheckSignature(issuer); err != nil {
			return false, err
		}
		// A signature that its signer dates could be older than it says.
		if r, ok := l.Find(c.Serial); ok && !(at.trusted && r.At.After(at.Time)) {
			return false, fmt.Errorf("%s, on %s, reason %d: %w", c.Subject.CommonName, r.At, r.Reason, RefusedRevoked)
		}
		// An authority may drop expired certificates from later lists.
		if !l.NextUpdate.Before(at.Time) && !l.ThisUpdate.After(c.NotAfter) {
			current = true
		}
	}
	return current, nil
}

// checkUse checks what the signer's certificate is for and whose it is.
func (c *Certificate) checkUse(o Options) error {
	want := o.ExtendedUsage
	if want == nil {
		want = []string{UsageSign}
	}
	for _, u := range want {
		if !slices.Contains(c.ExtendedUsage, u) {
			return fmt.Errorf("no %s: %w", u, RefusedExtendedUse)
		}
	}
	const use = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	switch s := c.Subject; {
	case c.KeyUsage&use != use || c.CA:
		return RefusedUsage
	case o.IIN != "" && s.IIN != o.IIN:
		return fmt.Errorf("IIN %q, not %q: %w", s.IIN, o.IIN, RefusedIIN)
	case o.BIN != "" && s.BIN != o.BIN:
		return fmt.Errorf("BIN %q, not %q: %w", s.BIN, o.BIN, RefusedBIN)
	}
	return nil
}
