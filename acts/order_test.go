package acts_test

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// orders are all in which three offices can sign.
func orders(r []proctor.Role) (out [][]proctor.Role) {
	for _, p := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		out = append(out, []proctor.Role{r[p[0]], r[p[1]], r[p[2]]})
	}
	return out
}

// TestAnyOrderSatisfiesOtherSoftware signs both forms in every order.
func TestAnyOrderSatisfiesOtherSoftware(t *testing.T) {
	o := officeB(t)
	a := filled()
	a.Stills = nil
	for _, c := range []struct {
		draft []byte
		form  acts.Template
	}{{render(t, a), acts.TemplateA()}, {render(t, filledB()), acts.TemplateB()}} {
		for _, order := range orders(c.form.Roles) {
			pdf := c.draft
			for i, role := range order {
				next, err := o.signAs(pdf, i, role)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.HasPrefix(next, pdf) {
					t.Fatalf("%v: the %s's signature changes what was there", order, role)
				}
				pdf = next
			}
			r := verify(t, pdf, o.authority.Certificate)
			var made []proctor.Role
			for _, s := range r.Signatures {
				made = append(made, s.Role)
			}
			if !r.Complete || !r.Trusted || !slices.Equal(made, order) {
				t.Errorf("%v: %+v", order, r)
			}
			p := write(t, pdf)
			if s := tool(t, "qpdf", "--check", p); !strings.Contains(s, "No syntax or stream encoding errors found") || strings.Contains(s, "WARNING") {
				t.Errorf("%v: qpdf says\n%s", order, s)
			}
			s := tool(t, "pdfsig", "-nocert", p)
			if strings.Count(s, "Signature Validation: Signature is Valid.") != 3 || strings.Count(s, "- Total document signed") != 1 {
				t.Errorf("%v: pdfsig says\n%s", order, s)
			}
			for office, role := range c.form.Roles {
				wantInOffice(t, s, c.form.FieldName(office), o.signers[role].Chain[0])
			}
		}
	}
}

// wantInOffice holds that pdfsig found this signer in this field.
func wantInOffice(t *testing.T, said, field string, signer *x509.Certificate) {
	t.Helper()
	for part := range strings.SplitSeq(said, "Signature #") {
		if strings.Contains(part, "Signature Field Name: "+field+"\n") {
			if !strings.Contains(part, "Signer Certificate Common Name: "+signer.Subject.CommonName+"\n") {
				t.Errorf("%s is not filled by %s:\n%s", field, signer.Subject.CommonName, part)
			}
			return
		}
	}
	t.Errorf("no %s:\n%s", field, said)
}

