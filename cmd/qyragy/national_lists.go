package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"qyragy/acts/gost"
)

const (
	maxListFiles  = 16       // in --national-crl
	maxListBytes  = 64 << 20 // of one list
	listTimeout   = 2 * time.Minute
	listsLook     = 30 * time.Second // how often files are looked at
	listsFetch    = 30 * time.Minute // how often addresses are
	listsTryAgain = 5 * time.Minute  // after a failure
)

// nationalLists are the authority's revocation lists: from a directory and
// from addresses. The last good one of each is kept, also over a restart.
type nationalLists struct {
	dir, keep   string
	urls        []string
	authorities []*gost.Certificate
	client      *http.Client
	log         *slog.Logger

	now atomic.Pointer[[]*gost.RevocationList]

	mu      sync.Mutex
	sources map[string]*listSource // by path or address
	alarmed string                 // what the log was last told
}

// listSource is where one list comes from.
type listSource struct {
	list *gost.RevocationList
	seen os.FileInfo // of a file
	due  time.Time   // of an address: when to fetch it again
}

// openLists reads what is at hand. Nothing is fetched before run.
func openLists(f nationalFlags, keep string, authorities []*gost.Certificate, log *slog.Logger) (*nationalLists, error) {
	l := &nationalLists{dir: f.CRL, keep: keep, urls: f.CRLURL, authorities: authorities, log: log,
		client: &http.Client{Timeout: listTimeout}, sources: map[string]*listSource{}}
	if l.dir != "" {
		if _, err := os.Stat(l.dir); err != nil {
			return nil, fmt.Errorf("--national-crl: %w", err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, u := range l.urls {
		s := &listSource{}
		l.sources[u] = s
		data, err := readBounded(l.kept(u), maxListBytes)
		if err == nil {
			err = l.take(s, data)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			log.Warn("a revocation list that was kept is of no use", "from", u, "err", err)
		}
	}
	l.look()
	return l, nil
}

func (l *nationalLists) kept(address string) string {
	return filepath.Join(l.keep, fmt.Sprintf("%x.crl", sha256.Sum256([]byte(address))))
}

// all are the lists as they are now.
func (l *nationalLists) all() []*gost.RevocationList {
	if p := l.now.Load(); p != nil {
		return *p
	}
	return nil
}

// wanted reports whether any list is to be there.
func (l *nationalLists) wanted() bool { return l.dir != "" || len(l.urls) > 0 }

// run looks at the files and fetches the addresses until ctx ends.
func (l *nationalLists) run(ctx context.Context) error {
	if !l.wanted() {
		return nil
	}
	tick := time.NewTicker(listsLook)
	defer tick.Stop()
	for {
		l.refresh(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// refresh brings every list up to date and raises the alarm over those that
// are not.
func (l *nationalLists) refresh(ctx context.Context) {
	for _, u := range l.urls {
		if ctx.Err() != nil {
			return
		}
		l.fetchDue(ctx, u)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.look()
	problems := strings.Join(l.problems(time.Now()), "; ")
	if problems != l.alarmed {
		if l.alarmed = problems; problems != "" {
			l.log.Error("revocation lists of the national PKI are missing or stale", "what", problems)
		} else {
			l.log.Info("revocation lists of the national PKI are current again")
		}
	}
}

// look takes files that are new or other, and forgets those that are gone.
// The caller holds the lock.
func (l *nationalLists) look() {
	defer l.publish()
	if l.dir == "" {
		return
	}
	files, err := os.ReadDir(l.dir)
	if err != nil {
		l.log.Error("cannot look for revocation lists; the last ones stay", "err", err)
		return
	}
	there := map[string]bool{}
	for _, f := range files {
		if f.IsDir() || strings.HasPrefix(f.Name(), ".") || len(there) == maxListFiles {
			continue
		}
		path := filepath.Join(l.dir, f.Name())
		there[path] = true
		if err := l.lookAt(path); err != nil {
			l.log.Error("a revocation list is of no use; the last good one stays", "file", path, "err", err)
		}
	}
	maps.DeleteFunc(l.sources, func(path string, s *listSource) bool { return s.seen != nil && !there[path] })
}

func (l *nationalLists) lookAt(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	s := l.sources[path]
	if s != nil && s.seen.ModTime().Equal(info.ModTime()) && s.seen.Size() == info.Size() {
		return nil
	}
	if s == nil {
		s = &listSource{}
		l.sources[path] = s
	}
	s.seen = info
	data, err := readBounded(path, maxListBytes)
	if err != nil {
		return err
	}
	return l.take(s, data)
}

// take puts a list in the place of an older one, if an authority of ours has
// signed it.
func (l *nationalLists) take(s *listSource, data []byte) error {
	list, err := gost.ParseRevocationList(data)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(l.authorities, func(a *gost.Certificate) bool { return list.CheckSignature(a) == nil }) {
		return errors.New("none of --national-roots has signed it")
	}
	if s.list != nil && list.ThisUpdate.Before(s.list.ThisUpdate) {
		return fmt.Errorf("it is of %s, older than the one at hand", list.ThisUpdate)
	}
	s.list = list
	return nil
}

// publish shows the lists to those who verify. The caller holds the lock.
func (l *nationalLists) publish() {
	var out []*gost.RevocationList
	for _, key := range slices.Sorted(maps.Keys(l.sources)) {
		if list := l.sources[key].list; list != nil {
			out = append(out, list)
		}
	}
	l.now.Store(&out)
}

// fetchDue fetches an address whose time has come. It does not hold the lock
// while it waits.
func (l *nationalLists) fetchDue(ctx context.Context, address string) {
	l.mu.Lock()
	s := l.sources[address]
	due := !time.Now().Before(s.due)
	l.mu.Unlock()
	if !due {
		return
	}
	data, err := l.fetch(ctx, address)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		err = l.take(s, data)
	}
	if err == nil {
		err = l.store(address, data)
	}
	s.due = time.Now().Add(listsFetch)
	if err != nil && ctx.Err() == nil {
		s.due = time.Now().Add(listsTryAgain)
		l.log.Warn("cannot fetch a revocation list; the last good one stays", "from", address, "err", err)
	}
}

func (l *nationalLists) store(address string, data []byte) error {
	if err := os.MkdirAll(l.keep, 0o700); err != nil {
		return fmt.Errorf("keep a revocation list: %w", err)
	}
	return writeDurable(l.kept(address), data, 0o600)
}

func (l *nationalLists) fetch(ctx context.Context, address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	return fetchBounded(l.client, r, maxListBytes)
}

// fetchBounded returns the body of a 200 answer that is no longer than most.
func fetchBounded(client *http.Client, r *http.Request, most int64) ([]byte, error) {
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", r.URL.Host, resp.Status)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s answers with more than %d bytes", r.URL.Host, most)
	}
	return data, err
}

// stale says of which issuing authorities there is no current list, where
// lists are wanted at all.
func (l *nationalLists) stale(now time.Time) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.problems(now)
}

// problems is stale for who holds the lock.
func (l *nationalLists) problems(now time.Time) (out []string) {
	if !l.wanted() {
		return nil
	}
	for _, a := range l.authorities {
		if a.SelfSigned() && len(l.authorities) > 1 || now.After(a.NotAfter) {
			continue // a root's own list is of authorities, and seldom published
		}
		var newest *gost.RevocationList
		for _, list := range l.all() {
			if list.CheckSignature(a) == nil && (newest == nil || list.NextUpdate.After(newest.NextUpdate)) {
				newest = list
			}
		}
		switch {
		case newest == nil:
			out = append(out, fmt.Sprintf("no list of %s", a.Subject.CommonName))
		case newest.NextUpdate.Before(now):
			out = append(out, fmt.Sprintf("the list of %s ended on %s", a.Subject.CommonName, newest.NextUpdate.Format(time.DateTime)))
		}
	}
	return out
}
