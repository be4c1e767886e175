package acts

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"qyragy/proctor"
)

// SignOptions say in which office, why and when. Name and login come from the
// certificate.
type SignOptions struct {
	Role   proctor.Role
	Reason string    // ≤ 200 runes, may be empty
	At     time.Time // kept to the second
}

// Sign adds one official's signature as an incremental update and returns the
// longer file. It refuses a file that Verify finds fault with, an office that
// has signed or whose turn it is not, a person who has signed, a certificate
// of another authority or out of its time, and a person whom the act does not
// name.
func Sign(pdf []byte, s Signer, o SignOptions) ([]byte, error) {
	if err := usable(s); err != nil {
		return nil, err
	}
	o.At = o.At.UTC().Truncate(time.Second)
	o.Reason = known(printable(o.Reason))
	if !fits(o.Reason, 200) {
		return nil, proctor.Errorf(proctor.Invalid, "act_too_long")
	}
	f := read(pdf, nil)
	if len(f.report.Problems) > 0 {
		return nil, proctor.Errorf(proctor.Conflict, "act_not_whole", "problem", f.report.Problems[0])
	}
	i := len(f.report.Signatures)
	if turn := slices.Index(f.paper.template.Roles, o.Role); turn < 0 {
		return nil, proctor.Errorf(proctor.Forbidden, "act_sign_role")
	} else if turn < i {
		return nil, proctor.Errorf(proctor.Conflict, "act_role_signed")
	} else if turn > i {
		return nil, proctor.Errorf(proctor.Conflict, "act_sign_order")
	}
	if err := f.admit(i, s.Chain, o.At); err != nil {
		return nil, err
	}
	return f.append(i, s, o)
}

// usable refuses a signer whose key and chain do not belong together.
func usable(s Signer) error {
	if s.Key == nil || len(s.Chain) < 2 {
		return proctor.Errorf(proctor.Invalid, "key_unreadable")
	}
	public, ok := s.Key.Public().(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() || !public.Equal(s.Chain[0].PublicKey) {
		return proctor.Errorf(proctor.Invalid, "key_unreadable")
	}
	return nil
}

// append writes signature i behind the file's bytes.
func (f *file) append(i int, s Signer, o SignOptions) ([]byte, error) {
	update, at := f.update(i, s.Chain, o)
	out := append(bytes.Clone(f.pdf), update...)
	start := len(f.pdf) + at
	der, err := signCMS(coveredDigest(out, start), s)
	if err != nil {
		return nil, fmt.Errorf("sign act: %w", err)
	}
	if len(der) > contentsLength {
		return nil, fmt.Errorf("sign act: signature of %d bytes, room for %d", len(der), contentsLength)
	}
	hex.Encode(out[start+1:], der)
	return out, nil
}

// contentsLength is the room for one CMS, bytes.
const contentsLength = 4096

// coveredDigest hashes all of out but the /Contents string that starts at its
// "<" at start: what /ByteRange says.
func coveredDigest(out []byte, start int) [32]byte {
	h := sha256.New()
	h.Write(out[:start])
	h.Write(out[start+2*contentsLength+2:])
	return [32]byte(h.Sum(nil))
}

// signatureHead is the signature dictionary up to its /ByteRange.
func signatureHead(object int, o SignOptions) string {
	return fmt.Sprintf("%d 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (%s) /Reason %s ",
		object, pdfDate(o.At), utf16Hex(o.Reason))
}

// rangeText is fixed in width: its last number depends on the length after it.
func rangeText(a, b, c int) string {
	return fmt.Sprintf("/ByteRange [0 %010d %010d %010d] /Contents ", a, b, c)
}

// update is everything that signature i adds, with zeros for the CMS, and
// where the /Contents string starts in it: the signature dictionary, what the
// reader sees, the field with its value, a cross-reference and a trailer.
// Nothing else may ever be added to an act.
func (f *file) update(i int, chain []*x509.Certificate, o SignOptions) ([]byte, int) {
	who := holder(chain[0])
	sig, look, widget := f.size+2*i, f.size+2*i+1, f.widget(i)
	start := len(f.pdf)
	var b bytes.Buffer
	b.WriteString(signatureHead(sig, o))
	ranged := b.Len()
	b.WriteString(rangeText(0, 0, 0))
	contents := b.Len()
	fmt.Fprintf(&b, "<%s> /Name %s >>\nendobj\n", bytes.Repeat([]byte{'0'}, 2*contentsLength), utf16Hex(who.Name))
	lookAt := start + b.Len()
	fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", look, f.appearance(chain[0], o))
	widgetAt := start + b.Len()
	fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", widget, widgetObject(f.paper.template.FieldName(i), f.page, look, sig, f.rows[i]))
	xref := start + b.Len()
	fmt.Fprintf(&b, "xref\n%d 1\n%010d 00000 n \n%d 2\n%010d 00000 n \n%010d 00000 n \n", widget, widgetAt, sig, start, lookAt)
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /Prev %d /ID [<%x> <%x>] >>\n"+fileTail,
		look+1, f.size-1, f.spare[2], f.xref, f.id, sha256.Sum256(f.pdf), xref)
	gap := start + contents + 2*contentsLength + 2
	copy(b.Bytes()[ranged:], rangeText(start+contents, gap, start+b.Len()-gap))
	return b.Bytes(), contents
}
