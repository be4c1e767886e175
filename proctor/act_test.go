package proctor

import (
	"strings"
	"testing"
)

func TestDecideAct(t *testing.T) {
	three := officials()
	// all holds every role at once.
	all := Person{Login: "all", Name: "Б. Б.", Roles: StaffRoles()}
	sign := func(p Person, r Role) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) {
			a := o.state.Acts["a1"]
			return o.state.signAct("a1", a.Document, p, o.signature(p, r), testDocument("a1", len(a.Signatures)+1))
		}
	}
	// after prepares an act with n signatures.
	after := func(n int, then func(o *office) ([]Fact, error)) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) {
			o.draft("c1", "a1")
			o.render("a1")
			for range n {
				o.sign("a1")
			}
			return then(o)
		}
	}
	naming := func(named Officials) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) { return o.state.editAct("a1", []Reason{A2}, "", named) }
	}
	edit := func(o *office) ([]Fact, error) { return o.state.editAct("a1", []Reason{A2}, "", nil) }
	refuse := func(p Person, r Role, body string) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) { return o.state.refuseAct("a1", p, r, body) }
	}
	closing := func(p Person, body string) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) { return o.state.closeAct("a1", p, body) }
	}
	runDecisions(t, []decision{
		{"sign", "", "", after(0, sign(three[0], RoleSpecialist))},
		{"sign nothing", NotFound, "act", sign0("ghost")},
		{"sign before it is rendered", Unavailable, "act_not_rendered", func(o *office) ([]Fact, error) {
			o.draft("c1", "a1")
			return sign(three[0], RoleSpecialist)(o)
		}},
		{"engineer first", Conflict, "sign_order", after(0, sign(three[1], RoleEngineer))},
		{"head second", Conflict, "sign_order", after(1, sign(three[2], RoleHead))},
		{"specialist again", Conflict, "sign_twice", after(1, sign(three[0], RoleSpecialist))},
		{"another specialist again", Conflict, "sign_order", after(1, sign(Person{Login: "x", Roles: []Role{RoleSpecialist}}, RoleSpecialist))},
		{"a role that is not hers", Forbidden, "sign_role", after(0, sign(three[1], RoleSpecialist))},
		{"a role outside the form", Forbidden, "sign_role", after(0, sign(Person{Login: "r", Roles: []Role{RoleRegistrar}}, RoleRegistrar))},
		{"every role at once, first", "", "", after(0, sign(all, RoleSpecialist))},
		{"every role at once, second", Conflict, "sign_twice", func(o *office) ([]Fact, error) {
			o.draft("c1", "a1")
			o.render("a1")
			o.must(sign(all, RoleSpecialist)(o))
			return sign(all, RoleEngineer)(o)
		}},
		{"in force", Conflict, "act_in_force", after(3, sign(Person{Login: "x", Roles: []Role{RoleHead}}, RoleHead))},
		{"withdrawn", Conflict, "act_not_open", after(1, func(o *office) ([]Fact, error) {
			o.must(closing(three[2], "a mistake")(o))
			return sign(three[1], RoleEngineer)(o)
		})},
		{"an older document", Conflict, "act_changed", after(1, func(o *office) ([]Fact, error) {
			return o.state.signAct("a1", testDocument("a1", 0), three[1], o.signature(three[1], RoleEngineer), testDocument("a1", 2))
		})},
		{"a document stored elsewhere", "", "", after(0, func(o *office) ([]Fact, error) {
			prev := testDocument("a1", 0)
			prev.Receipt.At, prev.Receipt.Key = o.at, "copy"
			return o.state.signAct("a1", prev, three[0], o.signature(three[0], RoleSpecialist), testDocument("a1", 1))
		})},
		{"another digest", Invalid, "signature", after(0, func(o *office) ([]Fact, error) {
			return o.state.signAct("a1", testDocument("a1", 0), three[0], o.signature(three[0], RoleSpecialist), testDocument("b", 1))
		})},
		{"for somebody else", Invalid, "signature", after(0, func(o *office) ([]Fact, error) {
			return o.state.signAct("a1", testDocument("a1", 0), three[0], o.signature(Person{Login: "x"}, RoleSpecialist), testDocument("a1", 1))
		})},
		{"edit", "", "", after(2, edit)},
		{"edit to two roles of one", Invalid, "officials", after(0, naming(Officials{RoleHead: "x", RoleEngineer: "x"}))},
		{"edit to an office outside the form", Invalid, "officials", after(0, naming(Officials{RoleRegistrar: "x"}))},
		{"edit to nobody", Invalid, "officials", after(0, naming(Officials{RoleHead: " "}))},
		{"named", "", "", after(0, func(o *office) ([]Fact, error) {
			o.rename("a1", Officials{RoleSpecialist: "maman"})
			return sign(three[0], RoleSpecialist)(o)
		})},
		{"another named", Forbidden, "sign_named", after(0, func(o *office) ([]Fact, error) {
			o.rename("a1", Officials{RoleSpecialist: "x"})
			return sign(three[0], RoleSpecialist)(o)
		})},
		{"another named by the document", Forbidden, "sign_named", func(o *office) ([]Fact, error) {
			o.draft("c1", "a1")
			o.must(o.state.renderAct("a1", 1, testDocument("a1", 0), Officials{RoleSpecialist: "x"}))
			return sign(three[0], RoleSpecialist)(o)
		}},
		{"refuse when another is named", Forbidden, "sign_named", after(0, func(o *office) ([]Fact, error) {
			o.rename("a1", Officials{RoleEngineer: "x"})
			return refuse(three[1], RoleEngineer, "not so")(o)
		})},
		{"edit nothing", NotFound, "act", edit},
		{"edit in force", Conflict, "act_not_open", after(3, edit)},
		{"edit to no reason", Invalid, "reasons", after(0, func(o *office) ([]Fact, error) { return o.state.editAct("a1", nil, "", nil) })},
		{"render nothing", NotFound, "act", func(o *office) ([]Fact, error) { return o.state.renderAct("a1", 1, Document{}, nil) }},
		{"refuse", "", "", after(1, refuse(three[1], RoleEngineer, "not so"))},
		{"refuse nothing", NotFound, "act", refuse(three[1], RoleEngineer, "not so")},
		{"refuse in force", Conflict, "act_not_open", after(3, refuse(three[1], RoleEngineer, "not so"))},
		{"refuse in another's role", Forbidden, "sign_role", after(1, refuse(three[1], RoleHead, "not so"))},
		{"refuse without why", Invalid, "text", after(1, refuse(three[1], RoleEngineer, ""))},
		{"withdraw", "", "", after(2, closing(three[2], "a mistake"))},
		{"supersede", "", "", after(3, closing(three[2], "an appeal"))},
		{"close nothing", NotFound, "act", closing(three[2], "x")},
		{"close by another", Forbidden, "close_role", after(3, closing(three[0], "x"))},
		{"close without why", Invalid, "text", after(3, closing(three[2], ""))},
		{"close twice", Conflict, "act_not_open", after(3, func(o *office) ([]Fact, error) {
			o.must(closing(three[2], "an appeal")(o))
			return closing(three[2], "again")(o)
		})},
	})
}

