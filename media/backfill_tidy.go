package media

import (
	"context"
	"fmt"
	"time"
)

// tidyEvery is how often uploads that nobody finishes are looked for: a server
// may run for months.
const tidyEvery = time.Hour

// tidyOften removes them until ctx ends.
func (b *backfills) tidyOften(ctx context.Context) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := b.tidy(ctx); err != nil && ctx.Err() == nil {
			b.server.log.Warn("unfinished backfills could not be removed; will try again", "err", err)
		}
	}
}

// tidy removes the uploads that are older than pieceLife and not whole.
func (b *backfills) tidy(ctx context.Context) error {
	if b.log == nil {
		return nil
	}
	sp := b.server.spool
	seats, err := sp.seats(backfillDir)
	if err != nil {
		return err
	}
	for _, seat := range seats {
		pieces, err := sp.pieces(seat)
		if err != nil {
			return err
		}
		for _, p := range pieces {
			if b.server.now().Sub(p.Created) <= pieceLife || !sp.hasPiece(p, "part") {
				continue
			}
			if err := b.drop(ctx, p); err != nil {
				return fmt.Errorf("remove backfill %s of %s: %w", p.ID, seat, err)
			}
		}
	}
	return nil
}

// drop removes an upload when its turn comes, unless it is whole by then.
func (b *backfills) drop(ctx context.Context, p piece) error {
	release, err := b.hold(ctx, piecePath(p.Seat, p.ID, ""), func() {})
	if err != nil {
		return err
	}
	defer release()
	if !b.server.spool.hasPiece(p, "part") {
		return nil
	}
	return b.server.spool.dropPiece(p)
}
