package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"qyragy/deliver"
	"qyragy/proctor"
)

// delivery carries decisions to the systems of record, and implements
// web.Outbox.
type delivery struct {
	engine *proctor.Engine
	set    deliver.Set
	box    *deliver.Outbox
}

// deliverySweep is how often it looks for what no fact told it of.
const deliverySweep = time.Minute

// openDelivery reads which systems of record there are.
func (s *server) openDelivery(context.Context) (err error) {
	s.systems = deliver.None()
	if s.cfg.Deliver != "" {
		s.systems, err = deliver.Load(s.cfg.Deliver)
	}
	return err
}

func newDelivery(e *proctor.Engine, set deliver.Set, box *deliver.Outbox) *delivery {
	return &delivery{e, set, box}
}

// run wakes the outbox when something is decided or a person asks.
func (d *delivery) run(ctx context.Context) error {
	return follow(ctx, d.engine, deliverySweep, func(f proctor.Fact) error {
		switch f := f.(type) {
		case *proctor.ScoreAnnulled, *proctor.ScoreRestored, *proctor.RemedyGranted, *proctor.RemedyRevoked,
			*proctor.SeatWindowed, *proctor.ExamLinked, *proctor.SeatLinked, *proctor.DeliveryAcked:
			d.box.Wake()
		case *proctor.DeliveryRetried:
			d.box.Retry(f.System, f.Key)
		}
		return nil
	}, func() error {
		d.box.Wake()
		return ignoreCancel(ctx, d.box.Strange(ctx))
	})
}

// Systems implements web.Outbox.
func (d *delivery) Systems() []string { return slices.Sorted(maps.Keys(d.set.Systems)) }

// Table implements web.Outbox.
func (d *delivery) Table() ([]byte, error) {
	var items []deliver.Item
	for _, exam := range d.engine.Exams() {
		err := d.engine.View(exam, func(s *proctor.State) {
			for _, x := range s.Deliveries {
				if x.Done.IsZero() {
					items = append(items, deliver.ItemOf(s, x, proctor.ByHand))
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(items, func(a, b deliver.Item) int { return a.At.Compare(b.At) })
	return deliver.Table(items)
}

// open counts what no system has acknowledged, and of it what waits for a
// person.
func (d *delivery) open() (pending, refused int64) {
	for _, exam := range d.engine.Exams() {
		_ = d.engine.View(exam, func(s *proctor.State) {
			for _, x := range s.Deliveries {
				if !x.Done.IsZero() {
					continue
				}
				pending++
				if s.StateOf(x) == proctor.DeliveryRefused {
					refused++
				}
			}
		}) // an engine that has stopped counts nothing
	}
	return pending, refused
}

// excuses keeps the documents that individual windows rest on; it implements
// web.Excuses.
type excuses struct {
	engine *proctor.Engine
	store  store
}

// Excuse implements web.Excuses. The document is held before anybody may rest
// a window on it.
func (x excuses) Excuse(ctx context.Context, by proctor.Actor, seat proctor.SeatID, document []byte, kind string) (string, error) {
	sum := sha256.Sum256(document)
	name := hex.EncodeToString(sum[:])
	r, err := x.store.put(ctx, fmt.Sprintf("excuses/%s/%s", seat, name[:16]), document, keepActs, kind)
	if err == nil {
		err = x.store.vault.Hold(ctx, r.Key, r.VersionID, true)
	}
	if err != nil {
		return "", fmt.Errorf("keep a reason document: %w", err)
	}
	return name, x.engine.Excuse(ctx, by, seat, r, kind)
}

// Document implements web.Excuses.
func (x excuses) Document(ctx context.Context, seat proctor.SeatID, sha string) ([]byte, string, error) {
	var found *proctor.Excuse
	err := x.engine.ViewSeat(seat, func(_ *proctor.State, t *proctor.Seat) {
		for _, e := range t.Excuses {
			if e.Receipt.SHA256 == sha {
				copied := e
				found = &copied
			}
		}
	})
	if err != nil {
		return nil, "", err
	}
	if found == nil {
		return nil, "", proctor.Errorf(proctor.NotFound, "excuse")
	}
	data, err := x.store.get(ctx, found.Receipt)
	return data, found.Kind, err
}
