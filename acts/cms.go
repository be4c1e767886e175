package acts

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// The CMS of a signature (RFC 5652) in the one shape that PAdES baseline
// (ETSI EN 319 142-1) needs: detached, SHA-256, ECDSA, and three signed
// attributes: content type, message digest, signing certificate (RFC 5035).
// A time stamp may follow as an unsigned attribute.
// It is built by hand so that Verify can build it again and compare bytes.

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content signedData `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Encapsulated struct{ Type asn1.ObjectIdentifier }
	Certificates asn1.RawValue
	Signers      []signerInfo `asn1:"set"`
}

type signerInfo struct {
	Version   int
	Issuer    issuerSerial
	Digest    pkix.AlgorithmIdentifier
	Signed    asn1.RawValue
	Algorithm pkix.AlgorithmIdentifier
	Signature []byte
	Unsigned  asn1.RawValue `asn1:"optional"`
}

type issuerSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type attribute struct {
	Type  asn1.ObjectIdentifier
	Value []asn1.RawValue `asn1:"set"`
}

func oidData() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1} }

func sha256Identifier() pkix.AlgorithmIdentifier {
	return pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}}
}

// signedAttributes is the DER SET that is signed; its order is DER's own.
func signedAttributes(digest [32]byte, leaf *x509.Certificate) ([]byte, error) {
	hash := sha256.Sum256(leaf.Raw)
	type essCertID struct{ Hash []byte } // SHA-256 is the default algorithm
	signing := struct{ Certs []essCertID }{[]essCertID{{hash[:]}}}
	values := []struct {
		oid   asn1.ObjectIdentifier
		value any
	}{
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}, oidData()},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}, digest[:]},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}, signing},
	}
	var attrs []attribute
	for _, v := range values {
		der, err := asn1.Marshal(v.value)
		if err != nil {
			return nil, fmt.Errorf("encode attribute: %w", err)
		}
		attrs = append(attrs, attribute{v.oid, []asn1.RawValue{{FullBytes: der}}})
	}
	return asn1.MarshalWithParams(attrs, "set")
}

// ownCMS is what differs from one CMS of ours to another.
type ownCMS struct {
	chain []*x509.Certificate
	value []byte
	token []byte // the time stamp, nil if there is none
}

// build wraps a signature value over the signed attributes.
func (o ownCMS) build(digest [32]byte) ([]byte, error) {
	chain := o.chain
	attrs, err := signedAttributes(digest, chain[0])
	if err != nil {
		return nil, err
	}
	var certs []byte
	for _, c := range chain {
		certs = append(certs, c.Raw...)
	}
	implicit := bytes.Clone(attrs)
	implicit[0] = 0xA0 // [0] IMPLICIT in place of SET
	info := signerInfo{
		Version: 1,
		Issuer:  issuerSerial{asn1.RawValue{FullBytes: chain[0].RawIssuer}, chain[0].SerialNumber},
		Digest:  sha256Identifier(), Signed: asn1.RawValue{FullBytes: implicit},
		Algorithm: pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}},
		Signature: o.value,
	}
	if o.token != nil {
		if info.Unsigned, err = unsigned(o.token); err != nil {
			return nil, err
		}
	}
	c := contentInfo{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}, Content: signedData{
		Version: 1, Digests: []pkix.AlgorithmIdentifier{sha256Identifier()},
		Certificates: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: certs},
		Signers:      []signerInfo{info},
	}}
	c.Content.Encapsulated.Type = oidData()
	der, err := asn1.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encode signature: %w", err)
	}
	return der, nil
}

// signCMS signs a digest with an official's key and has the signature stamped
// unless stamp is nil. It returns nothing if stamp gives no token.
func signCMS(digest [32]byte, s Signer, stamp Stamp) ([]byte, error) {
	attrs, err := signedAttributes(digest, s.Chain[0])
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(attrs)
	value, err := s.Key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if value, err = lowS(value); err != nil {
		return nil, err
	}
	c := ownCMS{chain: s.Chain, value: value}
	if stamp != nil {
		if c.token, err = stampValue(value, stamp); err != nil || c.token == nil {
			return nil, err
		}
	}
	return c.build(digest)
}

// lowS gives an ECDSA signature its one accepted spelling: (r, s) and
// (r, n-s) both verify, and a file must not have two valid forms.
func lowS(value []byte) ([]byte, error) {
	var v struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(value, &v); err != nil || len(rest) > 0 {
		return nil, errShape
	}
	if n := elliptic.P256().Params().N; v.S.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		v.S.Sub(n, v.S)
	}
	return asn1.Marshal(v)
}

var (
	errShape = errors.New("the signature is not in the act's own shape")
	errValue = errors.New("the signature does not match the bytes it covers")
)

// readCMS takes the chain, the signature value and the time stamp out of a CMS.
func readCMS(der []byte) (ownCMS, error) {
	var c contentInfo
	if rest, err := asn1.Unmarshal(der, &c); err != nil || len(rest) > 0 || len(c.Content.Signers) != 1 {
		return ownCMS{}, errShape
	}
	chain, err := x509.ParseCertificates(c.Content.Certificates.Bytes)
	if err != nil || len(chain) < 2 || len(chain) > 4 {
		return ownCMS{}, errShape
	}
	info := c.Content.Signers[0]
	token, err := readUnsigned(info.Unsigned)
	return ownCMS{chain, info.Signature, token}, err
}

// check checks that der is, byte for byte, what build makes of o for this
// digest, and that the signature holds.
func (o ownCMS) check(der []byte, digest [32]byte) error {
	again, err := o.build(digest)
	if err != nil {
		return err
	}
	attrs, err := signedAttributes(digest, o.chain[0])
	if err != nil {
		return err
	}
	public, ok := o.chain[0].PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return errShape
	}
	sum := sha256.Sum256(attrs)
	if public.Curve != elliptic.P256() || !ecdsa.VerifyASN1(public, sum[:], o.value) {
		return errValue
	}
	low, err := lowS(o.value)
	if err != nil || !bytes.Equal(low, o.value) || !bytes.Equal(again, der) {
		return errShape
	}
	return nil
}
