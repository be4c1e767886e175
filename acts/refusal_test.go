package acts_test

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/acts/gost"
	"qyragy/proctor"
)

// kinds are the three methods by which role signs after what is there; the
// options' time is the official's.
func kinds(t *testing.T, o office, n *national) map[proctor.SignatureMethod]func(pdf []byte, e acts.External) ([]byte, error) {
	c := n.issue(t, 0, "ІЗБАСАР ДӘУРЕН", "ҚУАНЫШҰЛЫ", "800101300123", nil)
	return map[proctor.SignatureMethod]func(pdf []byte, e acts.External) ([]byte, error){
		proctor.MethodKey: func(pdf []byte, e acts.External) ([]byte, error) {
			s := o.issue(t, proctor.Person{Login: e.Login, Name: e.Name}, e.Role)
			return acts.Sign(pdf, s, acts.SignOptions{Role: e.Role, At: e.At})
		},
		proctor.MethodNCALayer: func(pdf []byte, e acts.External) ([]byte, error) { return outside(t, pdf, c, e, nil) },
		proctor.MethodPaper: func(pdf []byte, e acts.External) ([]byte, error) {
			s := o.issue(t, proctor.Person{Login: "witness", Name: "Куә К."}, proctor.RoleRegistrar)
			return acts.Attest(pdf, s, acts.PaperOptions{Role: e.Role, Login: e.Login, Name: e.Name, At: e.At, Scan: scan})
		},
	}
}

// TestEveryMethodRefuses goes through what no method may do.
func TestEveryMethodRefuses(t *testing.T) {
	o, n := newOffice(t), newNational(t)
	draft := render(t, filled())
	one := o.signed(t, draft, 1)
	for method, sign := range kinds(t, o, n) {
		for _, c := range []struct {
			name   string
			before []byte
			role   proctor.Role
			change func(*acts.External)
			key    string
		}{
			{"", one, proctor.RoleEngineer, func(*acts.External) {}, ""},
			{"before the act", draft, proctor.RoleSpecialist, func(e *acts.External) { e.At = filled().DrawnUp.Add(-time.Minute) }, "act_sign_time"},
			{"before the one before it", one, proctor.RoleEngineer, func(e *acts.External) { e.At = signedAt.Add(-time.Second) }, "act_sign_time"},
			{"twice in one office", one, proctor.RoleSpecialist, func(e *acts.External) { e.At = signedAt.Add(time.Hour) }, "act_role_signed"},
			{"an office of another form", draft, proctor.RoleRegistrar, func(e *acts.External) { *e = external(proctor.RoleSpecialist); e.Role = proctor.RoleRegistrar }, "act_sign_role"},
			{"another of that name", one, proctor.RoleEngineer, func(e *acts.External) { e.Login = "another" }, "act_other_official"},
			{"another name", one, proctor.RoleEngineer, func(e *acts.External) { e.Name = "Басқа Б." }, "act_other_official"},
			{"the same person again", one, proctor.RoleEngineer, func(e *acts.External) { e.Login = filled().Specialist.Login }, "act_same_person"},
			{"nobody", one, proctor.RoleEngineer, func(e *acts.External) { e.Login = "" }, "act_sign_role"},
			{"a file that is not whole", append(draft[:len(draft):len(draft)], ' '), proctor.RoleSpecialist, func(*acts.External) {}, "act_not_whole"},
			{"a reason that is too long", one, proctor.RoleEngineer, func(e *acts.External) { e.Reason = strings.Repeat("а", 201) }, "act_too_long"},
		} {
			if method == proctor.MethodKey && c.name == "a reason that is too long" {
				continue // kinds gives it none
			}
			if method == proctor.MethodPaper && c.name == "a reason that is too long" {
				continue
			}
			e := external(c.role)
			c.change(&e)
			pdf, err := sign(c.before, e)
			if c.key == "" {
				if r := verify(t, pdf, o.authority.Certificate); err != nil || !r.Whole() || r.Signatures[1].Method != method {
					t.Errorf("%s: %v %+v", method, err, r)
				}
				continue
			}
			if err == nil || !strings.Contains(err.Error(), c.key) {
				t.Errorf("%s: %s: %v, not %s", method, c.name, err, c.key)
			}
		}
	}
}

