package bundle

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qyragy/acts"
	"qyragy/proctor/ledger"
)

// TestGolden: a bundle that an earlier program wrote is whole for ever.
// WRITE_GOLDEN=1 writes a new one, for a new format only.
func TestGolden(t *testing.T) {
	if os.Getenv("WRITE_GOLDEN") != "" {
		w, _, z := inForce(t)
		for name, b := range map[string][]byte{"v1.zip": z, "v1.key": []byte(w.key + "\n"), "v1.pem": w.authority.PEM()} {
			if err := os.WriteFile(filepath.Join("testdata", name), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key, err := ledger.ParseKey(strings.TrimSpace(string(read("v1.key"))))
	if err != nil {
		t.Fatal(err)
	}
	roots, err := acts.ParseCertificates(read("v1.pem"))
	if err != nil {
		t.Fatal(err)
	}
	r := check(t, read("v1.zip"), Options{Key: key, Acts: acts.VerifyOptions{Roots: []*x509.Certificate{roots[0]}}})
	if !r.Complete() || !r.Trusted || r.Standing != StandingInForce {
		t.Errorf("%+v", r)
	}
}
