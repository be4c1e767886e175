package media

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"qyragy/proctor"
)

// maxTail is how much may be cut off the end of a file that a crash left
// growing: more than a second of the fastest camera.
const maxTail = 1 << 20

// maxStub is how much of a recording without one whole frame is not worth
// looking at.
const maxStub = 16 << 10

// noteSlack is how far in the future a sidecar's times may be: a machine's
// clock may have been set back.
const noteSlack = time.Hour

// note reads a sidecar that recovery can go by.
func (r *recorder) note(number int) (note, error) {
	n, err := r.env.spool.readNote(r.seat, number)
	latest := r.env.now().Add(noteSlack)
	if err == nil && (n.Segment.End.After(latest) || n.Until.After(latest)) {
		err = fmt.Errorf("read sidecar: it is of the future: %v", n.Segment.End)
	}
	return n, err
}

// quarantine takes files that recovery cannot trust out of its way and names
// them: nothing is deleted, and the seat goes on.
func (r *recorder) quarantine(number int, why error) error {
	r.env.stats.quarantined.Add(1)
	r.env.warn("files of a segment are damaged: set aside as .bad", "seat", r.seat, "segment", number, "err", why)
	return r.env.spool.setAside(r.seat, number)
}

// strangers sets aside what is no file, which nothing can be written over.
func (s *Server) strangers(seat proctor.SeatID) error {
	entries, err := fs.ReadDir(s.spool.root.FS(), string(seat))
	if err != nil {
		return fmt.Errorf("list spool: %w", err)
	}
	for _, e := range entries {
		path := string(seat) + "/" + e.Name()
		if e.Type().IsRegular() || strings.Contains(e.Name(), ".bad") {
			continue
		}
		to := s.spool.free(path + ".bad")
		s.stats.quarantined.Add(1)
		s.log.Warn("what is no file is in the spool: set aside", "path", path, "to", to)
		if err := s.spool.root.Rename(path, to); err != nil {
			return fmt.Errorf("set aside: %w", err)
		}
	}
	return nil
}

// orphans sets aside recordings whose sidecar is gone; an empty one is what a
// crash leaves.
func (r *recorder) orphans(known []int) error {
	sp := r.env.spool
	for _, ext := range []string{"part", "webm"} {
		numbers, _, err := sp.numbers(r.seat, ext)
		if err != nil {
			return err
		}
		for _, number := range numbers {
			if slices.Contains(known, number) {
				continue
			}
			if info, err := sp.root.Stat(name(r.seat, number, ext)); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
				if err := sp.remove(r.seat, number, ext); err != nil {
					return err
				}
				continue
			}
			if err := r.quarantine(number, errors.New("the sidecar is gone")); err != nil {
				return err
			}
		}
	}
	return nil
}

// keepTail copies a growing file whose damage lies far before its end: sealing
// would cut off all that comes after.
func (r *recorder) keepTail(f *os.File, number int) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	l, err := scan(f, size, true, nil)
	if err != nil || size-l.end <= maxTail {
		return nil // seal finds the same
	}
	sp := r.env.spool
	path := sp.free(name(r.seat, number, "part") + ".bad")
	r.env.stats.quarantined.Add(1)
	r.env.warn("a recording is damaged before its end: a copy is set aside", "seat", r.seat, "segment", number, "copy", path, "good", l.end, "size", size)
	to, err := sp.root.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("set aside: %w", err)
	}
	_, err = io.Copy(to, io.NewSectionReader(f, 0, size))
	return errors.Join(err, to.Sync(), to.Close())
}
