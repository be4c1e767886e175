package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

// warmUp passes between the last seat's joining and the start of measuring.
const warmUp = 2 * time.Second

// load publishes one clip to every target and measures.
func (c *publishCmd) load(ctx context.Context, t terminal, targets []endpoint) error {
	clips, err := loadMedia(c.Clip, c.Audio)
	if err != nil {
		return err
	}
	st, err := newStack(local(targets), c.Insecure)
	if err != nil {
		return err
	}
	defer st.client.CloseIdleConnections()
	var pace pacer
	crowd := make([]*publisher, len(targets))
	for i, e := range targets {
		// Different places, so that key frames do not all fall together.
		crowd[i] = &publisher{stack: st, target: fixed(e), feeds: pace.tracks(i*37, clips...), tell: func(string) {}}
		if len(targets) == 1 {
			crowd[i].tell = func(what string) { t.say("seat 1: %s", what) }
		}
	}
	r, err := c.measure(ctx, t, &pace, crowd)
	if err != nil {
		return err
	}
	if err := r.print(t.out, c.JSON); err != nil {
		return err
	}
	if r.Connected == 0 {
		return errors.New("no seat connected")
	}
	return nil
}

// measure runs the crowd and reports on the time from the warm-up's end until
// the duration is over or ctx ends.
func (c *publishCmd) measure(ctx context.Context, t terminal, pace *pacer, crowd []*publisher) (*result, error) {
	playing, stop := context.WithCancel(context.Background())
	defer stop()
	var running sync.WaitGroup
	running.Go(func() { runAll(playing, pace, crowd, c.Ramp) })
	defer running.Wait()
	defer stop()

	c.awaitJoins(ctx, t, crowd)
	began, err := observe(c.PID, crowd)
	if err != nil {
		return nil, err
	}
	end := (<-chan time.Time)(nil) // never
	if c.Duration > 0 {
		end = time.After(c.Duration)
	}
	c.watchCrowd(ctx, t, crowd, end)
	ended, err := observe(c.PID, crowd)
	if err != nil {
		return nil, err
	}
	return newReport(crowd, began, ended), nil
}

// awaitJoins waits for everybody, but not for those who cannot connect.
func (c *publishCmd) awaitJoins(ctx context.Context, t terminal, crowd []*publisher) {
	limit := time.Now().Add(c.Ramp + connectLimit)
	for joined(crowd) < len(crowd) && time.Now().Before(limit) {
		if !pause(ctx, 50*time.Millisecond) {
			return
		}
	}
	t.say("%d of %d seats joined", joined(crowd), len(crowd))
	pause(ctx, min(warmUp, max(c.Duration, 0)))
}

// watchCrowd says how it goes every ten seconds until the end.
func (c *publishCmd) watchCrowd(ctx context.Context, t terminal, crowd []*publisher, end <-chan time.Time) {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-end:
			return
		case <-tick.C:
			t.say("%d of %d seats connected", connected(crowd), len(crowd))
		}
	}
}

func joined(crowd []*publisher) (n int) {
	for _, p := range crowd {
		if p.standing().joins > 0 {
			n++
		}
	}
	return n
}

func connected(crowd []*publisher) (n int) {
	for _, p := range crowd {
		if p.standing().connected {
			n++
		}
	}
	return n
}
