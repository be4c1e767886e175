package main

import (
	"crypto/x509"

	"qyragy/acts"
	"qyragy/acts/gost"
	"qyragy/web"
)

// Check implements web.Checker.
func (o *office) Check(pdf []byte) (web.Checked, error) {
	r, err := acts.Verify(pdf)
	if err != nil {
		return web.Checked{}, err
	}
	c := web.Checked{
		Act: r.Act, Number: r.Number, Version: r.Version, Digest: r.Digest, Whole: r.Whole(), Complete: r.Complete,
		Signatures: []web.CheckedSigner{}, Problems: append([]string{}, r.Problems...),
	}
	if len(r.Signatures) > 0 && c.Whole { // whose they are is asked apart: another's act may be whole
		ours, err := acts.VerifyWith(pdf, o.authorities())
		c.Ours = err == nil && ours.Whole() && ours.Trusted
	}
	for _, s := range r.Signatures {
		c.Signatures = append(c.Signatures, web.CheckedSigner{Name: s.Name, Role: s.Role, At: s.At, Method: s.Method, Attester: s.AttesterName})
	}
	return c, nil
}

// authorities are those whose signatures count here. It leaves out revocation:
// a file alone does not say whether a signature is older than one.
func (o *office) authorities() acts.VerifyOptions {
	v := acts.VerifyOptions{Roots: []*x509.Certificate{o.root}, Stamps: o.stamps.roots}
	if o.pki != nil {
		v.National = gost.Options{Roots: o.pki.roots, Intermediates: o.pki.between}
	}
	return v
}
