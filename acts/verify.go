package acts

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"hash"
	"time"

	"qyragy/acts/gost"
	"qyragy/proctor"
)

// Signature is one signature that holds, in the order of the file.
type Signature struct {
	Name  string        `json:"name"`
	Role  proctor.Role  `json:"role"`
	Login proctor.Login `json:"login"`
	// Method is how she signed; the fields below that a method has not are
	// empty.
	Method proctor.SignatureMethod `json:"method"`
	// At is the time the signature states; the file alone does not prove it.
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
	// Fingerprint is the SHA-256 of the certificate, hex, and Serial its serial
	// number, hex: the attester's for a hand signature.
	Fingerprint string `json:"fingerprint"`
	Serial      string `json:"serial"`
	Covers      int    `json:"covers"` // the file's first so many bytes
	// Trusted: the certificate leads to a root that the caller gave.
	Trusted bool `json:"trusted"`

	// Stamped is when a time stamping authority, StampedBy, saw the signature
	// (RFC 3161), zero if none did; StampTrusted, that it leads to a root that
	// the caller gave.
	Stamped      time.Time `json:"stamped,omitzero"`
	StampedBy    string    `json:"stamped_by,omitempty"`
	StampTrusted bool      `json:"stamp_trusted,omitempty"`

	// Attester is who attests a hand signature, and Scan the SHA-256 of the
	// signed print, hex.
	Attester     proctor.Login `json:"attester,omitempty"`
	AttesterName string        `json:"attester_name,omitempty"`
	Scan         string        `json:"scan,omitempty"`

	// Subject is whom an ncalayer certificate names, IIN her identification
	// number, BIN and Organization for whom she acts, Algorithm with what the
	// signature was made.
	Subject      string `json:"subject,omitempty"`
	IIN          string `json:"iin,omitempty"`
	BIN          string `json:"bin,omitempty"`
	Organization string `json:"organization,omitempty"`
	Algorithm    string `json:"algorithm,omitempty"`
}

// Report is what a file says of itself and whether that holds.
type Report struct {
	// Template is the form's version, e.g. "A-1".
	Template   string        `json:"template"`
	Act        proctor.ActID `json:"act"`
	Number     string        `json:"number"`
	Version    int           `json:"version"`
	Digest     string        `json:"digest"` // of the canonical JSON, hex
	Signatures []Signature   `json:"signatures"`
	// Complete: whole and signed by all three.
	Complete bool `json:"complete"`
	// Authority is the SHA-256 of the certificate all signatures by the
	// officials' own keys lead to, hex. Trusted: every signature leads to a root
	// that the caller gave and that was not taken from the file.
	Authority string `json:"authority,omitempty"`
	Trusted   bool   `json:"trusted"`
	// Problems says where the file is not what Render and Sign made.
	Problems []string `json:"problems,omitempty"`
	// Document is an Appendix A act's content, without its pictures; DocumentB
	// is an Appendix B act's. The other one is zero.
	Document  Document  `json:"-"`
	DocumentB DocumentB `json:"-"`
}

// Whole reports whether nothing in the file contradicts anything else. An act
// with fewer than three signatures can be whole.
func (r Report) Whole() bool { return len(r.Problems) == 0 }

// VerifyOptions is what an act is held against. The zero value asks only
// whether the file is of one piece.
type VerifyOptions struct {
	// Roots are the authorities of the officials' own keys; without any the
	// authority is taken from the file.
	Roots []*x509.Certificate
	// CRL are the revocation lists of Roots; others are passed over.
	CRL []*x509.RevocationList
	// National is what NCALayer's signatures must lead to; without roots there
	// it is not asked. At, IIN, BIN and ExtendedUsage are not used.
	National gost.Options
	// Stamps are the time stamping authorities of signatures by the officials'
	// own keys, or their roots. A stamp by another is no fault.
	Stamps []*gost.Certificate
	// Existed says since when each signature, in the file's order, is known to
	// have existed, as from a journal. Where it does not, a trusted time stamp
	// counts, and last the signature's own word, which a revocation for a
	// stolen key does not believe.
	Existed []time.Time
	// Now refuses signatures of later than that; zero asks for nothing.
	Now time.Time

	known registry // versions of the forms; nil means templates
}

