package web

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"

	"qyragy/proctor"
)

// actList is a page of the register.
type actList struct {
	Acts []actView `json:"acts"`
	Next string    `json:"next" doc:"cursor of the next page, or empty"`
	// Total and States count what the query finds, on all pages; States does
	// not heed the query's own state.
	Total  int                      `json:"total" doc:"how many the query finds"`
	States map[proctor.ActState]int `json:"states" doc:"how many of each state, whichever state is asked for"`
	// What is to be done counts the whole register.
	Mine      int   `json:"mine" doc:"acts whose next signature is the caller's"`
	PrintDue  int   `json:"print_due" doc:"acts in force that are not printed"`
	FilingDue int   `json:"filing_due" doc:"acts in force that are printed and not filed"`
	Years     []int `json:"years" doc:"years of the register, newest first"`
}

func (s *Server) getActs(ctx context.Context, c *call, q *actQuery) (actList, error) {
	f, err := q.check(c.who.person)
	if err != nil {
		return actList{}, err
	}
	out := actList{Acts: []actView{}, States: map[proctor.ActState]int{}, Years: []int{}}
	found, err := s.search(ctx, f, func(a *proctor.Act) { out.count(a, f.reader) })
	if err != nil {
		return actList{}, err
	}
	for _, e := range found {
		out.States[e.State]++
		if f.State != "" && string(e.State) != f.State {
			continue
		}
		out.Total++
		switch {
		case f.after != nil && newest(e.place(), *f.after) <= 0: // of a page before
		case len(out.Acts) < f.Limit:
			out.Acts = append(out.Acts, e.actView)
		case out.Next == "":
			out.Next = out.Acts[f.Limit-1].place().cursor()
		}
	}
	slices.SortFunc(out.Years, func(a, b int) int { return cmp.Compare(b, a) })
	return out, nil
}

// count counts an act of the register that may not be asked for.
func (l *actList) count(a *proctor.Act, reader proctor.Person) {
	for n, yes := range map[*int]bool{&l.Mine: a.WaitsFor(reader), &l.PrintDue: a.PrintDue(), &l.FilingDue: a.FilingDue()} {
		if yes {
			*n++
		}
	}
	if year := yearOf(a); !slices.Contains(l.Years, year) {
		l.Years = append(l.Years, year)
	}
}

// search returns what f finds, of any state, in the register's order; each is
// shown every act.
func (s *Server) search(ctx context.Context, f filter, each func(*proctor.Act)) ([]entry, error) {
	n, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	var out []entry
	for _, id := range s.cfg.Engine.Exams() {
		err := s.cfg.Engine.View(id, func(st *proctor.State) {
			for _, a := range st.Acts {
				each(a)
				if !f.admits(a) {
					continue
				}
				if e := entryOf(st, a, n); f.found(&e) {
					e.Delivery = s.deliveryOfAct(st, a)
					out = append(out, e)
				}
			}
		})
		if err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b entry) int { return newest(a.place(), b.place()) })
	return out, nil
}

func entryOf(st *proctor.State, a *proctor.Act, n names) entry {
	e := entry{actView: viewOfAct(st, a, n)}
	seats := []proctor.SeatID{a.Seat}
	if a.Inspection != nil {
		seats = a.Inspection.Seats
	}
	for _, id := range seats {
		if t := st.Seats[id]; t != nil {
			e.concerned = append(e.concerned, t.Examinee)
		}
	}
	return e
}

// hands are the names of who printed and filed an act, by login.
func hands(a *proctor.Act, n names) map[proctor.Actor]string {
	out := map[proctor.Actor]string{}
	for _, p := range a.Prints {
		out[p.By] = n.of(p.By)
	}
	if a.Filed != nil {
		out[a.Filed.By] = n.of(a.Filed.By)
	}
	maps.DeleteFunc(out, func(_ proctor.Actor, name string) bool { return name == "" })
	return out
}

// queryOf reads the query of a route that huma does not decode.
func queryOf(r *http.Request) actQuery {
	v := r.URL.Query()
	q := actQuery{
		Text: v.Get("q"), State: v.Get("state"), Appendix: v.Get("appendix"), Exam: v.Get("exam"), From: v.Get("from"), To: v.Get("to"),
		Reason: v.Get("reason"), Mine: v.Get("mine") == "true", Printed: v.Get("printed"), Filed: v.Get("filed"), Due: v.Get("due"),
	}
	if year := v.Get("year"); year != "" {
		q.Year = number(year)
	}
	return q
}

// number is a decimal number of up to four digits; -1 for anything else.
func number(s string) int {
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' || len(s) > 4 {
			return -1
		}
		n = 10*n + int(r-'0')
	}
	return n
}
