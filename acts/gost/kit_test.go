package gost

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"math/big"
	"slices"
	"testing"
	"time"
)

// The kit issues certificates, lists, signatures and time stamps with Kazakh
// object identifiers, so that each refusal can be provoked without the
// authority's samples. Its keys are derived from their names.

func oidFrom(t testing.TB, s string) asn1.ObjectIdentifier {
	t.Helper()
	var id asn1.ObjectIdentifier
	for part := range bytes.SplitSeq([]byte(s), []byte(".")) {
		n := 0
		for _, d := range part {
			n = 10*n + int(d-'0')
		}
		id = append(id, n)
	}
	return id
}

func marshal(t testing.TB, v any, params string) []byte {
	t.Helper()
	der, err := asn1.MarshalWithParams(v, params)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func algorithmOf(t testing.TB, id string) pkix.AlgorithmIdentifier {
	t.Helper()
	return pkix.AlgorithmIdentifier{Algorithm: oidFrom(t, id), Parameters: asn1.NullRawValue}
}

// wrapped is contents under an identifier byte.
func wrapped(identifier byte, contents ...[]byte) []byte {
	all := bytes.Join(contents, nil)
	out := []byte{identifier}
	switch n := len(all); {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	default:
		out = append(out, 0x82, byte(n>>8), byte(n))
	}
	return append(out, all...)
}

func raw(der []byte) asn1.RawValue { return asn1.RawValue{FullBytes: der} }

func reversed(b []byte) []byte {
	b = slices.Clone(b)
	slices.Reverse(b)
	return b
}

// secret is a key derived from a name.
type secret struct{ d *big.Int }

func newSecret(name string) secret {
	sum := Sum512([]byte(name))
	return secret{new(big.Int).Mod(littleEndian(sum[:]), paramSetA.q)}
}

func (s secret) sign(message []byte) []byte {
	sum := Sum512(message)
	seed := Sum512(binary.BigEndian.AppendUint64(sum[:], 1))
	k := new(big.Int).Mod(littleEndian(seed[:]), paramSetA.q)
	r, v := paramSetA.signWith(s.d, littleEndian(sum[:]), k)
	out := make([]byte, 128)
	v.FillBytes(out[:64])
	r.FillBytes(out[64:])
	return reversed(out)
}

// spki is the public key's SubjectPublicKeyInfo.
func (s secret) spki(t testing.TB) []byte {
	x, y := paramSetA.public(s.d)
	return spkiOf(t, x, y)
}

func spkiOf(t testing.TB, x, y *big.Int) []byte {
	value := make([]byte, 128)
	y.FillBytes(value[:64])
	x.FillBytes(value[64:])
	params := struct{ Curve, Digest asn1.ObjectIdentifier }{oidFrom(t, oidCurveKZ), oidFrom(t, oidStreebogKZ)}
	return marshal(t, struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}{
		pkix.AlgorithmIdentifier{Algorithm: oidFrom(t, oidKeyKZ), Parameters: raw(marshal(t, params, ""))},
		bitString(marshal(t, reversed(value), "")),
	}, "")
}

func bitString(b []byte) asn1.BitString { return asn1.BitString{Bytes: b, BitLength: 8 * len(b)} }

// spec is a certificate to be issued.
type spec struct {
	name, issuer string
	serial       int64
	from, to     time.Time
	usage        byte // the key usage's first byte
	extended     []string
	ca           bool
	pathLen      int // less than 0: no limit
	more         []pkix.AttributeTypeAndValue
	extensions   []pkix.Extension
	spki         []byte // instead of the name's own
}

func day(n int) time.Time { return time.Date(2026, 1, n, 12, 0, 0, 0, time.UTC) }

const (
	usageSigner    = 0xC0 // digital signature, content commitment
	usageAuthority = 0x06 // certificates, lists
)

func field(t testing.TB, id, value string) pkix.AttributeTypeAndValue {
	return pkix.AttributeTypeAndValue{Type: oidFrom(t, id), Value: value}
}

func nameOf(t testing.TB, common string, more ...pkix.AttributeTypeAndValue) []byte {
	var sets pkix.RDNSequence
	for _, a := range append([]pkix.AttributeTypeAndValue{field(t, "2.5.4.3", common)}, more...) {
		sets = append(sets, pkix.RelativeDistinguishedNameSET{a})
	}
	return marshal(t, sets, "")
}

