package gost

import (
	"crypto"
	"crypto/rsa"
	_ "crypto/sha512" // SHA-384 and SHA-512 for RSA
	"errors"
	"fmt"
	"hash"
	"math/big"
	"slices"
)

// Object identifiers of algorithms: the Kazakh arc 1.2.398.3.10 and that of
// TC 26 (RFC 9215), which name the same things.
const (
	oidKeyKZ       = "1.2.398.3.10.1.1.2.2"
	oidCurveKZ     = "1.2.398.3.10.1.1.2.2.1"
	oidSignedKZ    = "1.2.398.3.10.1.1.2.3.2"
	oidStreebogKZ  = "1.2.398.3.10.1.3.3"
	oidKeyRU       = "1.2.643.7.1.1.1.2"
	oidCurveRU     = "1.2.643.7.1.2.1.2.1"
	oidSignedRU    = "1.2.643.7.1.1.3.3"
	oidStreebogRU  = "1.2.643.7.1.1.2.3"
	oidRSA         = "1.2.840.113549.1.1.1"
	oidMGF1        = "1.2.840.113549.1.1.8"
	oidPSS         = "1.2.840.113549.1.1.10"
	oidRSAWithS256 = "1.2.840.113549.1.1.11"
	oidRSAWithS384 = "1.2.840.113549.1.1.12"
	oidRSAWithS512 = "1.2.840.113549.1.1.13"
	oidSHA1        = "1.3.14.3.2.26"
	oidSHA256      = "2.16.840.1.101.3.4.2.1"
	oidSHA384      = "2.16.840.1.101.3.4.2.2"
	oidSHA512      = "2.16.840.1.101.3.4.2.3"
)

// PublicKey is a GOST R 34.10-2012 key on id-tc26-gost-3410-12-512-paramSetA.
type PublicKey struct{ X, Y *big.Int }

// parseKey reads the SubjectPublicKeyInfo of a GOST key. It returns nil and no
// error for a key of another algorithm.
func parseKey(spki []byte) (*PublicKey, error) {
	c, err := (&cursor{spki}).into(tagSequence)
	if err != nil {
		return nil, err
	}
	a, err := c.algorithm()
	if err != nil {
		return nil, err
	}
	if a.oid != oidKeyKZ && a.oid != oidKeyRU {
		return nil, nil
	}
	if err := checkKeyParameters(a); err != nil {
		return nil, err
	}
	value, err := c.bits()
	if err != nil {
		return nil, err
	}
	if err := c.done(); err != nil {
		return nil, err
	}
	return parsePoint(value)
}

// checkKeyParameters wants the one curve known here, and Streebog-512.
func checkKeyParameters(a algorithm) error {
	c, err := (&cursor{a.params}).into(tagSequence)
	if err != nil {
		return err
	}
	curve, err := c.oid()
	if err != nil {
		return err
	}
	digest := oidStreebogRU
	if len(c.rest) > 0 {
		if digest, err = c.oid(); err != nil {
			return err
		}
	}
	kz := a.oid == oidKeyKZ && curve == oidCurveKZ
	ru := a.oid == oidKeyRU && curve == oidCurveRU
	if !kz && !ru || digest != oidStreebogKZ && digest != oidStreebogRU {
		return fmt.Errorf("key parameters %s, %s: %w", curve, digest, RefusedAlgorithm)
	}
	return c.done()
}

// parsePoint reads the key's value: X and Y, each of 64 bytes, lowest first.
func parsePoint(value []byte) (*PublicKey, error) {
	c := &cursor{value}
	v, err := c.take(tagOctets)
	if err != nil {
		return nil, err
	}
	if len(v.Bytes) != 128 || c.done() != nil {
		return nil, fmt.Errorf("a key of %d bytes: %w", len(v.Bytes), RefusedPublicKey)
	}
	k := &PublicKey{littleEndian(v.Bytes[:64]), littleEndian(v.Bytes[64:])}
	if !paramSetA.holds(k.X, k.Y) {
		return nil, RefusedPublicKey
	}
	return k, nil
}

// verify checks a signature over message. In certificates, lists and CMS of the
// Kazakh arc the 128 bytes are r and s, each lowest byte first; TC 26 writes s
// and r, each highest byte first. The digest is a number, lowest byte first.
func (k *PublicKey) verify(message, signature []byte, kazakh bool) bool {
	if len(signature) != 128 {
		return false
	}
	sum := Sum512(message)
	if kazakh {
		signature = slices.Clone(signature)
		slices.Reverse(signature)
	}
	s, r := new(big.Int).SetBytes(signature[:64]), new(big.Int).SetBytes(signature[64:])
	return paramSetA.verify(k.X, k.Y, littleEndian(sum[:]), r, s)
}

// of gives the digest of data by an algorithm's identifier.
func of(data []byte) func(oid string) ([]byte, error) {
	return func(oid string) ([]byte, error) { return digestOf(oid, data) }
}

// NewDigest returns the hash of an algorithm's identifier that a CMS may name.
func NewDigest(oid string) (hash.Cloner, error) {
	switch oid {
	case oidStreebogKZ, oidStreebogRU:
		return newHash(Size512), nil
	}
	h, err := hashOf(oid)
	if err != nil {
		return nil, err
	}
	c, ok := h.New().(hash.Cloner)
	if !ok {
		return nil, fmt.Errorf("digest %s: %w", oid, RefusedAlgorithm)
	}
	return c, nil
}

