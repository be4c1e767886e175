package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"qyragy/proctor"
	"qyragy/proctor/ledger"
)

// OfExam goes through an exam's records, oldest first, as it was when it began.
// It does not check the chain: proofs do, of what is taken.
func (j *Journal) OfExam(ctx context.Context, exam proctor.ExamID) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		rows, err := j.reader.QueryContext(ctx, selectRows+` WHERE exam = $1 ORDER BY seq`, string(exam))
		if err != nil {
			yield(ledger.Record{}, fmt.Errorf("read an exam's records: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			l, err := scan(rows)
			if !yield(l.record(), err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(ledger.Record{}, fmt.Errorf("read an exam's records: %w", err))
		}
	}
}

// Newest returns the newest record of a type whose data contain text.
func (j *Journal) Newest(ctx context.Context, kind, text string) (ledger.Record, error) {
	l, err := scan(j.reader.QueryRowContext(ctx,
		selectRows+` WHERE type = $1 AND data LIKE $2 ORDER BY seq DESC LIMIT 1`, kind, "%"+text+"%"))
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.Record{}, proctor.Errorf(proctor.NotFound, "record")
	}
	if err != nil {
		return ledger.Record{}, fmt.Errorf("find a record: %w", err)
	}
	return l.record(), nil
}
