package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"qyragy/detect"
	"qyragy/media"
	"qyragy/proctor"
)

// evidence cuts pictures: stills of incidents from the recording, so that
// picture and video agree, and the still that an identity is checked with from
// the live camera.
type evidence struct {
	engine   *proctor.Engine
	media    *media.Server
	dispatch *detect.Dispatcher
	faces    *faces
	store    store
	log      *slog.Logger
}

// settle is how long after a peak its frame is surely written.
const settle = 300 * time.Millisecond

// pin seals the recording up to an incident's peak and ties the peak's frame
// to the incident. An incident that was raised by hand, or of a seat whose
// pictures had stopped, gets the newest frame before it.
func (v *evidence) pin(ctx context.Context, id proctor.IncidentID) error {
	var i proctor.Incident
	if err := v.engine.ViewIncident(id, func(_ *proctor.State, at *proctor.Incident) { i = *at }); err != nil {
		return err
	}
	if i.Still != nil {
		return nil
	}
	if wait := time.Until(i.Peak.At.Add(settle)); wait > 0 {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	flush, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if err := v.media.FlushSeat(flush, i.Seat); err != nil {
		v.log.Debug("the open segment did not close in time", "err", err)
	}
	return v.cut(ctx, i)
}

func (v *evidence) cut(ctx context.Context, i proctor.Incident) error {
	seg, err := v.segmentAt(i.Seat, i.Peak.At)
	if err != nil {
		return err
	}
	codec, frame, at, err := v.media.KeyFrameAt(ctx, seg.Segment, seg.Receipt, i.Peak.At)
	if err != nil {
		return fmt.Errorf("cut a still: %w", err)
	}
	jpeg, err := v.dispatch.Picture(ctx, codec, frame)
	if err != nil {
		return fmt.Errorf("cut a still: %w", err)
	}
	receipt, err := v.store.put(ctx, fmt.Sprintf("stills/%s/%s.jpg", i.Seat, i.ID), jpeg, retention, "image/jpeg")
	if err != nil {
		return fmt.Errorf("keep a still: %w", err)
	}
	return v.engine.Pin(ctx, i.ID, proctor.Still{Receipt: receipt, At: at, Segment: seg.Number})
}

// segmentAt is the sealed segment that holds at, or the newest before it.
func (v *evidence) segmentAt(seat proctor.SeatID, at time.Time) (seg proctor.StoredSegment, err error) {
	found := false
	err = v.engine.ViewSeat(seat, func(_ *proctor.State, t *proctor.Seat) {
		for _, s := range t.Segments {
			if !s.Start.After(at) {
				seg, found = s, true
			}
		}
	})
	if err == nil && !found {
		err = proctor.Errorf(proctor.NotFound, "recording_gone")
	}
	return seg, err
}

// Still implements web.Pictures.
func (v *evidence) Still(ctx context.Context, id proctor.IncidentID) ([]byte, error) {
	var still *proctor.Still
	if err := v.engine.ViewIncident(id, func(_ *proctor.State, i *proctor.Incident) { still = i.Still }); err != nil {
		return nil, err
	}
	if still == nil {
		return nil, proctor.Errorf(proctor.NotFound, "no_still")
	}
	return v.store.get(ctx, still.Receipt)
}

// Portrait implements web.Pictures: which is "live" or "enrolled".
func (v *evidence) Portrait(ctx context.Context, seat proctor.SeatID, which string) ([]byte, error) {
	var r *proctor.Receipt
	err := v.engine.ViewSeat(seat, func(_ *proctor.State, t *proctor.Seat) {
		switch {
		case which == "enrolled":
			r = t.Enrolment
		case which == "live" && t.Identity != nil:
			r = &t.Identity.Still
		}
	})
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, proctor.Errorf(proctor.NotFound, "no_still")
	}
	return v.store.get(ctx, *r)
}

// Enrol keeps a reference photo.
func (v *evidence) Enrol(ctx context.Context, by proctor.Actor, seat proctor.SeatID, jpeg []byte) error {
	r, err := v.store.put(ctx, fmt.Sprintf("enrolment/%s.jpg", seat), jpeg, 0, "image/jpeg")
	if err != nil {
		return fmt.Errorf("keep the enrolment photo: %w", err)
	}
	return v.engine.Enrol(ctx, by, seat, r)
}
