package proctor

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// Span is a stretch of time.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Length is how long it is, 0 if it ends before it begins.
func (s Span) Length() time.Duration { return max(0, s.To.Sub(s.From)) }

// within returns the part of s that lies in o.
func (s Span) within(o Span) Span {
	if o.From.After(s.From) {
		s.From = o.From
	}
	if o.To.Before(s.To) {
		s.To = o.To
	}
	return s
}

// StretchKind is what became of a stretch of a seat's time.
type StretchKind string

// The kinds of Stretch.
const (
	StretchNotAdmitted StretchKind = "not_admitted" // before she was let in
	StretchRecorded    StretchKind = "recorded"     // by the server
	StretchBackfilled  StretchKind = "backfilled"   // by the client, afterwards: evidence of lesser weight
	StretchGap         StretchKind = "gap"
	StretchUnaccounted StretchKind = "unaccounted" // nobody said anything of it
)

// Stretch is one piece of a seat's timeline.
type Stretch struct {
	Span
	Kind StretchKind `json:"kind"`
	// Cause is a gap's, or of the gap that a backfill fills in.
	Cause GapCause `json:"cause,omitempty"`
	// Number is the segment's or the backfill's that holds it.
	Number int `json:"number"`
}

// Account says where every moment of a seat's exam went. Its stretches follow
// each other without a hole from From to To; the durations are their sums.
type Account struct {
	Span
	Recorded    time.Duration
	Backfilled  time.Duration
	Gaps        map[GapCause]time.Duration // not counting what was backfilled
	NotAdmitted time.Duration
	Unaccounted time.Duration
	// Double is what two segments both claim; it is counted once.
	Double    time.Duration
	Stretches []Stretch
}

// AccountSlack is how far an account may be from whole: a second. A hole that
// is not longer is no Gap; the frame before it stands until the next one.
const AccountSlack = time.Second

// Gap is the sum of all gaps.
func (a Account) Gap() (sum time.Duration) {
	for _, d := range a.Gaps {
		sum += d
	}
	return sum
}

// Sum is all that is accounted for, counting twice what is there twice: it
// must be the exam's length, give or take AccountSlack.
func (a Account) Sum() time.Duration {
	return a.Recorded + a.Backfilled + a.Gap() + a.NotAdmitted + a.Double
}

// Whole reports whether the identity holds.
func (a Account) Whole() bool {
	return (a.Sum()-a.Length()).Abs() <= AccountSlack && a.Unaccounted <= AccountSlack
}

// ends is when a seat's exam ends, or now while it runs.
func (s *State) ends(t *Seat, now time.Time) time.Time {
	end := now
	if closes := s.Hours(t).To; closes.Before(end) {
		end = closes
	}
	if !t.Finished.IsZero() && t.Finished.Before(end) {
		end = t.Finished
	}
	return end
}

// Account tells a seat's time from the exam's opening to its end, or to now
// while it runs. live are stretches that are recorded but not sealed yet. An
// unknown seat has an empty account.
func (s *State) Account(seat SeatID, now time.Time, live ...Span) Account {
	t := s.Seats[seat]
	if t == nil {
		return Account{Gaps: map[GapCause]time.Duration{}}
	}
	a := Account{Span: Span{s.Hours(t).From, s.ends(t, now)}, Gaps: map[GapCause]time.Duration{}}
	if a.To.Before(a.From) {
		a.To = a.From
	}
	in := a.Span
	if t.Admitted.IsZero() {
		in.From = in.To
	} else if t.Admitted.After(in.From) {
		in.From = t.Admitted
	}
	p := painting{}
	if a.Length() > 0 {
		p.free = []Span{a.Span}
	}
	a.NotAdmitted = p.paint(Stretch{Span: Span{a.From, in.From}.within(a.Span), Kind: StretchNotAdmitted})
	for _, g := range t.Segments {
		span := Span{g.Start, g.End}.within(in)
		a.Double += span.Length() - p.paint(Stretch{Span: span, Kind: StretchRecorded, Number: g.Number})
	}
	for _, l := range live {
		p.paint(Stretch{Span: l.within(in), Kind: StretchRecorded, Number: len(t.Segments)})
	}
	for _, g := range t.Gaps {
		p.paint(Stretch{Span: Span{g.From, g.To}.within(in), Kind: StretchGap, Cause: g.Cause})
	}
	a.Stretches = joined(backfilled(p.done(), t.Backfills))
	a.count()
	return a
}

// count adds up the stretches.
func (a *Account) count() {
	for _, x := range a.Stretches {
		switch d := x.Length(); x.Kind {
		case StretchRecorded:
			a.Recorded += d
		case StretchBackfilled:
			a.Backfilled += d
		case StretchGap:
			a.Gaps[x.Cause] += d
		case StretchUnaccounted:
			a.Unaccounted += d
		}
	}
}

