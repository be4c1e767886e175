package journal

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"testing"
	"time"

	"qyragy/proctor"
)

// certificate is one with this serial number, in PEM.
func certificate(t *testing.T, serial int64) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func keyOf(err error) string {
	var e *proctor.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return fmt.Sprint(err)
}

// hired is an account of Aigul's with a key.
func hired(t *testing.T, path string) *Accounts {
	t.Helper()
	a := open(t, path).Accounts()
	if err := a.Create(t.Context(), aigul(), "password", []byte("sealed"), certificate(t, 1)); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestPasskeys(t *testing.T) {
	ctx, path := t.Context(), file(t)
	a := hired(t, path)
	if err := a.Create(ctx, proctor.Person{Login: "bolat", Name: "Болат", Roles: []proctor.Role{proctor.RoleHead}}, "password", nil, nil); err != nil {
		t.Fatal(err)
	}
	key := Passkey{
		ID: []byte{0, 1, 2}, Login: "aigul", Name: "Ноутбук", PublicKey: []byte{9}, Counter: 3, Transports: []string{"usb", "nfc"},
		SealedKey: []byte{7, 7}, Added: time.Now().UTC(),
	}
	if err := a.AddPasskey(ctx, "aigul", key); err != nil {
		t.Fatal(err)
	}
	stolen := key
	stolen.Login = "bolat"
	if err := a.AddPasskey(ctx, "bolat", stolen); keyOf(err) != "passkey_known" {
		t.Error(err)
	}
	nameless := key
	nameless.ID, nameless.Name = []byte{5}, "  "
	if err := a.AddPasskey(ctx, "aigul", nameless); keyOf(err) != "passkey_name" {
		t.Error(err)
	}
	got, err := open(t, path).Accounts().Passkeys(ctx, "aigul")
	if err != nil || len(got) != 1 || fmt.Sprint(got[0]) != fmt.Sprint(key) {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, c := range []struct {
		login   proctor.Login
		counter uint32
		key     string
	}{
		{"aigul", 3, "passkey_counter"}, {"aigul", 2, "passkey_counter"}, {"aigul", 0, "passkey_counter"},
		{"bolat", 9, "passkey_counter"}, {"aigul", 4, "<nil>"}, {"aigul", 4, "passkey_counter"},
	} {
		if err := a.UsePasskey(ctx, c.login, key.ID, c.counter, time.Now()); keyOf(err) != c.key {
			t.Errorf("%s %d: %v, want %s", c.login, c.counter, err, c.key)
		}
	}
	uncounted := key
	uncounted.ID, uncounted.Counter = []byte{6}, 0
	if err := a.AddPasskey(ctx, "aigul", uncounted); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := a.UsePasskey(ctx, "aigul", uncounted.ID, 0, time.Now()); err != nil {
			t.Error(err)
		}
	}
	for i := range MaxPasskeys - 1 {
		more := key
		more.ID = []byte{100, byte(i)}
		if err := a.AddPasskey(ctx, "aigul", more); err != nil && (keyOf(err) != "passkey_many" || i < MaxPasskeys-2) {
			t.Fatal(i, err)
		} else if err == nil && i == MaxPasskeys-2 {
			t.Error("one too many is taken")
		}
	}
	if err := a.RemovePasskey(ctx, "bolat", "bolat", key.ID); keyOf(err) != "passkey" {
		t.Error("another's:", err)
	}
	if err := a.RemovePasskey(ctx, "aigul", "aigul", key.ID); err != nil {
		t.Error(err)
	}
	if err := a.UsePasskey(ctx, "aigul", key.ID, 99, time.Now()); keyOf(err) != "passkey_counter" {
		t.Error("removed:", err)
	}
}

func TestSetPassword(t *testing.T) {
	ctx, a := t.Context(), hired(t, file(t))
	key := Passkey{ID: []byte{1}, Login: "aigul", Name: "Кілт", SealedKey: []byte{7}, Added: time.Now()}
	if err := a.AddPasskey(ctx, "aigul", key); err != nil {
		t.Fatal(err)
	}
	_, before, err := a.Session(ctx, "aigul")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.SetPassword(ctx, "aigul", "aigul", Secret{Password: "another one", SealedKey: []byte("resealed")}); err != nil {
		t.Fatal(err)
	}
	if _, now, err := a.Session(ctx, "aigul"); err != nil || now == before {
		t.Error("sessions go on", now, err)
	}
	if _, err := a.Login(ctx, "aigul", "password"); keyOf(err) != "login" {
		t.Error(err)
	}
	if _, err := a.Login(ctx, "aigul", "another one"); err != nil {
		t.Error(err)
	}
	if sealed, _, err := a.SealedKey(ctx, "aigul"); string(sealed) != "resealed" || err != nil {
		t.Errorf("%q, %v", sealed, err)
	}
	if keys, err := a.Passkeys(ctx, "aigul"); err != nil || len(keys[0].SealedKey) == 0 {
		t.Error("the same key, and her passkey does not open it", err)
	}
	reset := Secret{Password: "temporary", Temporary: true, SealedKey: []byte("new"), Certificate: certificate(t, 2)}
	if err := a.SetPassword(ctx, "admin", "aigul", reset); err != nil {
		t.Fatal(err)
	}
	s, err := a.Standing(ctx, "aigul")
	if err != nil || !s.Temporary || s.Passkeys != 1 || !bytes.Equal(s.Certificate, reset.Certificate) {
		t.Errorf("%+v, %v", s, err)
	}
	if keys, err := a.Passkeys(ctx, "aigul"); err != nil || len(keys[0].SealedKey) != 0 {
		t.Error("a passkey opens a key that is no more", err)
	}
	revoked(t, a, "1")
	if err := a.SetPassword(ctx, "admin", "nobody", reset); proctor.KindOf(err) != proctor.NotFound {
		t.Error(err)
	}
	if err := a.SetPassword(ctx, "admin", "aigul", Secret{Password: "short"}); keyOf(err) != "account_password" {
		t.Error(err)
	}
}

func revoked(t *testing.T, a *Accounts, want ...string) {
	t.Helper()
	all, err := a.Revocations(t.Context())
	var got []string
	for _, r := range all {
		got = append(got, r.Serial)
		if yes, err := a.Revoked(t.Context(), r.Serial); !yes || err != nil || r.At.IsZero() {
			t.Error(r, yes, err)
		}
	}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("revoked are %v, %v; want %v", got, err, want)
	}
}

