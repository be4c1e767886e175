package acts_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/acts/gost"
	"qyragy/proctor"
)

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
func opensslTSA(t *testing.T) (dir string, root *gost.Certificate) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not here")
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "c.cnf"), []byte(stampConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "openssl", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
	}
	for _, k := range []string{"ca.key", "tsa.key"} {
		run("genrsa", "-out", k, "2048")
	}
	run("req", "-config", "c.cnf", "-new", "-x509", "-key", "ca.key", "-subj", "/CN=Root", "-extensions", "authority", "-out", "ca.pem")
	run("req", "-config", "c.cnf", "-new", "-key", "tsa.key", "-subj", "/CN=Stamps", "-out", "tsa.csr")
	run("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "5", "-extfile", "c.cnf", "-extensions", "stamps", "-out", "tsa.pem")
	root, err := gost.ParseCertificate(mustRead(t, filepath.Join(dir, "ca.pem")))
	if err != nil {
		t.Fatal(err)
	}
	return dir, root
}

// replyTo has OpenSSL answer a request.
func replyTo(ctx context.Context, dir string, query []byte) ([]byte, error) {
	q := filepath.Join(dir, "query")
	if err := os.WriteFile(q, query, 0o600); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "openssl", "ts", "-reply", "-config", "c.cnf", "-section", "one", "-queryfile", q)
	cmd.Dir = dir
	return cmd.Output()
}

// atNow is filled, drawn up an hour ago, with officials certified by then.
func atNow(t testing.TB) (office, acts.Document) {
	t.Helper()
	now := time.Now()
	a, err := acts.NewAuthority("Орталық", now.Add(-48*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	o, d := office{a, map[proctor.Role]acts.Signer{}}, filled()
	d.DrawnUp = now.Add(-time.Hour)
	for _, r := range acts.Roles() {
		x := d.Official(r)
		if o.signers[r], err = a.Issue(proctor.Person{Login: x.Login, Name: x.Name}, r, now.Add(-24*time.Hour), year); err != nil {
			t.Fatal(err)
		}
	}
	return o, d
}

func TestSignaturesAreStamped(t *testing.T) {
	dir, root := opensslTSA(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := io.ReadAll(r.Body)
		if err == nil {
			query, err = replyTo(r.Context(), dir, query)
		}
		if err != nil || r.Header.Get("Content-Type") != "application/timestamp-query" {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(query)
	}))
	defer server.Close()
	tsa, err := acts.NewTSA(server.URL, root)
	if err != nil {
		t.Fatal(err)
	}
	o, d := atNow(t)
	stamp := acts.RequireStamp(t.Context(), tsa)
	pdf, err := acts.Sign(render(t, d), o.signers[proctor.RoleSpecialist], acts.SignOptions{Role: proctor.RoleSpecialist, At: time.Now(), Stamp: stamp})
	if err != nil {
		t.Fatal(err)
	}
	e := d.Engineer
	witness, err := o.authority.Issue(proctor.Person{Login: "witness", Name: "Куәгер К.Қ."}, proctor.RoleRegistrar, time.Now().Add(-time.Hour), year)
	if err != nil {
		t.Fatal(err)
	}
	pdf, err = acts.Attest(pdf, witness, acts.PaperOptions{Role: proctor.RoleEngineer,
		Login: e.Login, Name: e.Name, At: time.Now(), Scan: scan, Stamp: stamp})
	if err != nil {
		t.Fatal(err)
	}
	options := acts.VerifyOptions{Roots: []*x509.Certificate{o.authority.Certificate}, Stamps: []*gost.Certificate{root}, Now: time.Now()}
	r, err := acts.VerifyWith(pdf, options)
	if err != nil || !r.Whole() || len(r.Signatures) != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	for _, s := range r.Signatures {
		if time.Since(s.Stamped).Abs() > time.Minute || s.StampedBy != "Stamps" || !s.StampTrusted {
			t.Errorf("%+v", s)
		}
	}
	if r := verify(t, pdf); !r.Whole() || r.Signatures[0].StampTrusted || r.Signatures[0].Stamped.IsZero() {
		t.Errorf("without the authority's certificate: %+v", r)
	}
	p := write(t, pdf)
	if s := tool(t, "qpdf", "--check", p); strings.Contains(s, "WARNING") {
		t.Errorf("qpdf says\n%s", s)
	}
	if s := tool(t, "pdfsig", "-nocert", p); strings.Count(s, "Signature is Valid.") != 2 {
		t.Errorf("pdfsig says\n%s", s)
	}
}

// TestStampsThatAreNone has authorities that answer wrongly or not at all.
func TestStampsThatAreNone(t *testing.T) {
	dir, root := opensslTSA(t)
	_, stranger := opensslTSA(t)
	var old []byte
	answers := map[string]func(ctx context.Context, query []byte) ([]byte, error){
		"down":     func(context.Context, []byte) ([]byte, error) { return nil, errors.New("down") },
		"nonsense": func(context.Context, []byte) ([]byte, error) { return []byte("<html>"), nil },
		"nothing":  func(context.Context, []byte) ([]byte, error) { return nil, nil },
		"refusal":  func(context.Context, []byte) ([]byte, error) { return []byte{0x30, 5, 0x30, 3, 2, 1, 2}, nil },
		"endless":  func(context.Context, []byte) ([]byte, error) { return make([]byte, 1<<20), nil },
		"replayed": func(ctx context.Context, q []byte) (_ []byte, err error) {
			if old == nil {
				old, err = replyTo(ctx, dir, q)
			}
			return old, err
		},
	}
	o, d := atNow(t)
	draft := render(t, d)
	sign := func(stamp acts.Stamp) ([]byte, error) {
		return acts.Sign(draft, o.signers[proctor.RoleSpecialist], acts.SignOptions{Role: proctor.RoleSpecialist, At: time.Now(), Stamp: stamp})
	}
	for name, answer := range answers {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			query, _ := io.ReadAll(r.Body)
			body, err := answer(r.Context(), query)
			if err != nil {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			_, _ = w.Write(body)
		}))
		tsa, err := acts.NewTSA(server.URL, root)
		if err != nil {
			t.Fatal(err)
		}
		if name == "replayed" {
			if _, err := tsa.Stamp(t.Context(), [32]byte{1}); err != nil {
				t.Fatal(err)
			}
		}
		if pdf, err := sign(acts.RequireStamp(t.Context(), tsa)); proctor.KindOf(err) != proctor.Unavailable || pdf != nil {
			t.Errorf("%s: %v", name, err)
		}
		var lost error
		pdf, err := sign(acts.PreferStamp(t.Context(), tsa, func(err error) { lost = err }))
		if err != nil || lost == nil {
			t.Errorf("%s, not required: %v, told %v", name, err, lost)
		}
		if r := verify(t, pdf, o.authority.Certificate); !r.Whole() || !r.Signatures[0].Stamped.IsZero() {
			t.Errorf("%s, not required: %+v", name, r)
		}
		server.Close()
	}
	tsa, err := acts.NewTSA("http://127.0.0.1:1", stranger)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sign(acts.RequireStamp(t.Context(), tsa)); proctor.KindOf(err) != proctor.Unavailable {
		t.Errorf("nobody there: %v", err)
	}
	if _, err := acts.NewTSA("http://127.0.0.1:1"); err == nil {
		t.Error("an authority without a certificate")
	}
}

