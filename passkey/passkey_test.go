package passkey

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"qyragy/passkey/softkey"
	"qyragy/proctor"
)

const origin = "https://proctor.example.kz"

func party(t *testing.T) Party {
	t.Helper()
	p, ok := NewParty(origin, []string{"https://other.example.kz", "https://proctor.example.kz:8443"})
	if !ok || p.ID != "proctor.example.kz" || len(p.Origins) != 2 {
		t.Fatal(p, ok)
	}
	return p
}

func newKey(t *testing.T) *softkey.Key {
	t.Helper()
	k, err := softkey.New("proctor.example.kz", origin)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func consent() proctor.Consent {
	return proctor.Consent{
		Act: "01A", Version: 2, Exam: "01E", Role: proctor.RoleEngineer, Login: "erlan", Document: "ab12", Digest: "cd34",
	}
}

func keyOf(err error) string {
	var e *proctor.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}

func TestRegistration(t *testing.T) {
	p, challenge := party(t), bytes.Repeat([]byte{7}, 32)
	create := func(k *softkey.Key, challenge []byte) (Credential, error) {
		t.Helper()
		options, err := p.Creation(User{[]byte("handle"), "erlan", "Оспанов Ерлан"}, nil, challenge)
		if err != nil {
			t.Fatal(err)
		}
		response, err := k.Create(options)
		if err != nil {
			t.Fatal(err)
		}
		return p.Created(bytes.Repeat([]byte{7}, 32), response)
	}
	k := newKey(t)
	c, err := create(k, challenge)
	public, _ := k.Public()
	if err != nil || !bytes.Equal(c.ID, k.ID) || !bytes.Equal(c.PublicKey, public) || c.Counter != 1 || len(c.Transports) != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	for name, lie := range map[string]func(*softkey.Key){
		"another server":  func(k *softkey.Key) { k.RPID = "evil.example" },
		"another page":    func(k *softkey.Key) { k.Origin = "https://evil.example" },
		"the plain page":  func(k *softkey.Key) { k.Origin = "http://proctor.example.kz" },
		"not verified":    func(k *softkey.Key) { k.NoUV = true },
		"nobody is there": func(k *softkey.Key) { k.NoUP = true },
	} {
		k := newKey(t)
		lie(k)
		if _, err := create(k, challenge); keyOf(err) != "passkey_registration" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := create(newKey(t), bytes.Repeat([]byte{8}, 32)); keyOf(err) != "passkey_registration" {
		t.Errorf("another challenge: %v", err)
	}
	for _, s := range []string{``, `{}`, `null`, `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`} {
		if _, err := p.Created(challenge, json.RawMessage(s)); keyOf(err) != "passkey_registration" {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// TestVerify: an assertion is good for its own consent, and for nothing that
// differs from it in any part.
func TestVerify(t *testing.T) {
	p, k := party(t), newKey(t)
	public, err := k.Public()
	if err != nil {
		t.Fatal(err)
	}
	var open Challenges
	ask := func(k *softkey.Key) proctor.PasskeyAssertion {
		t.Helper()
		c := open.Ask(time.Now(), consent())
		options, err := p.Request([]Credential{{ID: k.ID}}, c.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		a, err := k.Assert(options)
		if err != nil {
			t.Fatal(err)
		}
		a.Nonce = c.Nonce
		return a
	}
	good := ask(k)
	if n, err := p.Verify(consent(), good, public); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	for name, change := range map[string]func(*proctor.Consent){
		"act": func(c *proctor.Consent) { c.Act = "01B" }, "version": func(c *proctor.Consent) { c.Version = 1 },
		"exam": func(c *proctor.Consent) { c.Exam = "01F" }, "role": func(c *proctor.Consent) { c.Role = proctor.RoleHead },
		"login": func(c *proctor.Consent) { c.Login = "gulnar" }, "document": func(c *proctor.Consent) { c.Document = "ab13" },
		"scan":   func(c *proctor.Consent) { c.Scan = "01S" },
		"digest": func(c *proctor.Consent) { c.Digest = "cd3" },
		"border": func(c *proctor.Consent) { c.Document, c.Digest = "ab12c", "d34" },
	} {
		c := consent()
		change(&c)
		if _, err := p.Verify(c, good, public); keyOf(err) != "passkey_other" {
			t.Errorf("another %s: %v", name, err)
		}
	}
	for name, lie := range map[string]func(*softkey.Key){
		"another server":  func(k *softkey.Key) { k.RPID = "evil.example" },
		"another page":    func(k *softkey.Key) { k.Origin = "https://evil.example" },
		"a registration":  func(k *softkey.Key) { k.Type = "webauthn.create" },
		"not verified":    func(k *softkey.Key) { k.NoUV = true },
		"nobody is there": func(k *softkey.Key) { k.NoUP = true },
	} {
		lying := newKey(t)
		public, _ := lying.Public()
		lie(lying)
		if _, err := p.Verify(consent(), ask(lying), public); keyOf(err) != "passkey_refused" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Verify(consent(), ask(newKey(t)), public); keyOf(err) != "passkey_refused" {
		t.Errorf("another authenticator: %v", err)
	}
	for name, harm := range map[string]func(*proctor.PasskeyAssertion){
		"nonce":              func(a *proctor.PasskeyAssertion) { a.Nonce = bytes.Repeat([]byte{1}, 32) },
		"short nonce":        func(a *proctor.PasskeyAssertion) { a.Nonce = nil },
		"client data":        func(a *proctor.PasskeyAssertion) { a.ClientData = append(bytes.Clone(a.ClientData), ' ') },
		"authenticator data": func(a *proctor.PasskeyAssertion) { a.AuthenticatorData[36] ^= 1 },
		"signature":          func(a *proctor.PasskeyAssertion) { a.Signature[20] ^= 1 },
		"no signature":       func(a *proctor.PasskeyAssertion) { a.Signature = nil },
		"no data":            func(a *proctor.PasskeyAssertion) { a.AuthenticatorData = nil },
		"no client data":     func(a *proctor.PasskeyAssertion) { a.ClientData = nil },
		"no credential":      func(a *proctor.PasskeyAssertion) { a.Credential = nil },
	} {
		a := ask(k)
		harm(&a)
		if _, err := p.Verify(consent(), a, public); proctor.KindOf(err) == "" {
			t.Errorf("%s changed: %v", name, err)
		}
	}
	if _, err := p.Verify(consent(), good, []byte("no key")); keyOf(err) != "passkey_refused" {
		t.Errorf("no key: %v", err)
	}
}

func TestPartyNeedsAName(t *testing.T) {
	for _, base := range []string{"http://127.0.0.1:8080", "https://[::1]", "https://10.0.0.7:8443", "", "::"} {
		if p, ok := NewParty(base, nil); ok {
			t.Errorf("%q: %+v", base, p)
		}
	}
	if p, ok := NewParty("http://localhost:8080", nil); !ok || p.ID != "localhost" || p.Origins[0] != "http://localhost:8080" {
		t.Error(p, ok)
	}
}

// TestChallenges: once, in time, by her.
func TestChallenges(t *testing.T) {
	var open Challenges
	now := time.Now()
	refused := func(name string, now time.Time, login proctor.Login, b []byte) {
		t.Helper()
		if _, err := open.Take(now, login, b); keyOf(err) != "passkey_challenge" {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := open.Ask(now, consent())
	refused("another official", now, "gulnar", c.Bytes)
	refused("made up", now, "erlan", make([]byte, 32))
	if got, err := open.Take(now.Add(Life-time.Second), "erlan", c.Bytes); err != nil || *got.Consent != consent() {
		t.Errorf("%+v, %v", got, err)
	}
	refused("twice", now, "erlan", c.Bytes)
	late := open.Ask(now, consent())
	refused("late", now.Add(Life), "erlan", late.Bytes)
	first := open.Ask(now, consent())
	for range perPerson {
		open.Ask(now, consent())
	}
	refused("one of too many", now, "erlan", first.Bytes)
	if len(open.open) != perPerson {
		t.Errorf("%d are open", len(open.open))
	}
	for i := range perServer + 10 {
		c := consent()
		c.Login = proctor.Login(rune('a' + i))
		open.Ask(now, c)
	}
	if len(open.open) != perServer {
		t.Errorf("%d are open", len(open.open))
	}
	r := open.Register(now, "erlan")
	if got, err := open.Take(now, "erlan", r.Bytes); err != nil || got.Consent != nil {
		t.Errorf("%+v, %v", got, err)
	}
}
