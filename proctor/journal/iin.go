package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"qyragy/proctor"
)

// IIN returns the number kept for an account, "" if there is none; without the
// account it is a NotFound Error. It is not part of a Person, so that no list
// of the staff shows it.
func (a *Accounts) IIN(ctx context.Context, login proctor.Login) (proctor.IIN, error) {
	var n proctor.IIN
	err := a.j.reader.QueryRowContext(ctx, `SELECT iin FROM account WHERE login = $1`, login).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return "", proctor.Errorf(proctor.NotFound, "account")
	}
	if err != nil {
		return "", fmt.Errorf("read IIN: %w", err)
	}
	return n, nil
}

// SetIIN keeps an account's number, or forgets it (""). The log of accounts
// says that, and not the number.
func (a *Accounts) SetIIN(ctx context.Context, by proctor.Actor, login proctor.Login, n proctor.IIN) error {
	if err := n.Check(); err != nil {
		return err
	}
	return a.change(ctx, entry{login, by, "iin", ""}, func(ctx context.Context, tx *sql.Tx) error {
		return one(ctx, tx, proctor.Errorf(proctor.NotFound, "account"), `UPDATE account SET iin = $1 WHERE login = $2`, n, login)
	})
}
