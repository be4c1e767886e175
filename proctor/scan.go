package proctor

import (
	"slices"
	"strings"
	"time"
)

// This file is about acts that are signed by hand: the signed print comes back
// as a scan, and another official attests whose hand signature it shows.

// ScanID names a Scan.
type ScanID string

// Scan is a print of an act, signed by hand, as it came back.
type Scan struct {
	ID ScanID `json:"id"`
	// Version is the act's that was printed. A scan is kept when there is a
	// newer one, but no longer of use.
	Version int     `json:"version"`
	Receipt Receipt `json:"receipt"`
	// Kind is its MIME type: application/pdf, image/jpeg or image/png.
	Kind  string `json:"kind"`
	Pages int    `json:"pages"`
	// Code is what its QR code says of where it belongs.
	Code ScanCode  `json:"code"`
	By   Login     `json:"by"` // who brought it in
	At   time.Time `json:"at"`
	// Refused is why an official would not attest it, RefusedBy who; both are
	// "" unless one did.
	Refused   string `json:"refused,omitempty"`
	RefusedBy Actor  `json:"refused_by,omitempty"`
}

// ScanCode is what the QR code on a scan shows.
type ScanCode string

// What a scan's QR code may show. A code of another act or version is refused.
const (
	CodeMatches ScanCode = "matches" // this very document's digest
	CodeAbsent  ScanCode = "absent"  // none was found: who attests types the act's number
)

// ScanMatch is by what a scan was found to be of this document.
type ScanMatch string

// How a scan is tied to its document.
const (
	MatchQR     ScanMatch = "qr"     // by its QR code
	MatchNumber ScanMatch = "number" // by the act's number, which the attester typed from it
)

// scansKept is how many scans an act may have, those of older versions too.
const scansKept = 30

// keepers are who may bring in scans and attest hand signatures: the officials
// of either appendix.
func keepers() []Role { return append(SigningOrder(), RoleRegistrar) }

// ReadCode says what the text of a QR code on a scan means for a; "" is no
// code. It is an Error if the code is that of another act or version.
func (a Act) ReadCode(text string) (ScanCode, error) {
	switch {
	case a.Document.Digest != "" && strings.Contains(text, a.Document.Digest):
		return CodeMatches, nil
	case strings.HasPrefix(text, "qyragy "), strings.Contains(text, "/verify/"): // an act's, with or without an address
		return "", Errorf(Conflict, "scan_other", "number", a.Number)
	}
	return CodeAbsent, nil // a code of something else in the picture
}

// scan returns one of a's scans, nil if there is none.
func (a Act) scan(id ScanID) *Scan {
	if n := slices.IndexFunc(a.Scans, func(c Scan) bool { return c.ID == id }); n >= 0 {
		return &a.Scans[n]
	}
	return nil
}

// Attests reports why person may not attest a hand signature of scan now, nil
// if she may. She is an official, none of those whom the act names or who have
// signed it, for one person fills one seat of an act; and another than who
// brought the scan in, so that no single person can make it up.
func (a Act) Attests(person Person, scan ScanID) error {
	c := a.scan(scan)
	switch {
	case !person.Has(keepers()...):
		return Errorf(Forbidden, "attest_role")
	case c == nil:
		return Errorf(NotFound, "scan")
	case a.signedBy(person.Login) || a.names(person.Login):
		return Errorf(Forbidden, "attest_own")
	case c.By == person.Login:
		return Errorf(Forbidden, "attest_uploader")
	case c.Version != a.Version:
		return Errorf(Conflict, "scan_version")
	case c.Refused != "":
		return Errorf(Conflict, "scan_refused")
	}
	return nil
}

// names reports whether l is one of the three whom the act names.
func (a Act) names(l Login) bool {
	for _, named := range a.Officials {
		if named == l {
			return true
		}
	}
	return false
}

// attestedBy reports whether l has attested a hand signature of this version.
func (a Act) attestedBy(l Login) bool {
	return slices.ContainsFunc(a.Signatures, func(s Signature) bool { return s.Attested == l })
}

