package main

import (
	"context"
	"io"
	"time"

	"qyragy/media"
	"qyragy/proctor"
	"qyragy/web"
)

// recordings plays a seat's segments.
type recordings struct {
	engine *proctor.Engine
	media  *media.Server
}

// Segment implements web.Recordings.
func (r recordings) Segment(ctx context.Context, seat proctor.SeatID, number int) (io.ReadSeekCloser, time.Time, error) {
	var seg *proctor.StoredSegment
	err := r.engine.ViewSeat(seat, func(_ *proctor.State, t *proctor.Seat) {
		for _, s := range t.Segments {
			if s.Number == number {
				seg = &s
			}
		}
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	if seg == nil {
		return nil, time.Time{}, proctor.Errorf(proctor.NotFound, "recording_gone")
	}
	body, err := r.media.OpenSegment(ctx, seg.Segment, seg.Receipt)
	return body, seg.End, err
}

// Live implements web.Recordings: what is written of the open segment.
func (r recordings) Live(_ context.Context, seat proctor.SeatID) (io.ReadSeekCloser, error) {
	return r.media.OpenLive(seat)
}

// LiveInfo implements web.Recordings.
func (r recordings) LiveInfo(seat proctor.SeatID) (web.LiveInfo, bool) {
	g, ok := r.media.Live(seat)
	return web.LiveInfo{Start: g.Start, Codecs: g.Codecs, Width: g.Width, Height: g.Height}, ok
}
