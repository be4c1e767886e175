package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"qyragy/proctor"
)

const insertEvent = `INSERT INTO event (seq, at, exam, actor, type, data, prev, hash)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// batch is one Append on its way to the disk.
type batch struct {
	lines []line
	// set by whoever commits it, under writeMu
	done  bool
	first uint64 // seq of the first line
	err   error
}

// Append implements proctor.Journal. Appends that wait for one another are
// committed together. ctx's end does not interrupt a commit. Every error is
// the last word: from then on it is ErrFailed.
func (j *Journal) Append(ctx context.Context, events ...proctor.Event) ([]proctor.Event, error) {
	if len(events) == 0 {
		return nil, nil
	}
	lines, err := encode(events)
	if err != nil {
		j.writeMu.Lock()
		defer j.writeMu.Unlock()
		return nil, j.fail(err)
	}
	b := &batch{lines: lines}
	j.queueMu.Lock()
	j.queue = append(j.queue, b)
	j.queueMu.Unlock()
	if err := j.settle(ctx, b); err != nil {
		return nil, err
	}
	out := make([]proctor.Event, len(events))
	for i, e := range events {
		e.Seq, e.At = b.first+uint64(i), instant(e.At)
		out[i] = e
	}
	return out, nil
}

// settle waits until b is committed: by the caller before, who takes all that
// wait with his own, or here.
func (j *Journal) settle(ctx context.Context, b *batch) error {
	j.writeMu.Lock()
	defer j.writeMu.Unlock()
	if b.done {
		return b.err
	}
	j.queueMu.Lock()
	all := j.queue
	j.queue = nil
	j.queueMu.Unlock()
	err := j.commit(ctx, all)
	for _, b := range all {
		b.done, b.err = true, err
	}
	return err
}

// commit chains and writes the batches' lines in one transaction.
func (j *Journal) commit(ctx context.Context, all []*batch) error {
	head, edge := j.head, j.edge
	err := j.locked(ctx, func(ctx context.Context, tx *sql.Tx) error {
		insert, leaf := tx.StmtContext(ctx, j.insert), tx.StmtContext(ctx, j.leaf)
		for _, b := range all {
			b.first = head.Seq + 1
			for _, l := range b.lines {
				l, raw := l.after(head)
				head = Anchor{head.Seq + 1, l.hash}
				_, err := insert.ExecContext(ctx, head.Seq, l.at, l.exam, l.actor, l.kind, l.data, l.prev, l.hash)
				if err != nil {
					return err
				}
				if _, err := leaf.ExecContext(ctx, head.Seq, hexOf(edge.Add(raw))); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return j.fail(fmt.Errorf("append: %w", err))
	}
	j.head, j.edge = head, edge
	return nil
}

// instant is t as a replay will give it back.
func instant(t time.Time) time.Time { return t.Round(0).UTC() }

func encode(events []proctor.Event) ([]line, error) {
	lines := make([]line, len(events))
	for i, e := range events {
		if e.Fact == nil {
			return nil, errors.New("encode event: no fact")
		}
		data, err := json.Marshal(e.Fact)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", e.Fact.Type(), err)
		}
		if y := e.At.UTC().Year(); y < 1 || y > 9999 {
			return nil, fmt.Errorf("encode %s: year %d", e.Fact.Type(), y)
		}
		lines[i] = line{
			at: instant(e.At).Format(time.RFC3339Nano), exam: string(e.Exam), actor: string(e.Actor),
			kind: e.Fact.Type(), data: string(data),
		}
	}
	return lines, nil
}

// event is encode's inverse.
func (l line) event() (proctor.Event, error) {
	var e proctor.Event
	seq, err := strconv.ParseUint(l.seq, 10, 64)
	if err != nil {
		return e, err
	}
	at, err := time.Parse(time.RFC3339Nano, l.at)
	if err != nil {
		return e, err
	}
	fact, err := proctor.NewFact(l.kind)
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal([]byte(l.data), fact); err != nil {
		return e, fmt.Errorf("read %s: %w", l.kind, err)
	}
	return proctor.Event{
		Seq: seq, At: at, Exam: proctor.ExamID(l.exam), Actor: proctor.Actor(l.actor), Fact: fact,
	}, nil
}