func (s spec) allExtensions(t testing.TB) []pkix.Extension {
	id := func(v string) asn1.ObjectIdentifier { return oidFrom(t, v) }
	out := []pkix.Extension{{Id: id("2.5.29.15"), Critical: true, Value: []byte{3, 2, 0, s.usage}}}
	if s.ca {
		type constraints struct {
			CA     bool
			Length int `asn1:"optional,default:-1"`
		}
		out = append(out, pkix.Extension{Id: id("2.5.29.19"), Critical: true, Value: marshal(t, constraints{true, s.pathLen}, "")})
	}
	if s.extended != nil {
		var ids []asn1.ObjectIdentifier
		for _, e := range s.extended {
			ids = append(ids, id(e))
		}
		out = append(out, pkix.Extension{Id: id("2.5.29.37"), Value: marshal(t, ids, "")})
	}
	return append(out, s.extensions...)
}

// issue makes the certificate, signed with its issuer's key.
func (s spec) issue(t testing.TB) []byte {
	t.Helper()
	spki := s.spki
	if spki == nil {
		spki = newSecret(s.name).spki(t)
	}
	signed := marshal(t, struct {
		Version            int `asn1:"explicit,tag:0"`
		Serial             *big.Int
		Algorithm          pkix.AlgorithmIdentifier
		Issuer             asn1.RawValue
		Validity           struct{ From, To time.Time }
		Subject, PublicKey asn1.RawValue
		Extensions         []pkix.Extension `asn1:"explicit,tag:3"`
	}{
		2, big.NewInt(s.serial), algorithmOf(t, oidSignedKZ), raw(nameOf(t, s.issuer)),
		struct{ From, To time.Time }{s.from, s.to}, raw(nameOf(t, s.name, s.more...)), raw(spki), s.allExtensions(t),
	}, "")
	return seal(t, signed, s.issuer)
}

// seal is signed bytes with their signature: a certificate or a list.
func seal(t testing.TB, signed []byte, by string) []byte {
	return wrapped(tagSequence, signed, marshal(t, algorithmOf(t, oidSignedKZ), ""),
		marshal(t, bitString(newSecret(by).sign(signed)), ""))
}

func (s spec) certificate(t testing.TB) *Certificate {
	t.Helper()
	c, err := ParseCertificate(s.issue(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The hierarchy: a root, an authority, a signer, a time-stamp authority.
func rootSpec() spec {
	return spec{name: "root", issuer: "root", serial: 1, from: day(1), to: day(300), usage: usageAuthority, ca: true, pathLen: -1}
}

func authoritySpec() spec {
	return spec{name: "authority", issuer: "root", serial: 2, from: day(1), to: day(200), usage: usageAuthority, ca: true, pathLen: 0}
}

func signerSpec(t testing.TB) spec {
	return spec{name: "signer", issuer: "authority", serial: 3, from: day(10), to: day(100), usage: usageSigner,
		extended: []string{UsageSign, UsageOrganization, "1.2.398.3.3.4.1.2.5"},
		more: []pkix.AttributeTypeAndValue{field(t, "2.5.4.4", "ӘБЕНОВА"), field(t, "2.5.4.5", "IIN800101400123"),
			field(t, "2.5.4.10", "Univ"), field(t, "2.5.4.11", "BIN990140001234"), field(t, "2.5.4.42", "СЕРІКҚЫЗЫ")}}
}

func stampSpec() spec {
	return spec{name: "stamps", issuer: "authority", serial: 4, from: day(1), to: day(200), usage: 0x80, extended: []string{usageTimestamp}}
}

// list issues a revocation list.
func list(t testing.TB, issuer string, from, to time.Time, revoked map[int64]time.Time, extensions ...pkix.Extension) []byte {
	t.Helper()
	var entries []pkix.RevokedCertificate
	for serial, at := range revoked {
		entries = append(entries, pkix.RevokedCertificate{SerialNumber: big.NewInt(serial), RevocationTime: at,
			Extensions: []pkix.Extension{{Id: oidFrom(t, "2.5.29.21"), Value: []byte{0x0A, 1, 4}}}})
	}
	signed := marshal(t, struct {
		Version    int
		Algorithm  pkix.AlgorithmIdentifier
		Issuer     asn1.RawValue
		From, To   time.Time
		Revoked    []pkix.RevokedCertificate `asn1:"optional"`
		Extensions []pkix.Extension          `asn1:"optional,explicit,tag:0"`
	}{1, algorithmOf(t, oidSignedKZ), raw(nameOf(t, issuer)), from, to, entries, extensions}, "")
	return seal(t, signed, issuer)
}
