package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// SessionStore keeps login sessions over a restart. It has the methods of
// github.com/alexedwards/scs/v2's Store and CtxStore.
//
// Tokens are stored as their SHA-256 only, so scs's HashTokenInStore is not
// needed. Each Commit is a durable write: leave scs's IdleTimeout at zero, or
// every request will be one.
type SessionStore struct{ j *Journal }

// SessionStore returns the store of login sessions.
func (j *Journal) SessionStore() *SessionStore { return &SessionStore{j} }

// Find is FindCtx without a context.
func (s *SessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s *SessionStore) Commit(token string, b []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expiry)
}

// Delete is DeleteCtx without a context.
func (s *SessionStore) Delete(token string) error {
	return s.DeleteCtx(context.Background(), token)
}

// FindCtx returns a session's data, if it is there and has not expired.
func (s *SessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data string
	err := s.j.reader.QueryRowContext(ctx, `SELECT data FROM session WHERE token = $1 AND expiry > $2`,
		hashed(token), time.Now().UnixMilli()).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	b, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	return b, true, nil
}

// CommitCtx stores a session or overwrites it, and forgets those that have
// expired.
func (s *SessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	err := s.j.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, deleteExpired, time.Now().UnixMilli()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO session (token, data, expiry) VALUES ($1, $2, $3)
			ON CONFLICT (token) DO UPDATE SET data = excluded.data, expiry = excluded.expiry`,
			hashed(token), base64.StdEncoding.EncodeToString(b), expiry.UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("commit session: %w", err)
	}
	return nil
}

// DeleteCtx forgets a session; one that is not there is no error.
func (s *SessionStore) DeleteCtx(ctx context.Context, token string) error {
	err := s.j.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM session WHERE token = $1`, hashed(token))
		return err
	})
	if err != nil {
		return fmt.Errorf("delete session: %w", err)
	}
	return nil
}

const deleteExpired = `DELETE FROM session WHERE expiry <= $1`

func (j *Journal) expireSessions(ctx context.Context) error {
	return j.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, deleteExpired, time.Now().UnixMilli())
		return err
	})
}

func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
