package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"qyragy/detect"
	"qyragy/proctor"
)

// keeper pins a still to every new candidate, a few at a time, so that a
// proctor sees the recorded picture and the evidence around it is sealed, and
// ends the media of seats whose exam is over.
type keeper struct {
	engine   *proctor.Engine
	evidence *evidence
	listener *detect.Listener
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
	return follow(ctx, k.engine, 10*time.Second, func(f proctor.Fact) error {
		switch f := f.(type) {
		case *proctor.IncidentOpened:
			offer(work, f.Incident.ID)
		case *proctor.SeatFinished:
			k.end(f.Seat)
		}
		return nil
	}, func() error {
		unpinned, over := k.missed()
		for _, id := range unpinned {
			offer(work, id)
		}
		for _, id := range over {
			k.end(id)
		}
		return nil
	})
}

// end cuts a finished seat's media and frees what is kept of its pictures and
// sound.
func (k *keeper) end(seat proctor.SeatID) {
	k.evidence.media.EndSeat(seat)
	k.evidence.dispatch.Forget(seat)
	k.listener.Forget(seat)
	k.evidence.faces.forget(seat)
}

// offer drops what does not fit: the sweep comes again.
func offer(work chan<- proctor.IncidentID, id proctor.IncidentID) {
	select {
	case work <- id:
	default:
	}
}

// missed are the candidates without a still, and the finished seats that still
// have a publisher: one that was let in at the last moment, or an event that
// this reader was too slow for.
func (k *keeper) missed() (unpinned []proctor.IncidentID, over []proctor.SeatID) {
	now := time.Now()
	for _, exam := range k.engine.Exams() {
		_ = k.engine.View(exam, func(s *proctor.State) {
			for id, i := range s.Incidents {
				if i.Still == nil && i.Candidate() && now.Sub(i.Opened) < giveUp {
					unpinned = append(unpinned, id)
				}
			}
			for id, t := range s.Seats {
				if t.Stage == proctor.Finished && t.Connected {
					over = append(over, id)
				}
			}
		}) // an engine that has stopped has nothing to keep
	}
	return unpinned, over
}
