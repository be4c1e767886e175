package acts_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/acts/gost"
	"qyragy/proctor"
)

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
	b, root := opensslTSA(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := io.ReadAll(r.Body)
		if err == nil {
			query, err = b.reply(r.Context(), query)
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
	wantSound(t, p)
	wantSigned(t, p, 2)
}

// TestStampsThatAreNone has authorities that answer wrongly or not at all.
func TestStampsThatAreNone(t *testing.T) {
	b, root := opensslTSA(t)
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
				old, err = b.reply(ctx, q)
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
