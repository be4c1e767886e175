package gost

import (
	"bytes"
	"errors"
	"math/big"
	"testing"
)

// refusedOr fails unless err is nil or wraps a refusal.
func refusedOr(t *testing.T, err error) {
	t.Helper()
	if r := Refusal(""); err != nil && !errors.As(err, &r) {
		t.Errorf("no refusal: %v", err)
	}
}

func FuzzParseCertificate(f *testing.F) {
	f.Add(signerSpec(f).issue(f))
	f.Add(rootSpec().issue(f))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseCertificate(data)
		refusedOr(t, err)
		if err != nil {
			return
		}
		if k, ok := c.PublicKey.(*PublicKey); ok && !paramSetA.holds(k.X, k.Y) {
			t.Error("a key off the curve")
		}
		if again, err := ParseCertificate(c.Raw); err != nil || again.Fingerprint() != c.Fingerprint() {
			t.Errorf("not read again: %v", err)
		}
	})
}

func FuzzParseRevocationList(f *testing.F) {
	f.Add(list(f, "authority", day(1), day(20), nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ParseRevocationList(data)
		refusedOr(t, err)
		if err == nil {
			l.Find(big.NewInt(3))
		}
	})
}

// FuzzVerifyCMS looks for a signature over the document that is not the kit's.
// Run it with -fuzzminimizetime 1x: to minimise an input that must keep its
// signature takes longer than to find the next.
func FuzzVerifyCMS(f *testing.F) {
	l := newLetter(f, signerSpec(f), document, oidData, day(50))
	good := l.cms(f)
	f.Add(good)
	l.attached = true
	f.Add(l.cms(f))
	l.unsigned = [][]byte{attributeOf(f, oidStampToken, stamp(f, stampSpec(), l.value(), day(50)).cms(f))}
	f.Add(l.cms(f))
	o := kitOptions(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := VerifyCMS(data, document, o)
		refusedOr(t, err)
		if err == nil && (!bytes.Equal(s.Content, document) || s.Certificate.Subject.IIN != o.IIN) {
			t.Errorf("accepted: %+v", s)
		}
		if err != nil {
			return
		}
		_, err = VerifyCMS(data, []byte("another document"), o)
		if err == nil {
			t.Error("accepted over another document")
		}
		refusedOr(t, err)
	})
}

// FuzzCursor reads whatever is there without a panic, and all of it.
func FuzzCursor(f *testing.F) {
	f.Add([]byte{0x30, 0x03, 0x02, 0x01, 0x05})
	f.Add([]byte{0x30, 0x80, 0x00, 0x00})
	f.Add([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &cursor{data}
		read := 0
		for len(c.rest) > 0 {
			v, err := c.next()
			if err != nil {
				return
			}
			read += len(v.FullBytes)
			_ = eachAttribute(&cursor{v.Bytes}, func(string, *cursor) error { return nil })
			_, _ = (&cursor{v.FullBytes}).algorithm()
		}
		if read != len(data) {
			t.Errorf("read %d of %d bytes", read, len(data))
		}
	})
}
