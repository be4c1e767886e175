package acts

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"qyragy/proctor"
)

// Signature is one signature that holds.
type Signature struct {
	Name  string        `json:"name"`
	Role  proctor.Role  `json:"role"`
	Login proctor.Login `json:"login"`
	// At is the time the signature states; the file alone does not prove it.
	At          time.Time `json:"at"`
	Reason      string    `json:"reason,omitempty"`
	Fingerprint string    `json:"fingerprint"` // SHA-256 of the certificate, hex
	Serial      string    `json:"serial"`      // of the certificate, hex
	Covers      int       `json:"covers"`      // the file's first so many bytes
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
	// Authority is the SHA-256 of the certificate all signatures lead to, hex;
	// Trusted, that the caller gave it and did not take it from the file.
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

// Verify checks an act with nothing but its file: every byte must be what
// Render wrote or what Sign adds, and each signature must hold over all bytes
// before it. Without roots it takes the authority from the file, which proves
// that the act is of one piece but not whose authority that is: compare
// Report.Authority. It does not know of revoked certificates. The error is for
// a file too large to be an act; anything else is in Report.Problems.
func Verify(pdf []byte, roots ...*x509.Certificate) (Report, error) {
	if len(pdf) > maxDocument {
		return Report{}, proctor.Errorf(proctor.Invalid, "act_too_long")
	}
	f := read(pdf, roots)
	r := f.report
	r.Complete = r.Whole() && len(r.Signatures) == len(f.paper.template.Roles)
	return r, nil
}

// file is an act as far as it has been read: pdf are the bytes that have been
// accounted for.
type file struct {
	base
	paper  paper
	pdf    []byte
	rows   []rect
	size   int // objects in revision 1, the null object included
	xref   int // of the newest revision
	id     [32]byte
	roots  []*x509.Certificate
	chains [][]*x509.Certificate // of the signatures
	report Report
}

func (f *file) problem(at int, format string, args ...any) {
	f.report.Problems = append(f.report.Problems, fmt.Sprintf("byte %d: ", at)+fmt.Sprintf(format, args...))
}

// read accounts for every byte of an act from the front to the end, and stops
// at the first that it cannot account for.
func read(pdf []byte, roots []*x509.Certificate) *file {
	f := &file{roots: roots}
	f.report.Trusted = len(roots) > 0
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
// (certificates, reason, time), writes the update anew, and compares.
func (f *file) readSignature(i int, pdf []byte) bool {
	start := len(f.pdf)
	o, contents, err := readOptions(pdf[start:], f.size+2*i)
	if err != nil {
		f.problem(start, "update %d: %v", i+1, err)
		return false
	}
	at := start + contents
	der, err := readContents(pdf[at : at+2*contentsLength+2])
	if err != nil {
		f.problem(at, "signature %d: %v", i+1, err)
		return false
	}
	chain, _, err := readCMS(der)
	if err != nil {
		f.problem(at, "signature %d: %v", i+1, err)
		return false
	}
	want, _ := f.update(i, chain, o)
	got := pdf[start:min(len(pdf), start+len(want))]
	masked := bytes.Clone(got)
	for j := contents + 1; j < contents+1+2*contentsLength; j++ {
		masked[j] = '0'
	}
	if n := difference(masked, want); n >= 0 {
		f.problem(start+n, "update %d holds something that no signature adds", i+1)
		return false
	}
	end := start + len(want)
	if err := checkCMS(der, coveredDigest(pdf[:end], at)); err != nil {
		f.problem(at, "signature %d: %v", i+1, err)
		return false
	}
	o.Role = f.paper.template.Roles[i]
	if err := f.admit(i, chain, o.At); err != nil {
		f.problem(at, "signature %d: %v", i+1, err)
		return false
	}
	f.accept(chain, o, pdf[:end], want)
	return true
}

// accept counts a signature that holds.
func (f *file) accept(chain []*x509.Certificate, o SignOptions, pdf, update []byte) {
	who, leaf := holder(chain[0]), sha256.Sum256(chain[0].Raw)
	f.chains = append(f.chains, chain)
	f.xref = len(f.pdf) + bytes.LastIndex(update, []byte("\nxref\n")) + 1
	f.pdf = pdf
	root := sha256.Sum256(chain[len(chain)-1].Raw)
	f.report.Authority = hex.EncodeToString(root[:])
	f.report.Signatures = append(f.report.Signatures, Signature{
		Name: who.Name, Role: who.Role, Login: who.Login, At: o.At, Reason: o.Reason,
		Fingerprint: hex.EncodeToString(leaf[:]), Serial: chain[0].SerialNumber.Text(16), Covers: len(pdf),
	})
}

// readOptions reads a signature dictionary's free parts and says where its
// /Contents start. Whether the rest of it is right is for the comparison.
func readOptions(b []byte, object int) (SignOptions, int, error) {
	bad := errors.New("this is not a signature of an act")
	head, _, ok := strings.Cut(signatureHead(object, SignOptions{}), "/M (")
	if !ok || !bytes.HasPrefix(b, []byte(head+"/M (")) {
		return SignOptions{}, 0, bad
	}
	rest := string(b[len(head)+4 : min(len(b), len(head)+2048)])
	date, rest, ok1 := strings.Cut(rest, ") /Reason <FEFF")
	text, _, ok2 := strings.Cut(rest, "> ")
	at, err := time.Parse("D:20060102150405Z", date)
	raw, err2 := hex.DecodeString(text)
	if !ok1 || !ok2 || err != nil || err2 != nil {
		return SignOptions{}, 0, bad
	}
	o := SignOptions{At: at, Reason: fromUTF16(raw)}
	contents := len(signatureHead(object, o)) + len(rangeText(0, 0, 0))
	if contents+2*contentsLength+2 > len(b) {
		return SignOptions{}, 0, bad
	}
	return o, contents, nil
}

// readContents decodes "<hex of DER, zeros>" and insists on one spelling.
func readContents(b []byte) ([]byte, error) {
	raw := make([]byte, contentsLength)
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
