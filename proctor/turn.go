package proctor

import "slices"

// Order is in what order the officials sign an exam's acts. Its form's block
// is how the regulation prints them (Appendix A and B); it does not say that
// nobody may sign before another has.
type Order string

// The orders. "" is OrderForm, as in journals from before there was a choice.
const (
	// OrderForm is one after another, as in the form's signature block.
	OrderForm Order = "form"
	// OrderAny is side by side: in Appendix A the specialist and the engineer
	// when they like, and the head last; in Appendix B, whose form begins with
	// the head, all three when they like.
	OrderAny Order = "any"
)

// known reports whether o is one of the orders.
func (o Order) known() bool { return o == "" || o == OrderForm || o == OrderAny }

// How is o itself, by its name.
func (o Order) How() Order {
	if o == OrderAny {
		return OrderAny
	}
	return OrderForm
}

// Turns returns the roles that may sign now, in the form's order; none when the
// act takes no signature. It is the only place that knows in what order an act
// is signed.
func (a Act) Turns() []Role {
	if a.State != Drafted && a.State != Signing {
		return nil
	}
	left := slices.DeleteFunc(a.Kind().Order(), a.signedAs)
	switch {
	case len(left) < 2 || a.Order.How() == OrderForm:
		return left[:min(1, len(left))]
	case a.Kind() == AppendixA:
		return slices.DeleteFunc(left, func(r Role) bool { return r == RoleHead })
	}
	return left
}

// Next returns the first of Turns, or "" when it is nobody's turn to sign.
func (a Act) Next() Role {
	if turns := a.Turns(); len(turns) > 0 {
		return turns[0]
	}
	return ""
}

// Follows returns nil if roles may sign a one after another from now on, and
// otherwise an Error.
func (a Act) Follows(roles ...Role) error {
	for _, r := range roles {
		if !slices.Contains(a.Turns(), r) {
			return Errorf(Conflict, "sign_order")
		}
		a.Signatures = append(slices.Clip(a.Signatures), Signature{Role: r})
	}
	return nil
}

// signedAs reports whether somebody has signed this version in role r.
func (a Act) signedAs(r Role) bool {
	return slices.ContainsFunc(a.Signatures, func(s Signature) bool { return s.Role == r })
}
