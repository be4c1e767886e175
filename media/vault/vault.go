// Package vault keeps closed recordings and evidence in an S3 bucket with
// object lock, and says so only against a receipt: the object's size, SHA-256
// and version as the store itself reports them. It is not for live media and
// holds nothing in memory that is larger than a buffer.
package vault

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"qyragy/proctor"
)

// Config says where the store is and what to keep in it.
type Config struct {
	Endpoint  string // host or host:port, no scheme
	AccessKey string
	SecretKey string
	Bucket    string // made with object lock if it is not there
	Secure    bool   // speak TLS
	Region    string // "" is us-east-1
	// Settle, if set, is called after each object is written and before its
	// receipt counts: the embedded store needs its file system synced.
	Settle func() error
	// Transport, if set, replaces the HTTP transport.
	Transport http.RoundTripper
	// Now is the clock, time.Now if nil.
	Now func() time.Time
}

// Vault is a bucket of an S3 store. It is safe for concurrent use.
type Vault struct {
	client *minio.Client
	bucket string
	settle func() error
	now    func() time.Time
}

// ErrMismatch is returned when the store has something else than was sent.
var ErrMismatch = errors.New("vault: the store's object differs from what was sent")

// Open connects to the store and makes the bucket, with object lock, if it is
// absent. A bucket that is there but has no versioning is refused.
func Open(ctx context.Context, c Config) (*Vault, error) {
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	client, err := minio.New(c.Endpoint, &minio.Options{
		Creds:           credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""),
		Secure:          c.Secure,
		Region:          c.Region,
		Transport:       c.Transport,
		BucketLookup:    minio.BucketLookupPath,
		TrailingHeaders: true,
		MaxRetries:      2, // of what sends no body; the uploader has its own, endless, retries
	})
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	v := &Vault{client: client, bucket: c.Bucket, settle: c.Settle, now: c.Now}
	if v.settle == nil {
		v.settle = func() error { return nil }
	}
	if v.now == nil {
		v.now = time.Now
	}
	return v, v.ensureBucket(ctx, c.Region)
}

func (v *Vault) ensureBucket(ctx context.Context, region string) error {
	there, err := v.client.BucketExists(ctx, v.bucket)
	if err != nil {
		return fmt.Errorf("look for bucket %s: %w", v.bucket, err)
	}
	if !there {
		err := v.client.MakeBucket(ctx, v.bucket, minio.MakeBucketOptions{Region: region, ObjectLocking: true})
		if err != nil {
			return fmt.Errorf("make bucket %s: %w", v.bucket, err)
		}
	}
	versioning, err := v.client.GetBucketVersioning(ctx, v.bucket)
	if err != nil {
		return fmt.Errorf("ask bucket %s for versioning: %w", v.bucket, err)
	}
	if !versioning.Enabled() {
		return fmt.Errorf("bucket %s has no versioning, so it cannot lock objects", v.bucket)
	}
	return v.settle()
}

