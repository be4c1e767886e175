package proctor

import (
	"context"
	"slices"
	"time"
)

// Backfill is a stretch of a gap that the client recorded by itself and sent
// afterwards. It is evidence of lesser weight: its times are the client's word,
// and who makes a gap can also make up what fills it. The gap stays on record,
// no incident ends by it, and no detector sees it.
type Backfill struct {
	Seat   SeatID    `json:"seat"`
	Number int       `json:"number"` // 0, 1, 2 … in the order of arrival
	From   time.Time `json:"from"`   // of its first video frame, as the client says
	To     time.Time `json:"to"`
	Size   int64     `json:"size"`
	SHA256 string    `json:"sha256"` // of the whole file, hex
	// Codecs as in a MIME type's codecs parameter, e.g. "vp8,opus".
	Codecs string `json:"codecs"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Frames int    `json:"frames"` // video frames
	// FirstMS is the timestamp of its first video frame within the file, ms: a
	// player shows the moment From there.
	FirstMS int64 `json:"first_ms"`
	// Holes are stretches longer than a second without a frame in it.
	Holes      []Span    `json:"holes,omitempty"`
	ReceivedAt time.Time `json:"received_at"`
	// ClockOffsetMS is what the client says it added to its own clock, ms.
	ClockOffsetMS int64 `json:"clock_offset_ms,omitempty"`
}

// StoredBackfill is a backfill and, once the object store has it, its receipt.
type StoredBackfill struct {
	Backfill
	Receipt *Receipt `json:"receipt,omitempty"`
	// Expired: deleted when its retention ended.
	Expired bool `json:"expired,omitempty"`
}

// holds are the stretches of which it has frames.
func (b Backfill) holds() []Span {
	holes := slices.SortedFunc(slices.Values(b.Holes), byStart)
	var out []Span
	from := b.From
	for _, h := range holes {
		out = append(out, Span{from, h.From})
		from = h.To
	}
	return append(out, Span{from, b.To})
}

// The facts of backfills and of the account.
type (
	// BackfillSealed: the client sent a stretch that was missing; it has the
	// hash it was announced with and is safe in the spool.
	BackfillSealed struct {
		Backfill Backfill `json:"backfill"`
	}
	// BackfillStored: the object store has it.
	BackfillStored struct {
		Seat    SeatID  `json:"seat"`
		Number  int     `json:"number"`
		Receipt Receipt `json:"receipt"`
	}
)

// Type implements Fact.
func (*BackfillSealed) Type() string { return "backfill.sealed" }

// Type implements Fact.
func (*BackfillStored) Type() string { return "backfill.stored" }

func (f *BackfillSealed) apply(s *State, e Event) error {
	return s.seat(f.Backfill.Seat, func(t *Seat) {
		t.Backfills = append(t.Backfills, StoredBackfill{Backfill: f.Backfill})
	})
}

func (f *BackfillStored) apply(s *State, e Event) error {
	found := false
	err := s.seat(f.Seat, func(t *Seat) {
		for i := range t.Backfills {
			if t.Backfills[i].Number == f.Number {
				t.Backfills[i].Receipt, found = &f.Receipt, true
			}
		}
	})
	if err == nil && !found {
		return missing("backfill", f.Number)
	}
	return err
}

// Wanting says what of a seat's time its client may fill in now; see
// State.Wanting.
func (e *Engine) Wanting(seat SeatID, live ...Span) (w Wanting, err error) {
	now := e.now()
	err = e.ViewSeat(seat, func(s *State, _ *Seat) { w = s.Wanting(seat, now, live...) })
	return w, err
}

// BackfillSealed records a backfill, gives it its number and returns that.
// Told twice of the same bytes, as after a crash, it records them once.
func (e *Engine) BackfillSealed(ctx context.Context, b Backfill) (number int, err error) {
	err = e.onSeat(ctx, SeatActor(b.Seat), b.Seat, func(s *State, _ time.Time) ([]Fact, error) {
		known := s.Seats[b.Seat].Backfills
		for _, k := range known {
			if k.SHA256 == b.SHA256 {
				number = k.Number
				return nil, nil
			}
		}
		number = len(known)
		b.Number = number
		return []Fact{&BackfillSealed{b}}, nil
	})
	return number, err
}

// BackfillStored records the object store's receipt for a backfill, once.
func (e *Engine) BackfillStored(ctx context.Context, seat SeatID, number int, receipt Receipt) error {
	return e.onSeat(ctx, ActorRecorder, seat, func(s *State, _ time.Time) ([]Fact, error) {
		for _, known := range s.Seats[seat].Backfills {
			if known.Number == number && known.Receipt == nil {
				return []Fact{&BackfillStored{seat, number, receipt}}, nil
			}
		}
		return nil, nil
	})
}

// TakesBackfills returns nil if at now a seat's client may send what was
// missed, and otherwise an Error that says why not.
func (s *State) TakesBackfills(t *Seat, now time.Time) error {
	switch {
	case t.Admitted.IsZero():
		return Errorf(Conflict, "not_admitted")
	case now.After(s.ends(t, s.Hours(t).To).Add(BackfillGrace)):
		return Errorf(Conflict, "exam_over")
	}
	return nil
}
