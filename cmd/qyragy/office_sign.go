package main

import (
	"context"
	"fmt"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// Sign implements web.Office. The signature is made, checked as any outsider
// would check it, stored, and only then journaled; the engine refuses it if
// the act has moved on meanwhile.
func (o *office) Sign(ctx context.Context, person proctor.Person, role proctor.Role, password string,
	id proctor.ActID, document string,
) (proctor.Act, error) {
	a, err := o.signable(person, role, id, document)
	if err != nil {
		return proctor.Act{}, err
	}
	signer, err := o.signer(ctx, person.Login, password)
	if err != nil {
		return proctor.Act{}, err
	}
	pdf, err := o.store.get(ctx, a.Document.Receipt)
	if err != nil {
		return proctor.Act{}, err
	}
	signed, err := acts.Sign(pdf, signer, acts.SignOptions{Role: role, At: time.Now(), Stamp: o.stamps.of(ctx)})
	if err != nil {
		return proctor.Act{}, err
	}
	sig, err := o.check(signed, a, person, role)
	if err != nil {
		return proctor.Act{}, err
	}
	return o.seal(ctx, a, person, sig, signed)
}

// signable is an act that person may sign in role now, with its present
// document, whose SHA-256 (hex) she saw.
func (o *office) signable(person proctor.Person, role proctor.Role, id proctor.ActID, document string) (a proctor.Act, err error) {
	if err := o.engine.ViewAct(id, func(_ *proctor.State, at *proctor.Act) { a = *at }); err != nil {
		return a, err
	}
	if err := a.MaySign(person, role); err != nil {
		return a, err
	}
	if a.Document.Receipt.SHA256 != document {
		return a, proctor.Errorf(proctor.Conflict, "act_changed")
	}
	return a, nil
}

// seal stores an act's document with one more signature, which the caller has
// checked, and journals it: the end of every way to sign.
func (o *office) seal(ctx context.Context, a proctor.Act, person proctor.Person, sig proctor.Signature, signed []byte) (proctor.Act, error) {
	next, err := o.keepSigned(ctx, a, signed)
	if err != nil {
		return proctor.Act{}, err
	}
	return o.engine.SignAct(ctx, a.ID, a.Document, person, sig, next)
}

// keepSigned stores an act's document with one more signature.
func (o *office) keepSigned(ctx context.Context, a proctor.Act, signed []byte) (proctor.Document, error) {
	key := fmt.Sprintf("acts/%s/v%d-%d.pdf", a.ID, a.Version, len(a.Signatures)+1)
	receipt, err := o.store.put(ctx, key, signed, keepActs, "application/pdf")
	if err != nil {
		return proctor.Document{}, fmt.Errorf("keep the signed act: %w", err)
	}
	return proctor.Document{Receipt: receipt, Digest: a.Document.Digest}, nil
}

// signer unlocks an official's key: the step-up.
func (o *office) signer(ctx context.Context, login proctor.Login, password string) (acts.Signer, error) {
	wrong := proctor.Errorf(proctor.Forbidden, "password")
	if _, err := o.accounts.Login(ctx, string(login), password); err != nil {
		if proctor.KindOf(err) == proctor.Forbidden {
			return acts.Signer{}, wrong
		}
		return acts.Signer{}, err
	}
	sealed, chain, err := o.accounts.SealedKey(ctx, login)
	if err != nil {
		return acts.Signer{}, err
	}
	if len(sealed) == 0 {
		return acts.Signer{}, proctor.Errorf(proctor.Forbidden, "no_signing_key")
	}
	key, err := acts.Unseal(sealed, password)
	if err != nil {
		return acts.Signer{}, err
	}
	certificates, err := acts.ParseCertificates(chain)
	if err != nil {
		return acts.Signer{}, err
	}
	return acts.Signer{Key: key, Chain: certificates}, nil
}

// check verifies what was just signed and reads the signature out of it.
func (o *office) check(pdf []byte, a proctor.Act, person proctor.Person, role proctor.Role) (proctor.Signature, error) {
	report, err := acts.VerifyWith(pdf, o.trust(a, time.Now()))
	if err != nil {
		return proctor.Signature{}, err
	}
	if report.Whole() && !report.Trusted && o.pki == nil { // an earlier signature is of a PKI that is configured no more
		return proctor.Signature{}, proctor.Errorf(proctor.Unavailable, "act_untrusted")
	}
	n := len(a.Signatures) + 1
	if !report.Whole() || !report.Trusted || len(report.Signatures) != n || report.Digest != a.Document.Digest || report.Act != a.ID {
		return proctor.Signature{}, fmt.Errorf("the signed act does not verify: %v", report.Problems)
	}
	last := report.Signatures[n-1]
	if last.Login != person.Login || last.Role != role {
		return proctor.Signature{}, proctor.Errorf(proctor.Forbidden, "sign_role")
	}
	return proctor.Signature{
		Login: person.Login, Name: last.Name, Role: role, At: last.At, Method: last.Method, Certificate: last.Fingerprint,
		Stamped: last.Stamped,
	}, nil
}
