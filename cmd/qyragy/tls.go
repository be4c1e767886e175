package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// tlsConfig is what the web server speaks: nil for no TLS.
func (c *serveCmd) tlsConfig(log *slog.Logger) (*tls.Config, error) {
	files := c.TLSCert != "" || c.TLSKey != ""
	switch {
	case files && len(c.ACME) > 0, files && c.TLS == "self", c.TLS == "self" && len(c.ACME) > 0:
		return nil, errors.New("there is one certificate: --tls self, --tls-cert or --acme")
	case files && (c.TLSCert == "" || c.TLSKey == ""):
		return nil, errors.New("--tls-cert and --tls-key go together")
	case files:
		k := &certificate{cert: c.TLSCert, key: c.TLSKey, log: log}
		if err := k.load(); err != nil {
			return nil, err
		}
		return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: k.get}, nil
	case len(c.ACME) > 0:
		m := &autocert.Manager{Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(c.ACME...),
			Cache: autocert.DirCache(filepath.Join(c.Data, "acme"))}
		return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: m.GetCertificate, NextProtos: []string{"http/1.1", acme.ALPNProto}}, nil
	case c.TLS == "self":
		return selfSigned()
	default:
		return nil, nil
	}
}

// lookAgain is how often a certificate's files are asked whether they changed.
const lookAgain = 10 * time.Second

// certificate is a certificate that its owner renews in place.
type certificate struct {
	cert, key string // paths
	log       *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	changed time.Time // newest modification of both files
	looked  time.Time
}

// load reads both files; mu is held, or nobody else has c yet.
func (c *certificate) load() error {
	changed, err := c.modified()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("load the site's certificate: %w", err)
	}
	c.current, c.changed, c.looked = &pair, changed, time.Now()
	return nil
}

func (c *certificate) modified() (newest time.Time, err error) {
	for _, path := range []string{c.cert, c.key} {
		info, err := os.Stat(path)
		if err != nil {
			return newest, fmt.Errorf("find the site's certificate: %w", err)
		}
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest, nil
}

// get implements tls.Config.GetCertificate. Half-written files are read again
// later; until then the old certificate serves.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < lookAgain {
		return c.current, nil
	}
	c.looked = time.Now()
	changed, err := c.modified()
	if err == nil && !changed.Equal(c.changed) {
		err = c.load()
	}
	if err != nil {
		c.log.Error("the site's certificate cannot be renewed; the old one serves", "err", err)
	}
	return c.current, nil
}

// selfSigned makes a certificate for this machine's names and addresses, for
// a demo on a LAN. Browsers warn once; a real site uses its own certificate.
func selfSigned() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a TLS key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("make a TLS certificate: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 3, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{host, "localhost"},
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("list this machine's addresses: %w", err)
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			t.IPAddresses = append(t.IPAddresses, n.IP)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make a TLS certificate: %w", err)
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	}, nil
}
