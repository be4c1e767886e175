package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"qyragy/proctor"
)

// keeper pins a still to every new candidate, a few at a time, so that a
// proctor sees the recorded picture and the evidence around it is sealed.
type keeper struct {
	engine   *proctor.Engine
	evidence *evidence
	log      *slog.Logger
}

const (
	keeperWorkers = 4
	// giveUp is how old a candidate may be before a missing still is left
	// alone: nothing was recorded then.
	giveUp = 2 * time.Minute
)

func (k *keeper) run(ctx context.Context) error {
	work := make(chan proctor.IncidentID, 256)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer close(work)
	for range keeperWorkers {
		workers.Go(func() {
			for id := range work {
				if err := k.evidence.pin(ctx, id); err != nil && ctx.Err() == nil {
					k.log.Warn("no still for an incident yet", "incident", id, "err", err)
				}
			}
		})
	}
	sub := k.engine.SubscribeAll()
	defer func() { sub.Close() }()
	sweep := time.NewTicker(10 * time.Second)
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-sub.C:
			if !ok {
				if ctx.Err() != nil || k.engine.Err() != nil {
					return nil
				}
				sub = k.engine.SubscribeAll()
				continue
			}
			switch f := e.Fact.(type) {
			case *proctor.IncidentOpened:
				offer(work, f.Incident.ID)
			case *proctor.SeatFinished:
				k.evidence.media.EndSeat(f.Seat)
				k.evidence.dispatch.Forget(f.Seat)
			}
		case <-sweep.C:
			for _, id := range k.unpinned() {
				offer(work, id)
			}
		}
	}
}

// offer drops what does not fit: the sweep comes again.
func offer(work chan<- proctor.IncidentID, id proctor.IncidentID) {
	select {
	case work <- id:
	default:
	}
}

func (k *keeper) unpinned() (ids []proctor.IncidentID) {
	now := time.Now()
	for _, exam := range k.engine.Exams() {
		_ = k.engine.View(exam, func(s *proctor.State) {
			for id, i := range s.Incidents {
				if i.Still == nil && i.Candidate() && now.Sub(i.Opened) < giveUp {
					ids = append(ids, id)
				}
			}
		}) // an engine that has stopped has nothing to pin
	}
	return ids
}
