package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// testPKI is an authority laid out as the national one: a root, an issuing
// authority below it, and people. OpenSSL plays all of them: with GOST keys by
// its engine, which shares nothing with our verifier.
type testPKI struct {
	t      *testing.T
	dir    string
	gost   bool
	digest string
}

const (
	testBIN = "990140001234"
	iinOne  = "900101300017"
	iinTwo  = "850615450022"
)

const pkiConfig = `
openssl_conf = settings
[settings]
%s
[engines]
gost = gost
[gost]
engine_id = gost
default_algorithms = ALL
[req]
distinguished_name = dn
prompt = no
utf8 = yes
string_mask = utf8only
[dn]
%s
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[sign]
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = emailProtection,1.2.398.3.3.4.1.2,1.2.398.3.3.4.1.2.5
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[auth]
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = clientAuth,1.2.398.3.3.4.1.2
authorityKeyIdentifier = keyid
[weak]
keyUsage = critical,digitalSignature
extendedKeyUsage = emailProtection
authorityKeyIdentifier = keyid
[ca]
default_ca = list
[list]
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
default_crl_days = 30
crl_extensions = crl_ext
policy = policy
preserve = yes
unique_subject = no
[policy]
CN = optional
SN = optional
serialNumber = optional
C = optional
O = optional
OU = optional
GN = optional
[crl_ext]
authorityKeyIdentifier = keyid
`

func newTestPKI(t *testing.T, gost bool) *testPKI {
	t.Helper()
	if gost {
		if out, err := exec.CommandContext(t.Context(), "openssl", "engine", "gost").CombinedOutput(); err != nil {
			t.Skipf("OpenSSL has no GOST engine (make deps-test): %s", out)
		}
	}
	p := &testPKI{t: t, dir: t.TempDir(), gost: gost, digest: "sha256"}
	if gost {
		p.digest = "md_gost12_512"
	}
	for name, text := range map[string]string{"index.txt": "", "serial": "1000\n", "crlnumber": "01\n"} {
		p.write(name, text)
	}
	p.config("CN = x")
	p.key("root")
	p.run("req", "-config", "c.cnf", "-new", "-x509", "-key", "root.key", "-subj", "/CN=Test root/C=KZ", "-days", "300",
		"-"+p.digest, "-extensions", "authority", "-out", "root.pem")
	p.key("ca")
	p.run("req", "-config", "c.cnf", "-new", "-key", "ca.key", "-subj", "/CN=Test NCA/C=KZ", "-"+p.digest, "-out", "ca.csr")
	p.run("x509", "-req", "-in", "ca.csr", "-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "2", "-days", "200",
		"-"+p.digest, "-extfile", "c.cnf", "-extensions", "authority", "-out", "ca.pem")
	return p
}

func (p *testPKI) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *testPKI) read(name string) []byte {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return data
}

func (p *testPKI) config(subject string) {
	engine := ""
	if p.gost {
		engine = "engines = engines"
	}
	p.write("c.cnf", fmt.Sprintf(pkiConfig, engine, subject))
}

func (p *testPKI) try(args ...string) (string, error) {
	cmd := exec.CommandContext(p.t.Context(), "openssl", args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "OPENSSL_CONF="+filepath.Join(p.dir, "c.cnf"))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (p *testPKI) run(args ...string) {
	p.t.Helper()
	if out, err := p.try(args...); err != nil {
		p.t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func (p *testPKI) key(name string) {
	p.t.Helper()
	args := []string{"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"}
	if p.gost {
		args = []string{"-algorithm", "gost2012_512", "-pkeyopt", "paramset:A"}
	}
	p.run(append([]string{"genpkey", "-out", name + ".key"}, args...)...)
}

// card says what a person's certificate is to be; the zero value is a good
// employee's.
type card struct {
	iin, bin, use, from, to string
}

// issue makes name's key and certificate.
func (p *testPKI) issue(name string, c card) {
	p.t.Helper()
	def := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	def(&c.iin, iinOne)
	def(&c.bin, testBIN)
	def(&c.use, "sign")
	def(&c.from, "20260101000000Z")
	def(&c.to, "20400101000000Z")
	p.config("CN = ТЕСТОВА ТЕСТ\nSN = ТЕСТОВА\nserialNumber = IIN" + c.iin + "\nC = KZ\nO = Университет\nOU = BIN" + c.bin + "\nGN = ТЕСТҚЫЗЫ")
	p.key(name)
	p.run("req", "-config", "c.cnf", "-new", "-key", name+".key", "-"+p.digest, "-out", name+".csr")
	p.run("ca", "-config", "c.cnf", "-batch", "-notext", "-cert", "ca.pem", "-keyfile", "ca.key", "-md", p.digest, "-in", name+".csr",
		"-startdate", c.from, "-enddate", c.to, "-extensions", c.use, "-out", name+".pem")
}

func (p *testPKI) revoke(name string) {
	p.t.Helper()
	p.run("ca", "-config", "c.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-md", p.digest, "-revoke", name+".pem")
}

// list is the authority's present revocation list, PEM.
func (p *testPKI) list() []byte {
	p.t.Helper()
	p.run("ca", "-config", "c.cnf", "-gencrl", "-cert", "ca.pem", "-keyfile", "ca.key", "-md", p.digest, "-out", "list.pem")
	return p.read("list.pem")
}

// sign makes name's CMS over data as NCALayer does: CAdES-BES, PEM.
func (p *testPKI) sign(name string, data []byte, args ...string) []byte {
	p.t.Helper()
	cms, err := p.trySign(name, data, args...)
	if err != nil {
		p.t.Fatal(err)
	}
	return cms
}

// trySign is sign for another goroutine than the test's.
func (p *testPKI) trySign(name string, data []byte, args ...string) ([]byte, error) {
	if err := os.WriteFile(filepath.Join(p.dir, "data"), data, 0o600); err != nil {
		return nil, err
	}
	base := []string{"cms", "-sign", "-cades", "-binary", "-in", "data", "-signer", name + ".pem", "-inkey", name + ".key",
		"-md", p.digest, "-outform", "PEM", "-out", "cms.pem"}
	if out, err := p.try(append(base, args...)...); err != nil {
		return nil, fmt.Errorf("openssl cms -sign: %w: %s", err, out)
	}
	return os.ReadFile(filepath.Join(p.dir, "cms.pem"))
}

// accepts asks OpenSSL whether a CMS over data is good and leads to the root.
func (p *testPKI) accepts(cms, data []byte) bool {
	p.t.Helper()
	p.write("data", string(data))
	p.write("asked.pem", string(cms))
	p.write("trust.pem", string(p.read("root.pem"))+string(p.read("ca.pem")))
	out, err := p.try("cms", "-verify", "-binary", "-inform", "PEM", "-in", "asked.pem", "-content", "data", "-CAfile", "trust.pem",
		"-purpose", "any", "-out", os.DevNull)
	if err != nil {
		p.t.Logf("OpenSSL: %s", out)
	}
	return err == nil
}

// publishPKI writes what an administrator gives the server: authorities and lists.
func publishPKI(t *testing.T, roots, lists string, all ...*testPKI) {
	t.Helper()
	for n, p := range all {
		for _, name := range []string{"root.pem", "ca.pem"} {
			if err := os.WriteFile(filepath.Join(roots, fmt.Sprintf("%d-%s", n, name)), p.read(name), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if lists == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(lists, fmt.Sprintf("%d.crl", n)), p.list(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
