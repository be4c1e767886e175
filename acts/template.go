package acts

import (
	"fmt"
	"strings"

	"qyragy/proctor"
)

// Template is one version of one of the regulation's forms. Who signs is a
// property of the form: Appendix A's three are not Appendix B's.
type Template struct {
	// Version names the wording on every act drawn up with it, e.g. "A-1".
	Version string
	// Basis is where the wording comes from.
	Basis string
	// Date is since when this version is rendered, e.g. "2026-11-23".
	Date string
	// Author is who put this version into the program.
	Author string
	// Roles are the three who sign, in the order of the form's signature block.
	// A file may have been signed in any order; see proctor.Act.Turns.
	Roles []proctor.Role

	appendix, title string
	words           words
	rows            []signRow // one for each of Roles
	// captioned: names stand on a line over «(Т.А.Ә.)»; otherwise that stands
	// in a missing name's place.
	captioned bool
}

// words are a version's wording around the blanks. A form has only its own.
type words struct {
	we, specialty, group, subject, drawn, breaches, annulled string
	reason                                                   func(proctor.Reason) string

	purpose, result, decision, executors string

	name, noName, signature, date string
}

// registry are all versions that were ever in force, of both forms, each form's
// oldest first. An act is drawn and read under the version that it names: an
// old one stays as it was signed.
type registry []Template

func templates() registry { return registry{templateA1(), templateB1()} }

// Templates returns every version of both forms, each form's oldest first.
func Templates() []Template { return templates() }

// series is the appendix's letter in a version: "A" of "A-1".
func (t Template) series() string {
	s, _, _ := strings.Cut(t.Version, "-")
	return s
}

// current is the version that new acts are drawn under.
func (g registry) current(series string) Template {
	var newest Template
	for _, t := range g {
		if t.series() == series {
			newest = t
		}
	}
	return newest
}

// find returns the version that an act of this series names; "" means the
// current one.
func (g registry) find(series, version string) (Template, error) {
	if version == "" {
		return g.current(series), nil
	}
	for _, t := range g {
		if t.Version == version && t.series() == series {
			return t, nil
		}
	}
	return Template{}, proctor.Errorf(proctor.Invalid, "act_template", "template", version)
}

// signRow is one row of the signature block.
type signRow struct {
	role  proctor.Role
	lines []string // the office, as the form breaks it
}

// with gives t its signature block.
func (t Template) with(rows ...signRow) Template {
	t.rows = rows
	for _, r := range rows {
		t.Roles = append(t.Roles, r.role)
	}
	return t
}

// FieldName names the i-th signature's form field, i in 0..2.
func (t Template) FieldName(i int) string {
	role := string(t.Roles[i])
	return fmt.Sprintf("Signature%d%s%s", i+1, strings.ToUpper(role[:1]), role[1:])
}

// Number formats an act's place in its register of a year: "B-2026-00001".
func (t Template) Number(year, n int) string {
	return fmt.Sprintf("%s-%04d-%05d", t.series(), year, n)
}

// Roles are Appendix A's three signers, in order.
func Roles() []proctor.Role { return TemplateA().Roles }

// FieldName names the i-th signature's form field in Appendix A, i in 0..2.
func FieldName(i int) string { return TemplateA().FieldName(i) }

// Number formats a place in Appendix A's register of a year: "A-2026-00001".
func Number(year, n int) string { return TemplateA().Number(year, n) }
