package gost

import (
	"bytes"
	"errors"
	"testing"
)

// TestCanonicalSignatures adds to a signature what nobody vouches for.
func TestCanonicalSignatures(t *testing.T) {
	document := sample(t, "individual_document.txt")
	detached, attached := sample(t, "individual_detached.der"), sample(t, "individual_attached.der")
	for name, cms := range map[string][]byte{"detached": detached, "attached": attached} {
		der, err := CanonicalCMS(cms)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := CanonicalCMS(der)
		if err != nil || !bytes.Equal(again, der) {
			t.Errorf("%s: not its own canonical form: %v", name, err)
		}
		if bytes.Contains(der, document) {
			t.Errorf("%s: the document is still there", name)
		}
		s, err := InspectCMS(der, document, Options{At: sampleTime()})
		if err != nil || s.Certificate.Subject.IIN != "123456789011" || s.Chain != nil || s.Timestamp == nil || s.Timestamp.Trusted {
			t.Errorf("%s: %+v %v", name, s, err)
		}
		if _, err := VerifyCMS(der, document, sampleOptions(t)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := InspectCMS(der, append(document, ' '), Options{At: sampleTime()}); !errors.Is(err, RefusedDocument) {
			t.Errorf("%s, over another document: %v", name, err)
		}
	}
	if _, err := CanonicalCMS([]byte("x")); !errors.Is(err, RefusedFormat) {
		t.Error(err)
	}
}

// TestDocumentByItsDigest has a caller who hashes for herself.
func TestDocumentByItsDigest(t *testing.T) {
	document, cms := sample(t, "individual_document.txt"), sample(t, "individual_detached.der")
	o := sampleOptions(t)
	o.Digest = func(oid string) ([]byte, error) {
		h, err := NewDigest(oid)
		if err != nil {
			return nil, err
		}
		h.Write(document[:10])
		c, err := h.Clone()
		if err != nil {
			return nil, err
		}
		c.Write(document[10:])
		return c.Sum(nil), nil
	}
	if _, err := VerifyCMS(cms, nil, o); err != nil {
		t.Error(err)
	}
	if _, err := VerifyCMS(cms, document, o); !errors.Is(err, RefusedContradicted) {
		t.Errorf("with the document too: %v", err)
	}
	document = append([]byte("x"), document...)
	if _, err := VerifyCMS(cms, nil, o); !errors.Is(err, RefusedDocument) {
		t.Errorf("of another document: %v", err)
	}
	if _, err := NewDigest("1.2.3"); !errors.Is(err, RefusedAlgorithm) {
		t.Error(err)
	}
}