// crossed is an act that the engineer signed first, by NCALayer, then the
// specialist by hand, then the head by a stamped key.
func crossed(t testing.TB, o office, n *national, d acts.Document) []byte {
	t.Helper()
	c := n.issue(t, 0, "ІЗБАСАР ДӘУРЕН", "ҚУАНЫШҰЛЫ", "800101300123", nil)
	pdf, err := outside(t, render(t, d), c, external(proctor.RoleEngineer), nil)
	if err != nil {
		t.Fatal(err)
	}
	hand := onPaper(proctor.RoleSpecialist)
	hand.At = signedAt.Add(90 * time.Minute)
	if pdf, err = acts.Attest(pdf, o.witness(t), hand); err != nil {
		t.Fatal(err)
	}
	pdf, err = acts.Sign(pdf, o.signers[proctor.RoleHead], acts.SignOptions{Role: proctor.RoleHead,
		At: signedAt.Add(2 * time.Hour), Stamp: stamping(t, n, signedAt.Add(2*time.Hour+time.Second))})
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

func TestMixedMethodsInAnotherOrder(t *testing.T) {
	o, n := newOffice(t), newNational(t)
	pdf := crossed(t, o, n, filled())
	r, err := acts.VerifyWith(pdf, acts.VerifyOptions{Roots: []*x509.Certificate{o.authority.Certificate}, National: n.roots(t), Stamps: n.roots(t).Roots})
	if err != nil || !r.Complete || !r.Trusted {
		t.Fatalf("%+v %v", r, err)
	}
	for i, want := range []struct {
		role   proctor.Role
		method proctor.SignatureMethod
	}{{proctor.RoleEngineer, proctor.MethodNCALayer}, {proctor.RoleSpecialist, proctor.MethodPaper}, {proctor.RoleHead, proctor.MethodKey}} {
		s, x := r.Signatures[i], filled().Official(want.role)
		if s.Role != want.role || s.Method != want.method || s.Login != x.Login || s.Name != x.Name {
			t.Errorf("signature %d: %+v", i, s)
		}
	}
	s := tool(t, "pdfsig", "-nocert", write(t, pdf))
	if strings.Count(s, "Signature Validation: Signature is Valid.") != 3 {
		t.Errorf("pdfsig says\n%s", s)
	}
	for _, role := range acts.Roles() {
		if _, err := o.signAs(pdf, 3, role); err == nil || !strings.Contains(err.Error(), "act_role_signed") {
			t.Errorf("the %s signs again: %v", role, err)
		}
	}
}

// TestTamperedOrderIsCaught tries to have signatures made in one order read as
// made in another, or as another office's.
func TestTamperedOrderIsCaught(t *testing.T) {
	o, n := newOffice(t), newNational(t)
	d := filled()
	d.Stills = nil
	pdf := crossed(t, o, n, d)
	e := covered(t, pdf)
	roles := acts.Roles()
	form := func(r proctor.Role) string { return "/T (" + acts.FieldName(slices.Index(roles, r)) + ")" }
	engineer, specialist := form(proctor.RoleEngineer), form(proctor.RoleSpecialist)
	same := strings.Replace(engineer, "Signature2", "Signature1", 1)
	one := o.signed(t, render(t, d), 1)
	straight := mixed(t, o, n, render(t, d))
	s := covered(t, straight)
	forged := func(before []byte, office int, by acts.Signer) []byte {
		pdf, err := acts.ForceSign(before, office, by, acts.SignOptions{At: signedAt.Add(9 * time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		return pdf
	}
	for name, c := range map[string]struct {
		mutant []byte
		whole  int // signatures that still hold
	}{
		"the field renamed":                {replaced(t, pdf, e[0], engineer, same), 0},
		"another office's field":           {replaced(t, pdf, e[0], engineer+" /F", specialist+" "), 0},
		"the second fills the first's":     {replaced(t, pdf, e[1], specialist, engineer+"  "), 1},
		"no field at all":                  {replaced(t, pdf, e[1], " /FT /Sig /T (", " /FT /Sxg /T ("), 1},
		"the first two swapped":            {slices.Concat(pdf[:e[0]], pdf[e[1]:e[2]], pdf[e[0]:e[1]], pdf[e[2]:]), 0},
		"the last before the second":       {slices.Concat(pdf[:e[1]], pdf[e[2]:], pdf[e[1]:e[2]]), 1},
		"the second left out":              {slices.Concat(pdf[:e[1]], pdf[e[2]:]), 1},
		"the form's first, then another's": {slices.Concat(straight[:s[1]], pdf[e[1]:]), 1},
		"another act's last":               {slices.Concat(straight[:s[2]], pdf[e[2]:]), 2},
		"an office signed over":            {forged(one, 0, o.signers[proctor.RoleSpecialist]), 1},
		"an office signed over by another": {forged(one, 0, o.witness(t)), 1},
		"the head in the engineer's row":   {forged(one, 1, o.signers[proctor.RoleHead]), 1},
		"a fourth":                         {forged(o.signed(t, render(t, d), 3), 1, o.witness(t)), 3},
	} {
		if r := verify(t, c.mutant, o.authority.Certificate); r.Whole() || len(r.Signatures) != c.whole {
			t.Errorf("%s: %d signatures hold: %v", name, len(r.Signatures), r.Problems)
		}
	}
	tried := 0
	for i := e[0]; i < len(pdf); i += 61 {
		mutant := bytes.Clone(pdf)
		mutant[i] ^= 1 << (i % 7)
		if r := verify(t, mutant, o.authority.Certificate); r.Whole() {
			t.Errorf("byte %d (%q) is not missed", i, fmt.Sprint(pdf[i]))
		}
		tried++
	}
	t.Logf("%d flips caught", tried)
}
