package web

import (
	"context"
	"fmt"
	"sync"
	"time"

	"qyragy/proctor"
)

// custodyPause is how long one person's looking at one thing counts as one
// look: a player fetches a segment in many ranges.
const (
	custodyPause = 5 * time.Minute
	custodyKept  = 4096
)

// custody journals who looked at what, before it is shown.
type custody struct {
	engine *proctor.Engine
	now    func() time.Time

	mu   sync.Mutex
	seen map[look]time.Time // at most custodyKept
}

type look struct {
	by   proctor.Actor
	seat proctor.SeatID
	what string
}

func newCustody(e *proctor.Engine, now func() time.Time) *custody {
	return &custody{engine: e, now: now, seen: map[look]time.Time{}}
}

// viewed must succeed before evidence is handed out.
func (c *custody) viewed(ctx context.Context, by proctor.Actor, seat proctor.SeatID, what string) error {
	l, now := look{by, seat, what}, c.now()
	c.mu.Lock()
	at, known := c.seen[l]
	c.mu.Unlock()
	if known && now.Sub(at) < custodyPause {
		return nil
	}
	if err := c.engine.Viewed(ctx, by, seat, what); err != nil {
		return fmt.Errorf("journal a look at evidence: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.seen) >= custodyKept {
		clear(c.seen) // the cost is a second line in the journal
	}
	c.seen[l] = now
	return nil
}
