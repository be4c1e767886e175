package acts

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"
)

// Token is a time stamp (RFC 3161) over a SHA-256, of any time: what a time
// stamping authority with an RSA key makes.
func Token(digest [32]byte, at time.Time, chain []*x509.Certificate, key crypto.Signer) ([]byte, error) {
	type imprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	info, err := asn1.Marshal(struct {
		Version int
		Policy  asn1.ObjectIdentifier
		Imprint imprint
		Serial  *big.Int
		At      time.Time `asn1:"generalized"`
	}{1, asn1.ObjectIdentifier{1, 2, 3}, imprint{sha256Identifier(), digest[:]}, big.NewInt(7), at.UTC()})
	if err != nil {
		return nil, err
	}
	tst := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	own, err := signedAttributes(sha256.Sum256(info), chain[0])
	if err != nil {
		return nil, err
	}
	var attrs []attribute
	if _, err := asn1.UnmarshalWithParams(own, &attrs, "set"); err != nil {
		return nil, err
	}
	kind, err := asn1.Marshal(tst)
	if err != nil {
		return nil, err
	}
	attrs[0].Value[0] = asn1.RawValue{FullBytes: kind}
	signed, err := asn1.MarshalWithParams(attrs, "set")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(signed)
	value, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	implicit := bytes.Clone(signed)
	implicit[0] = 0xA0
	return asn1.Marshal(struct {
		Type    asn1.ObjectIdentifier
		Content stampData `asn1:"explicit,tag:0"`
	}{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}, stampData{
		Version: 3, Digests: []pkix.AlgorithmIdentifier{sha256Identifier()}, Content: stampContent{tst, info},
		Certificates: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: chain[0].Raw},
		Signers: []signerInfo{{Version: 1, Digest: sha256Identifier(), Signed: asn1.RawValue{FullBytes: implicit}, Signature: value,
			Issuer:    issuerSerial{asn1.RawValue{FullBytes: chain[0].RawIssuer}, chain[0].SerialNumber},
			Algorithm: pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, Parameters: asn1.NullRawValue}}},
	}})
}

type stampContent struct {
	Type asn1.ObjectIdentifier
	Info []byte `asn1:"explicit,tag:0"`
}

type stampData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Content      stampContent
	Certificates asn1.RawValue
	Signers      []signerInfo `asn1:"set"`
}
