package acts

import (
	"crypto/sha256"
	"time"

	"qyragy/proctor"
)

// PaperOptions say whose hand signature on a print is attested.
type PaperOptions struct {
	Role proctor.Role
	// Login and Name are those of the official who signed by hand, as the act
	// names her for this office.
	Login  proctor.Login
	Name   string
	At     time.Time         // of the attestation, kept to the second
	Scan   [sha256.Size]byte // SHA-256 of the signed print, scanned
	Reason string            // ≤ 200 runes, may be empty
	// Stamp has the attestation time-stamped; nil means not at all.
	Stamp Stamp
}

// Attest adds an update in which another official declares, by her own key,
// that the official whom the act names signed a print of it by hand. It refuses
// what Sign would refuse, and an attester who has a part in the act: neither
// those whom it names nor anybody who signs it. She may hold any office.
func Attest(pdf []byte, attester Signer, o PaperOptions) ([]byte, error) {
	if err := usable(attester); err != nil {
		return nil, err
	}
	f, office, err := open(pdf, o.Role)
	if err != nil {
		return nil, err
	}
	r, err := newRevision(proctor.MethodPaper, office, o.At, o.Reason)
	if err != nil {
		return nil, err
	}
	if o.Scan == [sha256.Size]byte{} {
		return nil, proctor.Errorf(proctor.Invalid, "act_scan")
	}
	r.chain, r.login, r.name, r.scan = attester.Chain, o.Login, o.Name, o.Scan
	return f.sign(r, attester, o.Stamp)
}
