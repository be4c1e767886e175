package deliver

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"qyragy/proctor"
)

// The waits between attempts.
const (
	firstWait = 5 * time.Second
	mostWait  = 15 * time.Minute
	// enough is how many deliveries in a row a system may fail with before it
	// is left alone for a while.
	enough = 3
)

// Outbox carries what the journal owes to the systems. It remembers only how
// long to wait: everything else is in the journal, so that it may be killed at
// any moment.
type Outbox struct {
	engine  *proctor.Engine
	systems map[string]System
	now     func() time.Time
	log     *slog.Logger

	lines map[string]*line
}

// line is the way to one system. Its run loop alone works on it; mu guards what
// Retry changes.
type line struct {
	name   string
	system System        // nil: nobody has configured it
	wake   chan struct{} // capacity 1

	mu      sync.Mutex
	pause   wait
	items   map[proctor.DeliveryKey]wait
	waiting map[proctor.DeliveryKey]bool // handed to a person
}

// wait is until when not to try again, after how many failures.
type wait struct {
	until time.Time
	tries int
}

// Options are what an Outbox takes from outside. Nil fields get the real thing.
type Options struct {
	Now    func() time.Time
	Logger *slog.Logger
}

// NewOutbox makes one that knows systems by their names.
func NewOutbox(e *proctor.Engine, systems map[string]System, o Options) *Outbox {
	out := &Outbox{engine: e, systems: systems, now: o.Now, log: o.Logger, lines: map[string]*line{}}
	if out.now == nil {
		out.now = time.Now
	}
	if out.log == nil {
		out.log = slog.New(slog.DiscardHandler)
	}
	for name, s := range systems {
		out.lines[name] = newLine(name, s)
	}
	return out
}

func newLine(name string, s System) *line {
	return &line{
		name: name, system: s, wake: make(chan struct{}, 1),
		items: map[proctor.DeliveryKey]wait{}, waiting: map[proctor.DeliveryKey]bool{},
	}
}

