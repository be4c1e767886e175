package media

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// spoolOf records three segments, the last of them still growing, and returns
// the directory as a crash would leave it.
func spoolOf(t *testing.T, j *journal) string {
	t.Helper()
	r, now := newTestRecorder(t, j)
	for i := range 45 {
		*now = now.Add(time.Second / 15)
		f := full(still(i%15 == 0, 4000, *now))
		f.broken = i == 15 || i == 30
		r.push(0, f)
		r.turn()
	}
	dir := filepath.Join(t.TempDir(), "spool")
	if err := os.CopyFS(dir, r.env.spool.root.FS()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// full fills a frame with something: zeros are what a power cut leaves.
func full(f frame) frame {
	for i := range f.data[10:] {
		f.data[10+i] = 7
	}
	return f
}

// opened recovers a directory and proves that the seat records again: what it
// then seals goes on in the journal's chain.
func opened(t *testing.T, dir string, j *journal) *Server {
	t.Helper()
	now := time.Unix(1_800_001_000, 0)
	s, err := New(Config{Spool: dir, UDP: "127.0.0.1:0", Loopback: true, Log: j, Last: j.last, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.recoverSpool(); err != nil {
		t.Fatal(err)
	}
	r := s.seat("seat-1").recorder
	r.running, r.publisher = true, true
	last, sum := j.last("seat-1")
	r.push(0, still(true, 50, now))
	r.turn()
	if r.seg == nil || r.seg.Number <= last || r.seg.Prev != sum {
		t.Fatalf("the seat does not open: %+v after %d", r.seg, last)
	}
	if !r.close() {
		t.Fatal("the journal failed")
	}
	if again, _ := j.last("seat-1"); again <= last {
		t.Fatalf("segment %d after %d", again, last)
	}
	return s
}

// bad lists what was set aside.
func bad(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "seat-1", "*.bad*"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range found {
		found[i] = filepath.Base(found[i])
	}
	return strings.Join(found, " ")
}

// TestDamagedSpoolIsSetAsideAndTheSeatOpens damages a spool in every way that a
// disk or a hand can.
func TestDamagedSpoolIsSetAsideAndTheSeatOpens(t *testing.T) {
	edit := func(name string, change func([]byte) []byte) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, "seat-1", name)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			write(t, path, change(data))
		}
	}
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[(at+len(b))%len(b)] ^= 0x10; return b }
	}
	remove := func(name string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "seat-1", name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	copied := func(from, to string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			data, err := os.ReadFile(filepath.Join(dir, "seat-1", from))
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "seat-1", to), data)
		}
	}
	future := func(b []byte) []byte {
		var n note
		if json.Unmarshal(b, &n) != nil {
			t.Fatal("no sidecar")
		}
		n.Segment.End = n.Segment.End.Add(1000 * time.Hour)
		b, _ = json.Marshal(n)
		return b
	}
	half := func(b []byte) []byte { return b[:len(b)/2] }
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, dir string)
		want   string // set aside
		sealed int    // segments in the journal then, with the new one
	}{
		{"nothing", func(*testing.T, string) {}, "", 4},
		{"a bit of a sealed recording", edit("000000.webm", flip(9000)), "000000.json.bad 000000.webm.bad", 4},
		{"half of a sealed recording", edit("000001.webm", half), "000001.json.bad 000001.webm.bad", 4},
		{"a sealed recording is gone", remove("000001.webm"), "000001.json.bad", 4},
		{"a sealed sidecar is gone", remove("000000.json"), "000000.webm.bad", 4},
		{"a sealed sidecar is cut", edit("000001.json", half), "000001.json.bad 000001.webm.bad", 4},
		{"a sidecar is empty", edit("000001.json", func([]byte) []byte { return nil }), "000001.json.bad 000001.webm.bad", 4},
		{"a sidecar of the future", edit("000001.json", future), "000001.json.bad 000001.webm.bad", 4},
		{"the growing one's sidecar is gone", remove("000002.json"), "000002.part.bad", 3},
		{"the growing one's header", edit("000002.part", flip(0)), "000002.json.bad 000002.part.bad", 3},
		{"the growing one is gone", remove("000002.part"), "", 3},
		{"the growing one is cut", edit("000002.part", half), "", 4},
		{"a copy under another number", copied("000000.json", "000007.json"), "000007.json.bad", 4},
		{"a copy with its recording", func(t *testing.T, dir string) {
			copied("000000.json", "000007.json")(t, dir)
			copied("000000.webm", "000007.webm")(t, dir)
		}, "000007.json.bad 000007.webm.bad", 4},
		{"a copy of a recording alone", copied("000000.webm", "000009.webm"), "000009.webm.bad", 4},
		{"strange names", copied("000000.json", "+1.json"), "", 4},
		{"a directory for a recording", func(t *testing.T, dir string) {
			remove("000002.part")(t, dir)
			if err := os.Mkdir(filepath.Join(dir, "seat-1", "000002.part"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, "000002.part.bad", 3},
		{"a link out of the spool", func(t *testing.T, dir string) {
			remove("000002.part")(t, dir)
			if err := os.Symlink("/etc/passwd", filepath.Join(dir, "seat-1", "000002.part")); err != nil {
				t.Fatal(err)
			}
		}, "000002.part.bad", 3},
		{"a directory in the way of a sidecar", func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, "seat-1", "000003.json.new"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, "000003.json.new.bad", 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := &journal{}
			dir := spoolOf(t, j)
			c.damage(t, dir)
			s := opened(t, dir, j)
			if got := bad(t, dir); got != c.want {
				t.Errorf("set aside: %q, want %q", got, c.want)
			}
			if got := s.Stats().Quarantined; got > 0 != (c.want != "") {
				t.Errorf("%d quarantined", got)
			}
			if all, _, _ := j.all(); len(all) != c.sealed {
				t.Errorf("%d segments, want %d", len(all), c.sealed)
			}
		})
	}
}

// TestDamageBeforeTheEndKeepsWhatFollows: what recovery would cut off, more
// than a crash can have left, is kept in a copy.
func TestDamageBeforeTheEndKeepsWhatFollows(t *testing.T) {
	j := &journal{}
	r, now := newTestRecorder(t, j)
	for i := range 30 {
		*now = now.Add(time.Second / 15)
		r.push(0, full(still(i%15 == 0, 200_000, *now)))
		r.turn()
	}
	dir := filepath.Join(t.TempDir(), "spool")
	if err := os.CopyFS(dir, r.env.spool.root.FS()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "seat-1", "000000.part")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cut := bytes.Index(data[600_000:], []byte{idSimpleBlock, 0x10}) + 600_000
	for cut < len(data) && data[cut+5] != 0x81 {
		cut += 1 + bytes.Index(data[cut+1:], []byte{idSimpleBlock, 0x10})
	}
	data[cut] ^= 1
	write(t, path, data)
	opened(t, dir, j)
	kept, err := os.ReadFile(path + ".bad")
	if err != nil || !bytes.Equal(kept, data) {
		t.Errorf("%d of %d bytes are kept: %v", len(kept), len(data), err)
	}
	if all, _, _ := j.all(); len(all) != 2 || !all[0].Recovered || all[0].Frames >= 30 || all[0].Frames == 0 {
		t.Errorf("%+v", all)
	}
}
