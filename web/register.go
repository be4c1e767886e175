package web

import (
	"cmp"
	"encoding/base64"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"qyragy/proctor"
)

// actQuery is what the register may be searched by. Days are Almaty's.
type actQuery struct {
	Text     string `query:"q" maxLength:"200" doc:"words that all must occur: in number, names, student id, discipline, exam, officials, case"`
	State    string `query:"state" doc:"drafted, signing, in_force, refused, withdrawn or superseded"`
	Appendix string `query:"appendix" doc:"A or B"`
	Year     int    `query:"year" doc:"of the register, as in the number"`
	Exam     string `query:"exam" doc:"an exam's id"`
	From     string `query:"from" doc:"drawn up on this day or later, YYYY-MM-DD"`
	To       string `query:"to" doc:"drawn up on this day or earlier, YYYY-MM-DD"`
	Reason   string `query:"reason" doc:"a reason, A1..A6, or a decision, no_fault for instance"`
	Mine     bool   `query:"mine" doc:"its next signature is the caller's"`
	Printed  string `query:"printed" doc:"yes or no: its present document is printed"`
	Filed    string `query:"filed" doc:"yes or no: its paper lies in a case"`
	Due      string `query:"due" doc:"print: in force and not printed; file: printed and not filed"`
	Cursor   string `query:"cursor" doc:"next of the answer before"`
	Limit    int    `query:"limit" doc:"acts in an answer, 1..200; 50 if absent"`
}

// The bounds of an answer.
const (
	pageOfActs  = 50
	mostOfActs  = 200
	searchWords = 8
)

// entry is an act of the register as a search sees it.
type entry struct {
	actView
	// concerned are the examinees: A's one, or all of B's.
	concerned []proctor.Examinee
}

// filter is a query that has been checked.
type filter struct {
	actQuery
	words    []string // folded
	from, to time.Time
	after    *place // where the page begins
	reader   proctor.Person
}

// place is where an act stands in the register's order.
type place struct {
	at     time.Time
	number string
}

// check refuses what cannot be searched for.
func (q actQuery) check(reader proctor.Person) (filter, error) {
	f := filter{actQuery: q, words: strings.Fields(fold(q.Text)), reader: reader}
	bad := func(what string) (filter, error) {
		return f, proctor.Errorf(proctor.Invalid, "register_query", "what", what)
	}
	if len(q.Text) > 400 || len(f.words) > searchWords {
		return bad("q")
	}
	for name, one := range map[string]struct{ is, of string }{
		"state":    {q.State, "drafted signing in_force refused withdrawn superseded"},
		"appendix": {q.Appendix, "A B"}, "printed": {q.Printed, "yes no"}, "filed": {q.Filed, "yes no"}, "due": {q.Due, "print file"},
	} {
		if one.is != "" && !contains(strings.Fields(one.of), one.is) {
			return bad(name)
		}
	}
	var err error
	if f.from, err = day(q.From, 0); err != nil {
		return bad("from")
	}
	if f.to, err = day(q.To, 1); err != nil {
		return bad("to")
	}
	if q.Limit < 0 || q.Limit > mostOfActs {
		return bad("limit")
	}
	f.Limit = cmp.Or(q.Limit, pageOfActs)
	if q.Cursor != "" {
		if f.after = placeOf(q.Cursor); f.after == nil {
			return bad("cursor")
		}
	}
	return f, nil
}

// day is when a day begins in Almaty, or the day after it with more as 1.
func day(s string, more int) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, s, proctor.Almaty(time.Time{}).Location())
	return at.AddDate(0, 0, more), err
}

// cursor spells a place for a client, who need not read it.
func (p place) cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(p.at.UTC().Format(time.RFC3339Nano) + " " + p.number))
}

func placeOf(cursor string) *place {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) > 100 {
		return nil
	}
	stamp, number, ok := strings.Cut(string(b), " ")
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if !ok || err != nil {
		return nil
	}
	return &place{at, number}
}

func (a actView) place() place { return place{a.DrawnUp, a.Number} }

// newest is the register's order: newest first, and of one moment the higher
// number first.
func newest(a, b place) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.number, a.number)) }

// admits reports whether an act is asked for, but for its state and its words.
func (f filter) admits(a *proctor.Act) bool {
	is := func(want string, have bool) bool { return want == "" || (want == "yes") == have }
	switch {
	case f.Appendix != "" && string(a.Kind()) != f.Appendix,
		f.Exam != "" && string(a.Exam) != f.Exam,
		f.Year != 0 && yearOf(a) != f.Year,
		!f.from.IsZero() && a.DrawnUp.Before(f.from),
		!f.to.IsZero() && !a.DrawnUp.Before(f.to),
		f.Reason != "" && !rests(a, f.Reason),
		f.Mine && !a.WaitsFor(f.reader),
		!is(f.Printed, a.Printed()), !is(f.Filed, a.Filed != nil),
		f.Due == "print" && !a.PrintDue(), f.Due == "file" && !a.FilingDue():
		return false
	}
	return true
}

// yearOf is the year of the register that an act is in.
func yearOf(a *proctor.Act) int { return proctor.Almaty(a.DrawnUp).Year() }

// rests reports whether an act names a reason or an inspection decided so.
func rests(a *proctor.Act, reason string) bool {
	if a.Inspection != nil {
		return string(a.Inspection.Code) == reason
	}
	return contains(a.Reasons, proctor.Reason(reason))
}

func contains[T comparable](list []T, x T) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// found reports whether every word occurs in what a reader knows of an act.
func (f filter) found(e *entry) bool {
	if len(f.words) == 0 {
		return true
	}
	parts := []string{e.Number, e.ExamTitle, e.Discipline, e.ByName}
	for _, x := range e.concerned {
		parts = append(parts, x.Name, x.StudentID, x.Group)
	}
	for _, name := range e.Named {
		parts = append(parts, name)
	}
	for _, s := range e.Signatures {
		parts = append(parts, s.Name)
	}
	if e.Filed != nil {
		parts = append(parts, e.Filed.Case)
	}
	hay := fold(strings.Join(parts, " "))
	for _, w := range f.words {
		if !strings.Contains(hay, w) {
			return false
		}
	}
	return true
}

// fold spells what looks or is typed alike the same: case, ё and е, Kazakh
// letters as a keyboard without them has them, and Latin letters that look
// Cyrillic. It is for comparing only.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 'ё', 'e':
			return 'е'
		case 'ә', 'a':
			return 'а'
		case 'ғ':
			return 'г'
		case 'қ', 'k':
			return 'к'
		case 'ң', 'h':
			return 'н'
		case 'ө', 'o':
			return 'о'
		case 'ұ', 'ү', 'y':
			return 'у'
		case 'һ', 'x':
			return 'х'
		case 'і', 'i', 'й':
			return 'и'
		case 'b':
			return 'в'
		case 'c':
			return 'с'
		case 'm':
			return 'м'
		case 'p':
			return 'р'
		case 't':
			return 'т'
		}
		return r
	}, norm.NFC.String(strings.ToLower(s)))
}
