package journal

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"fmt"
)

// Secret returns the n (16 to 1024) random bytes kept under name, the same
// ones for ever; the first call makes them.
func (j *Journal) Secret(ctx context.Context, name string, n int) ([]byte, error) {
	if n < 16 || n > 1024 {
		return nil, fmt.Errorf("secret %s: %d bytes", name, n)
	}
	fresh := make([]byte, n)
	rand.Read(fresh)
	var kept string
	err := j.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`,
			name, base64.StdEncoding.EncodeToString(fresh))
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT value FROM secret WHERE name = $1`, name).Scan(&kept)
	})
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	b, err := base64.StdEncoding.DecodeString(kept)
	if err == nil && len(b) != n {
		err = fmt.Errorf("%d bytes kept, %d wanted", len(b), n)
	}
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	return b, nil
}
