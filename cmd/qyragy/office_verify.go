package main

import (
	"context"
	"crypto/x509"
	"time"

	"qyragy/acts"
	"qyragy/acts/gost"
	"qyragy/proctor"
	"qyragy/web"
)

// Check implements web.Checker.
func (o *office) Check(ctx context.Context, pdf []byte) (web.Checked, error) {
	r, err := acts.Verify(pdf)
	if err != nil {
		return web.Checked{}, err
	}
	c := web.Checked{}
	if len(r.Signatures) > 0 && r.Whole() { // whose they are is asked apart: another's act may be whole
		if r, c.Ours, c.Revoked, err = o.ours(ctx, pdf, r); err != nil {
			return web.Checked{}, err
		}
	}
	c.Act, c.Number, c.Version, c.Digest, c.Whole, c.Complete = r.Act, r.Number, r.Version, r.Digest, r.Whole(), r.Complete
	c.Signatures, c.Problems = []web.CheckedSigner{}, append([]string{}, r.Problems...)
	for _, s := range r.Signatures {
		c.Signatures = append(c.Signatures, web.CheckedSigner{
			Name: s.Name, Role: s.Role, At: s.At, Method: s.Method, Attester: s.AttesterName, Revoked: s.Revoked,
		})
	}
	return c, nil
}

// ours holds a whole file, of which plain is the report, against this
// university's authorities and what they have revoked. It returns the report
// that counts: plain where the file is of other authorities.
func (o *office) ours(ctx context.Context, pdf []byte, plain acts.Report) (r acts.Report, ours, revoked bool, err error) {
	against := o.authorities()
	loose, err := acts.VerifyWith(pdf, against)
	if err != nil || !loose.Whole() || !loose.Trusted {
		return plain, false, false, err
	}
	if against.CRL, err = o.keyring.lists(ctx); err != nil {
		return plain, false, false, err
	}
	if o.pki != nil {
		against.National.Lists = o.pki.lists.all()
	}
	against.Existed = o.existed(plain)
	strict, err := acts.VerifyWith(pdf, against)
	return strict, err == nil && strict.Whole(), err == nil && !strict.Whole(), err
}

// existed is since when the register has had each signature of a file: those of
// the act's present version. Of others only a time stamp or the signature
// itself says it.
func (o *office) existed(r acts.Report) []time.Time {
	out := make([]time.Time, len(r.Signatures))
	err := o.engine.ViewAct(r.Act, func(_ *proctor.State, a *proctor.Act) {
		if a.Version != r.Version || a.Document.Digest != r.Digest {
			return
		}
		for i, s := range a.Signatures[:min(len(a.Signatures), len(out))] {
			if got := r.Signatures[i]; got.Login == s.Login && got.Role == s.Role && got.Fingerprint == s.Certificate && got.At.Equal(s.At) {
				out[i] = since(s)
			}
		}
	})
	if err != nil { // no act of this register
		return nil
	}
	return out
}

// since is when a journaled signature existed at the latest: one by NCALayer
// came within offerLife of the time that it states, when its place was prepared.
func since(s proctor.Signature) time.Time {
	if s.How() == proctor.MethodNCALayer {
		return s.At.Add(offerLife)
	}
	return s.At
}

// authorities are those whose signatures count here, without what they have
// revoked.
func (o *office) authorities() acts.VerifyOptions {
	v := acts.VerifyOptions{Roots: []*x509.Certificate{o.root}, Stamps: o.stamps.roots}
	if o.pki != nil {
		v.National = gost.Options{Roots: o.pki.roots, Intermediates: o.pki.between}
	}
	return v
}
