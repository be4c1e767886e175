package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"qyragy/proctor"
)

// child is another process that appends until it is killed or an Append
// fails, and prints every number that was acknowledged. It makes sure that a
// failure is the last word.
func child(path string) int {
	runtime.LockOSThread() // strace counts calls by thread
	ctx := context.Background()
	j, err := Open(ctx, path)
	if err != nil {
		fmt.Println("open failed:", err)
		return 0
	}
	for range 200_000 {
		out, err := j.Append(ctx, warned(1), warned(2))
		if err != nil {
			fmt.Println("append failed:", err)
			return childAfterFailure(j)
		}
		fmt.Println(out[0].Seq)
		fmt.Println(out[1].Seq)
		if limit, _ := strconv.Atoi(os.Getenv("JOURNAL_LIMIT")); limit > 0 && out[1].Seq >= uint64(limit) {
			break
		}
	}
	if err := j.Close(); err != nil {
		fmt.Println("close failed:", err)
		return 0
	}
	fmt.Println("done")
	return 0
}

func childAfterFailure(j *Journal) int {
	ctx := context.Background()
	if _, err := j.Append(ctx, warned(3)); !errors.Is(err, ErrFailed) {
		fmt.Println("BAD: appended after a failure:", err)
	}
	if err := j.SessionStore().Commit("t", nil, time.Now()); !errors.Is(err, ErrFailed) {
		fmt.Println("BAD: wrote after a failure:", err)
	}
	return 0
}

// run starts the child under the command prefix, kills it after life (never if
// 0) and returns its lines and the last number acknowledged.
func run(t *testing.T, path string, life time.Duration, limit int, prefix ...string) (lines []string, acked uint64) {
	t.Helper()
	args := append(prefix, os.Args[0])
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "JOURNAL_CHILD="+path, fmt.Sprint("JOURNAL_LIMIT=", limit))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for in := bufio.NewReader(out); ; {
		s, err := in.ReadString('\n')
		if err != nil {
			// A line that was cut by the kill says nothing.
			if err != io.EOF {
				t.Error(err)
			}
			break
		}
		lines = append(lines, strings.TrimSpace(s))
		if n, err := strconv.ParseUint(lines[len(lines)-1], 10, 64); err == nil {
			acked = n
		}
		if len(lines) == 1 && life > 0 {
			timer := time.AfterFunc(life, func() { _ = cmd.Process.Kill() })
			defer timer.Stop()
		}
	}
	_ = cmd.Wait()
	for _, l := range lines {
		if strings.HasPrefix(l, "BAD") {
			t.Error(l)
		}
	}
	return lines, acked
}

// recovered opens what a child has left: all that was acknowledged is there,
// nothing half, and it can go on. It returns how many events there are.
func recovered(t *testing.T, path string, acked uint64) uint64 {
	t.Helper()
	j, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	r, err := j.Verify(t.Context())
	if err != nil || r.Bad != nil {
		t.Fatal(r.Bad, err)
	}
	if r.Events < acked {
		t.Fatalf("%d events acknowledged, %d there", acked, r.Events)
	}
	for i, e := range replay(t, j) {
		want := warned(i%2 + 1)
		want.Seq = uint64(i + 1)
		if f := e.Fact.(*proctor.ExamineeWarned); *f != *want.Fact.(*proctor.ExamineeWarned) {
			t.Fatalf("event %d is %v: an append is there by half", e.Seq, f)
		}
	}
	if r.Events%2 != 0 {
		t.Fatal("the last append is there by half")
	}
	add(t, j, warned(1), warned(2))
	return r.Events + 2
}

// limit is how many events a child appends under strace.
const limit = 4

func TestKilled(t *testing.T) {
	path := file(t)
	var events uint64
	for range 10 {
		life := 5*time.Millisecond + rand.N(250*time.Millisecond)
		lines, acked := run(t, path, life, 0)
		if acked <= events {
			t.Fatalf("nothing acknowledged in %v: %q", life, lines)
		}
		there := recovered(t, path, acked)
		t.Logf("killed after %v: %d acknowledged, %d there", life, acked, there-2)
		events = there
	}
}