// scanAct records a scan of a signed print. Bytes that came in once, with
// whatever act, are not taken again.
func (s *State) scanAct(id ActID, person Person, scan Scan) ([]Fact, error) {
	a, err := s.actOf(id)
	switch {
	case err != nil:
		return nil, err
	case !person.Has(keepers()...):
		return nil, Errorf(Forbidden, "scan_role")
	case a.Next() == "":
		return nil, Errorf(Conflict, "act_not_open")
	case a.Document.Digest == "":
		return nil, Errorf(Unavailable, "act_not_rendered")
	case scan.Version != a.Version:
		return nil, Errorf(Conflict, "act_changed")
	case len(a.Scans) >= scansKept:
		return nil, Errorf(Conflict, "scan_many")
	case scan.Code != CodeMatches && scan.Code != CodeAbsent, scan.Pages < 1, scan.Kind == "":
		return nil, Errorf(Invalid, "scan")
	case s.scanned(scan.Receipt.SHA256):
		return nil, Errorf(Conflict, "scan_used")
	}
	scan.By, scan.Refused, scan.RefusedBy = person.Login, "", ""
	return []Fact{&ActScanned{id, scan}}, nil
}

// scanned reports whether bytes are a scan of some act already.
func (s *State) scanned(sha256 string) bool {
	for _, a := range s.Acts {
		if slices.ContainsFunc(a.Scans, func(c Scan) bool { return c.Receipt.SHA256 == sha256 }) {
			return true
		}
	}
	return false
}

// refuseScan records that an official will not attest a scan, and why.
func (s *State) refuseScan(id ActID, person Person, scan ScanID, body string) ([]Fact, error) {
	a, err := s.actOf(id)
	if err != nil {
		return nil, err
	}
	c := a.scan(scan)
	switch {
	case !person.Has(keepers()...):
		return nil, Errorf(Forbidden, "attest_role")
	case c == nil:
		return nil, Errorf(NotFound, "scan")
	case c.Refused != "":
		return nil, Errorf(Conflict, "scan_refused")
	case a.rests(*c):
		return nil, Errorf(Conflict, "scan_attested")
	case a.Next() == "" || c.Version != a.Version:
		return nil, Errorf(Conflict, "act_not_open")
	case !text(body, 500):
		return nil, Errorf(Invalid, "text")
	}
	return []Fact{&ScanRefused{id, scan, body}}, nil
}

// rests reports whether a signature rests on a scan.
func (a Act) rests(c Scan) bool {
	return slices.ContainsFunc(a.Signatures, func(s Signature) bool {
		return s.Scan != nil && s.Scan.SHA256 == c.Receipt.SHA256
	})
}

// attestAct records attester's word that a scan shows the hand signature of
// official in sig.Role. Typed is the act's number as the attester read it from
// the scan, needed where no QR code says it.
func (s *State) attestAct(id ActID, prev Document, attester, official Person, scan ScanID, typed string, sig Signature, next Document) ([]Fact, error) {
	a, err := s.actOf(id)
	if err != nil {
		return nil, err
	}
	if !a.Document.same(prev) {
		return nil, Errorf(Conflict, "act_changed")
	}
	if err := a.MayAttest(attester, official, sig.Role, scan, typed); err != nil {
		return nil, err
	}
	c := a.scan(scan)
	if sig.Login != official.Login || sig.Method != MethodPaper || sig.Attested != attester.Login || next.Digest != prev.Digest {
		return nil, Errorf(Invalid, "signature")
	}
	receipt := c.Receipt
	sig.Scan, sig.Matched = &receipt, MatchNumber
	if c.Code == CodeMatches {
		sig.Matched = MatchQR
	}
	return a.signed(sig, next), nil
}

// MayAttest returns nil if attester may now attest that scan shows the hand
// signature of official in role, and otherwise an Error that says why not: any
// of MaySign's for official, any of Attests' for attester, an official whom the
// act does not name, or a number that is not the act's.
func (a Act) MayAttest(attester, official Person, role Role, scan ScanID, typed string) error {
	if err := a.MaySign(official, role); err != nil {
		return err
	}
	if a.Officials[role] != official.Login {
		return Errorf(Conflict, "attest_unnamed")
	}
	if err := a.Attests(attester, scan); err != nil {
		return err
	}
	if a.scan(scan).Code != CodeMatches && strings.TrimSpace(typed) != a.Number {
		return Errorf(Invalid, "attest_number")
	}
	return nil
}
