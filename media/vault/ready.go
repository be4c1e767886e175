package vault

import (
	"context"
	"errors"
	"fmt"
)

// Ready returns nil when the store answers and has the bucket.
func (v *Vault) Ready(ctx context.Context) error {
	ok, err := v.client.BucketExists(ctx, v.bucket)
	if err == nil && !ok {
		err = errors.New("its bucket is gone")
	}
	if err != nil {
		return fmt.Errorf("ask the store: %w", err)
	}
	return nil
}
