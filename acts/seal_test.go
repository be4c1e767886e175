package acts

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"encoding/binary"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"qyragy/proctor"
)

// TestSealsOpenHoweverTyped: й composed or as и and a breve, on this keyboard
// or on that, and in seals from before there was a rule.
func TestSealsOpenHoweverTyped(t *testing.T) {
	a, err := NewAuthority("CA", time.Now().Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	composed, apart := norm.NFC.String("йод Ёлка é"), norm.NFD.String("йод Ёлка é")
	if composed == apart {
		t.Fatal("one spelling")
	}
	mixed := norm.NFD.String("йод") + norm.NFC.String(" Ёлка é")
	for name, seal := range map[string]func(string) ([]byte, error){
		"now":    func(p string) ([]byte, error) { return Seal(a.Key, p) },
		"before": func(p string) ([]byte, error) { return sealAsTyped(a.Key, p) },
	} {
		for _, c := range []struct {
			typed, sealed string
			opens         bool
		}{
			{composed, apart, true}, {apart, composed, true}, {mixed, mixed, true}, {"иод Ёлка é", composed, false},
		} {
			sealed, err := seal(c.sealed)
			if err != nil {
				t.Fatal(err)
			}
			key, err := Unseal(sealed, c.typed)
			switch {
			case c.opens && (err != nil || !key.(*ecdsa.PrivateKey).Equal(a.Key)):
				t.Errorf("sealed %s under %+q, typed %+q: %v", name, c.sealed, c.typed, err)
			case !c.opens && proctor.KindOf(err) != proctor.Forbidden:
				t.Errorf("sealed %s, another password: %v", name, err)
			}
		}
	}
}

// sealAsTyped is Seal as it was before passwords were composed.
func sealAsTyped(key *ecdsa.PrivateKey, password string) ([]byte, error) {
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	head := binary.BigEndian.AppendUint32([]byte(sealMagic), 1)
	head = binary.BigEndian.AppendUint32(head, 8<<10)
	head = append(head, 1)
	random := make([]byte, saltLength+nonceLength)
	rand.Read(random)
	head = append(head, random[:saltLength]...)
	box, err := sealBox(head, password)
	if err != nil {
		return nil, err
	}
	return box.Seal(append(head, random[saltLength:]...), random[saltLength:], plain, head), nil
}
