package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"qyragy/media/vault"
	"qyragy/proctor"
)

// keeping holds the evidence that acts rest on and deletes what has outlived
// its retention. Each deletion is journaled.
type keeping struct {
	engine *proctor.Engine
	vault  *vault.Vault
	log    *slog.Logger
	held   map[string]bool // version IDs held since the start; owned by run
}

// keepEvery is how often evidence is gone through. Retention is days, a hold
// only has to come before its end.
const keepEvery = 5 * time.Minute

// run goes through all exams until ctx ends. A store that is away is tried
// again the next time; a failed journal ends it.
func (k *keeping) run(ctx context.Context) error {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		if err := k.pass(ctx, time.Now()); err != nil && ctx.Err() == nil {
			if k.engine.Err() != nil {
				return err
			}
			k.log.Warn("evidence could not be held or expired; will try again", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (k *keeping) pass(ctx context.Context, now time.Time) error {
	var all error
	for _, exam := range k.engine.Exams() {
		var work proctor.Keeping
		if err := k.engine.View(exam, func(s *proctor.State) { work = s.Keep(now, retention) }); err != nil {
			return err
		}
		for _, r := range work.Hold {
			all = errors.Join(all, k.hold(ctx, r))
		}
		for _, x := range work.Expire {
			all = errors.Join(all, k.expire(ctx, x))
		}
	}
	return all
}

func (k *keeping) hold(ctx context.Context, r proctor.Receipt) error {
	if k.held[r.VersionID] {
		return nil
	}
	if err := k.vault.Hold(ctx, r.Key, r.VersionID, true); err != nil {
		return err
	}
	k.held[r.VersionID] = true
	return nil
}

func (k *keeping) expire(ctx context.Context, x proctor.ExpiredObject) error {
	if err := k.vault.Delete(ctx, x.Receipt.Key, x.Receipt.VersionID); err != nil {
		// It may have been held while an act or a candidate rested on it; its
		// lock is for the store to judge.
		if err := k.vault.Hold(ctx, x.Receipt.Key, x.Receipt.VersionID, false); err != nil {
			return err
		}
		delete(k.held, x.Receipt.VersionID)
		if err := k.vault.Delete(ctx, x.Receipt.Key, x.Receipt.VersionID); err != nil {
			return err
		}
	}
	if err := k.engine.Expired(ctx, x.Seat, x.Receipt); err != nil {
		return fmt.Errorf("journal that evidence expired: %w", err)
	}
	return nil
}
