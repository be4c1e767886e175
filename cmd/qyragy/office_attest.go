package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
	"qyragy/web"
)

// Attest implements web.Paper: one revision of the act's PDF for each hand
// signature, each checked as any outsider would check it, stored, and only then
// journaled.
func (p *paper) Attest(ctx context.Context, attester proctor.Person, id proctor.ActID, word web.Attestation) (proctor.Act, error) {
	var a proctor.Act
	if err := p.engine.ViewAct(id, func(_ *proctor.State, at *proctor.Act) { a = *at }); err != nil {
		return a, err
	}
	if a.Document.Receipt.SHA256 != word.Document {
		return a, proctor.Errorf(proctor.Conflict, "act_changed")
	}
	hands, err := p.hands(ctx, a, attester, word)
	if err != nil {
		return a, err
	}
	consent := a.AttestConsent(attester.Login, word.Scan)
	var key unlocked
	if key.Signer, key.evidence, err = p.keyring.unlock(ctx, attester.Login, "", &consent, word.Step); err != nil {
		return a, err
	}
	for n, official := range hands {
		if a, err = p.attest(ctx, a, attester, key, official, word.Roles[n], word); err != nil {
			return a, err
		}
	}
	return a, nil
}

// hands are the officials whom an act names for roles, which may sign
// one after another now, after everything that can be refused beforehand.
func (p *paper) hands(ctx context.Context, a proctor.Act, attester proctor.Person, word web.Attestation) ([]proctor.Person, error) {
	if len(word.Roles) == 0 {
		return nil, proctor.Errorf(proctor.Conflict, "sign_order")
	}
	if err := a.Follows(word.Roles...); err != nil {
		return nil, err
	}
	var out []proctor.Person
	for n, role := range word.Roles {
		if a.Officials[role] == "" {
			return nil, proctor.Errorf(proctor.Conflict, "attest_unnamed")
		}
		official, err := p.accounts.Person(ctx, a.Officials[role])
		if err != nil {
			return nil, err
		}
		if n == 0 {
			if err := a.MayAttest(attester, official, role, word.Scan, word.Number); err != nil {
				return nil, err
			}
		}
		if !official.Has(role) {
			return nil, proctor.Errorf(proctor.Forbidden, "sign_role")
		}
		out = append(out, official)
	}
	return out, p.apart(ctx, a, attester, out, word.Scan)
}

// unlocked is an official's key while she lets it be used.
type unlocked struct {
	acts.Signer
	evidence *proctor.PasskeyAssertion // nil: she gave a password
}

// attest makes one hand signature count.
func (p *paper) attest(ctx context.Context, a proctor.Act, attester proctor.Person, key unlocked,
	official proctor.Person, role proctor.Role, word web.Attestation,
) (proctor.Act, error) {
	scan, err := p.scanOf(a.ID, word.Scan)
	if err != nil {
		return a, err
	}
	pdf, err := p.store.get(ctx, a.Document.Receipt)
	if err != nil {
		return a, err
	}
	o := acts.PaperOptions{Role: role, Login: official.Login, Name: official.Name, At: time.Now(), Stamp: p.stamps.of(ctx)}
	if _, err := hex.Decode(o.Scan[:], []byte(scan.Receipt.SHA256)); err != nil {
		return a, fmt.Errorf("read a scan's digest: %w", err)
	}
	sealed, err := acts.Attest(pdf, key.Signer, o)
	if err != nil {
		return a, err
	}
	sig, err := p.checkPaper(ctx, sealed, a, attester, official, role, scan)
	if err != nil {
		return a, err
	}
	sig.Passkey = key.evidence
	next, err := p.keepSigned(ctx, a, sealed)
	if err != nil {
		return a, err
	}
	return p.engine.AttestAct(ctx, a.ID, a.Document, attester, official, word.Scan, word.Number, sig, next)
}

// checkPaper verifies what was just sealed and reads the signature out of it.
func (p *paper) checkPaper(ctx context.Context, pdf []byte, a proctor.Act, attester, official proctor.Person, role proctor.Role, scan proctor.Scan) (proctor.Signature, error) {
	against := p.trust(a, time.Now())
	var err error
	if against.CRL, err = p.keyring.lists(ctx); err != nil {
		return proctor.Signature{}, err
	}
	report, err := acts.VerifyWith(pdf, against)
	if err != nil {
		return proctor.Signature{}, err
	}
	n := len(a.Signatures) + 1
	if !report.Whole() || len(report.Signatures) != n || report.Digest != a.Document.Digest || report.Act != a.ID {
		return proctor.Signature{}, fmt.Errorf("the attested act does not verify: %v", report.Problems)
	}
	last := report.Signatures[n-1]
	if last.Login != official.Login || last.Role != role || last.Method != proctor.MethodPaper || !last.Trusted || last.Attester != attester.Login || last.Scan != scan.Receipt.SHA256 {
		return proctor.Signature{}, proctor.Errorf(proctor.Forbidden, "sign_role")
	}
	return proctor.Signature{
		Login: official.Login, Name: last.Name, Role: role, At: last.At, Method: proctor.MethodPaper,
		Certificate: last.Fingerprint, Attested: attester.Login, Stamped: last.Stamped,
	}, nil
}
