package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"qyragy/proctor"
	"qyragy/proctor/ledger"
)

const (
	selectRows = `SELECT seq, at, exam, actor, type, data, prev, hash FROM event`
	selectWalk = `SELECT e.seq, e.at, e.exam, e.actor, e.type, e.data, e.prev, e.hash, COALESCE(l.hashes, '')
		FROM event e LEFT JOIN leaf l ON l.seq = e.seq ORDER BY e.seq`
	selectLast = selectRows + ` ORDER BY seq DESC LIMIT 1`
)

// Replay implements proctor.Journal. It sees the journal as it was when it
// began and checks the chain as it reads: fn is never called with an event
// behind a Break, which is returned as the error. fn may call Append.
func (j *Journal) Replay(ctx context.Context, fn func(proctor.Event) error) error {
	err := j.walk(ctx, func(l line) error {
		e, err := l.event()
		if err != nil {
			return fmt.Errorf("event %s: %w", l.seq, err)
		}
		return fn(e)
	})
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	return nil
}

// Report is what Verify found.
type Report struct {
	Events uint64 // sound ones, from the first on
	Head   string // hash of the last sound one, hex
	Bad    *Break // nil if the whole journal is sound
}

// Verify checks the whole chain, and that it runs through the anchors. The
// error is only for a database that cannot be read.
func (j *Journal) Verify(ctx context.Context, anchors ...Anchor) (Report, error) {
	anchors = slices.SortedFunc(slices.Values(anchors), func(a, b Anchor) int { return cmp.Compare(a.Seq, b.Seq) })
	sound := genesis()
	err := j.walk(ctx, func(l line) error {
		at := Anchor{sound.Seq + 1, l.hash}
		for ; len(anchors) > 0 && anchors[0].Seq <= at.Seq; anchors = anchors[1:] {
			if a := anchors[0]; a.Seq == at.Seq && a.Hash != at.Hash {
				return &Break{a.Seq, "is not the event that was anchored"}
			}
		}
		sound = at
		return nil
	})
	r := Report{Events: sound.Seq, Head: sound.Hash}
	switch {
	case err != nil && !errors.As(err, &r.Bad):
		return Report{}, fmt.Errorf("verify: %w", err)
	case err == nil && len(anchors) > 0 && anchors[len(anchors)-1].Seq > sound.Seq:
		r.Bad = &Break{sound.Seq + 1, fmt.Sprintf("missing: event %d was anchored", anchors[len(anchors)-1].Seq)}
	}
	return r, nil
}

// Head returns the number and hash (hex) of the last event, 0 and 64 zeros if
// there is none. Whoever keeps them elsewhere can show later that nothing up
// to there was cut off or written anew: see Verify.
func (j *Journal) Head(ctx context.Context) (seq uint64, hash string, err error) {
	l, err := scan(j.reader.QueryRowContext(ctx, selectLast))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, genesis().Hash, nil
	}
	if err != nil {
		return 0, "", fmt.Errorf("head: %w", err)
	}
	if _, err := fmt.Sscan(l.seq, &seq); err != nil {
		return 0, "", fmt.Errorf("head: %w", err)
	}
	return seq, l.hash, nil
}

// loadHead prepares for appending. A damaged last event must not be continued.
func (j *Journal) loadHead(ctx context.Context) error {
	l, err := scan(j.writer.QueryRowContext(ctx, selectLast))
	if errors.Is(err, sql.ErrNoRows) {
		j.head = genesis()
		return nil
	}
	if err != nil {
		return err
	}
	e, err := l.event()
	if err == nil && l.sum() != l.hash {
		err = &Break{e.Seq, "changed"}
	}
	if err != nil {
		_ = j.fail(err) // Append will say it
	}
	j.head = Anchor{e.Seq, l.hash}
	return nil
}

// walk calls fn for every row, each after it was found to follow from the one
// before and to be the tree's. A Break ends it.
func (j *Journal) walk(ctx context.Context, fn func(line) error) error {
	var last uint64
	if err := j.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM event`).Scan(&last); err != nil {
		return err
	}
	rows, err := j.reader.QueryContext(ctx, selectWalk)
	if err != nil {
		return err
	}
	defer rows.Close()
	var edge ledger.Edge
	for head := genesis(); rows.Next(); head.Seq++ {
		var leaf []byte
		l, err := scan(rows, &leaf)
		if err != nil {
			return err
		}
		if b := l.follows(head, last+1); b != nil {
			return b
		}
		if hexOf(edge.Add(l.record().Bytes())) != string(leaf) {
			return &Break{head.Seq + 1, "is not the event in the tree"}
		}
		if err := fn(l); err != nil {
			return err
		}
		head.Hash = l.hash
	}
	return rows.Err()
}

// scan reads a row as bytes, so that a column of the wrong type is a Break
// later on, and not an unreadable journal. more are columns after the event's.
func scan(row interface{ Scan(...any) error }, more ...any) (line, error) {
	var f [8][]byte
	err := row.Scan(append([]any{&f[0], &f[1], &f[2], &f[3], &f[4], &f[5], &f[6], &f[7]}, more...)...)
	return line{
		string(f[0]), string(f[1]), string(f[2]), string(f[3]),
		string(f[4]), string(f[5]), string(f[6]), string(f[7]),
	}, err
}
