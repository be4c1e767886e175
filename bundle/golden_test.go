package bundle

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor/ledger"
)

// TestGolden: bundles that earlier programs wrote are whole for ever. v2 is of
// officials who agreed by passkey; v2.crl is a list of after its act, on which
// the first of them is for a stolen key. WRITE_GOLDEN=v1 or v2 writes it anew,
// for a new format only.
func TestGolden(t *testing.T) {
	switch v := os.Getenv("WRITE_GOLDEN"); v {
	case "v1":
		w, _, z := inForce(t)
		w.golden(v, z)
	case "v2":
		w, z := confirmed(t, []string{testOrigin}, nil)
		w.golden(v, z)
	}
	for _, v := range []string{"v1", "v2"} {
		o := goldenOptions(t, v)
		r := check(t, golden(t, v+".zip"), o)
		if !r.Complete() || !r.Trusted || r.Standing != StandingInForce || len(r.Acts[0].Passkeys) != map[string]int{"v2": 3}[v] {
			t.Errorf("%s: %+v", v, r)
		}
	}
}

// TestRevokedLater: the journal knows since when a signature existed, if it is
// the journal that the caller knows.
func TestRevokedLater(t *testing.T) {
	o := goldenOptions(t, "v2")
	list, err := acts.ParseRevocations(golden(t, "v2.crl"))
	if err != nil {
		t.Fatal(err)
	}
	o.Acts.CRL = []*x509.RevocationList{list}
	r := check(t, golden(t, "v2.zip"), o)
	if !r.Complete() || r.Acts[0].Report.Signatures[0].Revoked.IsZero() || !r.Acts[0].Report.Signatures[1].Revoked.IsZero() {
		t.Errorf("%+v", r)
	}
	o.Key = nil
	if r := check(t, golden(t, "v2.zip"), o); r.Whole() || !strings.Contains(r.Problems[0].What, "act_certificate_revoked") {
		t.Errorf("by a journal of unknown making: %v", r.Problems)
	}
}

func golden(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func goldenOptions(t *testing.T, v string) Options {
	t.Helper()
	key, err := ledger.ParseKey(strings.TrimSpace(string(golden(t, v+".key"))))
	if err != nil {
		t.Fatal(err)
	}
	roots, err := acts.ParseCertificates(golden(t, v+".pem"))
	if err != nil {
		t.Fatal(err)
	}
	return Options{Key: key, Acts: acts.VerifyOptions{Roots: []*x509.Certificate{roots[0]}}}
}

// golden keeps a bundle and what it is held to.
func (w *world) golden(v string, z []byte) {
	w.t.Helper()
	r, err := Check(w.t.Context(), bytes.NewReader(z), int64(len(z)), Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	first := r.Acts[0].Report.Signatures[0]
	list, err := w.authority.Revoke([]acts.Revocation{{Serial: first.Serial, At: w.now.Add(time.Hour), Reason: acts.RevokedCompromised}},
		1, w.now.Add(2*time.Hour), w.now.Add(200*time.Hour))
	if err != nil {
		w.t.Fatal(err)
	}
	for name, b := range map[string][]byte{".zip": z, ".key": []byte(w.key + "\n"), ".pem": w.authority.PEM(), ".crl": list} {
		if err := os.WriteFile(filepath.Join("testdata", v+name), b, 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
}
