package proctor

import (
	"fmt"
	"slices"
	"time"
)

// This file is about the paper of an act (clause 5.3.32): who printed it, and
// where the signed print is filed.

// Print is one printing of an act's document.
type Print struct {
	At time.Time `json:"at"`
	By Actor     `json:"by"`
	// Version and SHA256 (hex) say which document went to the printer.
	Version int    `json:"version"`
	SHA256  string `json:"sha256"`
	// First is the number of the first copy, and Copies how many there were.
	// An act's copies are numbered through, whatever its version: no two
	// papers of one act bear the same number.
	First  int `json:"first"`
	Copies int `json:"copies"`
}

// Filing is where the signed paper of an act lies.
type Filing struct {
	At     time.Time `json:"at"`
	By     Actor     `json:"by"`
	Case   string    `json:"case"` // «іс №», as the archive writes it
	Sheets int       `json:"sheets"`
}

// The bounds of a Print and of a Filing.
const (
	mostCopies = 20  // of one printing
	mostPrints = 200 // of one act
	mostSheets = 999
	caseText   = 60 // runes
)

// The facts of an act's paper and of what left the house of it.
type (
	// ActPrinted: the document was opened to be printed, so many copies of it.
	ActPrinted struct {
		Act     ActID  `json:"act"`
		Version int    `json:"version"`
		SHA256  string `json:"sha256"`
		Copies  int    `json:"copies"`
	}
	// ActFiled: the signed paper lies in a case of the archive.
	ActFiled struct {
		Act    ActID  `json:"act"`
		Case   string `json:"case"`
		Sheets int    `json:"sheets"`
	}
	// ActUnfiled takes ActFiled back, and says why.
	ActUnfiled struct {
		Act  ActID  `json:"act"`
		Text string `json:"text"`
	}
	// ActExported: a package of the act was given out, with the document
	// SHA256 (hex); Manifest is the SHA-256 of its list of files, hex.
	ActExported struct {
		Act      ActID  `json:"act"`
		SHA256   string `json:"sha256"`
		Manifest string `json:"manifest"`
	}
)

// Type implements Fact.
func (*ActPrinted) Type() string { return "act.printed" }

// Type implements Fact.
func (*ActFiled) Type() string { return "act.archived" }

// Type implements Fact.
func (*ActUnfiled) Type() string { return "act.unarchived" }

// Type implements Fact.
func (*ActExported) Type() string { return "act.exported" }

func (f *ActPrinted) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if f.Copies < 1 || f.Copies > mostCopies || len(a.Prints) >= mostPrints {
			return fmt.Errorf("printed %d times more", f.Copies)
		}
		first := 1
		if n := len(a.Prints); n > 0 {
			first = a.Prints[n-1].First + a.Prints[n-1].Copies
		}
		a.Prints = append(a.Prints[:len(a.Prints):len(a.Prints)], Print{e.At, e.Actor, f.Version, f.SHA256, first, f.Copies})
		return nil
	})
}

func (f *ActFiled) apply(s *State, e Event) error {
	return s.act(f.Act, func(a *Act) error {
		if a.Filed != nil || a.InForce.IsZero() {
			return fmt.Errorf("filed while %s, or twice", a.State)
		}
		a.Filed = &Filing{e.At, e.Actor, f.Case, f.Sheets}
		return nil
	})
}

func (f *ActUnfiled) apply(s *State, _ Event) error {
	return s.act(f.Act, func(a *Act) error {
		a.Filed = nil
		return nil
	})
}

func (f *ActExported) apply(s *State, _ Event) error {
	return s.act(f.Act, func(*Act) error { return nil })
}

// Printed reports whether the paper of a's present version exists: the document
// was printed with all its signatures, or somebody signed it by hand.
func (a Act) Printed() bool {
	for _, s := range a.Signatures {
		if s.How() == MethodPaper {
			return true
		}
	}
	for _, p := range a.Prints {
		if p.SHA256 == a.Document.Receipt.SHA256 {
			return true
		}
	}
	return false
}

// PrintDue reports whether a is in force and has still to be printed.
func (a Act) PrintDue() bool { return a.State == InForce && !a.Printed() && a.Filed == nil }

// FilingDue reports whether a is in force and printed, and its paper has still
// to be filed.
func (a Act) FilingDue() bool { return a.State == InForce && a.Printed() && a.Filed == nil }

// WaitsFor reports whether p may give a signature that a waits for: she holds
// the role, has not signed, and no other is named.
func (a Act) WaitsFor(p Person) bool {
	return !a.signedBy(p.Login) && slices.ContainsFunc(a.Turns(), func(r Role) bool {
		return p.Has(r) && a.Officials.allow(r, p.Login)
	})
}

// printAct records that a document is printed: the present one, by its SHA-256.
func (s *State) printAct(id ActID, document string, copies int) ([]Fact, error) {
	a, err := s.actOf(id)
	switch {
	case err != nil:
		return nil, err
	case a.Document.Digest == "":
		return nil, Errorf(Unavailable, "act_not_rendered")
	case a.Document.Receipt.SHA256 != document:
		return nil, Errorf(Conflict, "act_changed")
	case copies < 1 || copies > mostCopies:
		return nil, Errorf(Invalid, "print_copies")
	case len(a.Prints) >= mostPrints:
		return nil, Errorf(Conflict, "print_too_often")
	}
	return []Fact{&ActPrinted{id, a.Version, document, copies}}, nil
}

// fileAct records where the signed paper lies. What never was in force has
// none, and what was never printed cannot lie anywhere.
func (s *State) fileAct(id ActID, name string, sheets int) ([]Fact, error) {
	a, err := s.actOf(id)
	switch {
	case err != nil:
		return nil, err
	case a.InForce.IsZero():
		return nil, Errorf(Conflict, "act_not_in_force")
	case a.Filed != nil:
		return nil, Errorf(Conflict, "act_filed")
	case !a.Printed():
		return nil, Errorf(Conflict, "act_not_printed")
	case !text(name, caseText) || sheets < 1 || sheets > mostSheets:
		return nil, Errorf(Invalid, "filing")
	}
	return []Fact{&ActFiled{id, name, sheets}}, nil
}

// unfileAct takes a filing back.
func (s *State) unfileAct(id ActID, why string) ([]Fact, error) {
	a, err := s.actOf(id)
	switch {
	case err != nil:
		return nil, err
	case a.Filed == nil:
		return nil, Errorf(Conflict, "act_not_filed")
	case !text(why, 500):
		return nil, Errorf(Invalid, "text")
	}
	return []Fact{&ActUnfiled{id, why}}, nil
}
