package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"qyragy/media"
	"qyragy/proctor"
)

// books closes the account of every seat whose exam is over and raises the
// alarm when a second of it is missing.
type books struct {
	engine *proctor.Engine
	media  *media.Server
	log    *slog.Logger

	bad atomic.Int64 // seats whose account is not whole

	waiting map[proctor.SeatID]time.Time // since when for a recorder; owned by run
}

const (
	booksEvery = 2 * time.Second
	// booksWait is how long a recorder that cannot finish, as with a broken
	// disk, is waited for before the account is closed without it.
	booksWait = 2 * time.Minute
)

// run closes accounts until ctx ends or the journal fails. It only looks at
// times: facts come too fast to look at each.
func (b *books) run(ctx context.Context) error {
	tick := time.NewTicker(booksEvery)
	defer tick.Stop()
	for {
		if err := b.sweep(ctx, time.Now()); err != nil {
			return ignoreCancel(ctx, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (b *books) sweep(ctx context.Context, now time.Time) error {
	var bad int64
	for _, exam := range b.engine.Exams() {
		var open []proctor.SeatID
		err := b.engine.View(exam, func(s *proctor.State) {
			open = s.Unsettled()
			for _, t := range s.Seats {
				if t.Accounted != nil && !t.Accounted.Whole {
					bad++
				}
			}
		})
		if err != nil {
			return err
		}
		for _, seat := range open {
			if err := b.close(ctx, seat, now); err != nil {
				return err
			}
		}
	}
	b.bad.Store(bad)
	return nil
}

// close has the seat's recorder say its last and journals the account.
func (b *books) close(ctx context.Context, seat proctor.SeatID, now time.Time) error {
	if !b.media.Settled(seat) {
		b.media.EndSeat(seat)
		if b.waiting[seat].IsZero() {
			b.waiting[seat] = now
		}
		if now.Sub(b.waiting[seat]) < booksWait {
			return nil
		}
	}
	delete(b.waiting, seat)
	a, err := b.engine.Settle(ctx, seat)
	if err != nil {
		return err
	}
	if !a.Whole {
		b.log.Error("a seat's time is not accounted for", "seat", seat, "from", a.From, "to", a.To,
			"recorded_ms", a.RecordedMS, "backfilled_ms", a.BackfilledMS, "gaps_ms", a.GapsMS,
			"not_admitted_ms", a.NotAdmittedMS, "unaccounted_ms", a.UnaccountedMS, "double_ms", a.DoubleMS)
	}
	return nil
}
