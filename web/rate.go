package web

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// rateClass is how often one caller may use a route.
type rateClass string

const (
	rateNone     rateClass = ""         // pages and health
	rateRead     rateClass = "read"     // JSON reads
	rateWrite    rateClass = "write"    // changes by people
	rateReport   rateClass = "report"   // client reports: 5 a second
	rateMedia    rateClass = "media"    // pictures, segments, WHIP, WHEP
	rateBackfill rateClass = "backfill" // uploads of what was missed
	rateLogin    rateClass = "login"    // passwords and links, by address
	rateAccount  rateClass = "account"  // passwords, by login
	rateStepUp   rateClass = "step_up"  // passwords of a signed-in person
	rateConnect  rateClass = "connect"  // WebSockets
	rateExport   rateClass = "export"   // the whole register at once, packages
	rateVerify   rateClass = "verify"   // acts checked by anybody, by address
	maxCallers             = 20_000     // remembered per class; the least recent is forgotten
)

// limits are the classes' sustained rates a second and bursts. An exam hall
// sits behind one address, so rateLogin is generous and rateAccount is not.
func limits() map[rateClass]*limiter {
	return map[rateClass]*limiter{
		rateRead:     newLimiter(50, 300),
		rateWrite:    newLimiter(10, 60),
		rateReport:   newLimiter(5, 10),
		rateMedia:    newLimiter(40, 200),
		rateBackfill: newLimiter(20, 100),
		rateLogin:    newLimiter(10, 300),
		rateAccount:  newLimiter(0.2, 20),
		rateStepUp:   newLimiter(0.2, 10),
		rateConnect:  newLimiter(2, 30),
		rateExport:   newLimiter(0.5, 20),
		rateVerify:   newLimiter(0.5, 30),
	}
}

// limiter is a token bucket for each of the most recent callers.
type limiter struct {
	every rate.Limit
	burst int

	mu     sync.Mutex
	known  map[string]*list.Element
	recent *list.List // of *bucket, the most recent first
}

type bucket struct {
	key string
	*rate.Limiter
}

func newLimiter(every rate.Limit, burst int) *limiter {
	return &limiter{every: every, burst: burst, known: map[string]*list.Element{}, recent: list.New()}
}

// allow takes one token of key's bucket.
func (l *limiter) allow(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.known[key]; e != nil {
		l.recent.MoveToFront(e)
		return e.Value.(*bucket).AllowN(now, 1)
	}
	if l.recent.Len() >= maxCallers {
		oldest := l.recent.Back()
		delete(l.known, oldest.Value.(*bucket).key)
		l.recent.Remove(oldest)
	}
	b := &bucket{key, rate.NewLimiter(l.every, l.burst)}
	l.known[key] = l.recent.PushFront(b)
	return b.AllowN(now, 1)
}