// Put stores size bytes of r under key, locked in compliance mode for retain
// (no lock when 0), and returns a receipt only if the store then reports the
// same size and the same SHA-256 (hex) for the version that it made. Writing
// a key again makes another version; a receipt names one.
func (v *Vault) Put(ctx context.Context, key string, r io.ReadSeeker, size int64, sha256 string, retain time.Duration, contentType string) (proctor.Receipt, error) {
	sum, err := hex.DecodeString(sha256)
	if err != nil || len(sum) != 32 {
		return proctor.Receipt{}, fmt.Errorf("put %s: %q is no SHA-256", key, sha256)
	}
	opts := minio.PutObjectOptions{
		ContentType: contentType,
		// The digest goes ahead of the body: the store refuses other bytes.
		UserMetadata:     map[string]string{"X-Amz-Checksum-Sha256": base64.StdEncoding.EncodeToString(sum)},
		DisableMultipart: true, // so that the checksum is of the whole object
		// It is among the signed headers, so the body need not be signed too.
		DisableContentSha256: true,
	}
	if retain > 0 {
		opts.Mode, opts.RetainUntilDate = minio.Compliance, v.now().Add(retain).UTC().Truncate(time.Second)
	}
	// A body that cannot be sought is sent once: the library's second try after
	// an answer that was lost on the way would make a second version.
	info, err := v.client.PutObject(ctx, v.bucket, key, struct{ io.Reader }{r}, size, opts)
	if code := minio.ToErrorResponse(err).Code; code == "BadDigest" || code == "XAmzContentChecksumMismatch" {
		return proctor.Receipt{}, fmt.Errorf("put %s: %w: %w", key, ErrMismatch, err)
	}
	if err != nil {
		return proctor.Receipt{}, fmt.Errorf("put %s: %w", key, err)
	}
	if err := v.verify(ctx, key, info.VersionID, size, sum); err != nil {
		return proctor.Receipt{}, fmt.Errorf("put %s: %w", key, err)
	}
	if err := v.settle(); err != nil {
		return proctor.Receipt{}, fmt.Errorf("put %s: settle: %w", key, err)
	}
	return proctor.Receipt{Key: key, VersionID: info.VersionID, Size: size, SHA256: sha256, At: v.now()}, nil
}

// verify asks the store what it has, and trusts nothing that it said while
// the object was being sent.
func (v *Vault) verify(ctx context.Context, key, version string, size int64, sum []byte) error {
	if version == "" {
		return fmt.Errorf("%w: no version", ErrMismatch)
	}
	stat, err := v.client.StatObject(ctx, v.bucket, key, minio.StatObjectOptions{VersionID: version, Checksum: true})
	if err != nil {
		return fmt.Errorf("stat: %w", err)
	}
	if stat.VersionID != version || stat.Size != size {
		return fmt.Errorf("%w: version %q of %d bytes", ErrMismatch, stat.VersionID, stat.Size)
	}
	if want := base64.StdEncoding.EncodeToString(sum); stat.ChecksumSHA256 != want {
		return fmt.Errorf("%w: checksum %q, want %q", ErrMismatch, stat.ChecksumSHA256, want)
	}
	return nil
}

// Get opens one version of an object for reading and returns its size.
func (v *Vault) Get(ctx context.Context, key, versionID string) (io.ReadSeekCloser, int64, error) {
	object, err := v.client.GetObject(ctx, v.bucket, key, minio.GetObjectOptions{VersionID: versionID})
	if err != nil {
		return nil, 0, fmt.Errorf("get %s: %w", key, err)
	}
	stat, err := object.Stat()
	if err != nil {
		object.Close()
		if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
			return nil, 0, proctor.Errorf(proctor.NotFound, "recording_gone")
		}
		return nil, 0, fmt.Errorf("get %s: %w", key, err)
	}
	return object, stat.Size, nil
}

// Delete removes one version for good. A version that is locked or held is
// refused; one that is gone already is no error.
func (v *Vault) Delete(ctx context.Context, key, versionID string) error {
	err := v.client.RemoveObject(ctx, v.bucket, key, minio.RemoveObjectOptions{VersionID: versionID})
	if err != nil && minio.ToErrorResponse(err).StatusCode != http.StatusNotFound {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}

// Hold puts (or lifts) a legal hold on one version: while it is on, nobody can
// delete that version, whatever its retention.
func (v *Vault) Hold(ctx context.Context, key, versionID string, on bool) error {
	status := minio.LegalHoldDisabled
	if on {
		status = minio.LegalHoldEnabled
	}
	err := v.client.PutObjectLegalHold(ctx, v.bucket, key, minio.PutObjectLegalHoldOptions{VersionID: versionID, Status: &status})
	if err != nil {
		return fmt.Errorf("hold %s: %w", key, err)
	}
	return v.settle()
}
