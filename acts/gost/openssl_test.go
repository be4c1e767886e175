package gost

import (
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// bench is a folder in which OpenSSL plays authority and signer.
type bench struct {
	t      *testing.T
	dir    string
	engine []string
}

const opensslConfig = `
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
O = Univ
OU = BIN123456789021
GN = ТЕСТОВИЧ
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[signer]
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ca]
default_ca = list
[list]
database = index.txt
crlnumber = crlnumber
default_crl_days = 30
crl_extensions = crl_ext
[crl_ext]
authorityKeyIdentifier = keyid
`

// newBench makes an authority, a signer's certificate and a document. The keys
// are of the given algorithm, the certificates signed with the given digest.
func newBench(t *testing.T, engine []string, digest string, key ...string) *bench {
	t.Helper()
	b := &bench{t, t.TempDir(), engine}
	b.write("c.cnf", opensslConfig)
	b.write("document", "бұзу туралы акт")
	b.write("index.txt", "")
	b.write("crlnumber", "01\n")
	for _, name := range []string{"ca.key", "signer.key"} {
		b.run("genpkey", append(key, "-out", name)...)
	}
	b.run("req", "-config", "c.cnf", "-new", "-x509", "-key", "ca.key", "-subj", "/CN=Authority/C=KZ",
		"-days", "30", digest, "-extensions", "authority", "-out", "ca.pem")
	b.run("req", "-config", "c.cnf", "-new", "-key", "signer.key", digest, "-out", "signer.csr")
	b.run("x509", "-req", "-in", "signer.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "4711",
		"-days", "20", digest, "-extfile", "c.cnf", "-extensions", "signer", "-out", "signer.pem")
	return b
}

func (b *bench) write(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) read(name string) []byte {
	b.t.Helper()
	data, err := os.ReadFile(filepath.Join(b.dir, name))
	if err != nil {
		b.t.Fatal(err)
	}
	return data
}

// run runs an OpenSSL command in the folder.
func (b *bench) run(command string, args ...string) {
	b.t.Helper()
	args = append(append([]string{command}, b.engine...), args...)
	cmd := exec.CommandContext(b.t.Context(), "openssl", args...)
	cmd.Dir = b.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// sign makes a CMS over the document.
func (b *bench) sign(digest string, args ...string) []byte {
	b.t.Helper()
	b.run("cms", append([]string{"-sign", "-cades", "-binary", "-in", "document", "-signer", "signer.pem",
		"-inkey", "signer.key", "-md", digest, "-out", "signature"}, args...)...)
	return b.read("signature")
}

func (b *bench) options() Options {
	b.t.Helper()
	root, err := ParseCertificate(b.read("ca.pem"))
	if err != nil {
		b.t.Fatal(err)
	}
	return Options{Roots: []*Certificate{root}, At: time.Now().Add(time.Minute), IIN: "123456789011", BIN: "123456789021"}
}

// list has the authority issue a revocation list.
func (b *bench) list(digest string) *RevocationList {
	b.t.Helper()
	b.run("ca", "-config", "c.cnf", "-gencrl", "-cert", "ca.pem", "-keyfile", "ca.key", "-md", digest, "-out", "list.pem")
	l, err := ParseRevocationList(b.read("list.pem"))
	if err != nil {
		b.t.Fatal(err)
	}
	return l
}

// wantGood verifies a signature and what else must hold of it.
func (b *bench) wantGood(cms, document []byte, o Options) {
	b.t.Helper()
	s, err := VerifyCMS(cms, document, o)
	if err != nil {
		b.t.Fatal(err)
	}
	if s.Certificate.Subject.FullName() != "ТЕСТОВ ТЕСТ ТЕСТОВИЧ" || string(s.Content) != string(b.read("document")) || len(s.Chain) != 2 {
		b.t.Errorf("signer %+v", s)
	}
	if time.Since(s.SigningTime).Abs() > time.Hour {
		b.t.Errorf("signed on %s", s.SigningTime)
	}
	o.IIN = "123456789012"
	if _, err := VerifyCMS(cms, document, o); !errors.Is(err, RefusedIIN) {
		b.t.Errorf("another person: %v", err)
	}
}

// OpenSSL's GOST engine signs, we verify: an implementation that shares nothing
// with ours.
func TestOpenSSLEngine(t *testing.T) {
	needEngine(t)
	const digest = "md_gost12_512"
	b := newBench(t, []string{"-engine", "gost"}, "-"+digest, "-algorithm", "gost2012_512", "-pkeyopt", "paramset:A")
	document, o := b.read("document"), b.options()
	if err := o.Roots[0].issuedBy(o.Roots[0]); err != nil {
		t.Errorf("the root's own signature: %v", err)
	}
	cms := b.sign(digest, "-outform", "DER")
	b.wantGood(cms, document, o)
	b.wantGood(b.sign(digest, "-nodetach", "-outform", "PEM"), nil, o)
	b.wantGood(b.sign(digest, "-keyid", "-outform", "PEM"), document, o)
	wantTamperProof(t, cms, document, o, 29)

	// 4711 is 1267 in hexadecimal.
	o.Lists, o.RequireList = []*RevocationList{b.list(digest)}, true
	b.wantGood(cms, document, o)
	b.write("index.txt", "R\t400101000000Z\t200101000000Z\t1267\tunknown\t/CN=x\n")
	o.Lists = []*RevocationList{b.list(digest)}
	if _, err := VerifyCMS(cms, document, o); !errors.Is(err, RefusedRevoked) {
		t.Errorf("revoked: %v", err)
	}
}

// A key on another curve or of another length is refused, not misread.
func TestOpenSSLOtherParameters(t *testing.T) {
	needEngine(t)
	for _, v := range []struct{ algorithm, set, digest string }{
		{"gost2012_512", "B", "-md_gost12_512"}, {"gost2012_256", "A", "-md_gost12_256"},
	} {
		b := newBench(t, []string{"-engine", "gost"}, v.digest, "-algorithm", v.algorithm, "-pkeyopt", "paramset:"+v.set)
		c, err := ParseCertificate(b.read("signer.pem"))
		if err == nil {
			err = c.issuedBy(c)
		}
		if !errors.Is(err, RefusedAlgorithm) && !errors.Is(err, RefusedChain) {
			t.Errorf("%s %s: %v", v.algorithm, v.set, err)
		}
	}
}

func TestOpenSSLRSA(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not here")
	}
	b := newBench(t, nil, "-sha256", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
	document, o := b.read("document"), b.options()
	for name, args := range map[string][]string{
		"sha256": nil, "sha384": nil, "sha512": nil,
		"sha256 pss": {"-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest"},
		"sha512 pss": {"-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest"},
	} {
		t.Run(name, func(t *testing.T) {
			digest, _, pss := strings.Cut(name, " ")
			cms := b.sign(digest, append(args, "-outform", "DER")...)
			b.wantGood(cms, document, o)
			if name == "sha256" || pss {
				wantTamperProof(t, cms, document, o, 13)
			}
		})
	}
	o.Lists, o.RequireList = []*RevocationList{b.list("sha256")}, true
	b.wantGood(b.sign("sha256", "-outform", "DER"), document, o)
	// SHA-1 is refused, and so is a CMS without a signing certificate's name.
	if _, err := VerifyCMS(b.sign("sha1", "-outform", "DER"), document, o); !errors.Is(err, RefusedAlgorithm) {
		t.Errorf("SHA-1: %v", err)
	}
	b.run("cms", "-sign", "-binary", "-in", "document", "-signer", "signer.pem", "-inkey", "signer.key", "-outform", "DER", "-out", "plain")
	if _, err := VerifyCMS(b.read("plain"), document, o); !errors.Is(err, RefusedAttributes) {
		t.Errorf("without a signing certificate: %v", err)
	}
	b.run("cms", "-sign", "-noattr", "-binary", "-in", "document", "-signer", "signer.pem", "-inkey", "signer.key", "-outform", "DER", "-out", "bare")
	if _, err := VerifyCMS(b.read("bare"), document, o); !errors.Is(err, RefusedAttributes) {
		t.Errorf("without attributes: %v", err)
	}
	wantPEMRefused(t, b.sign("sha256", "-outform", "PEM"), document, o)
}

// wantPEMRefused spoils the PEM around a good signature.
func wantPEMRefused(t *testing.T, good, document []byte, o Options) {
	t.Helper()
	block, _ := pem.Decode(good)
	for name, bad := range map[string][]byte{
		"empty":        {},
		"text":         []byte("not a signature"),
		"two blocks":   append(good[:len(good):len(good)], good...),
		"another type": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: block.Bytes}),
		"text before":  append([]byte("text\n"), good...),
		"headers":      pem.EncodeToMemory(&pem.Block{Type: "CMS", Headers: map[string]string{"a": "b"}, Bytes: block.Bytes}),
		"a byte more":  append(block.Bytes[:len(block.Bytes):len(block.Bytes)], 0),
		"cut":          block.Bytes[:len(block.Bytes)-1],
	} {
		if _, err := VerifyCMS(bad, document, o); !errors.Is(err, RefusedFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