func (o VerifyOptions) registry() registry {
	if o.known == nil {
		return templates()
	}
	return o.known
}

// existed is Existed of signature i, or zero.
func (o VerifyOptions) existed(i int) time.Time {
	if i < len(o.Existed) {
		return o.Existed[i]
	}
	return time.Time{}
}

// Verify checks an act with nothing but its file: every byte must be what
// Render wrote or what a signature adds, and each signature must hold over all
// bytes before it. Without roots it takes the authority from the file, which
// proves that the act is of one piece but not whose authority that is: compare
// Report.Authority. It does not know of revoked certificates or national
// roots: see VerifyWith. The error is for a file too large to be an act;
// anything else is in Report.Problems.
func Verify(pdf []byte, roots ...*x509.Certificate) (Report, error) {
	return VerifyWith(pdf, VerifyOptions{Roots: roots})
}

// VerifyWith is Verify with all that can be asked.
func VerifyWith(pdf []byte, o VerifyOptions) (Report, error) {
	if len(pdf) > maxDocument {
		return Report{}, proctor.Errorf(proctor.Invalid, "act_too_long")
	}
	f := read(pdf, o)
	r := f.report
	r.Complete = r.Whole() && len(r.Signatures) == len(f.paper.template.Roles)
	return r, nil
}

// file is an act as far as it has been read: pdf are the bytes that have been
// accounted for.
type file struct {
	base
	paper     paper
	pdf       []byte
	rows      []rect
	size      int // objects in revision 1, the null object included
	xref      int // of the newest revision
	id        [32]byte
	options   VerifyOptions
	signers   []signatory       // of the signatures
	authority *x509.Certificate // that the keys' signatures lead to
	report    Report
	drafted   int                    // the length of revision 1
	hashes    map[string]hash.Cloner // of revision 1, by algorithm
}

func (f *file) problem(at int, format string, args ...any) {
	f.report.Problems = append(f.report.Problems, fmt.Sprintf("byte %d: ", at)+fmt.Sprintf(format, args...))
}

// read accounts for every byte of an act from the front to the end, and stops
// at the first that it cannot account for.
func read(pdf []byte, o VerifyOptions) *file {
	f := &file{options: o}
	f.report.Trusted = len(o.Roots) > 0
	if !f.readBase(pdf) {
		return f
	}
	for i := range f.paper.template.Roles {
		if len(f.pdf) == len(pdf) || !f.readSignature(i, pdf) {
			break
		}
	}
	if len(f.pdf) < len(pdf) && len(f.report.Problems) == 0 {
		f.problem(len(f.pdf), "%d bytes after the last signature", len(pdf)-len(f.pdf))
	}
	return f
}

// readSignature reads update i: it takes from the bytes what a signer chooses
// (certificates, reason, time, method), writes the update anew, and compares.
func (f *file) readSignature(i int, pdf []byte) bool {
	start := len(f.pdf)
	r, contents, err := readRevision(pdf[start:], f.size+2*i)
	if err != nil {
		f.problem(start, "update %d: %v", i+1, err)
		return false
	}
	at, room := start+contents, r.room()
	der, err := readContents(pdf[at:at+2*room+2], room)
	var own ownCMS
	if err == nil && r.method != proctor.MethodNCALayer {
		own, err = readCMS(der)
		r.chain = own.chain
	}
	if err != nil {
		f.problem(at, "signature %d: %v", i+1, err)
		return false
	}
	want, _ := f.update(i, r)
	got := pdf[start:min(len(pdf), start+len(want))]
	masked := bytes.Clone(got)
	for j := contents + 1; j < contents+1+2*room; j++ {
		masked[j] = '0'
	}
	if n := difference(masked, want); n >= 0 {
		f.problem(start+n, "update %d holds something that no signature adds", i+1)
		return false
	}
	end := start + len(want)
	p, err := f.prove(i, r, own, der, pdf[:end], at)
	if err == nil {
		err = f.admit(i, r, p)
	}
	if err != nil {
		f.problem(at, "signature %d: %v", i+1, err)
		return false
	}
	f.accept(i, r, p, pdf[:end], want)
	return true
}

