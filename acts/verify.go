package acts

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"

	"qyragy/acts/gost"
	"qyragy/proctor"
)

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
	r.office = f.fills(pdf[at+2*room+2:])
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

// maxTail is more than an update needs from its /Contents to its field's name.
const maxTail = 64 << 10

// fills is whose field an update fills, by the field's name in what follows its
// /Contents: a place in the form. Where it is none that is open it is the first
// that is, and the comparison finds the fault.
func (f *file) fills(tail []byte) int {
	first := 0
	for f.filled(first) {
		first++
	}
	_, rest, _ := bytes.Cut(tail[:min(len(tail), maxTail)], []byte(fieldMark))
	name, _, _ := bytes.Cut(rest, []byte(")"))
	for office := range f.paper.template.Roles {
		if !f.filled(office) && string(name) == f.paper.template.FieldName(office) {
			return office
		}
	}
	return first
}

// filled reports whether the office at this place in the form has signed.
func (f *file) filled(office int) bool {
	return slices.ContainsFunc(f.report.Signatures, func(s Signature) bool { return s.Role == f.paper.template.Roles[office] })
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
		s.Revoked = f.sinceOutside(*p.signer)
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
	s.Fingerprint, s.Serial, s.Revoked = hex.EncodeToString(leaf[:]), r.chain[0].SerialNumber.Text(16), f.since(r.chain)
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