func TestRevoke(t *testing.T) {
	ctx, a := t.Context(), hired(t, file(t))
	if err := a.SetCertificate(ctx, "aigul", certificate(t, 2)); err != nil {
		t.Fatal(err)
	}
	revoked(t, a)
	if err := a.Revoke(ctx, "admin", "aigul", 1); err != nil {
		t.Fatal(err)
	}
	revoked(t, a, "1", "2")
	if err := a.ReplaceKey(ctx, "aigul", "aigul", []byte("new"), certificate(t, 3), 4); err != nil {
		t.Fatal(err)
	}
	revoked(t, a, "1", "2")
	if err := a.Revoke(ctx, "admin", "nobody", 1); proctor.KindOf(err) != proctor.NotFound {
		t.Error(err)
	}
}

func TestDisable(t *testing.T) {
	ctx, a := t.Context(), hired(t, file(t))
	if err := a.Disable(ctx, "admin", "aigul"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Login(ctx, "aigul", "password"); keyOf(err) != "login" {
		t.Error(err)
	}
	if _, _, err := a.Session(ctx, "aigul"); proctor.KindOf(err) != proctor.NotFound {
		t.Error(err)
	}
	if p, err := a.Person(ctx, "aigul"); err != nil || p.Name != aigul().Name || len(p.Roles) != 0 {
		t.Error("her name must stay, her roles must not:", p, err)
	}
	if err := a.Enable(ctx, "admin", "aigul"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Login(ctx, "aigul", "password"); err != nil {
		t.Error(err)
	}
	if err := a.SetRoles(ctx, "admin", "aigul", []proctor.Role{proctor.RoleHead}); err != nil {
		t.Fatal(err)
	}
	if err := a.SetRoles(ctx, "admin", "aigul", []proctor.Role{"empress"}); keyOf(err) != "account_roles" {
		t.Error(err)
	}
	if p, _ := a.Person(ctx, "aigul"); fmt.Sprint(p.Roles) != "[head]" {
		t.Error(p)
	}
	log, err := a.Log(ctx, "aigul")
	var what []string
	for _, e := range log {
		what = append(what, string(e.Actor)+" "+e.What)
	}
	if want := "[console created admin disabled admin enabled admin roles]"; err != nil || fmt.Sprint(what) != want {
		t.Errorf("log %v, %v; want %s", what, err, want)
	}
	for _, q := range []string{`UPDATE account_log SET what = 'x'`, `DELETE FROM account_log`} {
		if _, err := a.j.writer.Exec(q); err == nil {
			t.Errorf("%s went through", q)
		}
	}
}
