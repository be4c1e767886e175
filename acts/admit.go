package acts

import (
	"bytes"
	"crypto/x509"
	"time"

	"qyragy/proctor"
)

// admit decides whether the holder of chain may be signature i at that time:
// certified by the act's one authority, for this office, a person who has not
// signed, and the one whom the act names.
func (f *file) admit(i int, chain []*x509.Certificate, at time.Time) error {
	if err := f.trusted(chain, at); err != nil {
		return err
	}
	who, role := holder(chain[0]), f.paper.template.Roles[i]
	if who.Role != role || who.Login == "" || who.Name == "" {
		return proctor.Errorf(proctor.Forbidden, "act_sign_role")
	}
	for j, s := range f.report.Signatures {
		if s.Login == who.Login || bytes.Equal(f.chains[j][0].RawSubjectPublicKeyInfo, chain[0].RawSubjectPublicKeyInfo) {
			return proctor.Errorf(proctor.Conflict, "act_same_person")
		}
		if at.Before(s.At) {
			return proctor.Errorf(proctor.Conflict, "act_sign_time")
		}
	}
	if at.Before(f.paper.drawnUp.Truncate(time.Second)) {
		return proctor.Errorf(proctor.Conflict, "act_sign_time")
	}
	named := f.paper.officials[i]
	if (named.Login != "" && named.Login != who.Login) || (named.Name != "" && named.Name != who.Name) {
		return proctor.Errorf(proctor.Forbidden, "act_other_official")
	}
	return nil
}

// trusted checks the chain up to a given root or, without one, up to the
// self-signed authority that all signatures of this act share.
func (f *file) trusted(chain []*x509.Certificate, at time.Time) error {
	bad := proctor.Errorf(proctor.Forbidden, "act_certificate")
	root := chain[len(chain)-1]
	if root.CheckSignatureFrom(root) != nil || (len(f.chains) > 0 && !root.Equal(f.chains[0][len(f.chains[0])-1])) {
		return bad
	}
	pool, given := x509.NewCertPool(), len(f.roots) == 0
	for _, r := range f.roots {
		given = given || r.Equal(root)
	}
	pool.AddCert(root)
	between := x509.NewCertPool()
	for _, c := range chain[1 : len(chain)-1] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: pool, Intermediates: between, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil || !given || chain[0].IsCA || chain[0].KeyUsage&x509.KeyUsageContentCommitment == 0 {
		return bad
	}
	return nil
}
