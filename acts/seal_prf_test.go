package acts

import (
	"bytes"
	"crypto/ecdsa"
	"testing"
	"time"

	"qyragy/proctor"
)

func TestSealPRF(t *testing.T) {
	a, err := NewAuthority("CA", time.Now().Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.Issue(proctor.Person{Login: "erlan", Name: "Оспанов Ерлан"}, proctor.RoleEngineer, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	prf, id := bytes.Repeat([]byte{3}, PRFLength), []byte("credential")
	sealed, err := SealPRF(s.Key, id, prf)
	if err != nil {
		t.Fatal(err)
	}
	key, err := UnsealPRF(sealed, id, prf)
	if err != nil || !key.(*ecdsa.PrivateKey).Equal(s.Key) {
		t.Fatal(err)
	}
	again, err := SealPRF(s.Key, id, prf)
	if err != nil || bytes.Equal(sealed, again) {
		t.Error("two seals are the same", err)
	}
	other := bytes.Repeat([]byte{4}, PRFLength)
	for name, c := range map[string][3][]byte{
		"another secret":     {sealed, id, other},
		"another credential": {sealed, []byte("credentiam"), prf},
		"no secret":          {sealed, id, nil},
		"a short secret":     {sealed, id, prf[:31]},
		"cut":                {sealed[:20], id, prf},
		"empty":              {nil, id, prf},
	} {
		if key, err := UnsealPRF(c[0], c[1], c[2]); key != nil || proctor.KindOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range sealed {
		harmed := bytes.Clone(sealed)
		harmed[i] ^= 1
		if _, err := UnsealPRF(harmed, id, prf); proctor.KindOf(err) == "" {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	if _, err := SealPRF(s.Key, id, nil); err == nil {
		t.Error("sealed under nothing")
	}
	if _, err := Unseal(sealed, "password"); proctor.KindOf(err) != proctor.Invalid {
		t.Error("one kind of seal is taken for the other:", err)
	}
}
