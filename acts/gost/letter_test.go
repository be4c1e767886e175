package gost

import (
	"bytes"
	"testing"
	"time"
)

// letter is a CMS to be signed; change whatever is to be wrong.
type letter struct {
	signer       spec
	as           string // whose key signs; empty: the signer's own
	document     []byte
	attached     bool
	contentType  string
	attributes   [][]byte // DER, made by newLetter
	unsigned     [][]byte
	certificates [][]byte
	digest       string
	algorithm    string
	signers      int
}

func attributeOf(t testing.TB, id string, values ...[]byte) []byte {
	return wrapped(tagSequence, marshal(t, oidFrom(t, id), ""), wrapped(tagSet, values...))
}

// newLetter is a signature with nothing wrong.
func newLetter(t testing.TB, signer spec, document []byte, contentType string, at time.Time) *letter {
	cert := signer.issue(t)
	sum, own := Sum512(document), Sum512(cert)
	signing := wrapped(tagSequence, wrapped(tagSequence, wrapped(tagSequence,
		marshal(t, algorithmOf(t, oidStreebogKZ), ""), marshal(t, own[:], ""))))
	l := &letter{signer: signer, document: document, contentType: contentType, certificates: [][]byte{cert},
		digest: oidStreebogKZ, algorithm: oidSignedKZ, signers: 1,
		attributes: [][]byte{
			attributeOf(t, oidContentType, marshal(t, oidFrom(t, contentType), "")),
			attributeOf(t, oidMessageDigest, marshal(t, sum[:], "")),
			attributeOf(t, oidSigningCertV2, signing),
		}}
	if !at.IsZero() {
		l.attributes = append(l.attributes, attributeOf(t, oidSigningTime, marshal(t, at, "utc")))
	}
	return l
}

// value signs the attributes.
func (l *letter) value() []byte {
	key := l.as
	if key == "" {
		key = l.signer.name
	}
	return newSecret(key).sign(wrapped(tagSet, l.attributes...))
}

// cms is the whole in DER.
func (l *letter) cms(t testing.TB) []byte {
	t.Helper()
	one := func(n int64) []byte { return marshal(t, n, "") }
	version := int64(1)
	if l.contentType != oidData {
		version = 3
	}
	content := marshal(t, oidFrom(t, l.contentType), "")
	if l.attached {
		content = append(content, wrapped(tagContext0, wrapped(tagOctets, l.document))...)
	}
	info := [][]byte{one(1), wrapped(tagSequence, nameOf(t, l.signer.issuer), one(l.signer.serial)),
		marshal(t, algorithmOf(t, l.digest), ""), wrapped(tagContext0, l.attributes...),
		marshal(t, algorithmOf(t, l.algorithm), ""), wrapped(tagOctets, l.value())}
	if l.unsigned != nil {
		info = append(info, wrapped(tagContext1, l.unsigned...))
	}
	signers := bytes.Repeat(wrapped(tagSequence, info...), l.signers)
	return wrapped(tagSequence, marshal(t, oidFrom(t, oidSignedData), ""), wrapped(tagContext0, wrapped(tagSequence,
		one(version), wrapped(tagSet, marshal(t, algorithmOf(t, l.digest), "")), wrapped(tagSequence, content),
		wrapped(tagContext0, l.certificates...), wrapped(tagSet, signers))))
}

// stamp is a time-stamp token over a signature's value.
func stamp(t testing.TB, by spec, value []byte, at time.Time) *letter {
	sum := Sum512(value)
	info := wrapped(tagSequence, marshal(t, 1, ""), marshal(t, oidFrom(t, "1.2.398.3.3.2.6.4"), ""),
		wrapped(tagSequence, marshal(t, algorithmOf(t, oidStreebogKZ), ""), marshal(t, sum[:], "")),
		marshal(t, 77, ""), marshal(t, at, "generalized"))
	l := newLetter(t, by, info, oidTSTInfo, at)
	l.attached = true
	return l
}
