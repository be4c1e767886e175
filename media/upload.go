package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"qyragy/proctor"
)

// Vault is where sealed segments and backfills go (media/vault).
type Vault interface {
	// Put stores size bytes of r under key, keeps them for retain, and
	// returns a receipt only for what the store verifiably has. sha256 is hex.
	Put(ctx context.Context, key string, r io.ReadSeeker, size int64, sha256 string, retain time.Duration, contentType string) (proctor.Receipt, error)
	// Find returns a receipt for what an earlier Put may have left without
	// saying so; ok is false if the store has nothing of the kind.
	Find(ctx context.Context, key string, size int64, sha256 string, retain time.Duration) (r proctor.Receipt, ok bool, err error)
	// Get opens a version of an object and returns its size.
	Get(ctx context.Context, key, versionID string) (io.ReadSeekCloser, int64, error)
}

// Bounds of the uploader.
const (
	uploadWorkers = 4
	uploadTimeout = 5 * time.Minute
	retryFirst    = time.Second
	retryLast     = time.Minute
	probeLast     = 5 * time.Second // between tries of any segment while the store refuses all
)

// uploads moves what is sealed to the vault, for ever if need be. The spool
// is the truth: what is in the list is only what is there.
type uploads struct {
	spool *spool
	vault Vault
	log   Log
	keep  time.Duration
	fatal func(error)
	warn  func(msg string, args ...any)
	stats *counters

	mu      sync.Mutex
	jobs    []upload
	busy    int
	refused int           // failures since anything was stored
	quiet   time.Time     // nothing is tried before this
	wake    chan struct{} // capacity 1: look again
}

// upload is one file of the spool on its way.
type upload struct {
	seat        proctor.SeatID
	path        string // in the spool
	key         string // its object's
	size        int64
	sha256      string
	contentType string
	stored      func(context.Context, proctor.Receipt) error // tells the journal
	forget      func() error                                 // the vault has it: the file may go
	due         time.Time
	tries       int
	again       bool // an earlier try, or an earlier run, may have stored it unheard
}

// add hands over a sealed segment.
func (u *uploads) add(g proctor.Segment) { u.push(u.segment(g)) }

// addAgain takes a segment of an earlier run.
func (u *uploads) addAgain(g proctor.Segment) {
	j := u.segment(g)
	j.again = true
	u.push(j)
}

func (u *uploads) segment(g proctor.Segment) upload {
	return upload{
		seat: g.Seat, path: name(g.Seat, g.Number, "webm"), key: objectKey(g), size: g.Size, sha256: g.SHA256, contentType: ContentType(g.Codecs),
		stored: func(ctx context.Context, r proctor.Receipt) error {
			return u.log.SegmentStored(ctx, g.Seat, g.Number, r)
		},
		forget: func() error { return u.spool.forget(g) },
	}
}

func (u *uploads) push(j upload) {
	u.mu.Lock()
	u.jobs = append(u.jobs, j)
	u.mu.Unlock()
	u.poke()
}

func (u *uploads) poke() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// hurry makes everything due: the store works, so nobody need wait for it.
func (u *uploads) hurry() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.refused, u.quiet = 0, time.Time{}
	for i := range u.jobs {
		u.jobs[i].due = time.Time{}
	}
}

// rest lets nobody knock for a while: a store that has refused one segment
// would refuse the next thousand as well.
func (u *uploads) rest() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.refused++; u.refused >= uploadWorkers { // fewer may be the segments' own fault
		u.quiet = time.Now().Add(jitter(min(retryFirst<<min(u.refused-uploadWorkers, 10), probeLast)))
	}
}

// jitter spreads retries over half to one and a half of d.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.5 + rand.Float64()))
}

// backlog is how many sealed segments and backfills the vault does not have.
func (u *uploads) backlog() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.jobs) + u.busy
}

// run uploads until ctx ends; what is left stays in the spool.
func (u *uploads) run(ctx context.Context) {
	var workers sync.WaitGroup
	defer workers.Wait()
	for {
		j, wait := u.next(time.Now())
		if j == nil {
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-u.wake:
			case <-timer.C:
			}
			timer.Stop()
			continue
		}
		workers.Go(func() {
			u.work(ctx, *j)
			u.mu.Lock()
			u.busy--
			u.mu.Unlock()
			u.poke()
		})
	}
}

// next takes a job that is due, or says how long to wait for one.
func (u *uploads) next(now time.Time) (*upload, time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	wait := retryLast
	away := u.refused >= uploadWorkers
	switch {
	case u.busy >= uploadWorkers, u.busy > 0 && away: // one knocks for all
		return nil, wait
	case now.Before(u.quiet):
		return nil, u.quiet.Sub(now)
	}
	for i, j := range u.jobs {
		if away || !j.due.After(now) {
			u.jobs = append(u.jobs[:i], u.jobs[i+1:]...)
			u.busy++
			return &j, 0
		}
		wait = min(wait, j.due.Sub(now))
	}
	return nil, wait
}

// work uploads one file, or puts it back for later.
func (u *uploads) work(ctx context.Context, j upload) {
	err := u.send(ctx, j)
	var fatal errLog
	switch {
	case err == nil:
		u.hurry()
	case errors.As(err, &fatal):
		u.fatal(err)
	default:
		u.stats.uploadErrors.Add(1)
		if ctx.Err() == nil && (j.tries == 0 || j.tries%10 == 0) {
			u.warn("upload failed, will retry", "seat", j.seat, "file", j.path, "tries", j.tries+1, "err", err)
		}
		u.rest()
		pause := min(retryFirst<<min(j.tries, 10), retryLast)
		j.tries++
		j.due, j.again = time.Now().Add(jitter(pause)), true
		u.push(j)
	}
}

// objectKey names a segment's object; the content's hash in it makes a second
// upload of the same bytes harmless.
func objectKey(g proctor.Segment) string {
	ext := "webm"
	if ContentType(g.Codecs) != "video/webm" {
		ext = "mkv"
	}
	return fmt.Sprintf("recordings/%s/%06d-%.16s.%s", g.Seat, g.Number, g.SHA256, ext)
}

func (u *uploads) send(ctx context.Context, j upload) error {
	f, err := u.spool.root.Open(j.path)
	if err != nil {
		return fmt.Errorf("upload recording: %w", err)
	}
	defer f.Close()
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	var receipt proctor.Receipt
	found := false
	if j.again {
		receipt, found, err = u.vault.Find(ctx, j.key, j.size, j.sha256, u.keep)
	}
	if err == nil && !found {
		receipt, err = u.vault.Put(ctx, j.key, f, j.size, j.sha256, u.keep, j.contentType)
	}
	if err != nil {
		return fmt.Errorf("upload recording: %w", err)
	}
	if receipt.Size != j.size || receipt.SHA256 != j.sha256 || receipt.VersionID == "" {
		return fmt.Errorf("upload recording: the receipt is for something else: %+v", receipt)
	}
	// It is stored: an end of the server in this moment must not hide it.
	if err := j.stored(context.WithoutCancel(ctx), receipt); err != nil {
		return errLog{fmt.Errorf("log stored recording: %w", err)}
	}
	u.stats.stored.Add(1)
	return j.forget()
}
