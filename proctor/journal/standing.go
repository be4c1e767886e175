package journal

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"qyragy/proctor"
)

// Standing is what an account is besides a Person.
type Standing struct {
	Login    proctor.Login
	Name     string
	Roles    []proctor.Role // also of who is disabled
	Disabled bool
	// Temporary: somebody else set the password, so it signs nothing.
	Temporary   bool
	IIN         proctor.IIN
	Passkeys    int
	Certificate []byte // PEM, empty for who does not sign
	// Epoch grows when all sessions begun before must end.
	Epoch int
}

const selectStanding = `SELECT login, name, roles, disabled, temporary, iin, certificate, epoch,
	(SELECT COUNT(*) FROM passkey p WHERE p.login = account.login) FROM account`

func scanStanding(row interface{ Scan(...any) error }) (Standing, error) {
	var s Standing
	var roles, certificate string
	err := row.Scan(&s.Login, &s.Name, &roles, &s.Disabled, &s.Temporary, &s.IIN, &certificate, &s.Epoch, &s.Passkeys)
	if err == nil {
		err = json.Unmarshal([]byte(roles), &s.Roles)
	}
	if err != nil {
		return Standing{}, fmt.Errorf("read account: %w", err)
	}
	s.Certificate = []byte(certificate)
	return s, nil
}

// Standing returns an account's, or a NotFound Error.
func (a *Accounts) Standing(ctx context.Context, login proctor.Login) (Standing, error) {
	s, err := scanStanding(a.j.reader.QueryRowContext(ctx, selectStanding+` WHERE login = $1`, login))
	if errors.Is(err, sql.ErrNoRows) {
		return s, proctor.Errorf(proctor.NotFound, "account")
	}
	return s, err
}

// Standings returns everybody's, by login.
func (a *Accounts) Standings(ctx context.Context) ([]Standing, error) {
	rows, err := a.j.reader.QueryContext(ctx, selectStanding+` ORDER BY login`)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	defer rows.Close()
	var all []Standing
	for rows.Next() {
		s, err := scanStanding(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// Session returns who a session's login is now, and the epoch that the session
// must be of. Who is disabled is not found.
func (a *Accounts) Session(ctx context.Context, login proctor.Login) (p proctor.Person, epoch int, err error) {
	var roles string
	err = a.j.reader.QueryRowContext(ctx, `SELECT login, name, roles, epoch, temporary FROM account WHERE login = $1 AND disabled = 0`, login).
		Scan(&p.Login, &p.Name, &roles, &epoch, &p.Temporary)
	if errors.Is(err, sql.ErrNoRows) {
		return p, 0, proctor.Errorf(proctor.NotFound, "account")
	}
	if err == nil {
		err = json.Unmarshal([]byte(roles), &p.Roles)
	}
	if err != nil {
		return p, 0, fmt.Errorf("read account: %w", err)
	}
	return p, epoch, nil
}

// Secret is a new password with what must change with it.
type Secret struct {
	Password  string
	Temporary bool // set by somebody else
	// SealedKey is the signing key under the new password; empty for none.
	SealedKey []byte
	// Certificate is of a new key, in PEM, whose predecessor's certificates are
	// revoked; empty: the key is the same.
	Certificate []byte
}

// replaced is the reason superseded of RFC 5280, 5.3.1.
const replaced = 4

// SetPassword gives an account another password and ends all its sessions.
func (a *Accounts) SetPassword(ctx context.Context, by proctor.Actor, login proctor.Login, s Secret) error {
	if err := validPassword(s.Password); err != nil {
		return err
	}
	hash, err := a.hash(ctx, s.Password)
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	none := proctor.Errorf(proctor.NotFound, "account")
	return a.change(ctx, entry{login, by, "password", serialOf(s.Certificate)}, func(ctx context.Context, tx *sql.Tx) error {
		err := one(ctx, tx, none, `UPDATE account SET password = $1, temporary = $2, epoch = epoch + 1 WHERE login = $3`, hash, bit(s.Temporary), login)
		if err != nil || len(s.SealedKey) == 0 {
			return err
		}
		if len(s.Certificate) == 0 {
			return one(ctx, tx, none, `UPDATE account SET sealed_key = $1 WHERE login = $2`, base64.StdEncoding.EncodeToString(s.SealedKey), login)
		}
		if err := revoke(ctx, tx, login, replaced); err != nil {
			return err
		}
		return setKey(ctx, tx, login, s.SealedKey, s.Certificate)
	})
}

// ReplaceKey gives an account another key and revokes all certificates of the
// one before it, for a reason of RFC 5280, 5.3.1.
func (a *Accounts) ReplaceKey(ctx context.Context, by proctor.Actor, login proctor.Login, sealedKey, certPEM []byte, reason int) error {
	return a.change(ctx, entry{login, by, "key", serialOf(certPEM)}, func(ctx context.Context, tx *sql.Tx) error {
		if err := revoke(ctx, tx, login, reason); err != nil {
			return err
		}
		return setKey(ctx, tx, login, sealedKey, certPEM)
	})
}

// Disable keeps an account from logging in and signing, and ends its sessions;
// its name stays on what it did. Enable undoes it.
func (a *Accounts) Disable(ctx context.Context, by proctor.Actor, login proctor.Login) error {
	return a.setDisabled(ctx, by, login, true, "disabled")
}

// Enable lets a disabled account in again.
func (a *Accounts) Enable(ctx context.Context, by proctor.Actor, login proctor.Login) error {
	return a.setDisabled(ctx, by, login, false, "enabled")
}

func (a *Accounts) setDisabled(ctx context.Context, by proctor.Actor, login proctor.Login, yes bool, what string) error {
	return a.change(ctx, entry{login, by, what, ""}, func(ctx context.Context, tx *sql.Tx) error {
		return one(ctx, tx, proctor.Errorf(proctor.NotFound, "account"),
			`UPDATE account SET disabled = $1, epoch = epoch + 1 WHERE login = $2`, bit(yes), login)
	})
}

// SetRoles replaces what somebody may do. It counts from her next request on.
func (a *Accounts) SetRoles(ctx context.Context, by proctor.Actor, login proctor.Login, roles []proctor.Role) error {
	if err := validRoles(roles); err != nil {
		return err
	}
	text, err := json.Marshal(roles)
	if err != nil {
		return fmt.Errorf("set roles: %w", err)
	}
	return a.change(ctx, entry{login, by, "roles", joined(roles)}, func(ctx context.Context, tx *sql.Tx) error {
		return one(ctx, tx, proctor.Errorf(proctor.NotFound, "account"),
			`UPDATE account SET roles = $1 WHERE login = $2`, string(text), login)
	})
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
