package faults_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"qyragy/media/vault"
	"qyragy/proctor"
)

// kept is a vault that puts what a test says.
type kept struct{ *vault.Vault }

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func (v kept) put(t *testing.T, key string, body []byte, keep time.Duration) (proctor.Receipt, error) {
	t.Helper()
	return v.Put(t.Context(), key, bytes.NewReader(body), int64(len(body)), sum(body), keep, "video/webm")
}

func (v kept) has(t *testing.T, r proctor.Receipt, body []byte) bool {
	t.Helper()
	f, _, err := v.Get(t.Context(), r.Key, r.VersionID)
	if err != nil {
		t.Errorf("%s: %v", r.Key, err)
		return false
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	return err == nil && bytes.Equal(data, body)
}

// TestStoreSemantics asks each real store for what the vault relies on:
// versions, locks that hold, checksums that are checked.
func TestStoreSemantics(t *testing.T) {
	slow(t)
	eachStore(t, func(t *testing.T, open func(*testing.T) vault.Config) {
		inner, err := vault.Open(t.Context(), open(t))
		if err != nil {
			t.Fatal(err)
		}
		v := kept{inner}
		// A locked version can be neither deleted nor unlocked early.
		if err := v.CheckLock(t.Context()); err != nil {
			t.Error(err)
		}
		// A plain PUT over a locked key succeeds, and the receipt's version stays.
		one, two := bytes.Repeat([]byte("one"), 1<<20), []byte("two")
		first, err := v.put(t, "seat/0.webm", one, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		second, err := v.put(t, "seat/0.webm", two, 0)
		if err != nil {
			t.Fatal(err)
		}
		if first.VersionID == second.VersionID || !v.has(t, first, one) || !v.has(t, second, two) {
			t.Error("a second PUT shadows the first's version")
		}
		if v.Delete(t.Context(), first.Key, first.VersionID) == nil || v.Delete(t.Context(), second.Key, second.VersionID) != nil {
			t.Error("the locked version could be deleted, or the free one could not")
		}
		if r, ok, err := v.Find(t.Context(), first.Key, first.Size, first.SHA256, time.Hour); err != nil || !ok || r.VersionID != first.VersionID {
			t.Errorf("find: %+v %v %v", r, ok, err)
		}
		// What is held can not be deleted until it is let go.
		held, err := v.put(t, "act.pdf", two, 0)
		if err != nil {
			t.Fatal(err)
		}
		hold := func(on bool) {
			if err := v.Hold(t.Context(), held.Key, held.VersionID, on); err != nil {
				t.Error(err)
			}
		}
		hold(true)
		if v.Delete(t.Context(), held.Key, held.VersionID) == nil {
			t.Error("a held object was deleted")
		}
		hold(false)
		if err := v.Delete(t.Context(), held.Key, held.VersionID); err != nil {
			t.Error(err)
		}
		// Other bytes than the digest names get no receipt.
		if _, err := v.Put(t.Context(), "x", bytes.NewReader(two), 3, sum(one), 0, ""); !errors.Is(err, vault.ErrMismatch) {
			t.Errorf("wrong bytes: %v", err)
		}
		t.Log("F06: compliance lock holds, its end cannot be moved, a PUT over it is a new version, wrong bytes are refused")
	})
}

// TestStoreFull (F06) fills the disk under the store.
func TestStoreFull(t *testing.T) {
	slow(t)
	t.Setenv("QYRAGY_BIN", filepath.Dir(program(t, "minio")))
	t.Setenv("QYRAGY_CLIPS", clips(t))
	disk := t.TempDir()
	able(t, "mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", disk)
	defer must(t, "umount", "-l", disk)
	c := minioAt(t, disk)
	s := newStage(t, c, c.Endpoint, 2*time.Second)
	before := s.Stats()
	hog := filepath.Join(disk, "hog")
	fill(t, hog)
	v, err := vault.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	_, err = kept{v}.put(t, "full", make([]byte, 1<<20), 0)
	answer := minio.ToErrorResponse(errors.Unwrap(err))
	_, stored, _ := s.log.count()
	time.Sleep(15 * time.Second)
	_, during, _ := s.log.count()
	st := s.Stats()
	if err := os.Remove(hog); err != nil {
		t.Fatal(err)
	}
	caught := s.healed(t)
	s.unharmed(t, before)
	t.Logf("F06: the store's disk full for 15 s: it answers %d %s; %d receipts, backlog %d, %d failed tries; with room again %d stored, none twice; %v",
		answer.StatusCode, answer.Code, during-stored, st.Backlog, st.UploadErrors-before.UploadErrors, s.once(t), caught)
	if err == nil || st.Backlog < 10 {
		t.Errorf("it was not full: %v, backlog %d", err, st.Backlog)
	}
}
