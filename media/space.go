package media

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// space watches how much room the spool's file system has.
type space struct {
	dir string
	now func() time.Time

	mu   sync.Mutex
	at   time.Time
	free int64
	all  int64
	err  error
}

// spaceFresh is how long an answer of the file system is good for.
const spaceFresh = time.Second

// left is how many bytes an ordinary user may still write.
func (s *space) left() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if s.at.IsZero() || now.Sub(s.at) >= spaceFresh || now.Before(s.at) {
		var st unix.Statfs_t
		s.at, s.free, s.err = now, 0, nil
		if err := unix.Statfs(s.dir, &st); err != nil {
			s.err = fmt.Errorf("look for free space: %w", err)
		} else {
			s.free, s.all = int64(st.Bavail)*int64(st.Bsize), int64(st.Blocks)*int64(st.Bsize)
		}
	}
	return s.free, s.err
}

// smallDisk is the share of a small disk that counts as a reserve.
const smallDisk = 16

// low reports that what is free is for who is being recorded already: less
// than the reserve, or a sixteenth of the disk if that is less.
func (s *space) low(reserve int64) bool {
	return !s.fits(0, reserve)
}

// fits reports that size bytes more leave the reserve free.
func (s *space) fits(size, reserve int64) bool {
	free, err := s.left()
	s.mu.Lock()
	defer s.mu.Unlock()
	return err != nil || free-size >= min(reserve, s.all/smallDisk) // what else is wrong the recorder finds out
}

// errFull keeps the spool's last room for live recording.
func errFull() error {
	return refusal{http.StatusInsufficientStorage, "The server's disk has no room for this now."}
}

// reserve is how many bytes of the spool's disk are for recordings alone.
func (c Config) reserve() int64 {
	switch {
	case c.Reserve == 0:
		return 256 << 20
	default:
		return max(0, c.Reserve)
	}
}
