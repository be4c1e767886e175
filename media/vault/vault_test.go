package vault_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"qyragy/media/vault"
	"qyragy/proctor"
)

func open(t *testing.T, dir string) (*vault.Embedded, *vault.Vault) {
	t.Helper()
	e, err := vault.OpenEmbedded(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	c := e.Config("recordings")
	t.Cleanup(c.Transport.(interface{ CloseIdleConnections() }).CloseIdleConnections)
	v, err := vault.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return e, v
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func read(t *testing.T, v *vault.Vault, key, version string) []byte {
	t.Helper()
	r, size, err := v.Get(t.Context(), key, version)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil || int64(len(data)) != size {
		t.Fatalf("read %d of %d bytes: %v", len(data), size, err)
	}
	return data
}

func TestObjectsAreKeptAndLocked(t *testing.T) {
	dir := t.TempDir()
	e, v := open(t, dir)
	if err := v.CheckLock(t.Context()); err != nil {
		t.Fatal(err)
	}
	one, two := bytes.Repeat([]byte("first "), 1<<18), []byte("second")
	first, err := v.Put(t.Context(), "seat/000000.webm", bytes.NewReader(one), int64(len(one)), digest(one), time.Hour, "video/webm")
	if err != nil {
		t.Fatal(err)
	}
	second, err := v.Put(t.Context(), "seat/000000.webm", bytes.NewReader(two), int64(len(two)), digest(two), 0, "video/webm")
	if err != nil {
		t.Fatal(err)
	}
	if first.VersionID == second.VersionID {
		t.Fatal("both puts have one version")
	}
	if !bytes.Equal(read(t, v, first.Key, first.VersionID), one) {
		t.Error("a second put shadows the first's version")
	}
	if err := v.Hold(t.Context(), second.Key, second.VersionID, true); err != nil {
		t.Error(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	_, again := open(t, dir)
	if !bytes.Equal(read(t, again, second.Key, second.VersionID), two) {
		t.Error("an object is not the same after a restart")
	}
}

func TestWrongBytesGetNoReceipt(t *testing.T) {
	_, v := open(t, t.TempDir())
	data := []byte("these are not the bytes that the digest names")
	_, err := v.Put(t.Context(), "seat/1.webm", bytes.NewReader(data), int64(len(data)), digest([]byte("others")), 0, "video/webm")
	if !errors.Is(err, vault.ErrMismatch) {
		t.Errorf("err = %v", err)
	}
	if _, err := v.Put(t.Context(), "x", bytes.NewReader(data), int64(len(data)), "zz", 0, ""); err == nil {
		t.Error("a digest that is none was taken")
	}
}

func TestSecondStoreIsRefusedAndDirectoryComesBack(t *testing.T) {
	cwd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	e, _ := open(t, t.TempDir())
	if _, err := vault.OpenEmbedded(t.TempDir()); err == nil {
		t.Error("two stores in one process")
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if now, _ := os.Getwd(); now != cwd {
		t.Errorf("working directory is %s, was %s", now, cwd)
	}
}

func TestKeysAreSecret(t *testing.T) {
	dir := t.TempDir()
	e, _ := open(t, dir)
	info, err := os.Stat(filepath.Join(dir, "keys.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("keys.json: %v %v", info, err)
	}
	bad := e.Config("recordings")
	bad.SecretKey = "wrong"
	t.Cleanup(bad.Transport.(interface{ CloseIdleConnections() }).CloseIdleConnections)
	if _, err := vault.Open(t.Context(), bad); err == nil {
		t.Error("a wrong secret opens the vault")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.Run(ctx); err != nil {
		t.Error(err)
	}
}

func TestDeleteOnlyWhatNothingKeeps(t *testing.T) {
	_, v := open(t, t.TempDir())
	ctx := t.Context()
	body := []byte("evidence")
	put := func(key string, keep time.Duration) proctor.Receipt {
		r, err := v.Put(ctx, key, bytes.NewReader(body), int64(len(body)), digest(body), keep, "text/plain")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	locked := put("locked", time.Hour)
	if err := v.Delete(ctx, locked.Key, locked.VersionID); err == nil {
		t.Error("a locked object was deleted")
	}
	held := put("held", 0)
	if err := v.Hold(ctx, held.Key, held.VersionID, true); err != nil {
		t.Fatal(err)
	}
	if err := v.Delete(ctx, held.Key, held.VersionID); err == nil {
		t.Error("a held object was deleted")
	}
	free := put("free", 0)
	for range 2 { // the second time it is gone already
		if err := v.Delete(ctx, free.Key, free.VersionID); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := v.Get(ctx, free.Key, free.VersionID); err == nil {
		t.Error("a deleted object can still be read")
	}
}

// TestFindSparesASecondVersion is what an uploader does that lost an answer.
func TestFindSparesASecondVersion(t *testing.T) {
	_, v := open(t, t.TempDir())
	ctx, body := t.Context(), []byte("a segment")
	find := func(key string, data []byte, keep time.Duration) (proctor.Receipt, bool) {
		t.Helper()
		r, ok, err := v.Find(ctx, key, int64(len(data)), digest(data), keep)
		if err != nil {
			t.Fatal(err)
		}
		return r, ok
	}
	if _, ok := find("seat/1", body, time.Hour); ok {
		t.Error("found before it was put")
	}
	for _, keep := range []time.Duration{0, time.Hour} {
		put, err := v.Put(ctx, "seat/1", bytes.NewReader(body), int64(len(body)), digest(body), keep, "video/webm")
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := find("seat/1", body, keep); !ok || got.VersionID != put.VersionID || got.Size != put.Size || got.SHA256 != put.SHA256 {
			t.Errorf("keep %v: found %+v, %v, put %+v", keep, got, ok, put)
		}
		if _, ok := find("seat/1", body, 365*24*time.Hour); ok {
			t.Errorf("keep %v: an object that is not locked for so long was taken", keep)
		}
		if _, ok := find("seat/1", []byte("A segment"), keep); ok {
			t.Error("other bytes were taken")
		}
	}
	if _, err := v.Put(ctx, "seat/2", bytes.NewReader(body), int64(len(body)), digest(body), 0, "video/webm"); err != nil {
		t.Fatal(err)
	}
	if _, ok := find("seat/2", body, time.Hour); ok {
		t.Error("an object without a lock was taken for a locked one")
	}
}
