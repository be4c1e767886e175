package eval

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"qyragy/detect"
	"qyragy/proctor"
)

// outcome is what came of a trial.
type outcome struct {
	trial
	played   int // looks taken; a hit ends a trial
	counted  int // of them those that count, after calibration
	seen     int // the first look from the change on with the right cause, or -1
	raised   int // and the one at which it became a candidate, or advice, or -1
	observed map[proctor.Cause]int
	wrong    []proctor.Cause // candidates of another cause, or before the change
	// early: the right cause was there before the change, so that nothing can
	// be said of whether the change is noticed.
	early  bool
	things map[proctor.ThingKind]int
	err    error
}

func (o *outcome) hit() bool { return o.raised >= 0 && !o.early }

// where is the file, and what was done to it.
func (o *outcome) where() string {
	if o.variant == "" {
		return o.source.Path
	}
	return o.source.Path + " (" + o.variant + ")"
}

// play shows a trial to the detector through VP8 key frames, one a second, and
// tells a real engine what it said.
func (e *evaluator) play(ctx context.Context, t trial) outcome {
	o := outcome{trial: t, seen: -1, raised: -1, observed: map[proctor.Cause]int{}, things: map[proctor.ThingKind]int{}}
	codec, frames, err := e.encode(ctx, t)
	if err == nil {
		err = e.watch(ctx, &o, codec, frames)
	}
	o.err = err
	return o
}

func (e *evaluator) encode(ctx context.Context, t trial) (detect.Codec, [][]byte, error) {
	var raw bytes.Buffer
	for i := range t.looks {
		p, err := t.make(i)
		if err != nil {
			return "", nil, err
		}
		raw.Write(p)
	}
	q := fmt.Sprint(t.quantizer)
	ivf, err := ffmpeg(ctx, &raw, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", fmt.Sprintf("%dx%d", width, height), "-r", "1", "-i", "-",
		"-c:v", "libvpx", "-g", "1", "-b:v", "20M", "-qmin", q, "-qmax", q, "-deadline", "realtime", "-cpu-used", "8", "-threads", "1", "-f", "ivf", "-")
	if err != nil {
		return "", nil, err
	}
	codec, frames, err := e.Split(ivf)
	if err == nil && len(frames) != t.looks {
		err = fmt.Errorf("%d of %d frames came back from the encoder", len(frames), t.looks)
	}
	return codec, frames, err
}

func (e *evaluator) watch(ctx context.Context, o *outcome, codec detect.Codec, frames [][]byte) error {
	s, err := newSeat(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	var memory []byte
	for i, data := range frames {
		at, err := s.second(ctx)
		if err != nil {
			return err
		}
		reply := e.Vision.Look(detect.LookRequest{
			Frame: detect.Frame{Seat: s.id, At: at, Codec: codec, Data: data, Camera: 1}, Age: i, Memory: memory,
			Terms: detect.Terms{Enrolled: o.enrolled, Thresholds: proctor.DefaultThresholds()},
		})
		if reply.Err != "" {
			return errors.New(reply.Err)
		}
		memory = reply.Memory
		if err := s.Look(ctx, reply.Look); err != nil {
			return err
		}
		raised, advised, err := s.raised()
		if err != nil {
			return err
		}
		o.note(i, reply.Look, raised, advised)
		if o.hit() {
			break
		}
	}
	return nil
}

// note takes one look, and all that was raised so far.
func (o *outcome) note(i int, l proctor.Look, raised, advised []proctor.Cause) {
	o.played++
	if !l.Calibrating {
		o.counted++
		for _, c := range causesOf(l) {
			o.observed[c]++
		}
		for _, t := range l.Objects {
			o.things[t.Kind]++
		}
	}
	if slices.Contains(advised, proctor.CauseDark) && o.right(proctor.CauseDark) {
		raised = append(raised, proctor.CauseDark) // of which no candidate comes
	}
	o.wrong = nil
	for _, c := range raised {
		switch {
		case !o.right(c) || o.early:
			o.wrong = append(o.wrong, c)
		case i < o.change:
			o.wrong, o.early = append(o.wrong, c), true
		case o.raised < 0:
			o.raised = i
		}
	}
	if i >= o.change && o.seen < 0 && slices.ContainsFunc(causesOf(l), o.right) {
		o.seen = i
	}
}

func (o *outcome) right(c proctor.Cause) bool { return slices.Contains(o.causes, c) }

// causesOf are the causes of a look, each once.
func causesOf(l proctor.Look) []proctor.Cause {
	var out []proctor.Cause
	for _, obs := range l.Observations {
		if !slices.Contains(out, obs.Cause) {
			out = append(out, obs.Cause)
		}
	}
	return out
}
