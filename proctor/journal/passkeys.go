package journal

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"qyragy/proctor"
)

// MaxPasskeys is how many one person may have.
const MaxPasskeys = 10

// Passkey is an authenticator that an official has registered.
type Passkey struct {
	ID         []byte
	Login      proctor.Login
	Name       string // hers, 1 to 60 runes
	PublicKey  []byte // COSE_Key
	Counter    uint32 // as it last said
	Transports []string
	// SealedKey is her signing key under this authenticator's secret, empty
	// where it has none.
	SealedKey []byte
	Added     time.Time
	Used      time.Time // zero: never
}

// Passkeys returns those of an account, the oldest first.
func (a *Accounts) Passkeys(ctx context.Context, login proctor.Login) ([]Passkey, error) {
	rows, err := a.j.reader.QueryContext(ctx, `SELECT id, login, name, public_key, counter, transports, sealed_key, added, used
		FROM passkey WHERE login = $1 ORDER BY added, id`, login)
	if err != nil {
		return nil, fmt.Errorf("read passkeys: %w", err)
	}
	defer rows.Close()
	var all []Passkey
	for rows.Next() {
		p, err := scanPasskey(rows)
		if err != nil {
			return nil, fmt.Errorf("read passkeys: %w", err)
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

func scanPasskey(rows *sql.Rows) (p Passkey, err error) {
	var id, public, transports, sealed, added, used string
	if err := rows.Scan(&id, &p.Login, &p.Name, &public, &p.Counter, &transports, &sealed, &added, &used); err != nil {
		return p, err
	}
	for _, f := range []struct {
		to   *[]byte
		from string
	}{{&p.ID, id}, {&p.PublicKey, public}, {&p.SealedKey, sealed}} {
		if *f.to, err = base64.StdEncoding.DecodeString(f.from); err != nil {
			return p, err
		}
	}
	p.Transports = strings.Fields(transports)
	if p.Added, err = moment(added); err == nil {
		p.Used, err = moment(used)
	}
	return p, err
}

// AddPasskey registers one. A credential belongs to one person.
func (a *Accounts) AddPasskey(ctx context.Context, by proctor.Actor, p Passkey) error {
	if n := utf8.RuneCountInString(p.Name); strings.TrimSpace(p.Name) == "" || n > 60 || !utf8.ValidString(p.Name) {
		return proctor.Errorf(proctor.Invalid, "passkey_name")
	}
	id := base64.StdEncoding.EncodeToString(p.ID)
	return a.change(ctx, entry{p.Login, by, "passkey_added", id}, func(ctx context.Context, tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM passkey WHERE login = $1`, p.Login).Scan(&n); err != nil {
			return err
		}
		if n >= MaxPasskeys {
			return proctor.Errorf(proctor.Conflict, "passkey_many")
		}
		return one(ctx, tx, proctor.Errorf(proctor.Conflict, "passkey_known"), `INSERT INTO passkey
			(id, login, name, public_key, counter, transports, sealed_key, added, used)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '') ON CONFLICT (id) DO NOTHING`,
			id, p.Login, p.Name, base64.StdEncoding.EncodeToString(p.PublicKey), p.Counter,
			strings.Join(p.Transports, " "), base64.StdEncoding.EncodeToString(p.SealedKey), stamp(p.Added))
	})
}

// RemovePasskey takes one away: from now on it is unknown.
func (a *Accounts) RemovePasskey(ctx context.Context, by proctor.Actor, login proctor.Login, id []byte) error {
	text := base64.StdEncoding.EncodeToString(id)
	return a.change(ctx, entry{login, by, "passkey_removed", text}, func(ctx context.Context, tx *sql.Tx) error {
		return one(ctx, tx, proctor.Errorf(proctor.NotFound, "passkey"), `DELETE FROM passkey WHERE id = $1 AND login = $2`, text, login)
	})
}

// UsePasskey keeps the counter of an assertion. One that does not go up is a
// Conflict Error: a copy of the authenticator is about, or an assertion comes
// again. An authenticator that does not count says 0 always.
func (a *Accounts) UsePasskey(ctx context.Context, login proctor.Login, id []byte, counter uint32, at time.Time) error {
	return a.one(ctx, proctor.Errorf(proctor.Conflict, "passkey_counter"), `UPDATE passkey SET counter = $1, used = $2
		WHERE id = $3 AND login = $4 AND (counter < $1 OR (counter = 0 AND $1 = 0))`,
		counter, stamp(at), base64.StdEncoding.EncodeToString(id), login)
}
