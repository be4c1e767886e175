package acts

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"fmt"

	"qyragy/proctor"
)

// A key sealed for a passkey is: magic, salt, nonce, AES-256-GCM of the PKCS #8
// key. The magic, the salt and the credential's id are authenticated.
const (
	prfMagic = "QYKEY2"
	prfHead  = len(prfMagic) + saltLength
)

// PRFLength is the length of the secret that an authenticator gives, bytes.
const PRFLength = 32

// SealPRF encrypts an official's private key under the secret that one of her
// authenticators derives for this server (WebAuthn's PRF), so that the server
// can sign only while she uses it.
func SealPRF(key crypto.Signer, credential, prf []byte) ([]byte, error) {
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	random := make([]byte, saltLength+nonceLength)
	if _, err := rand.Read(random); err != nil {
		return nil, fmt.Errorf("draw salt: %w", err)
	}
	head := append([]byte(prfMagic), random[:saltLength]...)
	box, err := prfBox(head, credential, prf)
	if err != nil {
		return nil, err
	}
	out := append(bytes.Clone(head), random[saltLength:]...)
	return box.Seal(out, random[saltLength:], plain, append(head, credential...)), nil
}

// UnsealPRF opens what SealPRF closed for the same credential.
func UnsealPRF(sealed, credential, prf []byte) (crypto.Signer, error) {
	if len(sealed) < prfHead+nonceLength || string(sealed[:len(prfMagic)]) != prfMagic {
		return nil, proctor.Errorf(proctor.Invalid, "key_unreadable")
	}
	head := bytes.Clone(sealed[:prfHead])
	box, err := prfBox(head, credential, prf)
	if err != nil {
		return nil, err
	}
	plain, err := box.Open(nil, sealed[prfHead:prfHead+nonceLength], sealed[prfHead+nonceLength:], append(head, credential...))
	if err != nil {
		return nil, proctor.Errorf(proctor.Forbidden, "key_passkey")
	}
	return decodeKey(plain)
}

func prfBox(head, credential, prf []byte) (cipher.AEAD, error) {
	if len(prf) != PRFLength || len(credential) == 0 {
		return nil, proctor.Errorf(proctor.Forbidden, "key_passkey")
	}
	key, err := hkdf.Key(sha256.New, prf, head[len(prfMagic):], "qyragy: key of an official", 32)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return cipher.NewGCM(block)
}
