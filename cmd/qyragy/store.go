package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"qyragy/media/vault"
	"qyragy/proctor"
)

const (
	// retention is how long recordings and pictures are locked, and kept when
	// nothing rests on them: the consent text promises it.
	retention = 30 * 24 * time.Hour
	// keepActs is how long acts are locked.
	keepActs  = 5 * 365 * 24 * time.Hour
	maxObject = 64 << 20 // bytes
)

// store keeps whole documents and pictures in the vault.
type store struct{ vault *vault.Vault }

func (s store) put(ctx context.Context, key string, data []byte, keep time.Duration, kind string) (proctor.Receipt, error) {
	sum := sha256.Sum256(data)
	return s.vault.Put(ctx, key, bytes.NewReader(data), int64(len(data)), hex.EncodeToString(sum[:]), keep, kind)
}

// get returns an object only if it is, byte for byte, what its receipt says.
func (s store) get(ctx context.Context, r proctor.Receipt) ([]byte, error) {
	body, size, err := s.vault.Get(ctx, r.Key, r.VersionID)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	if size > maxObject {
		return nil, fmt.Errorf("get %s: %d bytes are too many", r.Key, size)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", r.Key, err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != r.SHA256 {
		return nil, fmt.Errorf("get %s: its bytes are not those of the receipt", r.Key)
	}
	return data, nil
}
