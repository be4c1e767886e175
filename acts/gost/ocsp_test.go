package gost

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const ocspConfig = `
[responder]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
authorityKeyIdentifier = keyid
`

// Index lines of OpenSSL's authority; 4711 is 1267 in hexadecimal.
const (
	indexValid   = "V\t400101000000Z\t\t1267\tunknown\t/CN=x\n"
	indexRevoked = "R\t400101000000Z\t200101000000Z\t1267\tunknown\t/CN=x\n"
)

// responder issues a certificate for the answers, by the authority named.
func (b *bench) responder(name, authority, extensions, digest string, key ...string) {
	b.t.Helper()
	b.write("ocsp.cnf", opensslConfig+ocspConfig)
	b.run("genpkey", append(key, "-out", name+".key")...)
	b.run("req", "-config", "c.cnf", "-new", "-key", name+".key", "-subj", "/CN=OCSP/C=KZ", digest, "-out", "r.csr")
	b.run("x509", "-req", "-in", "r.csr", "-CA", authority+".pem", "-CAkey", authority+".key", "-set_serial", "99",
		"-days", "20", digest, "-extfile", "ocsp.cnf", "-extensions", extensions, "-out", name+".pem")
}

// respond has OpenSSL answer a question as the index says.
func (b *bench) respond(q *OCSPQuestion, index, signer string, args ...string) []byte {
	b.t.Helper()
	b.write("q.der", string(q.DER))
	b.write("index.txt", index)
	args = append([]string{"ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", signer + ".pem", "-rkey", signer + ".key",
		"-reqin", "q.der", "-respout", "a.der"}, args...)
	cmd := exec.CommandContext(b.t.Context(), "openssl", args...)
	cmd.Dir = b.dir
	if len(b.engine) > 0 { // this command has no option for it
		b.write("engine.cnf", "openssl_conf = o\n[o]\nengines = e\n[e]\ngost = g\n[g]\nengine_id = gost\ndefault_algorithms = ALL\n")
		cmd.Env = append(os.Environ(), "OPENSSL_CONF="+filepath.Join(b.dir, "engine.cnf"))
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
	return b.read("a.der")
}

func (b *bench) ask() *OCSPQuestion {
	b.t.Helper()
	signer, err := ParseCertificate(b.read("signer.pem"))
	if err != nil {
		b.t.Fatal(err)
	}
	q, err := AskOCSP(signer, b.options().Roots[0])
	if err != nil {
		b.t.Fatal(err)
	}
	return q
}

// OpenSSL answers, with RSA and with its GOST engine; we believe what we may.
func TestOCSP(t *testing.T) {
	for _, v := range []struct {
		name, digest string
		engine, key  []string
	}{
		{"RSA", "sha256", nil, []string{"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"}},
		{"GOST", "md_gost12_512", []string{"-engine", "gost"}, []string{"-algorithm", "gost2012_512", "-pkeyopt", "paramset:A"}},
	} {
		t.Run(v.name, func(t *testing.T) {
			if v.engine != nil {
				needEngine(t)
			}
			b := newBench(t, v.engine, "-"+v.digest, v.key...)
			b.responder("good", "ca", "responder", "-"+v.digest, v.key...)
			b.responder("unfit", "ca", "signer", "-"+v.digest, v.key...)
			md := []string{"-rmd", v.digest, "-nmin", "30"}
			for name, c := range map[string]struct {
				index, signer string
				want          error
			}{
				"good, by the authority":   {indexValid, "ca", nil},
				"good, by its responder":   {indexValid, "good", nil},
				"revoked":                  {indexRevoked, "good", RefusedRevoked},
				"unknown":                  {"", "good", RefusedOCSP},
				"a certificate not for it": {indexValid, "unfit", RefusedOCSP},
			} {
				q := b.ask()
				if err := q.Check(b.respond(q, c.index, c.signer, md...), b.options()); !errors.Is(err, c.want) {
					t.Errorf("%s: %v", name, err)
				}
			}
			b.wantNoOldAnswer(md)
		})
	}
}

// wantNoOldAnswer replays, ages, exchanges and changes a good answer.
func (b *bench) wantNoOldAnswer(md []string) {
	b.t.Helper()
	q, o := b.ask(), b.options()
	good := b.respond(q, indexValid, "good", md...)
	if err := q.Check(good, o); err != nil {
		b.t.Fatal(err)
	}
	if err := b.ask().Check(good, o); !errors.Is(err, RefusedOCSP) {
		b.t.Errorf("the answer to another question: %v", err)
	}
	late := o
	late.At = o.At.Add(45 * time.Minute)
	if err := q.Check(good, late); !errors.Is(err, RefusedOCSP) {
		b.t.Errorf("an old answer: %v", err)
	}
	endless := b.respond(q, indexValid, "ca", md[:2]...)
	if err := q.Check(endless, late); err != nil {
		b.t.Errorf("an answer of this hour: %v", err)
	}
	late.At = o.At.Add(2 * time.Hour)
	if err := q.Check(endless, late); !errors.Is(err, RefusedOCSP) {
		b.t.Errorf("an answer without end: %v", err)
	}
	o.Roots = nil
	if err := q.Check(good, o); !errors.Is(err, RefusedOCSP) {
		b.t.Errorf("without the root: %v", err)
	}
	o = b.options()
	for _, bad := range [][]byte{nil, {0x30, 3, 0x0A, 1, 6}, append(bytes.Clone(good), 0), good[:len(good)-1], make([]byte, maxOCSP+1)} {
		if err := q.Check(bad, o); !errors.Is(err, RefusedOCSP) {
			b.t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
	// The responder's certificate is not under the answer's signature, but it is
	// under the authority's: no byte may change.
	for at := 0; at < len(good); at += 11 {
		bad := bytes.Clone(good)
		bad[at] ^= 1
		if err := q.Check(bad, o); !errors.Is(err, RefusedOCSP) {
			b.t.Errorf("byte %d: %v", at, err)
		}
	}
}

func FuzzCheckOCSP(f *testing.F) {
	issuer, signer := authoritySpec().certificate(f), signerSpec(f).certificate(f)
	q, err := AskOCSP(signer, issuer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(q.DER)
	f.Add([]byte{0x30, 3, 0x0A, 1, 6})
	o := kitOptions(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := q.Check(data, o); !errors.Is(err, RefusedOCSP) {
			t.Errorf("believed: %v", err)
		}
	})
}
