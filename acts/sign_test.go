package acts_test

import (
	"slices"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// office is a demonstration authority with the three officials of filled.
type office struct {
	authority acts.Authority
	signers   map[proctor.Role]acts.Signer
}

const year = 365 * 24 * time.Hour

func newOffice(t testing.TB) office {
	t.Helper()
	from := at("2026-09-01T00:00:00Z")
	a, err := acts.NewAuthority("Көрсету орталығы", from)
	if err != nil {
		t.Fatal(err)
	}
	o := office{a, map[proctor.Role]acts.Signer{}}
	for _, r := range acts.Roles() {
		x := filled().Official(r)
		o.signers[r] = o.issue(t, proctor.Person{Login: x.Login, Name: x.Name}, r)
	}
	return o
}

func (o office) issue(t testing.TB, p proctor.Person, r proctor.Role) acts.Signer {
	t.Helper()
	s, err := o.authority.Issue(p, r, at("2026-09-01T00:00:00Z"), year)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var signedAt = at("2026-12-03T04:00:00Z")

func (o office) sign(pdf []byte, r proctor.Role) ([]byte, error) {
	i := slices.Index(acts.Roles(), r)
	return acts.Sign(pdf, o.signers[r], acts.SignOptions{Role: r, Reason: "Қол қойдым", At: signedAt.Add(time.Duration(i) * time.Hour)})
}

// signed signs with the first n roles.
func (o office) signed(t testing.TB, pdf []byte, n int) []byte {
	t.Helper()
	for _, r := range acts.Roles()[:n] {
		next, err := o.sign(pdf, r)
		if err != nil {
			t.Fatal(err)
		}
		pdf = next
	}
	return pdf
}

func TestSignaturesSatisfyOtherSoftware(t *testing.T) {
	o, pdf := newOffice(t), render(t, filled())
	for n := range 4 {
		p := write(t, o.signed(t, pdf, n))
		wantSound(t, p)
		wantSigned(t, p, n)
		r, err := acts.Verify(mustRead(t, p), o.authority.Certificate)
		if err != nil || !r.Whole() || len(r.Signatures) != n || r.Complete != (n == 3) || !r.Trusted {
			t.Errorf("%d signatures: %+v %v", n, r, err)
		}
	}
}
