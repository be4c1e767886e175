package journal

import (
	"context"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"time"

	"qyragy/proctor"
)

// Revocation is a certificate that was taken back.
type Revocation struct {
	Serial string // hex
	Login  proctor.Login
	At     time.Time
	Reason int // RFC 5280, 5.3.1
}

// SetCertificate replaces the certificate of an account's key, as when the one
// before it ends; that one stays good.
func (a *Accounts) SetCertificate(ctx context.Context, login proctor.Login, certPEM []byte) error {
	return a.change(ctx, entry{login, proctor.PersonActor(login), "certified", serialOf(certPEM)}, func(ctx context.Context, tx *sql.Tx) error {
		err := one(ctx, tx, proctor.Errorf(proctor.NotFound, "account"),
			`UPDATE account SET certificate = $1 WHERE login = $2`, string(certPEM), login)
		if err != nil {
			return err
		}
		return certified(ctx, tx, login, certPEM)
	})
}

// Revoke takes back every certificate that was issued to an account.
func (a *Accounts) Revoke(ctx context.Context, by proctor.Actor, login proctor.Login, reason int) error {
	return a.change(ctx, entry{login, by, "revoked", fmt.Sprint("reason ", reason)}, func(ctx context.Context, tx *sql.Tx) error {
		return revoke(ctx, tx, login, reason)
	})
}

func revoke(ctx context.Context, tx *sql.Tx, login proctor.Login, reason int) error {
	var current string
	err := tx.QueryRowContext(ctx, `SELECT certificate FROM account WHERE login = $1`, login).Scan(&current)
	if err == sql.ErrNoRows {
		return proctor.Errorf(proctor.NotFound, "account")
	}
	if err == nil { // it may be older than the table
		err = certified(ctx, tx, login, []byte(current))
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE certificate SET revoked = $1, reason = $2 WHERE login = $3 AND revoked = ''`,
		stamp(time.Now()), reason, login)
	return err
}

// Revocations returns all, in the order in which they happened.
func (a *Accounts) Revocations(ctx context.Context) ([]Revocation, error) {
	rows, err := a.j.reader.QueryContext(ctx,
		`SELECT serial, login, revoked, reason FROM certificate WHERE revoked <> '' ORDER BY revoked, serial`)
	if err != nil {
		return nil, fmt.Errorf("read revocations: %w", err)
	}
	defer rows.Close()
	var all []Revocation
	for rows.Next() {
		var r Revocation
		var at string
		if err := rows.Scan(&r.Serial, &r.Login, &at, &r.Reason); err != nil {
			return nil, fmt.Errorf("read revocations: %w", err)
		}
		if r.At, err = moment(at); err != nil {
			return nil, fmt.Errorf("read revocations: %w", err)
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// Revoked reports whether the certificate with this serial number (hex) was
// taken back.
func (a *Accounts) Revoked(ctx context.Context, serial string) (yes bool, err error) {
	var n int
	err = a.j.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM certificate WHERE serial = $1 AND revoked <> ''`, serial).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read revocations: %w", err)
	}
	return n > 0, nil
}

func setKey(ctx context.Context, tx *sql.Tx, login proctor.Login, sealedKey, certPEM []byte) error {
	err := one(ctx, tx, proctor.Errorf(proctor.NotFound, "account"),
		`UPDATE account SET sealed_key = $1, certificate = $2 WHERE login = $3`,
		base64.StdEncoding.EncodeToString(sealedKey), string(certPEM), login)
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE passkey SET sealed_key = '' WHERE login = $1`, login)
	}
	if err != nil {
		return err
	}
	return certified(ctx, tx, login, certPEM)
}

// certified remembers a certificate, the first of a chain in PEM, so that it
// can be revoked; an empty chain is none.
func certified(ctx context.Context, tx *sql.Tx, login proctor.Login, certPEM []byte) error {
	if len(certPEM) == 0 {
		return nil
	}
	c, err := firstCertificate(certPEM)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO certificate (serial, login, expires) VALUES ($1, $2, $3) ON CONFLICT (serial) DO NOTHING`,
		c.SerialNumber.Text(16), login, stamp(c.NotAfter))
	return err
}

func firstCertificate(certPEM []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(certPEM)
	if block == nil {
		return nil, proctor.Errorf(proctor.Invalid, "certificate_unreadable")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, proctor.Errorf(proctor.Invalid, "certificate_unreadable")
	}
	return c, nil
}

func serialOf(certPEM []byte) string {
	c, err := firstCertificate(certPEM)
	if err != nil {
		return ""
	}
	return c.SerialNumber.Text(16)
}
