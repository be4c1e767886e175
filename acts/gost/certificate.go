package gost

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// maxCertificate is the longest certificate read, in bytes.
const maxCertificate = 64 << 10

// Subject is who a certificate belongs to, by the authority's layout.
type Subject struct {
	CommonName string // surname and first name
	Surname    string
	Patronymic string // the authority puts it into the given name
	// IIN is the person's identification number, 12 digits, from the subject's
	// serial number; empty where there is none.
	IIN          string
	Organization string
	// BIN is the organisation's identification number, 12 digits, from its
	// unit; empty in a private person's certificate.
	BIN string
}

// FullName returns surname, first name and patronymic.
func (s Subject) FullName() string {
	return strings.TrimSpace(s.CommonName + " " + s.Patronymic)
}

// Certificate is an X.509 certificate with a GOST or RSA key.
type Certificate struct {
	Raw       []byte // DER
	Subject   Subject
	Issuer    string // the issuer's name as RFC 4514 writes it
	Serial    *big.Int
	NotBefore time.Time
	NotAfter  time.Time
	KeyUsage  x509.KeyUsage
	// ExtendedUsage are the extended key usages as object identifiers in dots.
	ExtendedUsage []string
	CA            bool
	// PublicKey is a *PublicKey or *rsa.PublicKey.
	PublicKey any

	parsed    *x509.Certificate
	algorithm algorithm
	digest    [sha256.Size]byte
}

// Fingerprint returns the SHA-256 of the certificate in hexadecimal.
func (c *Certificate) Fingerprint() string { return hex.EncodeToString(c.digest[:]) }

// ParseCertificate reads a certificate in DER or PEM. The structure is read by
// crypto/x509, which does not know GOST's keys and signatures; those are read
// here.
func ParseCertificate(data []byte) (*Certificate, error) {
	if len(data) > maxCertificate {
		return nil, fmt.Errorf("parse certificate: %w", RefusedTooLong)
	}
	der, err := unwrapPEM(data, "CERTIFICATE")
	if err != nil {
		return nil, fmt.Errorf("parse certificate: %w: %w", RefusedCertificate, err)
	}
	c, err := parseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("parse certificate: %w: %w", RefusedCertificate, err)
	}
	return c, nil
}

func parseCertificate(der []byte) (*Certificate, error) {
	x, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	if x.Version != 3 || x.SerialNumber.Sign() <= 0 {
		return nil, fmt.Errorf("version %d, serial number %v", x.Version, x.SerialNumber)
	}
	c := &Certificate{
		Raw: x.Raw, Issuer: x.Issuer.String(), Serial: x.SerialNumber,
		NotBefore: x.NotBefore, NotAfter: x.NotAfter, KeyUsage: x.KeyUsage,
		CA: x.BasicConstraintsValid && x.IsCA, parsed: x, digest: sha256.Sum256(x.Raw),
	}
	if c.algorithm, err = outerAlgorithm(der); err != nil {
		return nil, err
	}
	if c.Subject, err = parseSubject(x); err != nil {
		return nil, err
	}
	if c.ExtendedUsage, err = extendedUsage(x); err != nil {
		return nil, err
	}
	key, err := parseKey(x.RawSubjectPublicKeyInfo)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	if c.PublicKey = x.PublicKey; key != nil {
		c.PublicKey = key
	}
	return c, nil
}

// outerAlgorithm returns the algorithm of a certificate's signature. x509 has
// compared it with the signed one, but does not mind bytes after the signature.
func outerAlgorithm(der []byte) (algorithm, error) {
	c, err := (&cursor{der}).into(tagSequence)
	if err != nil {
		return algorithm{}, err
	}
	if _, err := c.take(tagSequence); err != nil {
		return algorithm{}, err
	}
	a, err := c.algorithm()
	if err != nil {
		return a, err
	}
	if _, err := c.bits(); err != nil {
		return a, err
	}
	return a, c.done()
}

// parseSubject reads the authority's layout. A field that is there twice could
// be read in two ways, so it is an error.
func parseSubject(x *x509.Certificate) (Subject, error) {
	var s Subject
	var serial string
	fields := map[string]*string{
		"2.5.4.3": &s.CommonName, "2.5.4.4": &s.Surname, "2.5.4.42": &s.Patronymic,
		"2.5.4.5": &serial, "2.5.4.10": &s.Organization,
	}
	seen := map[string]bool{}
	for _, a := range x.Subject.Names {
		id := a.Type.String()
		value, ok := a.Value.(string)
		if id == "2.5.4.11" && ok {
			if bin := numberAfter("BIN", value); bin != "" && s.BIN != "" && bin != s.BIN {
				return s, fmt.Errorf("two organisations, %s and %s", s.BIN, bin)
			} else if bin != "" {
				s.BIN = bin
			}
			continue
		}
		field := fields[id]
		if field == nil {
			continue
		}
		if !ok || seen[id] {
			return s, fmt.Errorf("subject's field %s is doubled or no text", id)
		}
		*field, seen[id] = value, true
	}
	s.IIN = numberAfter("IIN", serial)
	return s, nil
}

// numberAfter returns the 12 digits after prefix, or "" if value is not that.
func numberAfter(prefix, value string) string {
	digits, ok := strings.CutPrefix(value, prefix)
	if !ok || len(digits) != 12 || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return digits
}

// extendedUsage reads the extension anew: x509 splits it into two lists.
func extendedUsage(x *x509.Certificate) ([]string, error) {
	var usages []string
	for _, e := range x.Extensions {
		if e.Id.String() != "2.5.29.37" {
			continue
		}
		c, err := (&cursor{e.Value}).into(tagSequence)
		if err != nil {
			return nil, err
		}
		for len(c.rest) > 0 {
			id, err := c.oid()
			if err != nil {
				return nil, err
			}
			usages = append(usages, id)
		}
	}
	return usages, nil
}

// issuedBy checks that issuer is an authority whose key made c's signature.
func (c *Certificate) issuedBy(issuer *Certificate) error {
	if !issuer.CA || issuer.KeyUsage&x509.KeyUsageCertSign == 0 {
		return fmt.Errorf("%s is no authority: %w", issuer.Subject.CommonName, RefusedChain)
	}
	return checkSignature(issuer.PublicKey, c.algorithm, "", c.parsed.RawTBSCertificate, c.parsed.Signature)
}
