package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"qyragy/detect"
	"qyragy/proctor"
)

const (
	// entryFrames is how many key frames identity is checked with at entry,
	// and entryWait how long they are waited for: a camera gives one a second.
	entryFrames = 5
	entryWait   = 4200 * time.Millisecond
	// stale is the age of a newest frame whose camera has stopped.
	stale = 5 * time.Second
)

// sitting is one key frame of the live camera and what the detectors made of
// its face.
type sitting struct {
	frame detect.Frame
	face  detect.PortraitReply
}

// Identify implements web.Pictures: it compares several frames of the seat's
// live camera with the enrolment photo and keeps the best of them. The proctor
// decides.
func (v *evidence) Identify(ctx context.Context, seat proctor.SeatID) error {
	all, err := v.sit(ctx, seat)
	if err != nil {
		return err
	}
	best := sharpest(all)
	jpeg, err := v.dispatch.Picture(ctx, string(best.frame.Codec), best.frame.Data)
	if err != nil {
		return err
	}
	c := proctor.Comparison{At: best.frame.At}
	c.Still, err = v.store.put(ctx, fmt.Sprintf("identity/%s/%d.jpg", seat, c.At.UnixMilli()), jpeg, retention, "image/jpeg")
	if err != nil {
		return fmt.Errorf("keep a still: %w", err)
	}
	var limit float64
	if err := v.engine.ViewSeat(seat, func(s *proctor.State, _ *proctor.Seat) {
		limit = s.Exam.Policy.Thresholds.OrDefault().Distance
	}); err != nil {
		return err
	}
	photo, enrolled, err := v.faces.photo(ctx, seat)
	if err != nil {
		return err
	}
	if enrolled {
		weigh(&c, photo, all, limit)
	} else {
		c.Verdict = "no_photo"
	}
	v.faces.sat(seat, c.Still.SHA256, all, limit)
	return v.engine.Compare(ctx, seat, c)
}

// sit takes several frames of the live camera, each with its face.
func (v *evidence) sit(ctx context.Context, seat proctor.SeatID) ([]sitting, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*entryWait)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var all []sitting
	for began := time.Now(); len(all) < entryFrames && time.Since(began) < entryWait; {
		frame, ok := v.dispatch.Newest(seat)
		if !ok || time.Since(frame.At) > stale {
			break
		}
		if len(all) == 0 || frame.At.After(all[len(all)-1].frame.At) {
			face, err := v.dispatch.Portrait(ctx, detect.PortraitRequest{Codec: frame.Codec, Data: frame.Data, Live: true})
			if err != nil {
				return nil, err
			}
			all = append(all, sitting{frame, face})
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
	if len(all) == 0 {
		return nil, proctor.Errorf(proctor.Conflict, "no_picture")
	}
	return all, nil
}

// good are the frames whose face could be measured.
func good(all []sitting) []sitting {
	return slices.DeleteFunc(slices.Clone(all), func(s sitting) bool { return s.face.Err != "" })
}

// alike are the frames whose face is like that of one of them.
func alike(fit []sitting, one sitting, limit float64) []sitting {
	return slices.DeleteFunc(fit, func(s sitting) bool { return !(detect.Distance(one.face.Face, s.face.Face) <= limit) })
}

// sharpest is the frame with the best face, the newest if none has any.
func sharpest(all []sitting) sitting {
	if g := good(all); len(g) > 0 {
		return slices.MaxFunc(g, func(a, b sitting) int { return cmp.Compare(a.face.Sharpness, b.face.Sharpness) })
	}
	return all[len(all)-1]
}

// weigh fills in a comparison's verdict: what the frames can say and no more.
// Half of the good frames have to be like the photo; one alone may flatter.
func weigh(c *proctor.Comparison, photo detect.PortraitReply, all []sitting, limit float64) {
	fit := good(all)
	switch {
	case photo.Err != "":
		c.Verdict, c.Detail = "unsure", photo.Err+"_enrolled"
		return
	case len(fit) == 0:
		c.Verdict, c.Detail = "unsure", all[len(all)-1].face.Err+"_live"
		return
	}
	distances := make([]float64, len(fit))
	for i, s := range fit {
		distances[i] = detect.Distance(photo.Face, s.face.Face)
	}
	slices.Sort(distances)
	c.Verdict, c.Distance = "different", distances[len(distances)/2]
	if c.Distance <= limit {
		c.Verdict = "same"
	}
	c.Detail = fmt.Sprintf("%d of %d frames, nearest %.2f, median %.2f, limit %.2f", len(fit), len(all), distances[0], c.Distance, limit)
	if refused := refusals(all); refused != "" {
		c.Detail += "; skipped: " + refused
	}
}

// refusals says why frames were skipped, each reason once.
func refusals(all []sitting) string {
	var out []string
	for _, s := range all {
		if s.face.Refused() && !slices.Contains(out, s.face.Err) {
			out = append(out, s.face.Err)
		}
	}
	return strings.Join(out, ", ")
}
