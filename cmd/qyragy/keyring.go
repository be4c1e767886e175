package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"qyragy/acts"
	"qyragy/passkey"
	"qyragy/proctor"
	"qyragy/proctor/journal"
)

// renewal is how long before its end a certificate is replaced.
const renewal = 30 * 24 * time.Hour

// keyring keeps the officials' keys: it opens one for the moment in which she
// gives what she alone has. What it reads from the database opens nothing.
type keyring struct {
	accounts  *journal.Accounts
	authority acts.Authority
	// party is nil where browsers reach this server by an IP address: there
	// are no passkeys then.
	party  *passkey.Party
	rule   stepUpRule
	handle []byte // keys the user handles
	open   passkey.Challenges
	now    func() time.Time
}

// stepUpRule is what an installation wants for a signature.
type stepUpRule string

// The rules.
const (
	stepUpOwn      stepUpRule = "own"      // her passkey, if she has one
	stepUpPasskey  stepUpRule = "passkey"  // a passkey from everybody
	stepUpPassword stepUpRule = "password" // the password is always enough
)

// stepArgs choose the rule on the command line.
type stepArgs struct {
	Require  bool `name:"require-passkey" help:"Let nobody sign an act by a password alone." xor:"step" env:"QYRAGY_REQUIRE_PASSKEY"`
	Password bool `name:"password-enough" help:"Let the password alone sign, also for who has registered a passkey." xor:"step" env:"QYRAGY_PASSWORD_ENOUGH"`
}

// openKeyring makes the keyring of a server.
func openKeyring(ctx context.Context, s *server) (*keyring, error) {
	handle, err := s.journal.Secret(ctx, "passkey-users", 32)
	if err != nil {
		return nil, err
	}
	r := &keyring{accounts: s.accounts, authority: s.authority, rule: stepUpOwn, handle: handle, now: time.Now}
	switch {
	case s.cfg.Step.Require:
		r.rule = stepUpPasskey
	case s.cfg.Step.Password:
		r.rule = stepUpPassword
	}
	if p, ok := passkey.NewParty(s.base, s.origins); ok {
		r.party = &p
	} else if r.rule == stepUpPasskey {
		return nil, fmt.Errorf("--require-passkey needs a host name in --base-url: there are no passkeys at %s", s.base)
	}
	return r, nil
}

// origins are the pages on which passkeys serve here.
func (r *keyring) origins() []string {
	if r.party == nil {
		return nil
	}
	return r.party.Origins
}

// unlock opens person's key to sign in role. Without a consent there is
// nothing that a passkey could agree to. The assertion that it returns, if she
// gave one, is evidence; it holds no secret.
func (r *keyring) unlock(ctx context.Context, login proctor.Login, role proctor.Role, consent *proctor.Consent, step proctor.StepUp,
) (acts.Signer, *proctor.PasskeyAssertion, error) {
	standing, err := r.accounts.Standing(ctx, login)
	if err != nil {
		return acts.Signer{}, nil, err
	}
	if standing.Disabled {
		return acts.Signer{}, nil, proctor.Errorf(proctor.Forbidden, "account_disabled")
	}
	if standing.Temporary {
		return acts.Signer{}, nil, proctor.Errorf(proctor.Forbidden, "password_temporary")
	}
	var key *journal.Passkey
	if step.Passkey != nil {
		step.Passkey, key, err = r.assert(ctx, login, consent, *step.Passkey)
	} else if r.rule == stepUpPasskey || (r.rule == stepUpOwn && standing.Passkeys > 0) {
		err = proctor.Errorf(proctor.Conflict, "passkey_needed")
	}
	if err != nil {
		return acts.Signer{}, nil, err
	}
	signer, err := r.signer(ctx, standing, key, step)
	if err == nil {
		signer, err = r.current(ctx, standing, role, signer)
	}
	return signer, step.Passkey, err
}

// assert checks an assertion against the challenge that it answers, which is
// thereby used up, and against the passkey of hers that it comes from.
func (r *keyring) assert(ctx context.Context, login proctor.Login, consent *proctor.Consent, a proctor.PasskeyAssertion,
) (*proctor.PasskeyAssertion, *journal.Passkey, error) {
	if r.party == nil {
		return nil, nil, proctor.Errorf(proctor.Invalid, "passkey_host")
	}
	said, err := passkey.Challenged(a)
	if err != nil {
		return nil, nil, err
	}
	asked, err := r.open.Take(r.now(), login, said)
	if err != nil {
		return nil, nil, err
	}
	if consent == nil || asked.Consent == nil || *asked.Consent != *consent {
		return nil, nil, proctor.Errorf(proctor.Forbidden, "passkey_other")
	}
	key, err := r.passkey(ctx, login, a.Credential)
	if err != nil {
		return nil, nil, err
	}
	a.Nonce, a.PublicKey = asked.Nonce, key.PublicKey
	counter, err := r.party.Verify(*consent, a, key.PublicKey)
	if err != nil {
		return nil, nil, err
	}
	return &a, &key, r.accounts.UsePasskey(ctx, login, key.ID, counter, r.now())
}

