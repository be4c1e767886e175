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

// Identify implements web.Pictures: it takes a still from the seat's live
// camera and measures it against the enrolment photo. The proctor decides.
func (v *evidence) Identify(ctx context.Context, seat proctor.SeatID) error {
	frame, ok := v.dispatch.Newest(seat)
	if !ok || time.Since(frame.At) > 5*time.Second {
		return proctor.Errorf(proctor.Conflict, "no_picture")
	}
	jpeg, err := v.dispatch.Picture(ctx, string(frame.Codec), frame.Data)
	if err != nil {
		return err
	}
	c := proctor.Comparison{At: frame.At}
	c.Still, err = v.store.put(ctx, fmt.Sprintf("identity/%s/%d.jpg", seat, frame.At.UnixMilli()), jpeg, retention, "image/jpeg")
	if err != nil {
		return fmt.Errorf("keep a still: %w", err)
	}
	if err := v.compare(ctx, seat, jpeg, &c); err != nil {
		return err
	}
	return v.engine.Compare(ctx, seat, c)
}

// compare fills in the verdict: what a picture can say and no more.
func (v *evidence) compare(ctx context.Context, seat proctor.SeatID, live []byte, c *proctor.Comparison) error {
	var enrolled *proctor.Receipt
	if err := v.engine.ViewSeat(seat, func(_ *proctor.State, t *proctor.Seat) { enrolled = t.Enrolment }); err != nil {
		return err
	}
	if enrolled == nil {
		c.Verdict = "no_photo"
		return nil
	}
	photo, err := v.store.get(ctx, *enrolled)
	if err != nil {
		return fmt.Errorf("fetch the enrolment photo: %w", err)
	}
	reply, err := v.dispatch.Identify(ctx, photo, live)
	switch {
	case err != nil:
		return err
	case reply.Err != "":
		c.Verdict, c.Detail = "unsure", reply.Err
	case reply.Same:
		c.Verdict, c.Distance = "same", reply.Distance
	default:
		c.Verdict, c.Distance = "different", reply.Distance
	}
	return nil
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
