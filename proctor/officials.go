package proctor

import (
	"maps"
	"slices"
)

// Officials are the three whom an act names, by the role in which each signs.
// A role that is missing is the office's to fill. A value is never changed
// once it is part of an Act.
type Officials map[Role]Login

// with returns o and, over it, named.
func (o Officials) with(named Officials) Officials {
	if len(o)+len(named) == 0 {
		return nil
	}
	out := maps.Clone(o)
	if out == nil {
		out = Officials{}
	}
	maps.Copy(out, named)
	return out
}

// allow reports whether l may act in role: she is named, or nobody is.
func (o Officials) allow(role Role, l Login) bool { return o[role] == "" || o[role] == l }

// validate refuses officials who could not sign one after another: three
// signatures are those of three people.
func (o Officials) validate(x Appendix) error {
	seen := map[Login]bool{}
	for role, l := range o {
		if !slices.Contains(x.Order(), role) || !text(string(l), 64) || seen[l] {
			return Errorf(Invalid, "officials")
		}
		seen[l] = true
	}
	return nil
}

// Appoint chooses who signs an act of an appendix that names no more than o: those it names
// as long as they hold the role, as the specialist else first if she is one,
// else whoever comes first by login, and nobody twice. A role stays empty when
// nobody is left to fill it.
func (o Officials) Appoint(x Appendix, people []Person, first Login) Officials {
	// Roles that are named come first, or another could take their person.
	open := func(r Role) bool { return o[r] == "" }
	order := append(slices.DeleteFunc(x.Order(), open), slices.DeleteFunc(x.Order(), func(r Role) bool { return !open(r) })...)
	best := Officials{}
	var fill func(n int, chosen Officials)
	fill = func(n int, chosen Officials) {
		if len(chosen) > len(best) {
			best = maps.Clone(chosen)
		}
		if n == len(order) || len(best) == len(order) {
			return
		}
		for _, l := range o.candidates(people, order[n], first) {
			if !slices.Contains(slices.Collect(maps.Values(chosen)), l) {
				chosen[order[n]] = l
				fill(n+1, chosen)
				delete(chosen, order[n])
			}
		}
		fill(n+1, chosen)
	}
	fill(0, Officials{})
	return best
}

// candidates are the holders of a role, the most wanted first.
func (o Officials) candidates(people []Person, role Role, first Login) []Login {
	var held []Login
	for _, p := range people {
		if p.Has(role) {
			held = append(held, p.Login)
		}
	}
	slices.Sort(held)
	if role != RoleSpecialist {
		first = ""
	}
	for _, wanted := range []Login{first, o[role]} {
		if n := slices.Index(held, wanted); n >= 0 {
			held = slices.Insert(slices.Delete(held, n, n+1), 0, wanted)
		}
	}
	return held
}