// digestOf returns the digest of data under an algorithm's identifier.
func digestOf(oid string, data []byte) ([]byte, error) {
	switch oid {
	case oidStreebogKZ, oidStreebogRU:
		sum := Sum512(data)
		return sum[:], nil
	}
	h, err := hashOf(oid)
	if err != nil {
		return nil, err
	}
	w := h.New()
	w.Write(data)
	return w.Sum(nil), nil
}

// hashOf returns the standard library's hash of an algorithm's identifier.
func hashOf(oid string) (crypto.Hash, error) {
	switch oid {
	case oidSHA256:
		return crypto.SHA256, nil
	case oidSHA384:
		return crypto.SHA384, nil
	case oidSHA512:
		return crypto.SHA512, nil
	}
	return 0, fmt.Errorf("digest %s: %w", oid, RefusedAlgorithm)
}

// checkSignature checks a signature by key over message. The digest is that of
// a CMS signer, or empty where the algorithm must name it.
func checkSignature(key any, a algorithm, digest string, message, signature []byte) error {
	switch key := key.(type) {
	case *PublicKey:
		return checkGOST(key, a, digest, message, signature)
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < 2048 || bits > 8192 {
			return fmt.Errorf("RSA of %d bits: %w", bits, RefusedAlgorithm)
		}
		return checkRSA(key, a, digest, message, signature)
	}
	return fmt.Errorf("key %T: %w", key, RefusedAlgorithm)
}

func checkGOST(key *PublicKey, a algorithm, digest string, message, signature []byte) error {
	kazakh := a.oid == oidSignedKZ || digest != "" && a.oid == oidKeyKZ
	russian := a.oid == oidSignedRU || digest != "" && a.oid == oidKeyRU
	if !kazakh && !russian || a.params != nil {
		return fmt.Errorf("signature %s by a GOST key: %w", a.oid, RefusedAlgorithm)
	}
	if digest != "" && digest != oidStreebogKZ && digest != oidStreebogRU {
		return fmt.Errorf("digest %s under a GOST signature: %w", digest, RefusedAlgorithm)
	}
	if !key.verify(message, signature, kazakh) {
		return RefusedValue
	}
	return nil
}

func checkRSA(key *rsa.PublicKey, a algorithm, digest string, message, signature []byte) error {
	named, pss := "", false
	var err error
	switch a.oid {
	case oidRSA:
		named = digest
	case oidRSAWithS256:
		named = oidSHA256
	case oidRSAWithS384:
		named = oidSHA384
	case oidRSAWithS512:
		named = oidSHA512
	case oidPSS:
		pss = true
		if named, err = pssDigest(a.params); err != nil {
			return err
		}
	}
	if named == "" || digest != "" && digest != named || !pss && a.params != nil {
		return fmt.Errorf("signature %s by an RSA key: %w", a.oid, RefusedAlgorithm)
	}
	h, err := hashOf(named)
	if err != nil {
		return err
	}
	w := h.New()
	w.Write(message)
	if pss {
		err = rsa.VerifyPSS(key, h, w.Sum(nil), signature, &rsa.PSSOptions{SaltLength: h.Size()})
	} else {
		err = rsa.VerifyPKCS1v15(key, h, w.Sum(nil), signature)
	}
	if err != nil {
		return RefusedValue
	}
	return nil
}

// pssDigest returns the digest that RSASSA-PSS-params (RFC 4055, 3.1) name, if
// they are the usual: the same digest for the mask, and a salt of its size. The
// defaults, SHA-1, are refused, so that all three fields must be there.
func pssDigest(params []byte) (string, error) {
	digest, mask, salt, err := pssFields(params)
	if err != nil || mask.oid != oidMGF1 || digest.params != nil {
		return "", fmt.Errorf("PSS parameters: %w", RefusedAlgorithm)
	}
	inner, err := (&cursor{mask.params}).algorithm()
	if err != nil || inner.oid != digest.oid || inner.params != nil {
		return "", fmt.Errorf("PSS mask: %w", RefusedAlgorithm)
	}
	if h, err := hashOf(digest.oid); err != nil || !salt.IsInt64() || salt.Int64() != int64(h.Size()) {
		return "", fmt.Errorf("PSS digest and salt: %w", RefusedAlgorithm)
	}
	return digest.oid, nil
}

func pssFields(params []byte) (digest, mask algorithm, salt *big.Int, err error) {
	c, err := (&cursor{params}).into(tagSequence)
	if err != nil {
		return digest, mask, nil, err
	}
	in, err := c.into(tagContext0)
	if err == nil {
		digest, err = in.algorithm()
	}
	if err != nil {
		return digest, mask, nil, err
	}
	if in, err = c.into(tagContext1); err == nil {
		mask, err = in.algorithm()
	}
	if err != nil {
		return digest, mask, nil, err
	}
	if in, err = c.into(tagContext0 + 2); err == nil {
		salt, err = in.integer()
	}
	return digest, mask, salt, errors.Join(err, c.done())
}
