package journal

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"qyragy/proctor"
)

// Accounts are the members of staff who may log in, each with the key that
// signs in her name, sealed by whoever made it.
type Accounts struct{ j *Journal }

// Accounts returns the accounts kept beside the journal.
func (j *Journal) Accounts() *Accounts { return &Accounts{j} }

// Who is disabled keeps her name and has no role.
const selectPerson = `SELECT login, name, CASE disabled WHEN 0 THEN roles ELSE '[]' END FROM account`

// Create adds an account. The password has 8 to 200 runes; sealedKey and
// certPEM may be empty for somebody who does not sign.
func (a *Accounts) Create(ctx context.Context, p proctor.Person, password string, sealedKey, certPEM []byte) error {
	if err := validate(p, password); err != nil {
		return err
	}
	roles, err := json.Marshal(p.Roles)
	if err != nil {
		return fmt.Errorf("create account: %w", err)
	}
	hash, err := a.hash(ctx, password)
	if err != nil {
		return fmt.Errorf("create account: %w", err)
	}
	exists := proctor.Errorf(proctor.Conflict, "account_exists")
	return a.change(ctx, entry{p.Login, ActorConsole, "created", joined(p.Roles)}, func(ctx context.Context, tx *sql.Tx) error {
		err := one(ctx, tx, exists, `INSERT INTO account (login, name, roles, password, sealed_key, certificate)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (login) DO NOTHING`,
			p.Login, p.Name, string(roles), hash, base64.StdEncoding.EncodeToString(sealedKey), string(certPEM))
		if err != nil {
			return err
		}
		return certified(ctx, tx, p.Login, certPEM)
	})
}

// SetKey replaces the sealed key and the certificate of an account; passkeys
// no longer open the key.
func (a *Accounts) SetKey(ctx context.Context, by proctor.Actor, login proctor.Login, sealedKey, certPEM []byte) error {
	return a.change(ctx, entry{login, by, "key", serialOf(certPEM)}, func(ctx context.Context, tx *sql.Tx) error {
		return setKey(ctx, tx, login, sealedKey, certPEM)
	})
}

// one writes a single row by itself; none is the error if no row was to be
// written.
func (a *Accounts) one(ctx context.Context, none error, query string, args ...any) error {
	err := a.j.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return one(ctx, tx, none, query, args...) })
	if err != nil {
		return fmt.Errorf("write account: %w", err)
	}
	return nil
}

func one(ctx context.Context, tx *sql.Tx, none error, query string, args ...any) error {
	r, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err == nil && n == 0 {
		err = none
	}
	return err
}

// Login returns the person whose password this is. An unknown login and a
// wrong password are one error and cost the same time; so is who is disabled.
func (a *Accounts) Login(ctx context.Context, login, password string) (proctor.Person, error) {
	stored := nobody()
	err := a.j.reader.QueryRowContext(ctx, `SELECT password FROM account WHERE login = $1 AND disabled = 0`, login).Scan(&stored)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return proctor.Person{}, fmt.Errorf("login: %w", err)
	}
	ok, err := a.matches(ctx, password, stored)
	if err != nil {
		return proctor.Person{}, fmt.Errorf("login: %w", err)
	}
	if !ok {
		return proctor.Person{}, proctor.Errorf(proctor.Forbidden, "login")
	}
	return a.Person(ctx, proctor.Login(login))
}

// Person returns an account's person, or a NotFound Error.
func (a *Accounts) Person(ctx context.Context, login proctor.Login) (proctor.Person, error) {
	p, err := scanPerson(a.j.reader.QueryRowContext(ctx, selectPerson+` WHERE login = $1`, login))
	if errors.Is(err, sql.ErrNoRows) {
		return p, proctor.Errorf(proctor.NotFound, "account")
	}
	return p, err
}

// People returns everybody, by login.
func (a *Accounts) People(ctx context.Context) ([]proctor.Person, error) {
	rows, err := a.j.reader.QueryContext(ctx, selectPerson+` ORDER BY login`)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	defer rows.Close()
	var all []proctor.Person
	for rows.Next() {
		p, err := scanPerson(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// SealedKey returns an account's sealed key and its certificate, or a NotFound
// Error if it has none.
func (a *Accounts) SealedKey(ctx context.Context, login proctor.Login) (key, certPEM []byte, err error) {
	var sealed, cert string
	err = a.j.reader.QueryRowContext(ctx, `SELECT sealed_key, certificate FROM account WHERE login = $1`, login).
		Scan(&sealed, &cert)
	if errors.Is(err, sql.ErrNoRows) || err == nil && sealed == "" {
		return nil, nil, proctor.Errorf(proctor.NotFound, "account_key")
	}
	if err == nil {
		key, err = base64.StdEncoding.DecodeString(sealed)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read sealed key: %w", err)
	}
	return key, []byte(cert), nil
}

func scanPerson(row interface{ Scan(...any) error }) (proctor.Person, error) {
	var p proctor.Person
	var roles string
	err := row.Scan(&p.Login, &p.Name, &roles)
	if err == nil {
		err = json.Unmarshal([]byte(roles), &p.Roles)
	}
	if err != nil {
		return proctor.Person{}, fmt.Errorf("read account: %w", err)
	}
	return p, nil
}

// validate refuses an account that the journal could not name as an Actor.
func validate(p proctor.Person, password string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyz0123456789._-@"
	reserved := []proctor.Actor{proctor.ActorEngine, proctor.ActorRecorder, proctor.ActorDemo, proctor.ActorOutbox, ActorConsole}
	switch {
	case p.Login == "" || len(p.Login) > 64 || strings.Trim(string(p.Login), allowed) != "",
		slices.Contains(reserved, proctor.PersonActor(p.Login)):
		return proctor.Errorf(proctor.Invalid, "account_login")
	case strings.TrimSpace(p.Name) == "" || utf8.RuneCountInString(p.Name) > 120:
		return proctor.Errorf(proctor.Invalid, "account_name")
	}
	if err := validRoles(p.Roles); err != nil {
		return err
	}
	return validPassword(password)
}

func validRoles(roles []proctor.Role) error {
	staff := proctor.StaffRoles()
	if len(roles) == 0 || slices.ContainsFunc(roles, func(r proctor.Role) bool { return !slices.Contains(staff, r) }) {
		return proctor.Errorf(proctor.Invalid, "account_roles")
	}
	return nil
}

func validPassword(password string) error {
	if n := utf8.RuneCountInString(password); n < 8 || n > 200 {
		return proctor.Errorf(proctor.Invalid, "account_password")
	}
	return nil
}
