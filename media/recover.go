package media

import (
	"errors"
	"fmt"
	"time"

	"qyragy/proctor"
)

// forgetAfter is how long a seat that is fully stored keeps its directory: an
// exam is at most a day long.
const forgetAfter = 48 * time.Hour

// recoverSpool takes up where the last run ended: it seals what was being
// written, tells the journal of what it was not told of, and hands everything
// sealed to the uploader. It runs before the first publisher is let in.
func (s *Server) recoverSpool() error {
	seats, err := s.spool.seats(".")
	if err != nil {
		return err
	}
	for _, seat := range seats {
		if err := s.recoverSeat(seat); err != nil {
			return fmt.Errorf("recover seat %s: %w", seat, err)
		}
	}
	return nil
}

func (s *Server) recoverSeat(id proctor.SeatID) error {
	if err := s.strangers(id); err != nil {
		return err
	}
	numbers, _, err := s.spool.numbers(id, "json")
	if err != nil {
		return err
	}
	if stale, err := s.forgetStale(id, numbers); stale || err != nil {
		return err
	}
	r := s.seat(id).recorder
	if err := r.orphans(numbers); err != nil || len(numbers) == 0 {
		return err
	}
	logged, sum := s.cfg.Last(id)
	if sum == "" {
		logged = -1
	}
	for _, number := range numbers {
		n, err := r.note(number)
		if err == nil && n.Sealed && number <= logged && !s.spool.has(id, number, "part") {
			err = s.recoverLogged(r, n)
		} else {
			err = r.recover(number, -1)
		}
		if err == nil {
			continue
		}
		if errors.As(err, new(errLog)) {
			return err
		}
		if err := r.quarantine(number, err); err != nil {
			return err
		}
	}
	r.cause = proctor.GapRestart
	return nil
}

// recoverLogged takes up a segment of which the journal knows.
func (s *Server) recoverLogged(r *recorder, n note) error {
	r.resume(n.Segment)
	if n.Until.After(r.lastEnd) {
		r.lastEnd = n.Until
	}
	if n.Stored {
		return nil
	}
	if err := s.spool.sound(n.Segment); err != nil {
		return err
	}
	s.uploads.addAgain(n.Segment)
	return nil
}

// resume makes g the newest segment that the recorder knows of, unless the
// journal knows of a newer one.
func (r *recorder) resume(g proctor.Segment) {
	r.lastEnd, r.camera = g.End, g.Camera
	r.mu.Lock()
	r.seen = true
	r.mu.Unlock()
	if g.Number >= r.next {
		r.next, r.prev = g.Number+1, g.SHA256
	}
}

// forgetStale removes the directory of a seat whose exam is long over.
func (s *Server) forgetStale(id proctor.SeatID, numbers []int) (bool, error) {
	if len(numbers) == 0 {
		return false, nil
	}
	for _, number := range numbers {
		n, err := s.spool.readNote(id, number)
		if err != nil || !n.Stored || s.now().Sub(n.Segment.End) < forgetAfter {
			return false, nil
		}
	}
	return true, s.spool.root.RemoveAll(string(id))
}
