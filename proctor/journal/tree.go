package journal

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"qyragy/proctor/ledger"
)

const (
	insertLeaf = `INSERT INTO leaf (seq, hashes) VALUES ($1, $2)`
	hexHash    = 2 * tlog.HashSize
)

// Tree returns the tree over all events that are on disk.
func (j *Journal) Tree() ledger.Tree {
	j.writeMu.Lock()
	defer j.writeMu.Unlock()
	return j.edge.Tree()
}

// TreeAt returns the tree as it was when it had size events (from 1).
func (j *Journal) TreeAt(ctx context.Context, size int64) (ledger.Tree, error) {
	root, err := tlog.TreeHash(size, j.hashReader(ctx))
	if err != nil {
		return ledger.Tree{}, fmt.Errorf("tree of %d: %w", size, err)
	}
	return ledger.Tree{Size: size, Root: root}, nil
}

// Prove shows that each of the events (numbers from 1) is in the tree of that
// size: RFC 6962 §2.1.1, from the leaf up.
func (j *Journal) Prove(ctx context.Context, size int64, events []uint64) ([]tlog.RecordProof, error) {
	read := j.hashReader(ctx)
	out := make([]tlog.RecordProof, len(events))
	for i, n := range events {
		var err error
		if out[i], err = tlog.ProveRecord(size, int64(n)-1, read); err != nil {
			return nil, fmt.Errorf("prove event %d: %w", n, err)
		}
	}
	return out, nil
}

// ProveGrowth shows that the tree of size to begins with that of size from:
// RFC 6962 §2.1.2.
func (j *Journal) ProveGrowth(ctx context.Context, from, to int64) (tlog.TreeProof, error) {
	p, err := tlog.ProveTree(to, from, j.hashReader(ctx))
	if err != nil {
		return nil, fmt.Errorf("prove that %d grew to %d: %w", from, to, err)
	}
	return p, nil
}

// hashReader reads the leaf table, each row once. The hash of a subtree is kept
// with the event that completed it.
func (j *Journal) hashReader(ctx context.Context) tlog.HashReader {
	rows := map[int64]string{}
	return tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, index := range at {
			level, n := tlog.SplitStoredHashIndex(index)
			seq := (n + 1) << level
			text, known := rows[seq]
			if !known {
				if err := j.reader.QueryRowContext(ctx, `SELECT hashes FROM leaf WHERE seq = $1`, seq).Scan(&text); err != nil {
					return nil, fmt.Errorf("read leaf %d: %w", seq, err)
				}
				rows[seq] = text
			}
			var err error
			if out[i], err = hashIn(text, level); err != nil {
				return nil, fmt.Errorf("read leaf %d: %w", seq, err)
			}
		}
		return out, nil
	})
}

func hashIn(text string, level int) (h tlog.Hash, err error) {
	if len(text) < (level+1)*hexHash {
		return h, errors.New("too short")
	}
	_, err = hex.Decode(h[:], []byte(text[level*hexHash:(level+1)*hexHash]))
	return h, err
}

func hexOf(hashes []tlog.Hash) string {
	b := make([]byte, 0, hexHash*len(hashes))
	for _, h := range hashes {
		b = hex.AppendEncode(b, h[:])
	}
	return string(b)
}

// loadTree prepares for adding to the tree, and adds the events of a journal
// from before it had one. A tree of more events than there are shows that some
// were cut off.
func (j *Journal) loadTree(ctx context.Context) error {
	return j.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var size, events int64
		err := tx.QueryRowContext(ctx, `SELECT (SELECT COALESCE(MAX(seq), 0) FROM leaf), (SELECT COUNT(*) FROM event)`).Scan(&size, &events)
		if err != nil {
			return err
		}
		if size > events {
			return &Break{uint64(events) + 1, fmt.Sprintf("missing: the tree has %d events", size)}
		}
		j.edge = ledger.Edge{Size: size}
		for level := 0; size>>level > 0; level++ {
			if size>>level&1 == 0 {
				continue
			}
			var text string
			if err := tx.QueryRowContext(ctx, `SELECT hashes FROM leaf WHERE seq = $1`, size>>level<<level).Scan(&text); err != nil {
				return err
			}
			h, err := hashIn(text, level)
			if err != nil {
				return err
			}
			j.edge.Set(level, h)
		}
		return j.growTree(ctx, tx)
	})
}

// growTree adds the events that the tree lacks, some at a time.
func (j *Journal) growTree(ctx context.Context, tx *sql.Tx) error {
	for {
		made, err := j.nextLeaves(ctx, tx)
		if err != nil || len(made) == 0 {
			return err
		}
		first := j.edge.Size - int64(len(made)) + 1
		for i, hashes := range made {
			if _, err := tx.ExecContext(ctx, insertLeaf, first+int64(i), hashes); err != nil {
				return err
			}
		}
	}
}

func (j *Journal) nextLeaves(ctx context.Context, tx *sql.Tx) (made []string, err error) {
	rows, err := tx.QueryContext(ctx, selectRows+` WHERE seq > $1 ORDER BY seq LIMIT 4096`, j.edge.Size)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		l, err := scan(rows)
		if err != nil {
			return nil, err
		}
		made = append(made, hexOf(j.edge.Add(l.record().Bytes())))
	}
	return made, rows.Err()
}
