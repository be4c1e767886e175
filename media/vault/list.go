package vault

import (
	"context"
	"fmt"

	"github.com/minio/minio-go/v7"
)

// Version is one version of an object.
type Version struct{ Key, VersionID string }

// List returns every version of the objects whose key begins with prefix, by
// key. A key that was written twice is there twice.
func (v *Vault) List(ctx context.Context, prefix string) ([]Version, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // the library's goroutine ends with it
	var out []Version
	for o := range v.client.ListObjects(ctx, v.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true, WithVersions: true}) {
		if o.Err != nil {
			return nil, fmt.Errorf("list %s: %w", prefix, o.Err)
		}
		if !o.IsDeleteMarker {
			out = append(out, Version{o.Key, o.VersionID})
		}
	}
	return out, nil
}
