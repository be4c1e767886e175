package proctor

import (
	"slices"
	"time"
)

// ActState is where an Act stands.
type ActState string

// The states of an Act. No score changes before InForce.
const (
	Drafted    ActState = "drafted"    // filled in; the specialist may edit it
	Signing    ActState = "signing"    // one or two of three have signed
	InForce    ActState = "in_force"   // three of three: it has its effect
	Refused    ActState = "refused"    // an official refused; back to the specialist
	Withdrawn  ActState = "withdrawn"  // ended before it was in force
	Superseded ActState = "superseded" // ended after: its effect is undone
)

// SigningOrder is the order of Appendix A's signature block.
func SigningOrder() []Role { return AppendixA.Order() }

// Act is an Appendix A act («Емтихан тәртібін бұзу туралы АКТ», clause
// 5.3.14) or an Appendix B act («Тексеріс нәтижесінің Актісі», 5.3.15). The
// journal's facts are the record; its PDF is a view of them.
type Act struct {
	ID ActID `json:"id"`
	// Appendix is "" for A in journals from before there was B; see Kind.
	Appendix Appendix   `json:"appendix,omitempty"`
	Number   string     `json:"number"` // running number in the year's register, "A-2026-00001"
	Seat     SeatID     `json:"seat"`   // "" for B
	Exam     ExamID     `json:"exam"`
	State    ActState   `json:"state"`
	Cause    IncidentID `json:"incident"` // "" for B
	// Inspection is what B says, nil for A.
	Inspection *Inspection `json:"inspection,omitempty"`
	// Version counts edits from 1; signatures belong to one version.
	Version int       `json:"version"`
	Reasons []Reason  `json:"reasons"`
	Other   string    `json:"other,omitempty"` // the free lines of A6
	DrawnUp time.Time `json:"drawn_up"`
	By      Actor     `json:"by"` // who confirmed the violation
	// Order is the exam's when the act was drafted, and stays the act's.
	Order Order `json:"order,omitempty"`
	// Officials are the three who alone may sign this version: those named
	// by an edit and, once it is rendered, those that the document names.
	Officials Officials `json:"officials,omitempty"`
	// Document is the current PDF: the rendering, or that with the latest
	// signature. Zero until rendered.
	Document Document `json:"document"`
	// Signatures of this version, in the order in which they were made.
	Signatures []Signature `json:"signatures,omitempty"`
	// Scans are the signed prints that came back, of every version.
	Scans []Scan `json:"scans,omitempty"`
	// Touched are those who confirmed, edited, refused, signed or attested it, in any
	// version: none of them decides an appeal against it.
	Touched []Actor `json:"touched,omitempty"`
	// Refusal is why an official would not sign, while State is Refused.
	Refusal string    `json:"refusal,omitempty"`
	InForce time.Time `json:"in_force,omitzero"`
	// Ended is when it was withdrawn or superseded, zero while it lives. Its
	// evidence is kept for the retention from then on.
	Ended time.Time `json:"ended,omitzero"`
	// Notified is when the examinee was first shown it; Appeal is hers, nil if
	// she has made none.
	Notified time.Time `json:"notified,omitzero"`
	Appeal   *Appeal   `json:"appeal,omitempty"`
	// Prints are the times that it was printed, of all its versions; Filed is
	// where the signed paper lies, nil while it lies in no case. Neither has
	// any part in signing.
	Prints []Print `json:"prints,omitempty"`
	Filed  *Filing `json:"filed,omitempty"`
}

// Document is one exact PDF of an act in the object store.
type Document struct {
	Receipt Receipt `json:"receipt"`
	// Digest is the SHA-256 of the act's canonical content, hex: what the
	// signatures are about. It stays the same over a version's signatures.
	Digest string `json:"digest"`
}

// same reports whether d and o are the same bytes about the same content;
// when and where they were stored is no part of it.
func (d Document) same(o Document) bool {
	return d.Digest == o.Digest && d.Receipt.SHA256 == o.Receipt.SHA256
}

// Kind is the act's appendix.
func (a Act) Kind() Appendix {
	if a.Appendix == AppendixB {
		return AppendixB
	}
	return AppendixA
}

// MaySign returns nil if person may now sign a in role, and otherwise an Error
// that says why not: out of order, twice by one person, a role not hers, or
// another official named.
func (a Act) MaySign(person Person, role Role) error {
	switch {
	case !slices.Contains(a.Kind().Order(), role) || !person.Has(role):
		return Errorf(Forbidden, "sign_role")
	case a.signedBy(person.Login):
		return Errorf(Conflict, "sign_twice")
	case a.attestedBy(person.Login):
		return Errorf(Conflict, "sign_attested")
	case a.State == InForce:
		return Errorf(Conflict, "act_in_force")
	case a.Next() == "":
		return Errorf(Conflict, "act_not_open")
	case !slices.Contains(a.Turns(), role):
		return Errorf(Conflict, "sign_order")
	case !a.Officials.allow(role, person.Login):
		return Errorf(Forbidden, "sign_named")
	case a.Document.Digest == "":
		return Errorf(Unavailable, "act_not_rendered")
	}
	if a.Inspection != nil {
		return a.Inspection.complete()
	}
	return nil
}

// signedBy reports whether l has signed this version, in whatever role: a
// person who holds several signs once.
func (a Act) signedBy(l Login) bool {
	return slices.ContainsFunc(a.Signatures, func(s Signature) bool { return s.Login == l })
}

func (a Act) editable() bool {
	return a.State == Drafted || a.State == Signing || a.State == Refused
}

// renew begins a new version, which nobody has signed.
func (a *Act) renew() {
	a.Version++
	a.Signatures, a.Document, a.Refusal = nil, Document{}, ""
	a.State = Drafted
}

// touch notes who had a hand in a.
func (a *Act) touch(who ...Actor) {
	for _, w := range who {
		if w != "" && !slices.Contains(a.Touched, w) {
			a.Touched = append(slices.Clip(a.Touched), w)
		}
	}
}

// Live reports whether a may still have its effect, or has it.
func (a Act) Live() bool { return a.State != Withdrawn && a.State != Superseded }
