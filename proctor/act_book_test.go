package proctor

import (
	"fmt"
	"maps"
	"slices"
)

// book is what the walk saw happen, kept apart from the State: the facts alone,
// none of the code that made or folded them.
type book struct {
	signed map[ActID][]mark
	named  map[ActID]Officials
	hands  map[ActID]map[Actor]bool
	scans  map[ActID]map[string]paperMark
	// version counts the edits of each act, from 1.
	version map[ActID]int
	over    map[ActID]bool
	order   Order // of acts that are drafted now
	orders  map[ActID]Order
	crossed int // acts that annulled, signed in another order than their form's
	granted int
	papers  int // hand signatures that counted
}

type mark struct {
	login    Login
	role     Role
	version  int
	digest   string
	method   SignatureMethod
	attested Login
}

type paperMark struct {
	version int
	by      Login
	refused bool
}

func newBook() book {
	return book{
		signed: map[ActID][]mark{}, named: map[ActID]Officials{}, hands: map[ActID]map[Actor]bool{},
		scans: map[ActID]map[string]paperMark{}, version: map[ActID]int{}, over: map[ActID]bool{}, orders: map[ActID]Order{},
	}
}

// note writes a fact down and refuses what the regulation, as the walk states
// it, does not know.
func (b *book) note(by Actor, f Fact) error {
	switch f := f.(type) {
	case *ExamScheduled:
		b.order = f.Exam.Policy.Order
	case *PolicyChanged:
		b.order = f.Policy.Order
	case *ScoreAnnulled:
		if got := b.signed[f.Act]; len(got) == 3 && got[0].role == RoleEngineer {
			b.crossed++
		}
	case *ActDrafted:
		b.orders[f.Act.ID] = b.order
		b.version[f.Act.ID], b.scans[f.Act.ID] = 1, map[string]paperMark{}
		b.hands[f.Act.ID] = map[Actor]bool{by: true, f.Act.By: true}
	case *ActSigned:
		return b.noteSignature(f)
	case *ActEdited:
		b.edited(f.Act, by, f.Officials)
	case *InspectionEdited:
		b.edited(f.Act, by, f.Officials)
	case *ActRendered:
		b.named[f.Act] = b.named[f.Act].with(f.Officials)
	case *ActRefused:
		b.signed[f.Act] = nil
	case *ActClosed:
		b.over[f.Act] = true
	case *ActScanned:
		for id, scans := range b.scans {
			if _, known := scans[f.Scan.Receipt.SHA256]; known {
				return fmt.Errorf("the scan %s of %s is taken for %s", f.Scan.Receipt.SHA256, id, f.Act)
			}
		}
		b.scans[f.Act][f.Scan.Receipt.SHA256] = paperMark{f.Scan.Version, f.Scan.By, false}
	case *ScanRefused:
		sha := "sha-" + string(f.Scan)
		c := b.scans[f.Act][sha]
		c.refused = true
		b.scans[f.Act][sha] = c
	case *AppealDecided:
		if b.hands[f.Act][by] {
			return fmt.Errorf("%s decides an appeal over %s, in which she had a hand", by, f.Act)
		}
	case *RemedyGranted:
		b.granted++
		return b.ordered(f.Remedy.Act, RoleHead, RoleRegistrar, RoleSpecialist)
	}
	return nil
}

func (b *book) edited(id ActID, by Actor, named Officials) {
	b.signed[id], b.named[id] = nil, maps.Clone(named)
	b.version[id]++
	b.hands[id][by] = true
}

func (b *book) noteSignature(f *ActSigned) error {
	s := f.Signature
	if b.over[f.Act] || f.Version != b.version[f.Act] {
		return fmt.Errorf("%s signs version %d of %s, which is at %d or over", s.Login, f.Version, f.Act, b.version[f.Act])
	}
	b.hands[f.Act][PersonActor(s.Login)] = true
	if s.Method == MethodPaper {
		b.papers++
		c, known := b.scans[f.Act][s.Scan.SHA256]
		switch {
		case !known || c.version != b.version[f.Act] || c.refused || c.by == s.Attested:
			return fmt.Errorf("%s attests the scan %+v", s.Attested, c)
		case b.named[f.Act][s.Role] != s.Login:
			return fmt.Errorf("the hand of %s counts in place of %s", s.Login, b.named[f.Act][s.Role])
		}
		b.hands[f.Act][PersonActor(s.Attested)] = true
	}
	b.signed[f.Act] = append(b.signed[f.Act], mark{s.Login, s.Role, f.Version, f.Document.Digest, s.How(), s.Attested})
	return b.seats(f.Act)
}

// seats holds that no person is twice in an act's signatures, be it as a signer
// or as who attests for one.
func (b *book) seats(id ActID) error {
	logins := map[Login]bool{}
	for _, m := range b.signed[id] {
		if logins[m.login] {
			return fmt.Errorf("%s fills two seats of %s", m.login, id)
		}
		logins[m.login] = true
	}
	for _, m := range b.signed[id] {
		if m.attested != "" && (logins[m.attested] || slices.Contains(slices.Collect(maps.Values(b.named[id])), m.attested)) {
			return fmt.Errorf("%s attests and fills a seat of %s", m.attested, id)
		}
	}
	return nil
}

// ordered holds that an act bears its form's three, in the form's order or, if
// it was drafted so, in any, but in Appendix A the head last.
func (b *book) ordered(id ActID, form ...Role) error {
	var got []Role
	for _, m := range b.signed[id] {
		got = append(got, m.role)
	}
	if b.orders[id] == OrderAny {
		if form[2] == RoleHead && (len(got) != 3 || got[2] != RoleHead) {
			return fmt.Errorf("%s is signed by %v: the head is not the last", id, got)
		}
		got, form = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(form))
	}
	if !slices.Equal(got, form) {
		return fmt.Errorf("%s, to be signed in the order %q, is signed by %v", id, b.orders[id], got)
	}
	return nil
}

// annuls checks an annulment against what was seen.
func (b *book) annuls(id ActID, a *Act) error {
	got := b.signed[id]
	if len(got) != 3 || b.over[id] {
		return fmt.Errorf("act %s annuls with %d signatures, over: %v", id, len(got), b.over[id])
	}
	if err := b.ordered(id, RoleSpecialist, RoleEngineer, RoleHead); err != nil {
		return err
	}
	for _, m := range got {
		if m.version != a.Version || m.digest != got[0].digest || m.digest != a.Document.Digest {
			return fmt.Errorf("act %s annuls with %+v", id, got)
		}
		if named := b.named[id][m.role]; named != "" && named != m.login {
			return fmt.Errorf("act %s annuls with %s in place of %s", id, m.login, named)
		}
	}
	return b.seats(id)
}
