package acts

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"qyragy/proctor"
)

// A sealed key is: magic, argon2id time, memory (KiB), lanes, salt, nonce,
// AES-256-GCM of the PKCS #8 key. All before the salt's end is authenticated.
const (
	sealMagic   = "QYKEY1"
	sealTime    = 3
	sealMemory  = 64 << 10 // KiB: RFC 9106's second choice
	sealLanes   = 4
	saltLength  = 16
	sealHead    = len(sealMagic) + 4 + 4 + 1 + saltLength
	nonceLength = 12
	maxMemory   = 256 << 10 // KiB: a blob may not ask for more
	maxTime     = 10
)

// Seal encrypts an official's private key under her password, so that the
// server can sign only while she is there to give it. Letters typed as й and
// as и with a breve are the same (RFC 8265, section 4.2), as when she logs in.
func Seal(key crypto.Signer, password string) ([]byte, error) {
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	head := binary.BigEndian.AppendUint32([]byte(sealMagic), sealTime)
	head = binary.BigEndian.AppendUint32(head, sealMemory)
	head = append(head, sealLanes)
	random := make([]byte, saltLength+nonceLength)
	if _, err := rand.Read(random); err != nil {
		return nil, fmt.Errorf("draw salt: %w", err)
	}
	head = append(head, random[:saltLength]...)
	box, err := sealBox(head, norm.NFC.String(password))
	if err != nil {
		return nil, err
	}
	out := append(head, random[saltLength:]...)
	return box.Seal(out, random[saltLength:], plain, head), nil
}

// Unseal opens what Seal closed. A wrong password and a damaged blob cannot be
// told apart.
func Unseal(sealed []byte, password string) (crypto.Signer, error) {
	wrong := proctor.Errorf(proctor.Forbidden, "key_password")
	if len(sealed) < sealHead+nonceLength || string(sealed[:len(sealMagic)]) != sealMagic {
		return nil, proctor.Errorf(proctor.Invalid, "key_unreadable")
	}
	head, nonce := sealed[:sealHead], sealed[sealHead:sealHead+nonceLength]
	for _, spelled := range spellings(password) {
		box, err := sealBox(head, spelled)
		if err != nil {
			return nil, err
		}
		if plain, err := box.Open(nil, nonce, sealed[sealHead+nonceLength:], head); err == nil {
			return decodeKey(plain)
		}
	}
	return nil, wrong
}

// spellings are what a password may have been sealed as: composed letters, and
// before there was that rule, however it was typed. Most have one.
func spellings(password string) []string {
	all := []string{norm.NFC.String(password)}
	for _, s := range []string{password, norm.NFD.String(password)} {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

func decodeKey(plain []byte) (crypto.Signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, fmt.Errorf("decode key: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, proctor.Errorf(proctor.Invalid, "key_unreadable")
	}
	return signer, nil
}

// sealBox derives the key from a blob's head, refusing parameters that would
// stall the server.
func sealBox(head []byte, password string) (cipher.AEAD, error) {
	p := head[len(sealMagic):]
	time, memory, lanes := binary.BigEndian.Uint32(p), binary.BigEndian.Uint32(p[4:]), p[8]
	if time < 1 || time > maxTime || memory < 8*uint32(lanes) || memory > maxMemory || lanes < 1 {
		return nil, proctor.Errorf(proctor.Invalid, "key_unreadable")
	}
	block, err := aes.NewCipher(argon2.IDKey([]byte(password), p[9:9+saltLength], time, memory, lanes, 32))
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return box, nil
}
