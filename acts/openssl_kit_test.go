package acts_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"qyragy/acts/gost"
)

// bench is a folder in which OpenSSL plays those outside: authorities, cards.
type bench struct{ dir string }

func newBench(t testing.TB, config string) bench {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not here")
	}
	b := bench{t.TempDir()}
	b.write(t, "c.cnf", []byte(config))
	return b
}

func (b bench) path(name string) string { return filepath.Join(b.dir, name) }

func (b bench) write(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(b.path(name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (b bench) run(t testing.TB, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "openssl", args...)
	cmd.Dir = b.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
}

const gostConfig = `
[req]
distinguished_name = dn
prompt = no
utf8 = yes
string_mask = utf8only
[dn]
CN = ТЕСТОВ ТЕСТ
SN = ТЕСТОВ
serialNumber = IIN123456789011
C = KZ
GN = ТЕСТОВИЧ
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[signer]
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = emailProtection
authorityKeyIdentifier = keyid
`

// gostCard is a GOST R 34.10-2012 key of 512 bits that OpenSSL keeps.
type gostCard struct{ bench }

func newGOSTCard(t testing.TB) gostCard {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "openssl", "engine", "gost").Run(); err != nil {
		t.Skip("OpenSSL's GOST engine is not here")
	}
	g := gostCard{newBench(t, gostConfig)}
	for _, k := range []string{"ca.key", "signer.key"} {
		g.run(t, "genpkey", "-engine", "gost", "-algorithm", "gost2012_512", "-pkeyopt", "paramset:A", "-out", k)
	}
	g.run(t, "req", "-engine", "gost", "-config", "c.cnf", "-new", "-x509", "-key", "ca.key", "-subj", "/CN=ҰКО/C=KZ",
		"-md_gost12_512", "-extensions", "authority", "-out", "ca.pem")
	g.run(t, "req", "-engine", "gost", "-config", "c.cnf", "-new", "-key", "signer.key", "-md_gost12_512", "-out", "signer.csr")
	g.run(t, "x509", "-engine", "gost", "-req", "-in", "signer.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "4711",
		"-md_gost12_512", "-extfile", "c.cnf", "-extensions", "signer", "-out", "signer.pem")
	return g
}

// sign makes a CMS over content, in PEM as NCALayer returns it.
func (g gostCard) sign(t testing.TB, content []byte) []byte {
	t.Helper()
	g.write(t, "content", content)
	g.run(t, "cms", "-engine", "gost", "-sign", "-cades", "-binary", "-in", "content", "-signer", "signer.pem",
		"-inkey", "signer.key", "-md", "md_gost12_512", "-outform", "PEM", "-out", "cms")
	return mustRead(t, g.path("cms"))
}

func (g gostCard) roots(t testing.TB) gost.Options {
	t.Helper()
	c, err := gost.ParseCertificate(mustRead(t, g.path("ca.pem")))
	if err != nil {
		t.Fatal(err)
	}
	return gost.Options{Roots: []*gost.Certificate{c}}
}

const stampConfig = `
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Authority
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[stamps]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = one
[one]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
digests = sha256
default_policy = 1.2.3.4.1
ess_cert_id_alg = sha256
`

// opensslTSA is a time stamping authority by OpenSSL, with its own root.
func opensslTSA(t *testing.T) (b bench, root *gost.Certificate) {
	t.Helper()
	b = newBench(t, stampConfig)
	for _, k := range []string{"ca.key", "tsa.key"} {
		b.run(t, "genrsa", "-out", k, "2048")
	}
	b.run(t, "req", "-config", "c.cnf", "-new", "-x509", "-key", "ca.key", "-subj", "/CN=Root", "-extensions", "authority", "-out", "ca.pem")
	b.run(t, "req", "-config", "c.cnf", "-new", "-key", "tsa.key", "-subj", "/CN=Stamps", "-out", "tsa.csr")
	b.run(t, "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "5", "-extfile", "c.cnf", "-extensions", "stamps", "-out", "tsa.pem")
	root, err := gost.ParseCertificate(mustRead(t, b.path("ca.pem")))
	if err != nil {
		t.Fatal(err)
	}
	return b, root
}

// reply has OpenSSL answer a request for a stamp.
func (b bench) reply(ctx context.Context, query []byte) ([]byte, error) {
	if err := os.WriteFile(b.path("query"), query, 0o600); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "openssl", "ts", "-reply", "-config", "c.cnf", "-section", "one", "-queryfile", "query")
	cmd.Dir = b.dir
	return cmd.Output()
}