// TestEveryNthCallFails has the kernel fail the Nth write, sync or truncation
// of a process that opens, appends and closes, for every N up to
// one more than there are.
func TestEveryNthCallFails(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process for every call")
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	if out, err := exec.CommandContext(t.Context(), strace, "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("strace may not trace here: %s", out)
	}
	for _, fault := range []struct {
		calls, err string
		start      func(testing.TB) string
	}{
		{"fsync,fdatasync", "EIO", file}, {"pwrite64", "ENOSPC", made}, {"ftruncate", "EIO", file},
	} {
		t.Run(fault.calls+"_"+fault.err, func(t *testing.T) {
			total := calls(t, strace, fault.calls, fault.start(t))
			var met []int // by SQLite itself or another try, without loss
			for n := 1; n <= total+1; n++ {
				path := fault.start(t)
				lines, acked := run(t, path, 0, limit, strace, "-f", "-qq", "-o", os.DevNull, "-e", "trace="+fault.calls,
					"-e", fmt.Sprintf("inject=%s:error=%s:when=%d", fault.calls, fault.err, n))
				if len(lines) == 0 {
					t.Fatal("the child said nothing")
				}
				recovered(t, path, acked)
				last := lines[len(lines)-1]
				switch {
				case last == "done" && acked != limit:
					t.Fatalf("done after %d", acked)
				case last == "done" && n <= total:
					met = append(met, n)
				case last != "done" && n > total:
					t.Errorf("failed without a fault: %q", lines)
				}
			}
			t.Logf("%d of %d failed calls stopped the child, the others were met: %d", total-len(met), total, met)
			if fault.calls != "ftruncate" && len(met) == total {
				t.Error("no failure was ever noticed")
			}
		})
	}
}

// made is the path of a journal that is there already, and empty.
func made(t testing.TB) string {
	t.Helper()
	path := file(t)
	j, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// calls counts the calls of a child that meets no fault.
func calls(t *testing.T, strace, names, path string) int {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	run(t, path, 0, limit, strace, "-f", "-qq", "-o", log, "-e", "trace="+names)
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(b), "(")
}

// TestFullDiskIsTheLastWord: the error is real, SQLITE_FULL.
func TestFullDiskIsTheLastWord(t *testing.T) {
	path := file(t)
	j := open(t, path)
	add(t, j, warned(1))
	var pages int
	if err := j.writer.QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := j.writer.Exec(fmt.Sprint(`PRAGMA max_page_count = `, pages)); err != nil {
		t.Fatal(err)
	}
	big := warned(2)
	big.Fact = &proctor.MessageSent{Seat: "S", Text: strings.Repeat("x", 1<<16)}
	if _, err := j.Append(t.Context(), warned(2), big); !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), "full") {
		t.Fatal(err)
	}
	if _, err := j.writer.Exec(`PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(t.Context(), warned(3)); !errors.Is(err, ErrFailed) {
		t.Error("appended after a failure:", err)
	}
	sound(t, j, 1)
	add(t, open(t, path), warned(2))
}

// TestBadEventIsTheLastWord: the interface promises it of every error.
func TestBadEventIsTheLastWord(t *testing.T) {
	far := warned(1)
	far.At = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, bad := range []proctor.Event{{At: time.Now()}, far} {
		j := open(t, file(t))
		if _, err := j.Append(t.Context(), warned(1), bad); !errors.Is(err, ErrFailed) {
			t.Error(err)
		}
		if _, err := j.Append(t.Context(), warned(1)); !errors.Is(err, ErrFailed) {
			t.Error(err)
		}
		sound(t, j, 0)
	}
}

// TestSecondWriterFails: two servers on one file do not mix their events.
func TestSecondWriterFails(t *testing.T) {
	path := file(t)
	first, second := open(t, path), open(t, path)
	add(t, first, warned(1))
	if _, err := second.Append(t.Context(), warned(2)); !errors.Is(err, ErrFailed) {
		t.Error(err)
	}
	add(t, first, warned(2))
	sound(t, first, 2)
}

func TestOpenRefuses(t *testing.T) {
	other := file(t)
	if err := os.WriteFile(other, []byte(strings.Repeat("not a database\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{t.TempDir(), t.TempDir() + "/no/such/folder.db", other} {
		if j, err := Open(t.Context(), path); err == nil || j != nil {
			t.Error(path, "opened")
		}
	}
}

func TestClosed(t *testing.T) {
	j := open(t, file(t))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(t.Context(), warned(1)); !errors.Is(err, ErrFailed) {
		t.Error(err)
	}
	if err := j.Replay(t.Context(), func(proctor.Event) error { return nil }); err == nil {
		t.Error("replayed a closed journal")
	}
}
