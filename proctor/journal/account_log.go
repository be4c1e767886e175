package journal

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"qyragy/proctor"
)

// ActorConsole is whoever works at the server's own console.
const ActorConsole proctor.Actor = "console"

// AccountEntry is one change of an account, in a log to which lines are only
// added. It stands apart from the journal of facts, which belongs to exams.
type AccountEntry struct {
	At     time.Time
	Login  proctor.Login
	Actor  proctor.Actor
	What   string // "created", "key", "certified", "password", "passkey_added" and so on
	Detail string
}

// entry is an AccountEntry to be.
type entry struct {
	login  proctor.Login
	actor  proctor.Actor
	what   string
	detail string
}

// change does f and logs it, both or neither.
func (a *Accounts) change(ctx context.Context, e entry, f func(context.Context, *sql.Tx) error) error {
	err := a.j.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := f(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO account_log (seq, at, login, actor, what, detail)
			SELECT COALESCE(MAX(seq), 0) + 1, $1, $2, $3, $4, $5 FROM account_log`,
			stamp(time.Now()), e.login, e.actor, e.what, e.detail)
		return err
	})
	if err != nil {
		return fmt.Errorf("change account: %w", err)
	}
	return nil
}

// Log returns what was done to an account, or to all ("").
func (a *Accounts) Log(ctx context.Context, login proctor.Login) ([]AccountEntry, error) {
	rows, err := a.j.reader.QueryContext(ctx,
		`SELECT at, login, actor, what, detail FROM account_log WHERE $1 = '' OR login = $1 ORDER BY seq`, login)
	if err != nil {
		return nil, fmt.Errorf("read the log of accounts: %w", err)
	}
	defer rows.Close()
	var all []AccountEntry
	for rows.Next() {
		var e AccountEntry
		var at string
		if err := rows.Scan(&at, &e.Login, &e.Actor, &e.What, &e.Detail); err != nil {
			return nil, fmt.Errorf("read the log of accounts: %w", err)
		}
		if e.At, err = moment(at); err != nil {
			return nil, fmt.Errorf("read the log of accounts: %w", err)
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

// stamp is t as these tables keep it; moment is its inverse, "" being never.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func moment(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, s)
}

func joined(roles []proctor.Role) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	return strings.Join(words, ",")
}