func sign0(id ActID) func(o *office) ([]Fact, error) {
	return func(o *office) ([]Fact, error) {
		return o.state.signAct(id, Document{}, Person{}, Signature{}, Document{})
	}
}

func TestThreeSignaturesAnnul(t *testing.T) {
	o := newOffice(t)
	a := o.draft("c1", "a1")
	o.render("a1")
	seat := o.state.Seats[testSeat]
	for n := range 3 {
		if seat.ScoreAnnulled != "" || a.State == InForce {
			t.Fatalf("annulled with %d signatures", n)
		}
		o.sign("a1")
	}
	if seat.ScoreAnnulled != "a1" || a.State != InForce || a.InForce.IsZero() || a.Next() != "" {
		t.Fatalf("three signatures: score %q, act %s", seat.ScoreAnnulled, a.State)
	}
	o.must(o.state.closeAct("a1", officials()[2], "an appeal"))
	if seat.ScoreAnnulled != "" || a.State != Superseded || a.Live() {
		t.Errorf("superseded: score %q, act %s", seat.ScoreAnnulled, a.State)
	}
}

// The proctor who confirmed may be the specialist who signs, but no more.
func TestConfirmerMaySignOnce(t *testing.T) {
	o := newOffice(t)
	p := Person{Login: "proctor", Roles: StaffRoles()}
	a := o.draft("c1", "a1") // by "proctor"
	o.render("a1")
	if a.By != PersonActor(p.Login) {
		t.Fatalf("drawn up by %s", a.By)
	}
	o.must(o.state.signAct("a1", a.Document, p, o.signature(p, RoleSpecialist), testDocument("a1", 1)))
	for _, r := range SigningOrder() {
		wantError(t, a.MaySign(p, r), Conflict, "sign_twice")
	}
}

