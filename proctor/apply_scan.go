package proctor

import (
	"errors"
	"fmt"
	"slices"
)

// The facts of scans.
type (
	// ActScanned: a signed print of the act came back as a scan.
	ActScanned struct {
		Act  ActID `json:"act"`
		Scan Scan  `json:"scan"`
	}
	// ScanRefused: an official would not attest a scan, and why.
	ScanRefused struct {
		Act  ActID  `json:"act"`
		Scan ScanID `json:"scan"`
		Text string `json:"text"`
	}
)

// Type implements Fact.
func (*ActScanned) Type() string { return "act.scanned" }

// Type implements Fact.
func (*ScanRefused) Type() string { return "act.scan_refused" }

func (f *ActScanned) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if a.Next() == "" || a.Document.Digest == "" || f.Scan.Version != a.Version || a.scan(f.Scan.ID) != nil || s.scanned(f.Scan.Receipt.SHA256) {
			return errors.New("a scan of no open document, or one that came in before")
		}
		a.Scans = append(slices.Clip(a.Scans), f.Scan)
		return nil
	})
}

func (f *ScanRefused) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		c := a.scan(f.Scan)
		if c == nil || c.Refused != "" || a.rests(*c) {
			return fmt.Errorf("scan %s is refused that is none, was refused or is attested", f.Scan)
		}
		a.Scans = slices.Clone(a.Scans) // views hold the one before
		c = a.scan(f.Scan)
		c.Refused, c.RefusedBy = f.Text, e.Actor
		return nil
	})
}

// sound holds what each way to sign asks for beyond the order: a hand
// signature is attested by an official who fills no seat of the act, over a
// scan of this version that somebody else brought in; no other signature is
// attested, and none is by who attested another.
func (a *Act) sound(sig Signature) error {
	switch sig.How() {
	case MethodKey, MethodNCALayer:
		if sig.Attested != "" || sig.Scan != nil || a.attestedBy(sig.Login) {
			return errors.New("signature that is attested, or of an attester")
		}
		return nil
	case MethodPaper:
	default:
		return fmt.Errorf("signature made by %q", sig.Method)
	}
	if sig.Attested == "" || sig.Attested == sig.Login || a.signedBy(sig.Attested) || a.names(sig.Attested) || a.attestedBy(sig.Login) {
		return errors.New("hand signature that nobody attests who may")
	}
	if sig.Scan == nil || !slices.ContainsFunc(a.Scans, func(c Scan) bool {
		return c.Receipt == *sig.Scan && c.Version == a.Version && c.Refused == "" && c.By != sig.Attested
	}) {
		return errors.New("hand signature without its scan")
	}
	return nil
}
