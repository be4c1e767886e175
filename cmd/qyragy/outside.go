package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"

	"qyragy/media/vault"
)

// outsideS3 reads a store's address: https://host[:port]/bucket?region=NAME,
// http for one without TLS. The keys come from the environment, so that no
// list of processes shows them.
func outsideS3(raw string) (vault.Config, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return vault.Config{}, fmt.Errorf("--s3: %w", err)
	}
	bucket := path.Base(u.Path)
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "", path.Clean(u.Path) != "/"+bucket, bucket == "/":
		return vault.Config{}, errors.New("--s3: an address is https://host/bucket, with ?region=NAME where it has one")
	case u.User != nil:
		return vault.Config{}, errors.New("--s3: keys do not belong into the address: set QYRAGY_S3_ACCESS_KEY and QYRAGY_S3_SECRET_KEY")
	}
	c := vault.Config{
		Endpoint: u.Host, Bucket: bucket, Secure: u.Scheme == "https", Region: u.Query().Get("region"),
		AccessKey: os.Getenv("QYRAGY_S3_ACCESS_KEY"), SecretKey: os.Getenv("QYRAGY_S3_SECRET_KEY"),
	}
	if c.AccessKey == "" || c.SecretKey == "" {
		return c, errors.New("--s3: set QYRAGY_S3_ACCESS_KEY and QYRAGY_S3_SECRET_KEY")
	}
	return c, nil
}

// openStore opens the store that outside names, or the one in data. close is
// never nil.
func openStore(ctx context.Context, outside, data string) (v *vault.Vault, close func() error, err error) {
	close = func() error { return nil }
	var cfg vault.Config
	if outside != "" {
		cfg, err = outsideS3(outside)
	} else {
		var e *vault.Embedded
		if e, err = vault.OpenEmbedded(filepath.Join(data, "s3")); err == nil {
			cfg, close = e.Config("qyragy"), e.Close
		}
	}
	if err != nil {
		return nil, close, err
	}
	v, err = vault.Open(ctx, cfg)
	return v, close, err
}