func TestEditDropsSignatures(t *testing.T) {
	o := newOffice(t)
	a := o.draft("c1", "a1")
	o.render("a1")
	o.sign("a1")
	o.sign("a1")
	o.must(o.state.editAct("a1", []Reason{A6, A2}, "шу", nil))
	if a.Version != 2 || a.State != Drafted || len(a.Signatures) > 0 || a.Document.Digest != "" || a.Reasons[0] != A2 {
		t.Errorf("edited: %+v", a)
	}
	if facts, err := o.state.renderAct("a1", 1, testDocument("old", 0), nil); err != nil || facts != nil {
		t.Errorf("the old version was rendered: %v, %v", facts, err)
	}
	o.render("a1")
	if facts, err := o.state.renderAct("a1", 2, testDocument("other", 0), nil); err != nil || facts != nil {
		t.Errorf("a version was rendered twice: %v, %v", facts, err)
	}
	o.must(o.state.refuseAct("a1", officials()[0], RoleSpecialist, "not so"))
	wantError(t, a.MaySign(officials()[0], RoleSpecialist), Conflict, "act_not_open")
	o.must(o.state.editAct("a1", []Reason{A2}, "", nil))
	if a.Refusal != "" || a.State != Drafted || a.Version != 3 {
		t.Errorf("edited after a refusal: %+v", a)
	}
}

// Superseding one of two acts in force leaves the other's annulment.
func TestTwoActsOverOneSeat(t *testing.T) {
	for _, first := range []ActID{"a1", "a2"} {
		o := newOffice(t)
		for i, id := range []ActID{"a1", "a2"} {
			o.draft([]IncidentID{"c1", "c2"}[i], id)
			o.render(id)
			for range 3 {
				o.sign(id)
			}
		}
		second := map[ActID]ActID{"a1": "a2", "a2": "a1"}[first]
		seat := o.state.Seats[testSeat]
		o.must(o.state.closeAct(first, officials()[2], "an appeal"))
		if seat.ScoreAnnulled != second {
			t.Errorf("after %s the score is annulled by %q", first, seat.ScoreAnnulled)
		}
		o.must(o.state.closeAct(second, officials()[2], "an appeal"))
		if seat.ScoreAnnulled != "" {
			t.Errorf("after both the score is annulled by %q", seat.ScoreAnnulled)
		}
	}
}

