package acts

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
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
	// Stamp has the signature time-stamped; nil means not at all.
	Stamp Stamp
}

// Sign adds one official's signature by her own key as an incremental update
// and returns the longer file. It refuses a file that Verify finds fault with,
// an office that has signed, a person who has signed, a certificate of another
// authority or out of its time, and a person whom the act does not name. Whose
// turn it is the engine knows, not the file: see proctor.Act.Turns.
func Sign(pdf []byte, s Signer, o SignOptions) ([]byte, error) {
	if err := usable(s); err != nil {
		return nil, err
	}
	f, office, err := open(pdf, o.Role)
	if err != nil {
		return nil, err
	}
	r, err := newRevision(proctor.MethodKey, office, o.At, o.Reason)
	if err != nil {
		return nil, err
	}
	r.chain = s.Chain
	return f.sign(r, s, o.Stamp)
}

// newRevision takes what every method has.
func newRevision(m proctor.SignatureMethod, office int, at time.Time, reason string) (revision, error) {
	r := revision{method: m, office: office, at: at.UTC().Truncate(time.Second), reason: known(printable(reason))}
	if !fits(r.reason, maxReason) {
		return revision{}, proctor.Errorf(proctor.Invalid, "act_too_long")
	}
	return r, nil
}

const maxReason = 200 // runes

// open reads an act that role signs next, and her office's place in the form.
func open(pdf []byte, role proctor.Role) (*file, int, error) {
	f := read(pdf, VerifyOptions{})
	if len(f.report.Problems) > 0 {
		return nil, 0, proctor.Errorf(proctor.Conflict, "act_not_whole", "problem", f.report.Problems[0])
	}
	office := slices.Index(f.paper.template.Roles, role)
	if office < 0 {
		return nil, 0, proctor.Errorf(proctor.Forbidden, "act_sign_role")
	}
	if f.filled(office) {
		return nil, 0, proctor.Errorf(proctor.Conflict, "act_role_signed")
	}
	return f, office, nil
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

// sign admits the next signature and writes it behind the file's bytes.
func (f *file) sign(r revision, s Signer, stamp Stamp) ([]byte, error) {
	i := len(f.report.Signatures)
	if err := f.admit(i, r, proof{}); err != nil {
		return nil, err
	}
	if stamp == nil {
		return f.append(i, r, s, nil)
	}
	r.stamped = true
	out, err := f.append(i, r, s, stamp)
	if err == nil && out == nil { // no stamp was to be had, and none is required
		r.stamped = false
		return f.append(i, r, s, nil)
	}
	return out, err
}

// append writes signature i behind the file's bytes; nothing if stamp gives
// none.
func (f *file) append(i int, r revision, s Signer, stamp Stamp) ([]byte, error) {
	update, at := f.update(i, r)
	out := append(bytes.Clone(f.pdf), update...)
	start := len(f.pdf) + at
	der, err := signCMS(coveredDigest(out, start, r.room()), s, stamp)
	if err != nil || der == nil {
		return nil, err
	}
	return put(out, start, r.room(), der)
}

// put writes a CMS into its room in out.
func put(out []byte, start, room int, der []byte) ([]byte, error) {
	if len(der) > room {
		return nil, fmt.Errorf("sign act: signature of %d bytes, room for %d", len(der), room)
	}
	hex.Encode(out[start+1:], der)
	return out, nil
}
