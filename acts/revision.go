package acts

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"qyragy/proctor"
)

// revision is one signature's incremental update, as far as it is chosen: from
// it all of the update's bytes follow but the CMS.
type revision struct {
	method proctor.SignatureMethod
	at     time.Time
	reason string
	// chain is the key's: the signer's own, or the attester's for a hand
	// signature; empty for ncalayer, whose certificates are in the CMS alone.
	chain []*x509.Certificate
	// login and name are who signs, where chain does not say so.
	login proctor.Login
	name  string
	// scan is the SHA-256 of the signed print, scanned.
	scan [sha256.Size]byte
	// stamped: there is room for a time stamp.
	stamped bool
	// office is whose field the update fills: her office's place in the form,
	// 0..2, whoever signs first. role follows from it.
	office int
	role   proctor.Role
}

// The room for one CMS, in bytes: a key's alone, and one with a time stamp or
// with certificates of other makers.
const (
	keyRoom   = 4096
	stampRoom = 16384
)

func (r revision) room() int {
	if r.stamped || r.method == proctor.MethodNCALayer {
		return stampRoom
	}
	return keyRoom
}

// private is the part of the signature dictionary that tells the method. A
// key's own signature without a time stamp has none, as acts from before there
// was a choice.
func (r revision) private() string {
	if r.method == proctor.MethodKey && !r.stamped {
		return ""
	}
	s := "/Qyragy << /Method /" + string(r.method)
	if r.method != proctor.MethodKey {
		s += fmt.Sprintf(" /Login <%x> /Signer <%x>", string(r.login), r.name)
	}
	if r.method == proctor.MethodPaper {
		s += fmt.Sprintf(" /Scan <%x>", r.scan)
	}
	if r.stamped {
		s += " /Stamped true"
	}
	return s + " >> "
}

// head is the signature dictionary up to its /ByteRange.
func (r revision) head(object int) string {
	return fmt.Sprintf("%d 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (%s) /Reason %s %s",
		object, pdfDate(r.at), utf16Hex(r.reason), r.private())
}

// who is whose key signs: what /Name says. For ncalayer it is the name that
// the act has, since her certificate comes later.
func (r revision) who() string {
	if len(r.chain) > 0 {
		return holder(r.chain[0]).Name
	}
	return r.name
}

// rangeText is fixed in width: its last number depends on the length after it.
func rangeText(a, b, c int) string {
	return fmt.Sprintf("/ByteRange [0 %010d %010d %010d] /Contents ", a, b, c)
}

// update is everything that signature i adds, with zeros for the CMS, and
// where the /Contents string starts in it: the signature dictionary, what the
// reader sees, the field with its value, a cross-reference and a trailer.
// Nothing else may ever be added to an act.
func (f *file) update(i int, r revision) ([]byte, int) {
	r.role = f.paper.template.Roles[r.office]
	sig, look, widget := f.size+2*i, f.size+2*i+1, f.widget(r.office)
	start := len(f.pdf)
	var b bytes.Buffer
	b.WriteString(r.head(sig))
	ranged := b.Len()
	b.WriteString(rangeText(0, 0, 0))
	contents := b.Len()
	fmt.Fprintf(&b, "<%s> /Name %s >>\nendobj\n", bytes.Repeat([]byte{'0'}, 2*r.room()), utf16Hex(r.who()))
	lookAt := start + b.Len()
	fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", look, f.appearance(r))
	widgetAt := start + b.Len()
	fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", widget, widgetObject(f.paper.template.FieldName(r.office), f.page, look, sig, f.rows[r.office]))
	xref := start + b.Len()
	fmt.Fprintf(&b, "xref\n%d 1\n%010d 00000 n \n%d 2\n%010d 00000 n \n%010d 00000 n \n", widget, widgetAt, sig, start, lookAt)
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /Prev %d /ID [<%x> <%x>] >>\n"+fileTail,
		look+1, f.size-1, f.spare[2], f.xref, f.id, sha256.Sum256(f.pdf), xref)
	gap := start + contents + 2*r.room() + 2
	copy(b.Bytes()[ranged:], rangeText(start+contents, gap, start+b.Len()-gap))
	return b.Bytes(), contents
}

// covered returns what /ByteRange says of out: all but the /Contents string
// with this room that starts at its "<" at start.
func covered(out []byte, start, room int) (before, after []byte) {
	return out[:start], out[start+2*room+2:]
}

func coveredDigest(out []byte, start, room int) [32]byte {
	h := sha256.New()
	before, after := covered(out, start, room)
	h.Write(before)
	h.Write(after)
	return [32]byte(h.Sum(nil))
}

// maxHead is more than a signature dictionary needs before its /ByteRange.
const maxHead = 8 << 10

var errRevision = errors.New("this is not a signature of an act")

// readRevision reads a signature dictionary's free parts and says where its
// /Contents start. Whether the rest of it is right is for the comparison.
func readRevision(b []byte, object int) (revision, int, error) {
	head, _, ok := strings.Cut(revision{}.head(object), "/M (")
	if !ok || !bytes.HasPrefix(b, []byte(head+"/M (")) {
		return revision{}, 0, errRevision
	}
	rest := string(b[len(head)+4 : min(len(b), len(head)+maxHead)])
	date, rest, ok1 := strings.Cut(rest, ") /Reason <FEFF")
	text, rest, ok2 := strings.Cut(rest, "> ")
	at, err := time.Parse("D:20060102150405Z", date)
	raw, err2 := hex.DecodeString(text)
	if !ok1 || !ok2 || err != nil || err2 != nil {
		return revision{}, 0, errRevision
	}
	r := revision{method: proctor.MethodKey, at: at, reason: fromUTF16(raw)}
	if err := r.readPrivate(rest); err != nil {
		return revision{}, 0, err
	}
	contents := len(r.head(object)) + len(rangeText(0, 0, 0))
	if contents+2*r.room()+2 > len(b) {
		return revision{}, 0, errRevision
	}
	return r, contents, nil
}

// readPrivate reads what private wrote, if it is there.
func (r *revision) readPrivate(s string) error {
	s, ok := strings.CutPrefix(s, "/Qyragy << ")
	if !ok {
		return nil
	}
	form := regexp.MustCompile(`^/Method /(key|ncalayer|paper)(?: /Login <([0-9a-f]*)> /Signer <([0-9a-f]*)>)?(?: /Scan <([0-9a-f]{64})>)?( /Stamped true)? >> `)
	m := form.FindStringSubmatch(s)
	if m == nil {
		return errRevision
	}
	r.method, r.stamped = proctor.SignatureMethod(m[1]), m[5] != ""
	login, err := hex.DecodeString(m[2])
	name, err2 := hex.DecodeString(m[3])
	scan, err3 := hex.DecodeString(m[4])
	if err := errors.Join(err, err2, err3); err != nil {
		return errRevision
	}
	r.login, r.name = proctor.Login(login), string(name)
	copy(r.scan[:], scan)
	return nil
}