// TestOutsideCertificatesAreRefused goes through what the country's
// certificates may not be, with the national roots given and without.
func TestOutsideCertificatesAreRefused(t *testing.T) {
	o, n := newOffice(t), newNational(t)
	stranger := newNational(t)
	stranger.root = stranger.issue(t, 3, "БАСҚА", "", "", func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage, c.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
	}).chain[0]
	draft := render(t, filled())
	first := n.issue(t, 0, "ӘБЕНОВА ЖАНАР", "САПАРҚЫЗЫ", "700101400123", nil)
	one, err := outside(t, draft, first, external(proctor.RoleSpecialist), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		before []byte
		card   card
		key    string
	}{
		{"for signing in", draft, n.issue(t, 1, "А Б", "", "800101300124", func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}), "signature_extended_use"},
		{"no content commitment", draft, n.issue(t, 1, "А Б", "", "800101300124", func(c *x509.Certificate) {
			c.KeyUsage = x509.KeyUsageDigitalSignature
		}), "signature_usage"},
		{"expired", draft, n.issue(t, 1, "А Б", "", "800101300124", func(c *x509.Certificate) {
			c.NotAfter = signedAt.Add(-time.Hour)
		}), "signature_expired"},
		{"not yet valid", draft, n.issue(t, 1, "А Б", "", "800101300124", func(c *x509.Certificate) {
			c.NotBefore = signedAt.Add(time.Hour)
		}), "signature_not_yet_valid"},
		{"an authority's", draft, n.issue(t, 1, "А Б", "", "800101300124", func(c *x509.Certificate) {
			c.IsCA = true
		}), "signature_usage"},
		{"without an IIN", draft, n.issue(t, 1, "А Б", "", "", nil), "signature_certificate"},
		{"the same key again", one, n.issue(t, 0, "А Б", "", "800101300124", nil), "act_same_person"},
		{"the same IIN again", one, n.issue(t, 1, "А Б", "", "700101400123", nil), "act_same_person"},
	} {
		role := acts.Roles()[len(verify(t, c.before).Signatures)]
		if _, err := outside(t, c.before, c.card, external(role), nil); err == nil || !strings.Contains(err.Error(), c.key) {
			t.Errorf("%s: %v, not %s", c.name, err, c.key)
		}
	}
	other, err := outside(t, draft, stranger.issue(t, 1, "А Б", "", "800101300124", nil), external(proctor.RoleSpecialist), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := verify(t, other); !r.Whole() || r.Trusted || r.Signatures[0].Trusted {
		t.Errorf("without roots: %+v", r)
	}
	list := revoked(t, n, first.chain[0], signedAt.Add(-time.Minute))
	national := n.roots(t)
	national.Lists = []*gost.RevocationList{list}
	for name, pdf := range map[string][]byte{"another root": other, "revoked": one} {
		r, err := acts.VerifyWith(pdf, acts.VerifyOptions{Roots: []*x509.Certificate{o.authority.Certificate}, National: national})
		if err != nil || r.Whole() || len(r.Signatures) != 0 {
			t.Errorf("%s: %+v %v", name, r, err)
		}
	}
}

// TestClocks has signatures of the future, and of an official whose computer's
// clock is wrong.
func TestClocks(t *testing.T) {
	o, n := newOffice(t), newNational(t)
	draft := render(t, filled())
	pdf := o.signed(t, draft, 1)
	for shift, whole := range map[time.Duration]bool{0: true, -4 * time.Minute: true, -6 * time.Minute: false} {
		r, err := acts.VerifyWith(pdf, acts.VerifyOptions{Now: signedAt.Add(shift)})
		if err != nil || r.Whole() != whole {
			t.Errorf("seen at %s: %+v %v", shift, r, err)
		}
	}
	c := n.issue(t, 0, "ӘБЕНОВА ЖАНАР", "САПАРҚЫЗЫ", "700101400123", nil)
	p, err := acts.Prepare(draft, external(proctor.RoleSpecialist))
	if err != nil {
		t.Fatal(err)
	}
	for shift, good := range map[time.Duration]bool{-4 * time.Minute: true, 50 * time.Minute: true, -6 * time.Minute: false, 61 * time.Minute: false} {
		cms, err := acts.OutsideCMS(p.Covered(), c.chain, c.key, signedAt.Add(shift), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := acts.Embed(p, cms); (err == nil) != good {
			t.Errorf("her clock is %s off: %v", shift, err)
		}
	}
}

// TestRevokedKeys has the university's own list: of a key that was given up,
// and of one that was stolen.
func TestRevokedKeys(t *testing.T) {
	o, n := newOffice(t), newNational(t)
	draft := render(t, filled())
	spec := o.signers[proctor.RoleSpecialist]
	plain := o.signed(t, draft, 1)
	stamped, err := acts.Sign(draft, spec, acts.SignOptions{Role: proctor.RoleSpecialist, At: signedAt, Stamp: stamping(t, n, signedAt.Add(time.Second))})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		pdf     []byte
		reason  int
		after   time.Duration // of the signature, the revocation
		existed []time.Time
		whole   bool
	}{
		{"moved, then signed", plain, acts.RevokedMoved, -time.Hour, nil, false},
		{"signed, then moved", plain, acts.RevokedMoved, time.Hour, nil, true},
		{"signed, then stolen", plain, acts.RevokedCompromised, time.Hour, nil, false},
		{"signed and journaled, then stolen", plain, acts.RevokedCompromised, time.Hour, []time.Time{signedAt.Add(time.Minute)}, true},
		{"journaled after the theft", plain, acts.RevokedCompromised, time.Minute, []time.Time{signedAt.Add(time.Hour)}, false},
		{"signed and stamped, then stolen", stamped, acts.RevokedCompromised, time.Hour, nil, true},
		{"stolen, then signed and stamped", stamped, acts.RevokedCompromised, -time.Hour, nil, false},
	} {
		der, err := o.authority.Revoke([]acts.Revocation{{Serial: spec.Chain[0].SerialNumber.Text(16), At: signedAt.Add(c.after), Reason: c.reason}},
			1, signedAt, signedAt.Add(year))
		if err != nil {
			t.Fatal(err)
		}
		list, err := acts.ParseRevocations(der)
		if err != nil {
			t.Fatal(err)
		}
		r, err := acts.VerifyWith(c.pdf, acts.VerifyOptions{Roots: []*x509.Certificate{o.authority.Certificate},
			CRL: []*x509.RevocationList{list}, Stamps: n.roots(t).Roots, Existed: c.existed})
		if err != nil || r.Whole() != c.whole {
			t.Errorf("%s: %+v %v", c.name, r, err)
		}
		if !c.whole && !strings.Contains(r.Problems[0], "act_certificate_revoked") {
			t.Errorf("%s: %s", c.name, r.Problems[0])
		}
		if c.whole && !r.Signatures[0].Revoked.Equal(signedAt.Add(c.after)) {
			t.Errorf("%s: it does not say when: %s", c.name, r.Signatures[0].Revoked)
		}
	}
}

