package acts

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"time"

	"qyragy/proctor"
)

// ForceSign signs in office i without asking whether the signer may: what a
// thief of keys could make. Verify must still refuse it.
func ForceSign(pdf []byte, i int, s Signer, o SignOptions) ([]byte, error) {
	r, err := newRevision(proctor.MethodKey, i, o.At, o.Reason)
	if err != nil {
		return nil, err
	}
	r.chain = s.Chain
	f := read(pdf, VerifyOptions{})
	return f.append(len(f.report.Signatures), r, s, nil)
}

// Retrailer recomputes revision 1's identifier after its bytes were changed.
func Retrailer(pdf []byte) []byte {
	f := &file{}
	objects, end, ok := f.readObjects(pdf)
	if !ok || f.readPrivateOf(objects) != nil {
		return pdf
	}
	return append(pdf[:end:end], trailer1(pdf[:end], len(objects), f.spare[2], f.xref)...)
}

func (f *file) readPrivateOf(objects [][]byte) error {
	f.size, f.first = len(objects), len(objects)-8
	return f.readPrivate(objects[f.size-2])
}

// HighS rewrites the last signature of pdf as its other ECDSA form.
func HighS(pdf []byte) ([]byte, error) {
	at := bytes.LastIndex(pdf, []byte("/Contents <")) + 10
	der, err := readContents(pdf[at:at+2*keyRoom+2], keyRoom)
	if err != nil {
		return nil, err
	}
	c, err := readCMS(der)
	if err != nil {
		return nil, err
	}
	var v struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(c.value, &v); err != nil {
		return nil, err
	}
	v.S.Sub(elliptic.P256().Params().N, v.S)
	if c.value, err = asn1.Marshal(v); err != nil {
		return nil, err
	}
	if der, err = c.build(coveredDigest(pdf, at, keyRoom)); err != nil {
		return nil, err
	}
	out := bytes.Clone(pdf)
	copy(out[at+1:], bytes.Repeat([]byte{'0'}, 2*keyRoom))
	hex.Encode(out[at+1:], der)
	return out, nil
}

// OutsideCMS is what NCALayer makes of an RSA key: CAdES-BES, detached,
// SHA-256, with the signing time. With a token it is stamped.
func OutsideCMS(content []byte, chain []*x509.Certificate, key crypto.Signer, at time.Time, stamp Stamp) ([]byte, error) {
	attrs, err := outsideAttributes(sha256.Sum256(content), chain[0], at)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(attrs)
	value, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	implicit := bytes.Clone(attrs)
	implicit[0] = 0xA0
	info := signerInfo{Version: 1, Digest: sha256Identifier(), Signed: asn1.RawValue{FullBytes: implicit}, Signature: value,
		Issuer:    issuerSerial{asn1.RawValue{FullBytes: chain[0].RawIssuer}, chain[0].SerialNumber},
		Algorithm: pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, Parameters: asn1.NullRawValue}}
	if stamp != nil {
		token, err := stamp(sha256.Sum256(value))
		if err != nil {
			return nil, err
		}
		if info.Unsigned, err = unsigned(token); err != nil {
			return nil, err
		}
	}
	var certs []byte
	for _, c := range chain {
		certs = append(certs, c.Raw...)
	}
	c := contentInfo{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}, Content: signedData{
		Version: 1, Digests: []pkix.AlgorithmIdentifier{sha256Identifier()}, Signers: []signerInfo{info},
		Certificates: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: certs},
	}}
	c.Content.Encapsulated.Type = oidData()
	return asn1.Marshal(c)
}

// outsideAttributes are ours and the signing time, in DER's order.
func outsideAttributes(digest [32]byte, leaf *x509.Certificate, at time.Time) ([]byte, error) {
	own, err := signedAttributes(digest, leaf)
	if err != nil {
		return nil, err
	}
	var attrs []attribute
	if _, err := asn1.UnmarshalWithParams(own, &attrs, "set"); err != nil {
		return nil, err
	}
	stated, err := asn1.Marshal(at.UTC())
	if err != nil {
		return nil, err
	}
	attrs = append(attrs, attribute{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}, []asn1.RawValue{{FullBytes: stated}}})
	return asn1.MarshalWithParams(attrs, "set")
}
