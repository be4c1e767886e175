package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/minio/minio-go/v7"
)

// ErrNoLock is returned by CheckLock when the store deleted what it had
// promised to keep.
var ErrNoLock = errors.New("vault: the store deleted a locked object")

// probeRetain is how long CheckLock's object stays locked.
const probeRetain = time.Minute

// CheckLock puts a tiny object that is locked for a minute and proves that the
// store refuses to delete that version, and refuses to shorten the lock. The
// object stays until its lock ends.
func (v *Vault) CheckLock(ctx context.Context) error {
	body := []byte("object lock probe " + v.now().UTC().Format(time.RFC3339Nano))
	sum := sha256.Sum256(body)
	receipt, err := v.Put(ctx, "probe/lock", bytes.NewReader(body), int64(len(body)), hex.EncodeToString(sum[:]), probeRetain, "text/plain")
	if err != nil {
		return fmt.Errorf("check lock: %w", err)
	}
	err = v.client.RemoveObject(ctx, v.bucket, receipt.Key, minio.RemoveObjectOptions{VersionID: receipt.VersionID})
	if err == nil {
		return ErrNoLock
	}
	mode, soon := minio.Compliance, v.now().Add(time.Second)
	err = v.client.PutObjectRetention(ctx, v.bucket, receipt.Key, minio.PutObjectRetentionOptions{
		VersionID: receipt.VersionID, Mode: &mode, RetainUntilDate: &soon,
	})
	if err == nil {
		return fmt.Errorf("%w: its retention could be shortened", ErrNoLock)
	}
	object, _, err := v.Get(ctx, receipt.Key, receipt.VersionID)
	if err != nil {
		return fmt.Errorf("%w: it is gone: %w", ErrNoLock, err)
	}
	return object.Close()
}
