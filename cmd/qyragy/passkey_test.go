package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/bundle"
	"qyragy/passkey"
	"qyragy/passkey/softkey"
	"qyragy/proctor"
	"qyragy/proctor/journal"
)

// stepped is a password and, if she has one, what her passkey says to a change
// of her passkeys.
func (c *caller) stepped(password string, has ...*softkey.Key) map[string]any {
	c.t.Helper()
	in := map[string]any{"password": password}
	for _, k := range has {
		var options json.RawMessage
		if _, key := c.try("/api/v1/account/passkeys/challenge", map[string]any{}, &options); key != "" {
			c.t.Fatal(key)
		}
		a, err := k.Assert(options)
		if err != nil {
			c.t.Fatal(err)
		}
		in["passkey"] = map[string]any{"id": a.Credential, "client_data": a.ClientData, "authenticator_data": a.AuthenticatorData, "signature": a.Signature}
	}
	return in
}

// register makes a passkey hers; prf: it also opens her key.
func (c *caller) register(k *softkey.Key, password string, prf bool, has ...*softkey.Key) string {
	c.t.Helper()
	var options json.RawMessage
	if _, key := c.try("/api/v1/account/passkeys/options", c.stepped(password, has...), &options); key != "" {
		return key
	}
	response, err := k.Create(options)
	if err != nil {
		c.t.Fatal(err)
	}
	in := map[string]any{"password": password, "name": "Ноутбук", "response": response}
	if prf {
		in["prf"] = k.PRF()
	}
	_, key := c.try("/api/v1/account/passkeys", in, nil)
	return key
}

// signing is one attempt to sign.
type signing struct {
	act      proctor.Act
	role     proctor.Role
	document string
	password string
	prf      []byte
	twist    func(*proctor.PasskeyAssertion)
}

// challenge gets the options for a signature.
func (c *caller) challenge(x signing) (options json.RawMessage, key string) {
	c.t.Helper()
	_, key = c.try("/api/v1/acts/"+string(x.act.ID)+"/challenge", map[string]any{"role": x.role, "document": x.document}, &options)
	return options, key
}

// sign sends an assertion.
func (c *caller) sign(x signing, a *proctor.PasskeyAssertion) string {
	c.t.Helper()
	in := map[string]any{"role": x.role, "document": x.document, "password": x.password}
	if a != nil {
		in["passkey"] = map[string]any{
			"id": a.Credential, "client_data": a.ClientData, "authenticator_data": a.AuthenticatorData, "signature": a.Signature, "prf": x.prf,
		}
	}
	_, key := c.try("/api/v1/acts/"+string(x.act.ID)+"/sign", in, nil)
	return key
}

// signByPasskey asks, lets the passkey agree, and signs.
func (c *caller) signByPasskey(x signing, k *softkey.Key) string {
	c.t.Helper()
	options, key := c.challenge(x)
	if key != "" {
		return key
	}
	a, err := k.Assert(options)
	if err != nil {
		c.t.Fatal(err)
	}
	if x.twist != nil {
		x.twist(&a)
	}
	return c.sign(x, &a)
}

func signingOf(a proctor.Act, k *softkey.Key) signing {
	return signing{act: a, role: a.Next(), document: a.Document.Receipt.SHA256, prf: k.PRF()}
}

