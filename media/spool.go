package media

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"qyragy/proctor"
)

// spool is the local directory of recordings that the vault does not have
// yet: SEAT/NUMBER.part while one grows, .webm once it is sealed, and beside
// it .json with what a reader cannot learn from the file.
type spool struct {
	root  *os.Root
	notes sync.Mutex // held while a sidecar of a sealed segment changes
}

// maxNote is the longest sidecar that is read.
const maxNote = 1 << 20

// note is a segment's sidecar file.
type note struct {
	Segment proctor.Segment `json:"segment"`
	Sealed  bool            `json:"sealed,omitempty"` // Size, SHA256, End and Frames are final
	Stored  bool            `json:"stored,omitempty"` // the vault has it; the file is gone
	Until   time.Time       `json:"until,omitzero"`   // end of the gap after it that the journal has
}

func openSpool(dir string) (*spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	return &spool{root: root}, nil
}

func name(seat proctor.SeatID, number int, ext string) string {
	return fmt.Sprintf("%s/%06d.%s", seat, number, ext)
}

// validSeat keeps seats' names to what is safe in a path and in a URL.
func validSeat(seat proctor.SeatID) bool {
	if len(seat) == 0 || len(seat) > 64 {
		return false
	}
	for _, c := range []byte(seat) {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}

// create makes a segment's file and its sidecar, durable in its directory.
func (s *spool) create(g proctor.Segment) (*os.File, error) {
	if err := s.root.MkdirAll(string(g.Seat), 0o700); err != nil {
		return nil, fmt.Errorf("create segment: %w", err)
	}
	if err := s.writeNote(note{Segment: g}); err != nil {
		return nil, fmt.Errorf("create segment: %w", err)
	}
	f, err := s.root.OpenFile(name(g.Seat, g.Number, "part"), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create segment: %w", err)
	}
	if err := s.sync(string(g.Seat)); err != nil {
		return nil, errors.Join(fmt.Errorf("create segment: %w", err), f.Close())
	}
	return f, s.sync(".")
}

// writeNote replaces a sidecar durably.
func (s *spool) writeNote(n note) error {
	data, err := json.Marshal(n)
	if err != nil {
		return err
	}
	if err := s.replace(name(n.Segment.Seat, n.Segment.Number, "json"), data); err != nil {
		return fmt.Errorf("write sidecar: %w", err)
	}
	return nil
}

// replace writes a file durably, all or nothing.
func (s *spool) replace(to string, data []byte) error {
	f, err := s.root.OpenFile(to+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := s.root.Rename(to+".new", to); err != nil {
		return err
	}
	return s.sync(path.Dir(to))
}

func (s *spool) readNote(seat proctor.SeatID, number int) (note, error) {
	var n note
	f, err := s.root.Open(name(seat, number, "json"))
	if err != nil {
		return n, err
	}
	defer f.Close()
	if err := json.NewDecoder(io.LimitReader(f, maxNote)).Decode(&n); err != nil {
		return n, fmt.Errorf("read sidecar: %w", err)
	}
	if g := n.Segment; g.Seat != seat || g.Number != number || g.Start.IsZero() || g.End.Before(g.Start) {
		return n, fmt.Errorf("read sidecar: it is for something else: seat %q, segment %d", g.Seat, g.Number)
	}
	return n, nil
}

// updateNote changes the sidecar of a sealed segment.
func (s *spool) updateNote(seat proctor.SeatID, number int, change func(*note)) error {
	s.notes.Lock()
	defer s.notes.Unlock()
	n, err := s.readNote(seat, number)
	if err != nil {
		return fmt.Errorf("read sidecar: %w", err)
	}
	change(&n)
	return s.writeNote(n)
}

// rename makes a sealed segment's file final.
func (s *spool) rename(g proctor.Segment) error {
	if err := s.root.Rename(name(g.Seat, g.Number, "part"), name(g.Seat, g.Number, "webm")); err != nil {
		return fmt.Errorf("rename segment: %w", err)
	}
	return s.sync(string(g.Seat))
}

// remove deletes one of a segment's files; it is no error if it is not there.
func (s *spool) remove(seat proctor.SeatID, number int, ext string) error {
	err := s.root.Remove(name(seat, number, ext))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// setAside takes a segment's files out of the way of recovery, for a person to
// look at: they end in .bad from then on.
func (s *spool) setAside(seat proctor.SeatID, number int) error {
	for _, ext := range []string{"part", "webm", "json"} {
		from := name(seat, number, ext)
		if err := s.root.Rename(from, s.free(from+".bad")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("set aside: %w", err)
		}
	}
	return s.sync(string(seat))
}

// free is path, or path with a number behind it if something is there.
func (s *spool) free(path string) string {
	for i := range 100 {
		to := path
		if i > 0 {
			to = fmt.Sprintf("%s%d", path, i+1)
		}
		if _, err := s.root.Lstat(to); err != nil {
			return to
		}
	}
	return path
}

// sound returns nil if a sealed segment's file is what its sidecar says.
func (s *spool) sound(g proctor.Segment) error {
	f, err := s.root.Open(name(g.Seat, g.Number, "webm"))
	if err != nil {
		return fmt.Errorf("check recording: %w", err)
	}
	defer f.Close()
	size, sum, err := digest(f)
	if err == nil && (size != g.Size || sum != g.SHA256) {
		err = fmt.Errorf("check recording: %d bytes of SHA-256 %s, sealed were %d of %s", size, sum, g.Size, g.SHA256)
	}
	return err
}

// sync makes a directory's entries durable.
func (s *spool) sync(dir string) error {
	d, err := s.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// seats lists the seats that have a directory in dir.
func (s *spool) seats(dir string) ([]proctor.SeatID, error) {
	entries, err := fs.ReadDir(s.root.FS(), dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list spool: %w", err)
	}
	var seats []proctor.SeatID
	for _, e := range entries {
		if seat := proctor.SeatID(e.Name()); e.IsDir() && validSeat(seat) {
			seats = append(seats, seat)
		}
	}
	return seats, nil
}

// numbers lists, in order, the numbers of a seat's files that have an ending,
// with their sizes.
func (s *spool) numbers(seat proctor.SeatID, ext string) ([]int, int64, error) {
	entries, err := fs.ReadDir(s.root.FS(), string(seat))
	if err != nil {
		return nil, 0, fmt.Errorf("list spool: %w", err)
	}
	var out []int
	var total int64
	for _, e := range entries {
		digits, found := strings.CutSuffix(e.Name(), "."+ext)
		n, err := strconv.Atoi(digits)
		if !found || err != nil || n < 0 || e.Name() != path.Base(name(seat, n, ext)) {
			continue
		}
		if info, err := e.Info(); err == nil {
			total += info.Size()
		}
		out = append(out, n)
	}
	slices.Sort(out)
	return out, total, nil
}

// forget is called when the vault has a segment: its file goes, and all of the
// seat's sidecars but the newest, which tells the next run where to go on.
func (s *spool) forget(g proctor.Segment) error {
	if err := s.updateNote(g.Seat, g.Number, func(n *note) { n.Stored = true }); err != nil {
		return err
	}
	if err := s.remove(g.Seat, g.Number, "webm"); err != nil {
		return fmt.Errorf("remove stored segment: %w", err)
	}
	notes, _, err := s.numbers(g.Seat, "json")
	if err != nil {
		return err
	}
	for _, n := range notes[:max(len(notes)-1, 0)] {
		if old, err := s.readNote(g.Seat, n); err == nil && old.Stored {
			if err := s.remove(g.Seat, n, "json"); err != nil {
				return fmt.Errorf("remove sidecar: %w", err)
			}
		}
	}
	return nil
}