// A journal that was forged or damaged is refused, whatever wrote it.
func TestApplyRefusesContradictions(t *testing.T) {
	sig := func(n int, l Login) Signature { return Signature{Login: l, Role: SigningOrder()[n]} }
	signed := func(s Signature, digest string) Fact { return &ActSigned{"a1", 1, s, testDocument(digest, 1)} }
	three := []Signature{sig(0, "a"), sig(1, "b"), sig(2, "c")}
	for _, c := range []struct {
		name  string
		facts []Fact
	}{
		{"annulled by nothing", []Fact{&ScoreAnnulled{testSeat, "ghost"}}},
		{"annulled by a draft", []Fact{&ScoreAnnulled{testSeat, "a1"}}},
		{"annulled with two", []Fact{signed(sig(0, "a"), "a1"), signed(sig(1, "b"), "a1"), &ScoreAnnulled{testSeat, "a1"}}},
		{"out of order", []Fact{signed(sig(1, "a"), "a1")}},
		{"twice by one", []Fact{signed(sig(0, "a"), "a1"), signed(sig(1, "a"), "a1")}},
		{"another than named", []Fact{
			&ActEdited{Act: "a1", Reasons: []Reason{A1}, Officials: Officials{RoleSpecialist: "x"}},
			&ActRendered{Act: "a1", Version: 2, Document: testDocument("a1", 0)},
			&ActSigned{"a1", 2, sig(0, "a"), testDocument("a1", 1)},
		}},
		{"two digests", []Fact{signed(sig(0, "a"), "a1"), signed(sig(1, "b"), "b")}},
		{"another version", []Fact{&ActSigned{"a1", 2, sig(0, "a"), testDocument("a1", 1)}}},
		{"another seat", []Fact{
			signed(sig(0, "a"), "a1"), signed(sig(1, "b"), "a1"), signed(sig(2, "c"), "a1"),
			&SeatAssigned{"new", testExaminee(2), Accommodation{}, "h"}, &ScoreAnnulled{"new", "a1"},
		}},
		{"drafted in force", []Fact{
			&IncidentJudged{Incident: "c2", Confirmed: true},
			&ActDrafted{Act{ID: "a2", Seat: testSeat, Cause: "c2", State: InForce, Signatures: three}},
		}},
		{"drafted signed", []Fact{
			&IncidentJudged{Incident: "c2", Confirmed: true},
			&ActDrafted{Act{ID: "a2", Seat: testSeat, Cause: "c2", State: Drafted, Signatures: three}},
		}},
		{"drafted without a person", []Fact{&ActDrafted{Act{ID: "a2", Seat: testSeat, Cause: "c2", State: Drafted}}}},
		{"drafted twice", []Fact{&ActDrafted{Act{ID: "a1", Seat: testSeat, Cause: "c2", State: Drafted}}}},
		{"two acts of one incident", []Fact{&ActDrafted{Act{ID: "a2", Seat: testSeat, Cause: "c1", State: Drafted}}}},
		{"opened as a violation", []Fact{&IncidentOpened{Incident{ID: "c3", Seat: testSeat, State: IncidentConfirmed}}}},
		{"opened twice", []Fact{&IncidentOpened{Incident{ID: "c1", Seat: testSeat, State: IncidentOpen}}}},
		{"judged twice", []Fact{&IncidentJudged{Incident: "c1", Confirmed: false}}},
		{"edited when closed", []Fact{&ActClosed{"a1", "x"}, &ActEdited{Act: "a1", Reasons: []Reason{A1}}}},
		{"refused when closed", []Fact{&ActClosed{"a1", "x"}, &ActRefused{"a1", RoleHead, "x"}}},
		{"closed twice", []Fact{&ActClosed{"a1", "x"}, &ActClosed{"a1", "x"}}},
		{"assigned twice", []Fact{&SeatAssigned{testSeat, testExaminee(1), Accommodation{}, "h"}}},
		{"no such segment", []Fact{&SegmentStored{testSeat, 7, Receipt{}}}},
		{"no such seat", []Fact{&SeatAdmitted{"ghost"}}},
		{"no such incident", []Fact{&IncidentEnded{"ghost", noon}}},
		{"no such act", []Fact{&ActRefused{"ghost", RoleHead, "x"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t)
			o.draft("c1", "a1")
			o.render("a1")
			for n, f := range c.facts {
				err := o.state.Apply(Event{Seq: o.state.LastSeq + 1, At: o.at, Exam: "exam", Fact: f})
				if last := n == len(c.facts)-1; last != (err != nil) {
					t.Fatalf("fact %d: %v", n, err)
				} else if last && !strings.Contains(err.Error(), f.Type()) {
					t.Errorf("%v does not name %s", err, f.Type())
				}
			}
		})
	}
	o := newOffice(t)
	if err := o.state.Apply(Event{Seq: o.state.LastSeq, Fact: &SeatFinished{testSeat}}); err == nil {
		t.Error("an event was applied twice")
	}
}