// TestOnlyTheAuthorityRevokes has a stranger's list of the same name.
func TestOnlyTheAuthorityRevokes(t *testing.T) {
	o, stranger := newOffice(t), newOffice(t)
	pdf := o.signed(t, render(t, filled()), 1)
	der, err := stranger.authority.Revoke([]acts.Revocation{{Serial: o.signers[proctor.RoleSpecialist].Chain[0].SerialNumber.Text(16),
		At: signedAt.Add(-time.Hour)}}, 1, signedAt, signedAt.Add(year))
	if err != nil {
		t.Fatal(err)
	}
	list, err := acts.ParseRevocations(der)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := acts.VerifyWith(pdf, acts.VerifyOptions{CRL: []*x509.RevocationList{list}}); err != nil || !r.Whole() {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := stranger.authority.Revoke([]acts.Revocation{{Serial: "xyz"}}, 1, signedAt, signedAt.Add(year)); proctor.KindOf(err) != proctor.Invalid {
		t.Errorf("a serial that is none: %v", err)
	}
	if _, err := acts.ParseRevocations([]byte("x")); proctor.KindOf(err) != proctor.Invalid {
		t.Errorf("a list that is none: %v", err)
	}
}

// TestAttestersAreOthers has attesters with a part in the act.
func TestAttestersAreOthers(t *testing.T) {
	o := newOffice(t)
	draft := render(t, filled())
	attested, err := acts.Attest(draft, o.witness(t), onPaper(proctor.RoleSpecialist))
	if err != nil {
		t.Fatal(err)
	}
	unnamed := filled()
	unnamed.Engineer = acts.Official{}
	blank, err := acts.Attest(render(t, unnamed), o.witness(t), onPaper(proctor.RoleSpecialist))
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"for herself":     second(acts.Attest(draft, o.signers[proctor.RoleSpecialist], onPaper(proctor.RoleSpecialist))),
		"who signs later": second(acts.Attest(draft, o.signers[proctor.RoleHead], onPaper(proctor.RoleSpecialist))),
		"who has signed":  second(acts.Attest(o.signed(t, draft, 1), o.signers[proctor.RoleSpecialist], onPaper(proctor.RoleEngineer))),
		"who attested and signs": second(acts.Sign(blank, o.issue(t, proctor.Person{Login: "witness", Name: "Куәгер К.Қ."}, proctor.RoleEngineer),
			acts.SignOptions{Role: proctor.RoleEngineer, At: signedAt.Add(time.Hour)})),
	} {
		if err == nil || !strings.Contains(err.Error(), "act_attester") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := acts.Attest(attested, o.witness(t), onPaper(proctor.RoleEngineer)); err != nil {
		t.Errorf("two prints by one attester: %v", err)
	}
	p := onPaper(proctor.RoleSpecialist)
	p.Scan = [32]byte{}
	if _, err := acts.Attest(draft, o.witness(t), p); err == nil || !strings.Contains(err.Error(), "act_scan") {
		t.Errorf("without a scan: %v", err)
	}
	stranger := newOffice(t)
	pdf, err := acts.Attest(draft, stranger.witness(t), onPaper(proctor.RoleSpecialist))
	if err != nil {
		t.Fatal(err)
	}
	if r := verify(t, pdf, o.authority.Certificate); r.Whole() {
		t.Errorf("by another authority's official: %+v", r)
	}
}

func second(_ []byte, err error) error { return err }