// TestPasskeyStepUp signs an act with passkeys over HTTP, after everything
// that must be refused was.
func TestPasskeyStepUp(t *testing.T) {
	s := startQuiet(t, 2)
	a, other := drafted(t, s, 0), drafted(t, s, 1)
	key := func() *softkey.Key {
		k, err := softkey.New("localhost", s.base)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	hers, his := key(), key()
	specialist := newCaller(t, s, "specialist")
	engineer := newCaller(t, s, "engineer")
	refused := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
		if n := len(actOf(t, s, a.ID).Signatures); n != 0 {
			t.Fatalf("%s: the act has %d signatures", what, n)
		}
	}
	options, no := specialist.challenge(signingOf(a, hers))
	refused("no passkey yet", no, "passkey_none")
	refused("a wrong password", specialist.register(hers, "wrong password", true), "password")
	refused("registration", specialist.register(hers, demoPassword, true), "")
	refused("registration of his", engineer.register(his, demoPassword, false), "")
	refused("registered twice", specialist.register(hers, demoPassword, true, hers), "passkey_known")
	refused("registered by another too", engineer.register(hers, demoPassword, true, his), "passkey_known")

	// The limit of step-ups is by person; from here on the office is asked.
	ask := func(x signing) json.RawMessage {
		t.Helper()
		if options, no = specialist.challenge(x); no != "" {
			t.Fatal(no)
		}
		return options
	}
	assert := func(k *softkey.Key, o json.RawMessage) proctor.PasskeyAssertion {
		t.Helper()
		out, err := k.Assert(o)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	person := func(login proctor.Login) proctor.Person {
		p, err := s.accounts.Person(t.Context(), login)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	sign := func(x signing, who proctor.Login, as proctor.PasskeyAssertion) string {
		_, err := s.office.Sign(t.Context(), person(who), x.role, proctor.StepUp{Password: x.password, Passkey: &as, PRF: x.prf}, x.act.ID, x.document)
		return keyOf(err)
	}
	x := signingOf(a, hers)
	_, err := s.office.Sign(t.Context(), person("specialist"), x.role, proctor.StepUp{Password: demoPassword}, a.ID, x.document)
	refused("the password alone", keyOf(err), "passkey_needed")
	refused("another act's", sign(x, "specialist", assert(hers, ask(signingOf(other, hers)))), "passkey_other")
	for name, change := range map[string]func(*proctor.Consent){
		"version": func(c *proctor.Consent) { c.Version++ }, "role": func(c *proctor.Consent) { c.Role = proctor.RoleHead },
		"document": func(c *proctor.Consent) { c.Document = other.Document.Receipt.SHA256 },
		"digest":   func(c *proctor.Consent) { c.Digest = other.Document.Digest },
		"exam":     func(c *proctor.Consent) { c.Exam = "01X" },
		"scan":     func(c *proctor.Consent) { c.Scan = "01S" },
	} {
		c := a.Consent("specialist", proctor.RoleSpecialist)
		change(&c)
		o, err := s.keyring.ask(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		refused("another "+name, sign(x, "specialist", assert(hers, o)), "passkey_other")
	}
	good := assert(hers, ask(x))
	refused("another official's challenge", sign(x, "engineer", good), "sign_role")
	if err := takeOver(t.Context(), s.keyring, a, "engineer", good); keyOf(err) != "passkey_challenge" {
		t.Errorf("her challenge answered in another's name: %v", err)
	}
	refused("another's passkey", sign(x, "specialist", assert(his, ask(x))), "passkey_unknown")
	impostor := key()
	impostor.ID = hers.ID
	refused("an impostor", sign(x, "specialist", assert(impostor, ask(x))), "passkey_refused")
	for what, lie := range map[string]func(*softkey.Key){
		"another server's": func(k *softkey.Key) { k.RPID = "example.kz" },
		"another page's":   func(k *softkey.Key) { k.Origin = "http://localhost:1" },
		"unverified":       func(k *softkey.Key) { k.NoUV = true },
		"absent":           func(k *softkey.Key) { k.NoUP = true },
		"a registration":   func(k *softkey.Key) { k.Type = "webauthn.create" },
	} {
		liar := *hers
		lie(&liar)
		refused(what, sign(x, "specialist", assert(&liar, ask(x))), "passkey_refused")
	}
	refused("a wrong secret", sign(func() signing { y := x; y.prf = his.PRF(); return y }(), "specialist", assert(hers, ask(x))), "key_passkey")
	refused("no secret and no password", sign(func() signing { y := x; y.prf = nil; return y }(), "specialist", assert(hers, ask(x))), "passkey_password")
	clone := *hers
	clone.Counter -= 2
	refused("a copy", sign(x, "specialist", assert(&clone, ask(x))), "passkey_counter")
	spent := assert(hers, ask(x))
	refused("no password where it is wrong", sign(func() signing { y := x; y.prf, y.password = nil, "wrong one"; return y }(), "specialist", spent), "password")
	refused("the same again", sign(x, "specialist", spent), "passkey_challenge")
	late := assert(hers, ask(x))
	s.keyring.now = func() time.Time { return time.Now().Add(passkey.Life) }
	refused("too late", sign(x, "specialist", late), "passkey_challenge")
	s.keyring.now = time.Now

	if no := specialist.signByPasskey(x, hers); no != "" {
		t.Fatal(no)
	}
	checkEvidence(t, s, a)
	// His passkey opens nothing by itself: the password is asked for too.
	y := signingOf(actOf(t, s, a.ID), his)
	y.prf = nil
	if no := engineer.signByPasskey(y, his); no != "passkey_password" {
		t.Errorf("a passkey without a secret: %q", no)
	}
	y.password = demoPassword
	if no := engineer.signByPasskey(y, his); no != "" {
		t.Errorf("his passkey and password: %q", no)
	}
	if a := actOf(t, s, a.ID); len(a.Signatures) != 2 || a.Signatures[1].Passkey == nil {
		t.Errorf("%+v", a.Signatures)
	}
	// Removed, it is unknown.
	o := ask(signingOf(other, hers))
	if err := s.accounts.RemovePasskey(t.Context(), "specialist", "specialist", hers.ID); err != nil {
		t.Fatal(err)
	}
	if no := sign(signingOf(other, hers), "specialist", assert(hers, o)); no != "passkey_unknown" {
		t.Errorf("a removed passkey: %q", no)
	}
}

// takeOver tries to unlock login's key with an assertion of somebody else's.
func takeOver(ctx context.Context, r *keyring, a proctor.Act, login proctor.Login, as proctor.PasskeyAssertion) error {
	c := a.Consent(login, proctor.RoleEngineer)
	_, _, err := r.unlock(ctx, login, proctor.RoleEngineer, &c, proctor.StepUp{Passkey: &as})
	return err
}

// checkEvidence: from the journal alone anybody can tell that her
// authenticator agreed to this act, this version and this document.
func checkEvidence(t *testing.T, s *server, before proctor.Act) {
	t.Helper()
	sig := actOf(t, s, before.ID).Signatures[0]
	if sig.Passkey == nil {
		t.Fatal("no evidence of the passkey is kept")
	}
	party := passkey.Party{ID: "localhost", Origins: []string{s.base}}
	c := before.Consent(sig.Login, sig.Role)
	if _, err := party.Verify(c, *sig.Passkey, sig.Passkey.PublicKey); err != nil {
		t.Error(err)
	}
	c.Document = before.Document.Digest
	if _, err := party.Verify(c, *sig.Passkey, sig.Passkey.PublicKey); err == nil {
		t.Error("the evidence serves for another document")
	}
	file := newCaller(t, s, "registrar").fetch("/api/v1/acts/"+string(before.ID)+"/bundle", "application/zip")
	r, err := bundle.Check(t.Context(), bytes.NewReader(file), int64(len(file)), bundle.Options{})
	if err != nil || !r.Whole() || len(r.Acts) != 1 || len(r.Acts[0].Passkeys) == 0 || r.Acts[0].Passkeys[0].By != bundle.OriginManifest {
		t.Errorf("the bundle: %v %+v", err, r)
	}
}

func keyOf(err error) string {
	var e *proctor.Error
	if errors.As(err, &e) {
		return e.Key
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// TestAccountKeys: what becomes of a key when its owner or the administrator
// changes her account.
func TestAccountKeys(t *testing.T) {
	s := startQuiet(t, 1)
	a := drafted(t, s, 0)
	ctx := t.Context()
	session, elsewhere := newCaller(t, s, "specialist"), newCaller(t, s, "specialist")
	unlock := func(password string) error {
		_, _, err := s.keyring.unlock(ctx, "specialist", proctor.RoleSpecialist, nil, proctor.StepUp{Password: password})
		return err
	}
	if _, no := session.try("/api/v1/account/password", map[string]any{"old": "wrong password", "new": "another one"}, nil); no != "password" {
		t.Errorf("a wrong old password: %q", no)
	}
	if _, no := session.try("/api/v1/account/password", map[string]any{"old": demoPassword, "new": "another one"}, nil); no != "" {
		t.Fatal(no)
	}
	if _, no := elsewhere.try("/api/v1/logout", map[string]any{}, nil); no != "" {
		t.Error(no)
	}
	for name, c := range map[string]*caller{"this": session, "the other": elsewhere} {
		status, _ := c.request(http.MethodGet, "/api/v1/account", nil, nil)
		if want := map[string]int{"this": 200, "the other": 401}[name]; status != want {
			t.Errorf("%s session: %d, want %d", name, status, want)
		}
	}
	if err := unlock("another one"); err != nil {
		t.Errorf("the key under the new password: %v", err)
	}
	if err := unlock(demoPassword); keyOf(err) != "password" {
		t.Errorf("the old password: %v", err)
	}
	if err := s.accounts.Disable(ctx, "admin", "specialist"); err != nil {
		t.Fatal(err)
	}
	if err := unlock("another one"); keyOf(err) != "account_disabled" {
		t.Errorf("disabled: %v", err)
	}
	if err := s.accounts.Enable(ctx, "admin", "specialist"); err != nil {
		t.Fatal(err)
	}
	if err := s.accounts.Revoke(ctx, "admin", "specialist", acts.RevokedCompromised); err != nil {
		t.Fatal(err)
	}
	_, err := s.office.Sign(ctx, proctor.Person{Login: "specialist", Roles: []proctor.Role{proctor.RoleSpecialist}}, proctor.RoleSpecialist,
		proctor.StepUp{Password: "another one"}, a.ID, a.Document.Receipt.SHA256)
	if keyOf(err) != "key_revoked" {
		t.Errorf("revoked: %v", err)
	}
	r, err := http.Get(s.base + "/authority.crl")
	if err != nil {
		t.Fatal(err)
	}
	der, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	if list, err := acts.ParseRevocations(der); err != nil || len(list.RevokedCertificateEntries) != 1 || list.CheckSignatureFrom(s.authority.Certificate) != nil {
		t.Errorf("the published list: %+v, %v", list, err)
	}
	if err := s.keyring.RenewKey(ctx, "specialist", "another one"); err != nil {
		t.Fatal(err)
	}
	if err := unlock("another one"); err != nil {
		t.Errorf("a new key: %v", err)
	}
	if err := s.keyring.reset(ctx, "admin", "specialist", "temporary 1"); err != nil {
		t.Fatal(err)
	}
	if err := unlock("temporary 1"); keyOf(err) != "password_temporary" {
		t.Errorf("a temporary password: %v", err)
	}
	// Whoever holds it may look, and change it, and nothing else.
	session.ask("POST", "/api/v1/login", map[string]string{"login": "specialist", "password": "temporary 1"}, nil, http.StatusOK)
	refuse := func() (int, string) {
		return session.try("/api/v1/acts/"+string(a.ID)+"/refuse", map[string]any{"role": "specialist", "text": "Дәлел жоқ"}, nil)
	}
	if status, no := refuse(); status != http.StatusForbidden || no != "password_temporary" {
		t.Errorf("refuses to sign with a temporary password: %d %q", status, no)
	}
	session.ask("GET", "/api/v1/acts/"+string(a.ID), nil, nil, http.StatusOK)
	session.ask("POST", "/api/v1/account/password", map[string]any{"old": "temporary 1", "new": "her own again"}, nil, http.StatusNoContent)
	if status, no := refuse(); status != http.StatusOK {
		t.Errorf("refuses to sign with her own: %d %q", status, no)
	}
	if err := unlock("her own again"); err != nil {
		t.Error(err)
	}
}

// TestCertificateRenewed: a certificate that ends soon, or names another
// office, is replaced when its key is opened; the key stays.
func TestCertificateRenewed(t *testing.T) {
	j, err := journal.Open(t.Context(), t.TempDir()+"/journal.db")
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	authority, err := acts.NewAuthority("CA", time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	r := &keyring{accounts: j.Accounts(), authority: authority, rule: stepUpOwn, now: time.Now}
	p := proctor.Person{Login: "erlan", Name: "Оспанов Ерлан", Roles: []proctor.Role{proctor.RoleSpecialist, proctor.RoleEngineer}}
	if err := hire(t.Context(), j.Accounts(), authority, p, "password"); err != nil {
		t.Fatal(err)
	}
	open := func(role proctor.Role) acts.Signer {
		t.Helper()
		s, _, err := r.unlock(t.Context(), "erlan", role, nil, proctor.StepUp{Password: "password"})
		if err != nil {
			t.Fatal(err)
		}
		if _, office := acts.Holder(s.Chain[0]); role != "" && office != role {
			t.Errorf("a certificate for %s, want %s", office, role)
		}
		return s
	}
	first := open(proctor.RoleSpecialist)
	if again := open(""); !again.Chain[0].Equal(first.Chain[0]) {
		t.Error("a good certificate was replaced")
	}
	if second := open(proctor.RoleEngineer); second.Chain[0].Equal(first.Chain[0]) {
		t.Error("the same certificate for two offices")
	}
	r.now = func() time.Time { return time.Now().Add(keyLife - renewal + time.Hour) }
	third := open(proctor.RoleEngineer)
	if left := third.Chain[0].NotAfter.Sub(r.now()); left < keyLife-time.Hour {
		t.Errorf("%s left", left)
	}
	if _, _, err := r.unlock(t.Context(), "erlan", proctor.RoleHead, nil, proctor.StepUp{Password: "password"}); keyOf(err) != "sign_role" {
		t.Errorf("an office that she does not hold: %v", err)
	}
	if err := j.Accounts().Revoke(t.Context(), "admin", "erlan", acts.RevokedCompromised); err != nil {
		t.Fatal(err)
	}
	all, err := j.Accounts().Revocations(t.Context())
	if err != nil || len(all) != 3 {
		t.Errorf("%d certificates are revoked, want 3, %v", len(all), err)
	}
}
