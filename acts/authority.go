package acts

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"qyragy/proctor"
)

// Authority is the university's own certificate authority for the officials
// of acts: an ECDSA P-256 key and its self-signed certificate.
type Authority struct {
	Certificate *x509.Certificate
	Key         *ecdsa.PrivateKey
}

// Signer is an official's private key with its certificate chain, her own
// first and the authority's last.
type Signer struct {
	Key   crypto.Signer // ECDSA P-256
	Chain []*x509.Certificate
}

// authorityYears is how long an authority lives; certificates end earlier.
const authorityYears = 20

// NewAuthority makes a new authority that is valid from from on.
func NewAuthority(name string, from time.Time) (Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Authority{}, fmt.Errorf("make authority key: %w", err)
	}
	t := &x509.Certificate{
		Subject:   pkix.Name{CommonName: name},
		NotBefore: from.UTC(), NotAfter: from.UTC().AddDate(authorityYears, 0, 0),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	c, err := certify(t, t, &key.PublicKey, key)
	if err != nil {
		return Authority{}, err
	}
	return Authority{c, key}, nil
}

// Object identifiers of the subject attributes that say who signs as what.
func oidLogin() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1} } // UID, RFC 4519
func oidTitle() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 4, 12} }                     // title

// Issue makes a key for p and certifies that she signs acts in role. Only the
// official's password or passkey (see Seal) should keep the key afterwards.
func (a Authority) Issue(p proctor.Person, role proctor.Role, from time.Time, life time.Duration) (Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Signer{}, fmt.Errorf("make official's key: %w", err)
	}
	return a.Certify(p, role, key, from, life)
}

// Certify issues a new certificate for a key that p has: in another role, or
// because the one before it ends.
func (a Authority) Certify(p proctor.Person, role proctor.Role, key crypto.Signer, from time.Time, life time.Duration) (Signer, error) {
	public, ok := key.Public().(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return Signer{}, proctor.Errorf(proctor.Invalid, "key_unreadable")
	}
	t := &x509.Certificate{
		Subject: pkix.Name{CommonName: p.Name, ExtraNames: []pkix.AttributeTypeAndValue{
			{Type: oidLogin(), Value: string(p.Login)}, {Type: oidTitle(), Value: string(role)},
		}},
		NotBefore: from.UTC(), NotAfter: from.UTC().Add(life),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
	}
	c, err := certify(t, a.Certificate, public, a.Key)
	if err != nil {
		return Signer{}, err
	}
	return Signer{key, []*x509.Certificate{c, a.Certificate}}, nil
}

// Holder is whom a certificate of an Authority names, and in which office.
func Holder(c *x509.Certificate) (login proctor.Login, role proctor.Role) {
	who := holder(c)
	return who.Login, who.Role
}

func certify(t, parent *x509.Certificate, public *ecdsa.PublicKey, key *ecdsa.PrivateKey) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("draw serial number: %w", err)
	}
	t.SerialNumber = serial.Add(serial, big.NewInt(1))
	der, err := x509.CreateCertificate(rand.Reader, t, parent, public, key)
	if err != nil {
		return nil, fmt.Errorf("certify: %w", err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read own certificate: %w", err)
	}
	return c, nil
}

// PEM returns the authority's certificate for publication.
func (a Authority) PEM() []byte { return CertificatePEM(a.Certificate) }

// CertificatePEM writes certificates one after another (RFC 7468).
func CertificatePEM(chain ...*x509.Certificate) []byte {
	var out []byte
	for _, c := range chain {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

// ParseCertificates reads what CertificatePEM wrote, at least one.
func ParseCertificates(b []byte) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for {
		block, rest := pem.Decode(b)
		if block == nil {
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" {
			return nil, proctor.Errorf(proctor.Invalid, "certificate_unreadable")
		}
		chain, b = append(chain, c), rest
	}
	if len(chain) == 0 {
		return nil, proctor.Errorf(proctor.Invalid, "certificate_unreadable")
	}
	return chain, nil
}
