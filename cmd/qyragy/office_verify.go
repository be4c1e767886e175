package main

import (
	"qyragy/acts"
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
		ours, err := acts.Verify(pdf, o.root)
		c.Ours = err == nil && ours.Whole() && ours.Trusted
	}
	for _, s := range r.Signatures {
		c.Signatures = append(c.Signatures, web.CheckedSigner{Name: s.Name, Role: s.Role, At: s.At})
	}
	return c, nil
}