func (r *keyring) passkey(ctx context.Context, login proctor.Login, id []byte) (journal.Passkey, error) {
	hers, err := r.accounts.Passkeys(ctx, login)
	if err != nil {
		return journal.Passkey{}, err
	}
	for _, k := range hers {
		if bytes.Equal(k.ID, id) {
			return k, nil
		}
	}
	return journal.Passkey{}, proctor.Errorf(proctor.Forbidden, "passkey_unknown")
}

// signer opens the sealed key: by the passkey's secret where there is one, by
// the password otherwise.
func (r *keyring) signer(ctx context.Context, s journal.Standing, key *journal.Passkey, step proctor.StepUp) (acts.Signer, error) {
	sealed, chain, err := r.accounts.SealedKey(ctx, s.Login)
	if err != nil {
		return acts.Signer{}, err
	}
	out := acts.Signer{}
	if out.Chain, err = acts.ParseCertificates(chain); err != nil {
		return acts.Signer{}, err
	}
	if key != nil && len(key.SealedKey) > 0 && len(step.PRF) > 0 {
		out.Key, err = acts.UnsealPRF(key.SealedKey, key.ID, step.PRF)
		return out, err
	}
	if key != nil && step.Password == "" {
		return acts.Signer{}, proctor.Errorf(proctor.Conflict, "passkey_password")
	}
	if err := r.password(ctx, s.Login, step.Password); err != nil {
		return acts.Signer{}, err
	}
	out.Key, err = acts.Unseal(sealed, step.Password)
	return out, err
}

// password checks it; a wrong one is a Forbidden Error "password".
func (r *keyring) password(ctx context.Context, login proctor.Login, password string) error {
	_, err := r.accounts.Login(ctx, string(login), password)
	if proctor.KindOf(err) == proctor.Forbidden {
		return proctor.Errorf(proctor.Forbidden, "password")
	}
	return err
}

// current is s with a certificate that is good now and for role ("": for the
// office that it names): a new one is issued when the one at hand ends soon or
// names another office or an old name. A revoked one is the end of its key.
func (r *keyring) current(ctx context.Context, who journal.Standing, role proctor.Role, s acts.Signer) (acts.Signer, error) {
	c := s.Chain[0]
	revoked, err := r.accounts.Revoked(ctx, c.SerialNumber.Text(16))
	if err != nil {
		return acts.Signer{}, err
	}
	if revoked {
		return acts.Signer{}, proctor.Errorf(proctor.Forbidden, "key_revoked")
	}
	_, office := acts.Holder(c)
	if role == "" {
		role = office
	}
	now := r.now()
	if role == office && c.Subject.CommonName == who.Name && c.NotAfter.Sub(now) > renewal {
		return s, nil
	}
	p := proctor.Person{Login: who.Login, Name: who.Name, Roles: who.Roles}
	if !p.Has(role) {
		return acts.Signer{}, proctor.Errorf(proctor.Forbidden, "sign_role")
	}
	if s, err = r.authority.Certify(p, role, s.Key, now.Add(-time.Minute), keyLife); err != nil {
		return acts.Signer{}, err
	}
	return s, r.accounts.SetCertificate(ctx, who.Login, acts.CertificatePEM(s.Chain...))
}

// revocations is the authority's list as of now, in DER. Its number is the
// time: it grows.
func (r *keyring) revocations(ctx context.Context) ([]byte, error) {
	all, err := r.accounts.Revocations(ctx)
	if err != nil {
		return nil, err
	}
	var list []acts.Revocation
	for _, v := range all {
		list = append(list, acts.Revocation{Serial: v.Serial, At: v.At, Reason: v.Reason})
	}
	now := r.now()
	return r.authority.Revoke(list, now.UnixMilli(), now, now.Add(7*24*time.Hour))
}

// lists are what this server holds its own signatures against.
func (r *keyring) lists(ctx context.Context) ([]*x509.RevocationList, error) {
	der, err := r.revocations(ctx)
	if err != nil {
		return nil, err
	}
	list, err := acts.ParseRevocations(der)
	if err != nil {
		return nil, fmt.Errorf("read own revocation list: %w", err)
	}
	return []*x509.RevocationList{list}, nil
}
