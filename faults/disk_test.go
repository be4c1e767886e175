package faults_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"qyragy/proctor"
)

// TestDiskFull (F03) fills the spool's file system and frees it again.
func TestDiskFull(t *testing.T) {
	slow(t)
	b := newBed(t, t.TempDir())
	spool := filepath.Join(b.data, "spool")
	if err := os.Mkdir(spool, 0o700); err != nil {
		t.Fatal(err)
	}
	able(t, "mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", spool)
	defer must(t, "umount", "-l", spool)
	server := b.serve(t)
	cameras := b.publish(t)
	b.recording(t)
	time.Sleep(4 * time.Second)
	hog := filepath.Join(spool, "hog")
	full := time.Now()
	fill(t, hog)
	time.Sleep(6 * time.Second)
	if err := os.Remove(hog); err != nil {
		t.Fatal(err)
	}
	freed := time.Now()
	b.recording(t)
	resumed := time.Since(freed)
	time.Sleep(4 * time.Second)
	stop(t, cameras)
	stop(t, server)
	all := records(t, b.data)
	var lengths []time.Duration
	for _, r := range all {
		r.accounted(t)
		if len(r.gaps) != 1 || r.gaps[0].Cause != proctor.GapDisk {
			t.Errorf("%s: %+v", r.id, r.gaps)
			continue
		}
		g := r.gaps[0]
		lengths = append(lengths, g.To.Sub(g.From))
		if g.From.Before(full.Add(-2*time.Second)) || g.To.After(freed.Add(4*time.Second)) {
			t.Errorf("%s: the disk was full from %v to %v, the gap is %v to %v", r.id, full, freed, g.From, g.To)
		}
	}
	n := verify(t, b.data, all)
	if len(lengths) > 0 {
		t.Logf("F03: disk full for %v, %d segments verified; gaps %s; recording again after %v",
			freed.Sub(full).Round(10*time.Millisecond), n, spread(lengths), resumed.Round(10*time.Millisecond))
	}
}

// fill writes until there is no room.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for buf := make([]byte, 4096); ; {
		if _, err := f.Write(buf); errors.Is(err, syscall.ENOSPC) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
