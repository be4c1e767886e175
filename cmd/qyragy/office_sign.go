package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// Sign implements web.Office. The signature is made, checked as any outsider
// would check it, stored, and only then journaled; the engine refuses it if
// the act has moved on meanwhile.
func (o *office) Sign(ctx context.Context, person proctor.Person, role proctor.Role, step proctor.StepUp,
	id proctor.ActID, document string,
) (proctor.Act, error) {
	a, err := o.signable(ctx, person, role, id, document)
	if err != nil {
		return proctor.Act{}, err
	}
	consent := a.Consent(person.Login, role)
	signer, assertion, err := o.keyring.unlock(ctx, person.Login, role, &consent, step)
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
	sig, err := o.check(ctx, signed, a, person, role)
	if err != nil {
		return proctor.Act{}, err
	}
	sig.Passkey = assertion
	return o.seal(ctx, a, person, sig, signed)
}

// signable is an act that person may sign in role now, with its present
// document, whose SHA-256 (hex) she saw.
func (o *office) signable(ctx context.Context, person proctor.Person, role proctor.Role, id proctor.ActID, document string) (a proctor.Act, err error) {
	if err := o.engine.ViewAct(id, func(_ *proctor.State, at *proctor.Act) { a = *at }); err != nil {
		return a, err
	}
	if err := a.MaySign(person, role); err != nil {
		return a, err
	}
	if a.Document.Receipt.SHA256 != document {
		return a, proctor.Errorf(proctor.Conflict, "act_changed")
	}
	return a, o.sole(ctx, a, person.Login)
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

// Challenge implements web.Office.
func (o *office) Challenge(ctx context.Context, person proctor.Person, role proctor.Role, scan proctor.ScanID,
	id proctor.ActID, document string,
) (json.RawMessage, error) {
	if scan != "" { // whether she may attest is asked when she does
		var a proctor.Act
		if err := o.engine.ViewAct(id, func(_ *proctor.State, at *proctor.Act) { a = *at }); err != nil {
			return nil, err
		}
		if a.Document.Receipt.SHA256 != document {
			return nil, proctor.Errorf(proctor.Conflict, "act_changed")
		}
		return o.keyring.ask(ctx, a.AttestConsent(person.Login, scan))
	}
	a, err := o.signable(ctx, person, role, id, document)
	if err != nil {
		return nil, err
	}
	return o.keyring.ask(ctx, a.Consent(person.Login, role))
}

// check verifies what was just signed and reads the signature out of it. That
// it keeps the form's version (Report.Template) under which it was drawn up
// need not be asked: the canonical content names it, and the digest, which the
// journal has since the rendering, is that content's.
func (o *office) check(ctx context.Context, pdf []byte, a proctor.Act, person proctor.Person, role proctor.Role) (proctor.Signature, error) {
	against := o.trust(a, time.Now())
	var err error
	if against.CRL, err = o.keyring.lists(ctx); err != nil {
		return proctor.Signature{}, err
	}
	report, err := acts.VerifyWith(pdf, against)
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
