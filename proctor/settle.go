package proctor

import (
	"context"
	"maps"
	"time"
)

// SeatAccounted closes the books of a seat whose exam is over: where each
// moment went, in ms. It is said again when later facts, such as a backfill,
// change it; the newest counts. If it is not Whole somebody must look.
type SeatAccounted struct {
	Seat          SeatID             `json:"seat"`
	From          time.Time          `json:"from"`
	To            time.Time          `json:"to"`
	RecordedMS    int64              `json:"recorded_ms"`
	BackfilledMS  int64              `json:"backfilled_ms"`
	GapsMS        map[GapCause]int64 `json:"gaps_ms"`
	NotAdmittedMS int64              `json:"not_admitted_ms"`
	UnaccountedMS int64              `json:"unaccounted_ms"`
	DoubleMS      int64              `json:"double_ms"`
	Whole         bool               `json:"whole"`
	// Known is how many segments, gaps and backfills it counts.
	Known int `json:"known"`
}

// Type implements Fact.
func (*SeatAccounted) Type() string { return "seat.accounted" }

func (f *SeatAccounted) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) { t.Accounted = f })
}

// known is how many facts a seat's account rests on.
func (t *Seat) known() int { return len(t.Segments) + len(t.Gaps) + len(t.Backfills) }

// Unsettled lists the finished seats whose account is not journaled, or has
// changed since.
func (s *State) Unsettled() (out []SeatID) {
	for id, t := range s.Seats {
		if t.Stage == Finished && (t.Accounted == nil || t.Accounted.Known != t.known()) {
			out = append(out, id)
		}
	}
	return out
}

// Presence is a stretch in which a publishing session of a seat was up.
type Presence struct {
	Span
	// Cut: a restart of the server ended it.
	Cut bool `json:"cut,omitempty"`
}

func (t *Seat) came(at time.Time) {
	t.Presence = append(t.Presence, Presence{Span: Span{From: at}})
}

func (t *Seat) left(at time.Time, cut bool) {
	if n := len(t.Presence) - 1; n >= 0 && t.Presence[n].To.IsZero() {
		t.Presence[n].To, t.Presence[n].Cut = at, cut
	}
}

// absences are gaps that no recorder can tell of, because nobody was there to
// be recorded: what is unaccounted for while no publisher was connected. What
// is unaccounted for beside a publisher is the recorder's fault and stays so.
func (s *State) absences(t *Seat, a Account) (out []Gap) {
	for _, x := range a.Stretches {
		if x.Kind != StretchUnaccounted {
			continue
		}
		away := t.away(x.Span)
		present := x.Length()
		for _, w := range away {
			present -= w.Length()
		}
		if present <= AccountSlack {
			away = []Span{x.Span}
		}
		for _, w := range away {
			out = append(out, Gap{Seat: t.ID, From: w.From, To: w.To, Cause: t.missedBy(w)})
		}
	}
	return out
}

// away are the parts of x in which no publisher was there. A session that a
// restart cut may have ended long before the restart noticed.
func (t *Seat) away(x Span) []Span {
	p := painting{free: []Span{x}}
	for _, here := range t.Presence {
		if here.Cut {
			continue
		}
		if here.To.IsZero() {
			here.To = x.To
		}
		p.paint(Stretch{Span: here.within(x)})
	}
	return p.free
}

// missedBy says why nobody was there in x, as far as is known: a restart cut
// her off, her own page said that the camera failed, or else the network.
func (t *Seat) missedBy(x Span) GapCause {
	for _, here := range t.Presence {
		if here.Cut && here.From.Before(x.To) && here.To.After(x.From) {
			return GapRestart
		}
	}
	cause := GapNetwork
	for _, r := range t.Reports {
		if r.At.After(x.To) {
			break
		}
		switch r.Kind {
		case ReportCameraError, ReportTrackEnded:
			cause = GapDevice
		case ReportCameraStarted:
			cause = GapNetwork
		}
	}
	return cause
}

// settle closes a seat's books: the gaps that only the engine can know of, and
// the account with them.
func (s *State) settle(seat SeatID, now time.Time) ([]Fact, error) {
	t, err := s.SeatOf(seat)
	if err != nil {
		return nil, err
	}
	if t.Stage != Finished {
		return nil, Errorf(Conflict, "seat_stage", "stage", string(t.Stage))
	}
	var out []Fact
	with := *t
	for _, g := range s.absences(t, s.Account(seat, now)) {
		out = append(out, &RecordingGap{g})
		with.Gaps = append(with.Gaps[:len(with.Gaps):len(with.Gaps)], g)
	}
	whole := *s
	whole.Seats = map[SeatID]*Seat{seat: &with}
	f := accounted(seat, whole.Account(seat, now), with.known())
	if t.Accounted != nil && f.same(t.Accounted) {
		return nil, nil
	}
	return append(out, f), nil
}

func accounted(seat SeatID, a Account, known int) *SeatAccounted {
	f := &SeatAccounted{
		Seat: seat, From: a.From, To: a.To, RecordedMS: a.Recorded.Milliseconds(), BackfilledMS: a.Backfilled.Milliseconds(),
		GapsMS: map[GapCause]int64{}, NotAdmittedMS: a.NotAdmitted.Milliseconds(), UnaccountedMS: a.Unaccounted.Milliseconds(),
		DoubleMS: a.Double.Milliseconds(), Whole: a.Whole(), Known: known,
	}
	for cause, d := range a.Gaps {
		f.GapsMS[cause] = d.Milliseconds()
	}
	return f
}

func (f *SeatAccounted) same(o *SeatAccounted) bool {
	return maps.Equal(f.GapsMS, o.GapsMS) && f.From.Equal(o.From) && f.To.Equal(o.To) && f.RecordedMS == o.RecordedMS &&
		f.BackfilledMS == o.BackfilledMS && f.NotAdmittedMS == o.NotAdmittedMS && f.UnaccountedMS == o.UnaccountedMS &&
		f.DoubleMS == o.DoubleMS && f.Whole == o.Whole && f.Known == o.Known
}

// Settle closes the books of a finished seat whose recorder is done, and
// returns its newest account. Told again it says nothing new unless there is.
func (e *Engine) Settle(ctx context.Context, seat SeatID) (SeatAccounted, error) {
	err := e.onSeat(ctx, ActorEngine, seat, func(s *State, now time.Time) ([]Fact, error) { return s.settle(seat, now) })
	var out SeatAccounted
	if err == nil {
		err = e.ViewSeat(seat, func(_ *State, t *Seat) { out = *t.Accounted })
	}
	return out, err
}