// stamping is an authority of any time.
func stamping(t testing.TB, n *national, at time.Time) acts.Stamp {
	t.Helper()
	c := n.issue(t, 2, "TSA", "", "", func(c *x509.Certificate) {
		c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}
	})
	return func(digest [32]byte) ([]byte, error) { return acts.Token(digest, at, c.chain, c.key) }
}

// TestStampsContradict has stamps of other times and of other signatures.
func TestStampsContradict(t *testing.T) {
	o, n := newOffice(t), newNational(t)
	draft, spec := render(t, filled()), o.signers[proctor.RoleSpecialist]
	sign := func(stamp acts.Stamp) ([]byte, error) {
		return acts.Sign(draft, spec, acts.SignOptions{Role: proctor.RoleSpecialist, At: signedAt, Stamp: stamp})
	}
	whole := func(pdf []byte) error {
		r, err := acts.VerifyWith(pdf, acts.VerifyOptions{Roots: []*x509.Certificate{o.authority.Certificate}, Stamps: n.roots(t).Roots})
		if err == nil && !r.Whole() {
			err = fmt.Errorf("%s", r.Problems[0])
		}
		return err
	}
	pdf, err := sign(stamping(t, n, signedAt.Add(time.Second)))
	if err != nil || whole(pdf) != nil {
		t.Fatal(err, whole(pdf))
	}
	for name, stamp := range map[string]acts.Stamp{
		"before the signature": stamping(t, n, signedAt.Add(-time.Hour)),
		"a day later":          stamping(t, n, signedAt.Add(24*time.Hour)),
	} {
		pdf, err := sign(stamp)
		if err != nil {
			t.Fatal(err)
		}
		if err := whole(pdf); err == nil || !strings.Contains(err.Error(), "act_sign_clock") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := sign(func([32]byte) ([]byte, error) { return stamping(t, n, signedAt)([32]byte{1}) }); proctor.KindOf(err) != proctor.Unavailable {
		t.Errorf("of another signature: %v", err)
	}
}
