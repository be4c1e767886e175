package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"time"

	"qyragy/acts"
	"qyragy/passkey"
	"qyragy/proctor"
	"qyragy/proctor/journal"
	"qyragy/web"
)

// What an official does at her own account.

// Standing implements web.Self.
func (r *keyring) Standing(ctx context.Context, login proctor.Login) (web.OwnAccount, error) {
	s, err := r.accounts.Standing(ctx, login)
	if err != nil {
		return web.OwnAccount{}, err
	}
	keys, err := r.accounts.Passkeys(ctx, login)
	if err != nil {
		return web.OwnAccount{}, err
	}
	out := web.OwnAccount{Key: web.NoKey, Temporary: s.Temporary, Possible: r.party != nil, Rule: string(r.rule), Passkeys: []web.Passkey{}}
	if out.Key, out.Ends, err = r.state(ctx, s); err != nil {
		return web.OwnAccount{}, err
	}
	for _, k := range keys {
		out.Passkeys = append(out.Passkeys, web.Passkey{ID: k.ID, Name: k.Name, Added: k.Added, Used: k.Used, Opens: len(k.SealedKey) > 0})
	}
	return out, nil
}

// state is what a key is good for, and until when.
func (r *keyring) state(ctx context.Context, s journal.Standing) (web.KeyState, time.Time, error) {
	if len(s.Certificate) == 0 {
		return web.NoKey, time.Time{}, nil
	}
	chain, err := acts.ParseCertificates(s.Certificate)
	if err != nil {
		return "", time.Time{}, err
	}
	ends := chain[0].NotAfter
	revoked, err := r.accounts.Revoked(ctx, chain[0].SerialNumber.Text(16))
	if err != nil {
		return "", ends, err
	}
	if revoked {
		return web.RevokedKey, ends, nil
	}
	return web.GoodKey, ends, nil
}

// ChangePassword implements web.Self: the key stays and is sealed anew.
func (r *keyring) ChangePassword(ctx context.Context, login proctor.Login, old, fresh string) error {
	if err := r.password(ctx, login, old); err != nil {
		return err
	}
	secret := journal.Secret{Password: fresh}
	sealed, _, err := r.accounts.SealedKey(ctx, login)
	switch {
	case proctor.KindOf(err) == proctor.NotFound: // she does not sign
	case err != nil:
		return err
	default:
		key, err := acts.Unseal(sealed, old)
		if err != nil {
			return err
		}
		if secret.SealedKey, err = acts.Seal(key, fresh); err != nil {
			return err
		}
	}
	return r.accounts.SetPassword(ctx, proctor.PersonActor(login), login, secret)
}

// RenewKey implements web.Self: a new key in place of one that was revoked or
// that she has reason to distrust.
func (r *keyring) RenewKey(ctx context.Context, login proctor.Login, password string) error {
	if err := r.password(ctx, login, password); err != nil {
		return err
	}
	s, err := r.accounts.Standing(ctx, login)
	if err != nil {
		return err
	}
	sealed, chain, err := newKey(r.authority, proctor.Person{Login: login, Name: s.Name, Roles: s.Roles}, password)
	if err != nil {
		return err
	}
	if len(sealed) == 0 {
		return proctor.Errorf(proctor.Forbidden, "no_signing_key")
	}
	return r.accounts.ReplaceKey(ctx, proctor.PersonActor(login), login, sealed, chain, acts.RevokedReplaced)
}

// Register implements web.Passkeys.
func (r *keyring) Register(ctx context.Context, person proctor.Person, step proctor.StepUp) (json.RawMessage, error) {
	if r.party == nil {
		return nil, proctor.Errorf(proctor.Invalid, "passkey_host")
	}
	if err := r.hers(ctx, person.Login, step); err != nil {
		return nil, err
	}
	has, err := r.credentials(ctx, person.Login)
	if err != nil {
		return nil, err
	}
	if len(has) >= journal.MaxPasskeys {
		return nil, proctor.Errorf(proctor.Conflict, "passkey_many")
	}
	mac := hmac.New(sha256.New, r.handle)
	mac.Write([]byte(person.Login))
	u := passkey.User{Handle: mac.Sum(nil), Login: string(person.Login), Name: person.Name}
	return r.party.Creation(u, has, r.open.Register(r.now(), person.Login).Bytes)
}

