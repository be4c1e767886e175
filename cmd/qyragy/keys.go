package main

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// newKey makes a person's signing key, sealed under her password, and its
// certificates in PEM; nothing if she signs no acts.
func newKey(a acts.Authority, p proctor.Person, password string) (sealed, chain []byte, err error) {
	for _, role := range append(proctor.SigningOrder(), proctor.RoleRegistrar) {
		if !p.Has(role) {
			continue
		}
		signer, err := a.Issue(p, role, time.Now().Add(-time.Minute), keyLife)
		if err != nil {
			return nil, nil, err
		}
		if sealed, err = acts.Seal(signer.Key, password); err != nil {
			return nil, nil, err
		}
		return sealed, acts.CertificatePEM(signer.Chain...), nil
	}
	return nil, nil, nil
}

// loadAuthority reads the university's signing authority from dir, and makes
// it on the first start. The key file is 0600; who holds it can issue
// officials' certificates, so it belongs in the backup and nowhere else.
func loadAuthority(dir string) (acts.Authority, error) {
	keyPath, certPath := filepath.Join(dir, "authority.key"), filepath.Join(dir, "authority.pem")
	keyPEM, err := os.ReadFile(keyPath)
	if errors.Is(err, fs.ErrNotExist) {
		return makeAuthority(dir, keyPath, certPath)
	}
	if err != nil {
		return acts.Authority{}, fmt.Errorf("read the signing authority: %w", err)
	}
	certPEM, err := os.ReadFile(certPath)
	if err != nil {
		return acts.Authority{}, fmt.Errorf("read the signing authority: %w", err)
	}
	block, _ := pem.Decode(keyPEM)
	if block == nil {
		return acts.Authority{}, fmt.Errorf("read the signing authority: %s holds no key", keyPath)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return acts.Authority{}, fmt.Errorf("read the signing authority: %w", err)
	}
	chain, err := acts.ParseCertificates(certPEM)
	if err != nil {
		return acts.Authority{}, fmt.Errorf("read the signing authority: %w", err)
	}
	private, ok := key.(*ecdsa.PrivateKey)
	if !ok || !private.PublicKey.Equal(chain[0].PublicKey) {
		return acts.Authority{}, fmt.Errorf("read the signing authority: %s and %s do not belong together", keyPath, certPath)
	}
	return acts.Authority{Certificate: chain[0], Key: private}, nil
}

func makeAuthority(dir, keyPath, certPath string) (acts.Authority, error) {
	a, err := acts.NewAuthority("Qyragy: актілерге қол қою орталығы", time.Now().Add(-time.Minute))
	if err != nil {
		return a, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(a.Key)
	if err != nil {
		return a, fmt.Errorf("keep the signing authority: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return a, fmt.Errorf("keep the signing authority: %w", err)
	}
	// The certificate first: a key without one would be taken for the whole.
	if err := writeDurable(certPath, a.PEM(), 0o644); err != nil {
		return a, fmt.Errorf("keep the signing authority: %w", err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := writeDurable(keyPath, key, 0o600); err != nil {
		return a, fmt.Errorf("keep the signing authority: %w", err)
	}
	return a, nil
}
