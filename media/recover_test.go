package media

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"qyragy/proctor"
)

// copyDir is the spool as a crash would leave it: what had been written.
func copyDir(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestCrashLosesNothingThatWasWritten copies the spool while a publisher
// plays, as a SIGKILL would leave it, and starts another server on the copy.
func TestCrashLosesNothingThatWasWritten(t *testing.T) {
	sent := clip(t, "3", "320", "240")
	j := &journal{}
	k, stop := run(t, t.TempDir(), j, nil)
	began := time.Now()
	first := publish(t, k, "seat-1")
	first.play(t, sent[:15])
	first.end(t)
	until(t, "the first segment is sealed", func() bool { g, _, _ := j.all(); return len(g) == 1 })
	c := publish(t, k, "seat-1")
	c.play(t, sent)
	crashed := copyDir(t, k.dir)
	before, _, _ := j.all()
	c.end(t)
	stop()

	after := &journal{segments: before} // what a crash leaves of the journal
	again, _ := run(t, crashed, after, nil)
	segments, _, _ := after.all()
	if len(segments) != 2 {
		t.Fatalf("%d segments after the crash", len(segments))
	}
	g := segments[1]
	if !g.Recovered || g.Number != 1 || g.Prev != segments[0].SHA256 || g.Camera != 1 || g.Frames < len(sent)-3 {
		t.Errorf("recovered: %+v", g)
	}
	r, err := again.OpenSegment(t.Context(), g, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	video, _ := blocks(t, data)
	if len(video) != g.Frames || !bytes.Equal(video[g.Frames-1], sent[g.Frames-1]) {
		t.Errorf("%d frames in the file, %d in the journal", len(video), g.Frames)
	}
	ffprobe(t, data)
	time.Sleep(1200 * time.Millisecond)
	c = publish(t, again, "seat-1")
	c.play(t, sent[:15])
	c.end(t)
	ended := time.Now()
	until(t, "the third segment is sealed", func() bool { g, _, _ := after.all(); return len(g) == 3 })
	segments, _, gaps := after.all()
	if segments[2].Number != 2 || segments[2].Prev != g.SHA256 || segments[2].Camera != 2 {
		t.Errorf("after the crash: %+v", segments[2])
	}
	if len(gaps) != 1 || gaps[0].Cause != proctor.GapRestart || !gaps[0].From.Equal(g.End) || !gaps[0].To.Equal(segments[2].Start) {
		t.Errorf("gaps: %+v", gaps)
	}
	accounted(t, segments, gaps, began, ended)
}

// TestSealedButNotJournaledIsTold covers a crash between the rename and the
// journal, and between the journal and the upload.
func TestSealedButNotJournaledIsTold(t *testing.T) {
	sent := clip(t, "1", "320", "240")
	j := &journal{}
	k, stop := run(t, t.TempDir(), j, nil)
	c := publish(t, k, "seat-1")
	c.play(t, sent)
	c.end(t)
	stop()
	segments, _, _ := j.all()
	empty := &journal{}
	_, stop = run(t, copyDir(t, k.dir), empty, nil)
	if g, _, _ := empty.all(); len(g) != 1 || g[0].SHA256 != segments[0].SHA256 || g[0].Recovered {
		t.Errorf("the journal was told %+v", g)
	}
	stop()
	v := openVault(t)
	again, stop := run(t, k.dir, j, v)
	until(t, "it is stored", func() bool { _, r, _ := j.all(); return len(r) == 1 && again.Stats().Backlog == 0 })
	if g, _, _ := j.all(); len(g) != 1 {
		t.Errorf("the journal was told twice: %+v", g)
	}
	stop()
	// What is stored leaves a note that tells the next run where to go on.
	last, stop := run(t, k.dir, &journal{segments: segments}, v)
	c = publish(t, last, "seat-1")
	c.play(t, sent)
	c.end(t)
	stop()
	if g, _, _ := last.journal.all(); len(g) != 2 || g[1].Number != 1 || g[1].Prev != segments[0].SHA256 || g[1].Camera != 1 {
		t.Errorf("%+v", g)
	}
}

// TestJournalFailureStopsTheServer is fail-stop.
func TestJournalFailureStopsTheServer(t *testing.T) {
	sent := clip(t, "1", "320", "240")
	j := &journal{fail: errors.New("journal: disk I/O error")}
	k, stop := run(t, t.TempDir(), j, nil)
	c := publish(t, k, "seat-1")
	c.play(t, sent)
	c.end(t)
	err := <-k.ended
	if !errors.Is(err, j.fail) {
		t.Errorf("Run returned %v", err)
	}
	if status, _, _ := send(t, "POST", k.url+"/whip/x", typeSDP, goodOffer(t), ""); status != 503 {
		t.Errorf("a failed server answers %d", status)
	}
	k.ended <- nil
	stop()
}

// liar is a vault whose receipts are for something else, until told the truth.
type liar struct {
	Vault
	lie chan struct{}
}

func (l liar) Put(ctx context.Context, key string, r io.ReadSeeker, size int64, sha256 string, keep time.Duration, kind string) (proctor.Receipt, error) {
	receipt, err := l.Vault.Put(ctx, key, r, size, sha256, keep, kind)
	select {
	case <-l.lie:
	default:
		receipt.SHA256 = "0000"
	}
	return receipt, err
}

// TestWrongReceiptKeepsTheFile must not lose a local copy to a lying store.
func TestWrongReceiptKeepsTheFile(t *testing.T) {
	sent := clip(t, "1", "320", "240")
	l := liar{openVault(t), make(chan struct{})}
	k, _ := run(t, t.TempDir(), &journal{}, l)
	c := publish(t, k, "seat-1")
	c.play(t, sent)
	c.end(t)
	until(t, "the upload was refused", func() bool { return k.Stats().UploadErrors > 0 })
	if _, receipts, _ := k.journal.all(); len(receipts) != 0 || !k.spool.has("seat-1", 0, "webm") || k.Stats().Backlog != 1 {
		t.Error("a wrong receipt was believed")
	}
	close(l.lie)
	until(t, "it is stored", func() bool { _, r, _ := k.journal.all(); return len(r) == 1 && k.Stats().Backlog == 0 })
}

// TestFullDiskIsAGapAndHeals fills a small file system under the spool.
func TestFullDiskIsAGapAndHeals(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("cannot mount a small file system: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	sent := clip(t, "8", "320", "240")
	k, stop := run(t, dir, &journal{}, nil)
	began := time.Now()
	c := publish(t, k, "seat-1")
	played := make(chan struct{})
	go func() { defer close(played); c.play(t, sent) }()
	until(t, "recording", func() bool { _, ok := k.Live("seat-1"); return ok })
	hog := filepath.Join(dir, "hog")
	f, err := os.Create(hog)
	if err != nil {
		t.Fatal(err)
	}
	for buf := make([]byte, 4096); err == nil; {
		_, err = f.Write(buf)
	}
	f.Close()
	until(t, "the disk refused", func() bool { return k.Stats().DiskErrors >= 2 })
	if err := os.Remove(hog); err != nil {
		t.Fatal(err)
	}
	until(t, "recording goes on", func() bool { g, ok := k.Live("seat-1"); return ok && g.Number == 1 })
	<-played
	c.end(t)
	ended := time.Now()
	stop()
	segments, _, gaps := k.journal.all()
	if len(segments) != 2 || !segments[0].Recovered || segments[1].Prev != segments[0].SHA256 {
		t.Fatalf("segments: %+v", segments)
	}
	if len(gaps) != 1 || gaps[0].Cause != proctor.GapDisk || !gaps[0].From.Equal(segments[0].End) || !gaps[0].To.Equal(segments[1].Start) {
		t.Errorf("gaps: %+v", gaps)
	}
	accounted(t, segments, gaps, began, ended)
	if st := k.Stats(); int64(segments[0].Frames+segments[1].Frames)+st.Dropped < int64(len(sent))*8/10 {
		t.Errorf("frames recorded %d and %d, dropped %d of %d", segments[0].Frames, segments[1].Frames, st.Dropped, len(sent))
	}
}

// TestBrokenSidecarLosesNothing keeps the files of a segment that recovery
// cannot understand.
func TestBrokenSidecarLosesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "seat-1"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, ext := range []string{"part", "json"} {
		if err := os.WriteFile(filepath.Join(dir, name("seat-1", 3, ext)), []byte("???"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	k, _ := run(t, dir, &journal{}, nil)
	for _, ext := range []string{"part.bad", "json.bad"} {
		if !k.spool.has("seat-1", 3, ext) {
			t.Errorf("no %s", ext)
		}
	}
	if g, _, _ := k.journal.all(); len(g) != 0 {
		t.Errorf("the journal was told %+v", g)
	}
}
