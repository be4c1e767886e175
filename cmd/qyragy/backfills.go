package main

import (
	"context"
	"errors"
	"io"
	"time"

	"qyragy/media"
	"qyragy/proctor"
)

// The engine says what is missing and keeps what came.
var _ media.Backfills = (*proctor.Engine)(nil)

// Backfill implements web.Backfills.
func (r recordings) Backfill(ctx context.Context, seat proctor.SeatID, number int) (io.ReadSeekCloser, time.Time, error) {
	var found *proctor.StoredBackfill
	err := r.engine.ViewSeat(seat, func(_ *proctor.State, t *proctor.Seat) {
		for _, b := range t.Backfills {
			if b.Number == number {
				found = &b
			}
		}
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	if found == nil {
		return nil, time.Time{}, proctor.Errorf(proctor.NotFound, "recording_gone")
	}
	body, err := r.media.OpenBackfill(ctx, found.Backfill, found.Receipt)
	if err != nil {
		return nil, time.Time{}, err
	}
	if err := r.sound.check(body, found.SHA256); err != nil {
		return nil, time.Time{}, errors.Join(err, body.Close())
	}
	return body, found.ReceivedAt, nil
}
