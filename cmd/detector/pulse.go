package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"qyragy/detect"
)

// stuckAfter is the age of a request from which the heart no longer beats. A
// look takes some tens of milliseconds; a supervisor waits ten seconds more
// before it ends the worker, and the heart beats again if the request is
// answered meanwhile.
const stuckAfter = 2 * time.Second

// pulse knows the requests that are being answered, so that a heartbeat means
// more than that the process lives. Its zero value is ready to use.
type pulse struct {
	mu   sync.Mutex
	next int
	jobs map[int]time.Time // when each began
}

// begin notes that a request is being answered until the returned function
// is called.
func (p *pulse) begin() (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.jobs == nil {
		p.jobs = map[int]time.Time{}
	}
	id := p.next
	p.next++
	p.jobs[id] = time.Now()
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.jobs, id)
	}
}

// well reports whether no request is as old as stuckAfter.
func (p *pulse) well(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, began := range p.jobs {
		if now.Sub(began) >= stuckAfter {
			return false
		}
	}
	return true
}

// beat writes heartbeats to w until ctx ends or nobody reads them, and closes
// w.
func (p *pulse) beat(ctx context.Context, w *os.File, every time.Duration) {
	defer w.Close()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if p.well(time.Now()) {
			if _, err := w.Write([]byte{'.'}); err != nil {
				return // the supervisor is gone
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// heartbeatFile opens the descriptor that the supervisor names, nil if there
// is no supervisor.
func heartbeatFile(number string) (*os.File, error) {
	if number == "" {
		return nil, nil
	}
	fd, err := strconv.Atoi(number)
	if err != nil || fd < 3 {
		return nil, fmt.Errorf("%s is %q, not a file descriptor", detect.HeartbeatEnv, number)
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), "heartbeat"), nil
}