// Add implements web.Passkeys.
func (r *keyring) Add(ctx context.Context, login proctor.Login, password string, made web.NewPasskey) error {
	if r.party == nil {
		return proctor.Errorf(proctor.Invalid, "passkey_host")
	}
	if err := r.password(ctx, login, password); err != nil {
		return err
	}
	said, err := passkey.Registered(made.Response)
	if err != nil {
		return err
	}
	asked, err := r.open.Take(r.now(), login, said)
	if err != nil {
		return err
	}
	if asked.Consent != nil {
		return proctor.Errorf(proctor.Forbidden, "passkey_other")
	}
	c, err := r.party.Created(asked.Bytes, made.Response)
	if err != nil {
		return err
	}
	k := journal.Passkey{
		ID: c.ID, Login: login, Name: made.Name, PublicKey: c.PublicKey, Counter: c.Counter, Transports: c.Transports, Added: r.now().UTC(),
	}
	if k.SealedKey, err = r.sealFor(ctx, login, password, c.ID, made.PRF); err != nil {
		return err
	}
	return r.accounts.AddPasskey(ctx, proctor.PersonActor(login), k)
}

// sealFor seals her key under an authenticator's secret too; nothing if either
// is missing.
func (r *keyring) sealFor(ctx context.Context, login proctor.Login, password string, credential, prf []byte) ([]byte, error) {
	sealed, _, err := r.accounts.SealedKey(ctx, login)
	if proctor.KindOf(err) == proctor.NotFound || err == nil && len(prf) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	key, err := acts.Unseal(sealed, password)
	if err != nil {
		return nil, err
	}
	return acts.SealPRF(key, credential, prf)
}

// Remove implements web.Passkeys.
func (r *keyring) Remove(ctx context.Context, login proctor.Login, step proctor.StepUp, id []byte) error {
	if err := r.hers(ctx, login, step); err != nil {
		return err
	}
	return r.accounts.RemovePasskey(ctx, proctor.PersonActor(login), login, id)
}

// Ask implements web.Passkeys.
func (r *keyring) Ask(ctx context.Context, login proctor.Login) (json.RawMessage, error) {
	return r.ask(ctx, proctor.AccountConsent(login))
}

// hers asks for the password and, from who has passkeys, for one of them: or
// whoever knows the password would put his own in their place, and sign.
func (r *keyring) hers(ctx context.Context, login proctor.Login, step proctor.StepUp) error {
	if err := r.password(ctx, login, step.Password); err != nil {
		return err
	}
	s, err := r.accounts.Standing(ctx, login)
	if err != nil || s.Passkeys == 0 || r.rule == stepUpPassword {
		return err
	}
	if step.Passkey == nil {
		return proctor.Errorf(proctor.Conflict, "passkey_needed")
	}
	consent := proctor.AccountConsent(login)
	_, _, err = r.assert(ctx, login, &consent, *step.Passkey)
	return err
}

func (r *keyring) credentials(ctx context.Context, login proctor.Login) ([]passkey.Credential, error) {
	keys, err := r.accounts.Passkeys(ctx, login)
	var out []passkey.Credential
	for _, k := range keys {
		out = append(out, passkey.Credential{ID: k.ID, PublicKey: k.PublicKey, Counter: k.Counter, Transports: k.Transports})
	}
	return out, err
}

// ask makes the options for a passkey's assertion over c.
func (r *keyring) ask(ctx context.Context, c proctor.Consent) (json.RawMessage, error) {
	if r.party == nil {
		return nil, proctor.Errorf(proctor.Invalid, "passkey_host")
	}
	has, err := r.credentials(ctx, c.Login)
	if err != nil {
		return nil, err
	}
	if len(has) == 0 {
		return nil, proctor.Errorf(proctor.Conflict, "passkey_none")
	}
	return r.party.Request(has, r.open.Ask(r.now(), c).Bytes)
}

// reset gives somebody a password that she must change before she signs, with
// a new key: nobody can open the one before it without the old password.
func (r *keyring) reset(ctx context.Context, by proctor.Actor, login proctor.Login, password string) error {
	s, err := r.accounts.Standing(ctx, login)
	if err != nil {
		return err
	}
	secret := journal.Secret{Password: password, Temporary: true}
	secret.SealedKey, secret.Certificate, err = newKey(r.authority, proctor.Person{Login: login, Name: s.Name, Roles: s.Roles}, password)
	if err != nil {
		return err
	}
	return r.accounts.SetPassword(ctx, by, login, secret)
}
