package proctor

import (
	"slices"
	"testing"
)

// anyOrder has the exam's acts signed side by side from now on.
func (o *office) anyOrder() {
	o.t.Helper()
	p := o.state.Exam.Policy
	p.Order = OrderAny
	o.must(o.state.setPolicy(p, o.at))
}

func TestTurns(t *testing.T) {
	s, e, h, r := RoleSpecialist, RoleEngineer, RoleHead, RoleRegistrar
	for _, c := range []struct {
		appendix Appendix
		order    Order
		signed   []Role
		want     []Role
	}{
		{"", "", nil, []Role{s}},
		{AppendixA, OrderForm, []Role{s}, []Role{e}},
		{AppendixA, OrderForm, []Role{s, e}, []Role{h}},
		{AppendixA, OrderForm, []Role{s, e, h}, nil},
		{AppendixA, OrderAny, nil, []Role{s, e}},
		{AppendixA, OrderAny, []Role{s}, []Role{e}},
		{AppendixA, OrderAny, []Role{e}, []Role{s}},
		{AppendixA, OrderAny, []Role{e, s}, []Role{h}},
		{AppendixA, OrderAny, []Role{e, s, h}, nil},
		{AppendixB, OrderForm, nil, []Role{h}},
		{AppendixB, OrderForm, []Role{h, r}, []Role{s}},
		{AppendixB, OrderAny, nil, []Role{h, r, s}},
		{AppendixB, OrderAny, []Role{r}, []Role{h, s}},
		{AppendixB, OrderAny, []Role{s, r}, []Role{h}},
		{AppendixB, OrderAny, []Role{s, r, h}, nil},
	} {
		a := Act{Appendix: c.appendix, Order: c.order, State: Drafted}
		for _, role := range c.signed {
			a.Signatures = append(a.Signatures, Signature{Role: role})
			a.State = Signing
		}
		var next Role
		if len(c.want) > 0 {
			next = c.want[0]
		}
		if got := a.Turns(); !slices.Equal(got, c.want) || a.Next() != next {
			t.Errorf("%s %q, signed by %v: %v, %q; want %v", a.Kind(), c.order, c.signed, got, a.Next(), c.want)
		}
		for _, state := range []ActState{InForce, Refused, Withdrawn, Superseded} {
			if a.State = state; len(a.Turns()) > 0 || a.Next() != "" {
				t.Errorf("%s: %v may sign", state, a.Turns())
			}
		}
	}
}

func TestFollows(t *testing.T) {
	any := Act{State: Drafted, Order: OrderAny}
	for _, c := range []struct {
		act   Act
		roles []Role
		ok    bool
	}{
		{Act{State: Drafted}, SigningOrder(), true},
		{Act{State: Drafted}, []Role{RoleEngineer, RoleSpecialist}, false},
		{any, []Role{RoleEngineer, RoleSpecialist, RoleHead}, true},
		{any, []Role{RoleEngineer, RoleHead}, false},
		{any, []Role{RoleEngineer, RoleEngineer}, false},
		{any, []Role{RoleRegistrar}, false},
		{Act{State: InForce, Order: OrderAny}, []Role{RoleEngineer}, false},
	} {
		if err := c.act.Follows(c.roles...); (err == nil) != c.ok {
			t.Errorf("%q, %v: %v", c.act.Order, c.roles, err)
		}
	}
	if len(any.Signatures) > 0 {
		t.Error("asking left signatures")
	}
}

func TestSideBySide(t *testing.T) {
	three := officials()
	after := func(then func(o *office) ([]Fact, error), before ...int) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) {
			o.anyOrder()
			o.draft("c1", "a1")
			o.render("a1")
			for _, n := range before {
				o.must(o.signAs(three[n], three[n].Roles[0]))
			}
			return then(o)
		}
	}
	sign := func(p Person) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) { return o.signAs(p, p.Roles[0]) }
	}
	runDecisions(t, []decision{
		{"the specialist first", "", "", after(sign(three[0]))},
		{"the engineer first", "", "", after(sign(three[1]))},
		{"the head first", Conflict, "sign_order", after(sign(three[2]))},
		{"the head after the engineer", Conflict, "sign_order", after(sign(three[2]), 1)},
		{"the specialist after the engineer", "", "", after(sign(three[0]), 1)},
		{"the head last", "", "", after(sign(three[2]), 1, 0)},
		{"the engineer again", Conflict, "sign_twice", after(sign(three[1]), 1)},
		{"another engineer", Conflict, "sign_order", after(sign(Person{Login: "x", Roles: []Role{RoleEngineer}}), 1)},
		{"in force", Conflict, "act_in_force", after(sign(Person{Login: "x", Roles: []Role{RoleHead}}), 1, 0, 2)},
	})
}

// signAs has p try to sign a1.
func (o *office) signAs(p Person, r Role) ([]Fact, error) {
	a := o.state.Acts["a1"]
	return o.state.signAct("a1", a.Document, p, o.signature(p, r), testDocument("a1", len(a.Signatures)+1))
}

// TestAnActKeepsItsOrder changes what the exam asks for under an act.
func TestAnActKeepsItsOrder(t *testing.T) {
	o := newOffice(t)
	three := officials()
	old := o.draft("c1", "a1")
	o.render("a1")
	o.anyOrder()
	if _, err := o.signAs(three[1], RoleEngineer); KindOf(err) != Conflict {
		t.Errorf("drafted in the form's order, and the engineer is first: %v", err)
	}
	o.rename("a1", nil)
	if _, err := o.signAs(three[1], RoleEngineer); old.Order != "" || KindOf(err) != Conflict {
		t.Errorf("an edit gave it the order %q: %v", old.Order, err)
	}
	late := o.draft("c2", "a2")
	if late.Order != OrderAny || !late.WaitsFor(three[0]) || !late.WaitsFor(three[1]) || late.WaitsFor(three[2]) || old.WaitsFor(three[1]) {
		t.Errorf("drafted after: %q", late.Order)
	}
	p := o.state.Exam.Policy
	p.Order = OrderForm
	o.must(o.state.setPolicy(p, o.at))
	if late.Order != OrderAny || !late.WaitsFor(three[1]) {
		t.Errorf("the exam changed its order: the act's is %q", late.Order)
	}
}