// prove checks the CMS at at in pdf.
func (f *file) prove(i int, r revision, own ownCMS, der, pdf []byte, at int) (proof, error) {
	if r.method == proctor.MethodNCALayer {
		before, after := covered(pdf, at, r.room())
		return f.inspect(i, der, before, after)
	}
	if err := own.check(der, coveredDigest(pdf, at, r.room())); err != nil {
		return proof{}, err
	}
	p := proof{trusted: len(f.options.Roots) > 0}
	if r.stamped != (own.token != nil) {
		return proof{}, errShape
	}
	if r.stamped {
		t, err := ownStamp(own.token, own.value, f.options.Stamps)
		if err != nil {
			return proof{}, err
		}
		p.stamp = stampOf(t)
	}
	return p, nil
}

// accept counts a signature that holds.
func (f *file) accept(i int, r revision, p proof, pdf, update []byte) {
	who, _ := f.identify(i, r, p)
	f.signers = append(f.signers, who)
	f.xref = len(f.pdf) + bytes.LastIndex(update, []byte("\nxref\n")) + 1
	f.pdf = pdf
	s := Signature{
		Name: who.Name, Role: who.Role, Login: who.Login, Method: r.method, At: r.at, Reason: r.reason,
		Covers: len(pdf), Trusted: p.trusted,
		Stamped: p.stamp.at, StampedBy: p.stamp.by, StampTrusted: p.stamp.trusted,
	}
	if p.signer != nil {
		s.fromOutside(*p.signer)
	} else {
		f.fromKey(&s, r)
	}
	f.report.Trusted = p.trusted && (f.report.Trusted || len(f.report.Signatures) == 0)
	f.report.Signatures = append(f.report.Signatures, s)
}

// fromOutside fills in what NCALayer's certificate says.
func (s *Signature) fromOutside(from gost.Signer) {
	c := from.Certificate
	s.Fingerprint, s.Serial, s.Algorithm = c.Fingerprint(), c.Serial.Text(16), from.Algorithm
	s.Subject, s.IIN, s.BIN, s.Organization = c.Subject.FullName(), c.Subject.IIN, c.Subject.BIN, c.Subject.Organization
}

// fromKey fills in what a certificate of the university's authority says.
func (f *file) fromKey(s *Signature, r revision) {
	leaf := sha256.Sum256(r.chain[0].Raw)
	s.Fingerprint, s.Serial = hex.EncodeToString(leaf[:]), r.chain[0].SerialNumber.Text(16)
	f.authority = r.chain[len(r.chain)-1]
	root := sha256.Sum256(f.authority.Raw)
	f.report.Authority = hex.EncodeToString(root[:])
	if r.method == proctor.MethodPaper {
		attester := holder(r.chain[0])
		s.Attester, s.AttesterName, s.Scan = attester.Login, attester.Name, hex.EncodeToString(r.scan[:])
	}
}

// readContents decodes "<hex of DER, zeros>" and insists on one spelling.
func readContents(b []byte, room int) ([]byte, error) {
	raw := make([]byte, room)
	if _, err := hex.Decode(raw, b[1:len(b)-1]); err != nil || b[0] != '<' || b[len(b)-1] != '>' {
		return nil, errShape
	}
	if hex.EncodeToString(raw) != string(b[1:len(b)-1]) {
		return nil, errShape
	}
	if raw[0] != 0x30 || raw[1] != 0x82 {
		return nil, errShape
	}
	n := 4 + int(raw[2])<<8 + int(raw[3])
	if n > len(raw) || len(bytes.Trim(raw[n:], "\x00")) > 0 {
		return nil, errShape
	}
	return raw[:n], nil
}

// difference is where a and b part, or -1.
func difference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return min(len(a), len(b))
	}
	return -1
}
