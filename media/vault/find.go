package vault

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"

	"qyragy/proctor"
)

// lockSlack is how much earlier than asked for now a lock may end that an
// earlier Put made: a store can have been away for so long.
const lockSlack = 7 * 24 * time.Hour

// Find returns a receipt for an object that is there already: its newest
// version has this size, this SHA-256 (hex) and, if retain is above 0, a lock
// in compliance mode. It is for who lost the answer to a Put, so that a second
// Put need not make a second version. ok is false if there is no such object.
func (v *Vault) Find(ctx context.Context, key string, size int64, sha256 string, retain time.Duration) (r proctor.Receipt, ok bool, err error) {
	stat, err := v.client.StatObject(ctx, v.bucket, key, minio.StatObjectOptions{Checksum: true})
	if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("find %s: %w", key, err)
	}
	sum, err := hex.DecodeString(sha256)
	if err != nil || stat.VersionID == "" || stat.Size != size || stat.ChecksumSHA256 != base64.StdEncoding.EncodeToString(sum) {
		return r, false, nil // something else has the name
	}
	if retain > 0 {
		// Versions of GetObjectRetention's answer differ between stores; HEAD's headers do not.
		until, err := time.Parse(time.RFC3339, stat.Metadata.Get("X-Amz-Object-Lock-Retain-Until-Date"))
		locked := err == nil && minio.RetentionMode(stat.Metadata.Get("X-Amz-Object-Lock-Mode")) == minio.Compliance
		if !locked || until.Before(v.now().Add(retain-min(retain, lockSlack))) {
			return r, false, nil
		}
	}
	if err := v.settle(); err != nil {
		return r, false, fmt.Errorf("find %s: settle: %w", key, err)
	}
	return proctor.Receipt{Key: key, VersionID: stat.VersionID, Size: size, SHA256: sha256, At: v.now()}, true, nil
}
