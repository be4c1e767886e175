package acts

import (
	"bytes"
	"crypto/x509"
	"slices"
	"time"

	"qyragy/acts/gost"
	"qyragy/proctor"
)

// skew is how far the clocks of two machines may be apart.
const skew = 5 * time.Minute

// stampLife is how much later than a signature its time stamp may be.
const stampLife = time.Hour

// proof is what the CMS of a signature shows beyond what its update says; all
// of it is zero before there is one.
type proof struct {
	signer *gost.Signer // ncalayer's
	stamp  stampedAt
	// trusted: the signer leads to a root that the caller gave.
	trusted bool
}

// signatory is who one signature is of.
type signatory struct {
	person
	key []byte // her own certificate's public key; none for a hand signature
	iin string
}

// admit decides whether r may be signature i at its time: of somebody trusted,
// for this office, who has not signed, and whom the act names.
func (f *file) admit(i int, r revision, p proof) error {
	who, err := f.identify(i, r, p)
	if err != nil {
		return err
	}
	if who.Login == "" || who.Name == "" || !fits(string(who.Login), maxID) || !fits(who.Name, maxField) {
		return proctor.Errorf(proctor.Forbidden, "act_sign_role")
	}
	if err := f.once(who); err != nil {
		return err
	}
	if err := f.timely(r.at, p.stamp); err != nil {
		return err
	}
	named := f.paper.officials[r.office]
	if (named.Login != "" && named.Login != who.Login) || (named.Name != "" && named.Name != who.Name) {
		return proctor.Errorf(proctor.Forbidden, "act_other_official")
	}
	return nil
}

// identify finds out who signs, and checks what her method asks for.
func (f *file) identify(i int, r revision, p proof) (signatory, error) {
	role := f.paper.template.Roles[r.office]
	if r.method == proctor.MethodNCALayer {
		key, iin, err := outsider(p.signer, r.at)
		return signatory{person{r.name, r.login, role}, key, iin}, err
	}
	if err := f.trusted(r.chain, r.at, f.provenAt(i, p)); err != nil {
		return signatory{}, err
	}
	own := holder(r.chain[0])
	if r.method == proctor.MethodPaper {
		return signatory{person: person{r.name, r.login, role}}, f.attests(own, r)
	}
	if own.Role != role {
		return signatory{}, proctor.Errorf(proctor.Forbidden, "act_sign_role")
	}
	return signatory{person: own, key: r.chain[0].RawSubjectPublicKeyInfo}, nil
}

// attests refuses an attester who is no official, or who has a part in the act:
// the three whom it names, whoever has signed, and who is said to sign now.
func (f *file) attests(attester person, r revision) error {
	if attester.Login == "" || attester.Name == "" || attester.Role == "" || attester.Login == r.login ||
		slices.ContainsFunc(f.paper.officials, func(o Official) bool { return o.Login == attester.Login }) ||
		slices.ContainsFunc(f.signers, func(s signatory) bool {
			return s.Login == attester.Login || bytes.Equal(s.key, r.chain[0].RawSubjectPublicKeyInfo)
		}) {
		return proctor.Errorf(proctor.Forbidden, "act_attester")
	}
	return nil
}

// once refuses whoever has signed already, by her login, her key or her IIN, or
// has attested another's signature.
func (f *file) once(who signatory) error {
	for _, s := range f.signers {
		if s.Login == who.Login || who.key != nil && bytes.Equal(s.key, who.key) || who.iin != "" && s.iin == who.iin {
			return proctor.Errorf(proctor.Conflict, "act_same_person")
		}
	}
	if slices.ContainsFunc(f.report.Signatures, func(s Signature) bool { return s.Attester == who.Login }) {
		return proctor.Errorf(proctor.Forbidden, "act_attester")
	}
	return nil
}

// timely refuses a time before the act or the signatures before it, one that
// is still to come, and one that its time stamp contradicts.
func (f *file) timely(at time.Time, stamp stampedAt) error {
	early := proctor.Errorf(proctor.Conflict, "act_sign_time")
	for _, s := range f.report.Signatures {
		if at.Before(s.At) {
			return early
		}
	}
	if at.Before(f.paper.drawnUp.Truncate(time.Second)) {
		return early
	}
	if now := f.options.Now; !now.IsZero() && at.After(now.Add(skew)) {
		return proctor.Errorf(proctor.Conflict, "act_sign_clock")
	}
	if t := stamp.at; !t.IsZero() && (t.Before(at.Add(-skew)) || t.After(at.Add(stampLife))) {
		return proctor.Errorf(proctor.Conflict, "act_sign_clock")
	}
	return nil
}

// provenAt is when signature i is known to have existed; zero where only the
// signature itself says so.
func (f *file) provenAt(i int, p proof) time.Time {
	if t := f.options.existed(i); !t.IsZero() {
		return t
	}
	if p.stamp.trusted {
		return p.stamp.at
	}
	return time.Time{}
}

// trusted checks the chain up to a given root or, without one, up to the
// self-signed authority that all keys' signatures of this act share.
func (f *file) trusted(chain []*x509.Certificate, at, proven time.Time) error {
	bad := proctor.Errorf(proctor.Forbidden, "act_certificate")
	root := chain[len(chain)-1]
	if root.CheckSignatureFrom(root) != nil || (f.authority != nil && !root.Equal(f.authority)) {
		return bad
	}
	pool, given := x509.NewCertPool(), len(f.options.Roots) == 0
	for _, r := range f.options.Roots {
		given = given || r.Equal(root)
	}
	pool.AddCert(root)
	between := x509.NewCertPool()
	for _, c := range chain[1 : len(chain)-1] {
		between.AddCert(c)
	}
	if leaf := chain[0]; at.Before(leaf.NotBefore) {
		return proctor.Errorf(proctor.Forbidden, "act_certificate_early")
	} else if at.After(leaf.NotAfter) {
		return proctor.Errorf(proctor.Forbidden, "act_certificate_expired")
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: pool, Intermediates: between, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil || !given || chain[0].IsCA || chain[0].KeyUsage&x509.KeyUsageContentCommitment == 0 {
		return bad
	}
	return f.unrevoked(chain, at, proven)
}
