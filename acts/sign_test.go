package acts_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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

// tool runs an outside judge; it must be installed.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func write(t *testing.T, pdf []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "act.pdf")
	if err := os.WriteFile(p, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSignaturesSatisfyOtherSoftware(t *testing.T) {
	o, pdf := newOffice(t), render(t, filled())
	for n := range 4 {
		p := write(t, o.signed(t, pdf, n))
		if s := tool(t, "qpdf", "--check", p); !strings.Contains(s, "No syntax or stream encoding errors found") || strings.Contains(s, "WARNING") {
			t.Errorf("%d signatures: qpdf says\n%s", n, s)
		}
		s := tool(t, "pdfsig", "-nocert", p)
		if got := strings.Count(s, "Signature Validation: Signature is Valid."); got != n {
			t.Errorf("pdfsig finds %d of %d signatures valid\n%s", got, n, s)
		}
		whole, part := strings.Count(s, "- Total document signed"), strings.Count(s, "- Not total document signed")
		if whole != min(n, 1) || part != max(0, n-1) {
			t.Errorf("%d signatures: %d cover all, %d a part\n%s", n, whole, part, s)
		}
		r, err := acts.Verify(mustRead(t, p), o.authority.Certificate)
		if err != nil || !r.Whole() || len(r.Signatures) != n || r.Complete != (n == 3) || !r.Trusted {
			t.Errorf("%d signatures: %+v %v", n, r, err)
		}
	}
}

func mustRead(t testing.TB, p string) []byte {
	t.Helper()
	b, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