// Wake has every system looked at again: something may be owed.
func (o *Outbox) Wake() {
	for _, l := range o.lines {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

// Retry forgets what a delivery has to wait for: a person wants it tried now.
func (o *Outbox) Retry(system string, key proctor.DeliveryKey) {
	if l := o.lines[system]; l != nil {
		l.mu.Lock()
		l.pause = wait{}
		delete(l.items, key)
		delete(l.waiting, key)
		l.mu.Unlock()
	}
	o.Wake()
}

// Run delivers until ctx ends or the engine has failed; one goroutine a system.
func (o *Outbox) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, l := range o.lines {
		g.Go(func() error {
			if err := o.follow(ctx, l); err != nil && ctx.Err() == nil {
				return fmt.Errorf("deliver to %s: %w", l.name, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// Strange tells the journal of deliveries for systems that nobody has
// configured: they would wait for ever.
func (o *Outbox) Strange(ctx context.Context) error {
	for _, exam := range o.engine.Exams() {
		owed := map[proctor.DeliveryKey]string{}
		err := o.engine.View(exam, func(s *proctor.State) {
			for _, name := range slices.Concat(s.Record.Scores, s.Record.Times) {
				if o.lines[name] != nil || name == proctor.ByHand {
					continue
				}
				for _, d := range s.Due(name) {
					owed[d.Key] = name
				}
			}
		})
		for key, name := range owed {
			if err == nil {
				err = o.engine.DeliveryFails(ctx, exam, key, name, proctor.FailUnknown, name)
			}
		}
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("look for unknown systems: %w", err)
		}
	}
	return nil
}

// follow runs one system's line.
func (o *Outbox) follow(ctx context.Context, l *line) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-l.wake:
		case <-timer.C:
		}
		next, err := o.pass(ctx, l)
		if err != nil {
			return err
		}
		timer.Reset(min(mostWait, max(time.Second, next.Sub(o.now()))))
	}
}

// Pass tries once, for every system, what is due now. Tests call it; Run does
// the same by itself.
func (o *Outbox) Pass(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(o.lines)) {
		if _, err := o.pass(ctx, o.lines[name]); err != nil {
			return err
		}
	}
	return nil
}

// pass gives a system all that is due, and says when to come again. Each
// success may make a next delivery due.
func (o *Outbox) pass(ctx context.Context, l *line) (next time.Time, err error) {
	poor := 0
	for ctx.Err() == nil {
		now := o.now()
		if until := l.paused(now); !until.IsZero() {
			return until, nil
		}
		x, next, ok := l.choose(o.due(l.name), now)
		if !ok {
			return next, nil
		}
		why, err := o.deliver(ctx, l, x)
		if err != nil {
			return now, err
		}
		if poor++; why == "" {
			poor = 0
		}
		l.settle(x.Key, why, poor >= enough, now)
	}
	return o.now(), nil
}

// due are copies of what a system may be given, the oldest first.
func (o *Outbox) due(system string) (out []Item) {
	for _, exam := range o.engine.Exams() {
		_ = o.engine.View(exam, func(s *proctor.State) {
			for _, d := range s.Due(system) {
				out = append(out, ItemOf(s, d, system))
			}
		}) // an engine that has stopped owes nothing that could be journaled
	}
	slices.SortStableFunc(out, func(a, b Item) int { return a.At.Compare(b.At) })
	return out
}

// ItemOf copies a delivery out of a State for a system.
func ItemOf(s *proctor.State, d *proctor.Delivery, system string) Item {
	x := Item{Delivery: *d, Of: s.Exam, Record: s.Record}
	x.Progress = maps.Clone(d.Progress)
	if t := s.Seats[d.Seat]; t != nil {
		x.Examinee, x.User = t.Examinee, t.Record
	}
	x.Before, _ = s.Before(d, system)
	return x
}

// choose picks the delivery that has failed least, of those that need not wait.
func (l *line) choose(due []Item, now time.Time) (x Item, next time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	next = now.Add(mostWait)
	for _, i := range due {
		w := l.items[i.Key]
		switch {
		case l.waiting[i.Key]:
		case w.until.After(now):
			if w.until.Before(next) {
				next = w.until
			}
		case !ok || w.tries < l.items[x.Key].tries:
			x, ok = i, true
		}
	}
	return x, next, ok
}

func (l *line) paused(now time.Time) (until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pause.until.After(now) {
		return l.pause.until
	}
	return time.Time{}
}

// settle remembers how an attempt ended: "" is well.
func (l *line) settle(key proctor.DeliveryKey, why proctor.FailureReason, tooMany bool, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if why == "" {
		delete(l.items, key)
		l.pause = wait{}
		return
	}
	l.items[key] = l.items[key].longer(now)
	if tooMany || why == proctor.FailUnreachable || why == proctor.FailUnauthorized {
		l.pause = l.pause.longer(now)
	}
}

// longer is the wait after one more failure: doubled up to mostWait, and
// scattered by a quarter, so that not everything comes back at once.
func (w wait) longer(now time.Time) wait {
	d := min(mostWait, firstWait<<min(w.tries, 10))
	return wait{now.Add(d*3/4 + time.Duration(rand.Int64N(int64(d)/4+1))), w.tries + 1}
}

// deliver tries one item and journals how it went. The error is the journal's.
func (o *Outbox) deliver(ctx context.Context, l *line, x Item) (proctor.FailureReason, error) {
	exam, key := x.Exam, x.Key
	receipt, err := o.try(ctx, l, &x)
	if stopped := o.engine.Err(); stopped != nil {
		return "", stopped
	}
	if ctx.Err() != nil {
		return proctor.FailUnreachable, nil // we are stopping: it is said again after the start
	}
	if err != nil {
		why, detail := reasonOf(err)
		o.log.Warn("a decision is not in the system of record yet", "system", l.name, "delivery", key, "reason", why, "detail", detail)
		return why, o.engine.DeliveryFails(ctx, exam, key, l.name, why, detail)
	}
	if receipt.Waits {
		l.mu.Lock()
		l.waiting[key] = true
		l.mu.Unlock()
		return "", nil
	}
	o.log.Info("a decision is in the system of record", "system", l.name, "delivery", key, "reference", receipt.Reference)
	return "", o.engine.DeliveryArrived(ctx, exam, key, l.name, receipt.Reference)
}

// try looks at what is there, once, and then delivers.
func (o *Outbox) try(ctx context.Context, l *line, x *Item) (Receipt, error) {
	if x.Progress[l.name].Sent.IsZero() {
		if looker, ok := l.system.(Looker); ok && x.Before == "" {
			found, err := looker.Look(ctx, *x)
			if err != nil {
				return Receipt{}, err
			}
			x.Before = found
		}
		found := x.Before
		if x.Base != "" && x.Base != x.Key {
			found = "" // it is with the first one
		}
		if err := o.engine.DeliveryBegins(ctx, x.Exam, x.Key, l.name, found); err != nil {
			return Receipt{}, err
		}
	}
	return l.system.Deliver(ctx, *x)
}