// painting gives each moment to the first who claims it.
type painting struct {
	free  []Span // in order
	taken []Stretch
}

// paint takes what is still free of x and returns how much that was.
func (p *painting) paint(x Stretch) (took time.Duration) {
	if x.Length() == 0 {
		return 0
	}
	first := sort.Search(len(p.free), func(i int) bool { return p.free[i].To.After(x.From) })
	last := first
	var rest []Span
	for ; last < len(p.free) && p.free[last].From.Before(x.To); last++ {
		f := p.free[last]
		cut := f.within(x.Span)
		took += cut.Length()
		p.taken = append(p.taken, Stretch{cut, x.Kind, x.Cause, x.Number})
		for _, left := range []Span{{f.From, cut.From}, {cut.To, f.To}} {
			if left.Length() > 0 {
				rest = append(rest, left)
			}
		}
	}
	p.free = slices.Replace(p.free, first, last, rest...)
	return took
}

// done returns everything in order; what nobody claimed is unaccounted for.
func (p *painting) done() []Stretch {
	for _, f := range p.free {
		if f.Length() > 0 {
			p.taken = append(p.taken, Stretch{Span: f, Kind: StretchUnaccounted})
		}
	}
	slices.SortFunc(p.taken, func(a, b Stretch) int { return a.From.Compare(b.From) })
	return p.taken
}

// backfilled puts backfills where nothing else is; what they hold beyond that is a
// second copy and does not count.
func backfilled(in []Stretch, backfills []StoredBackfill) []Stretch {
	for _, b := range backfills {
		for _, span := range b.holds() {
			in = fillIn(in, span, b.Number)
		}
	}
	return in
}

func fillIn(in []Stretch, span Span, number int) []Stretch {
	if span.Length() == 0 {
		return in
	}
	first := sort.Search(len(in), func(i int) bool { return in[i].To.After(span.From) })
	last := first
	var out []Stretch
	for ; last < len(in) && in[last].From.Before(span.To); last++ {
		x := in[last]
		if x.Kind != StretchGap && x.Kind != StretchUnaccounted {
			out = append(out, x)
			continue
		}
		cut := x.Span.within(span)
		for _, part := range []Stretch{
			{Span{x.From, cut.From}, x.Kind, x.Cause, x.Number},
			{cut, StretchBackfilled, x.Cause, number},
			{Span{cut.To, x.To}, x.Kind, x.Cause, x.Number},
		} {
			if part.Length() > 0 {
				out = append(out, part)
			}
		}
	}
	return slices.Replace(in, first, last, out...)
}

// joined gives each unaccounted seam that is too short for a Gap to the
// stretch before it, and makes one of neighbours that are alike.
func joined(in []Stretch) []Stretch {
	var out []Stretch
	for _, x := range in {
		n := len(out) - 1
		switch {
		case n < 0:
			out = append(out, x)
		case x.Kind == StretchUnaccounted && x.Length() <= AccountSlack && (out[n].Kind == StretchRecorded || out[n].Kind == StretchGap),
			x.Kind == out[n].Kind && x.Cause == out[n].Cause && x.Number == out[n].Number:
			out[n].To = x.To
		default:
			out = append(out, x)
		}
	}
	return out
}

// Wanting is what of a seat's time its client may still fill in.
type Wanting struct {
	Admitted time.Time // zero: never; then nothing is wanted
	// Until is when nothing more is taken; zero while the exam runs.
	Until     time.Time
	Wanted    []Span // in order, each longer than a second
	Backfills []StoredBackfill
}

// BackfillGrace is how long after the end of a seat's exam its client may send
// what was missing: a network that is dead at the end must not lose it.
const BackfillGrace = 2 * time.Hour

// Wanting says what is missing of a seat's admitted time at now. live are
// stretches that are recorded but not sealed yet.
func (s *State) Wanting(seat SeatID, now time.Time, live ...Span) Wanting {
	t := s.Seats[seat]
	if t == nil || t.Admitted.IsZero() {
		return Wanting{}
	}
	w := Wanting{Admitted: t.Admitted, Backfills: slices.Clone(t.Backfills), Until: s.ends(t, s.Hours(t).To).Add(BackfillGrace)}
	if now.After(w.Until) {
		return w
	}
	var open []Span
	for _, x := range s.Account(seat, now, live...).Stretches {
		if x.Kind != StretchGap && x.Kind != StretchUnaccounted {
			continue
		}
		if n := len(open) - 1; n >= 0 && open[n].To.Equal(x.From) {
			open[n].To = x.To
			continue
		}
		open = append(open, x.Span)
	}
	for _, o := range open {
		if o.Length() > AccountSlack {
			w.Wanted = append(w.Wanted, o)
		}
	}
	return w
}

// byStart orders spans.
func byStart(a, b Span) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) }
