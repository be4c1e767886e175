package ledger

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func someRecord() Record {
	return Record{strings.Repeat("0", 64), "1", "2026-12-01T09:00:00Z", "E1", "proctor", "seat.admitted", `{"seat":"S1"}`}
}

func TestRecordHasOneSpelling(t *testing.T) {
	raw := someRecord().Bytes()
	got, err := ParseRecord(raw)
	if err != nil || got != someRecord() {
		t.Fatal(got, err)
	}
	if e, err := got.Event(); err != nil || e.Seq != 1 || e.Fact.Type() != "seat.admitted" {
		t.Error(e, err)
	}
	for _, bad := range []string{"", "1:", "01:1,", string(raw[:len(raw)-1]), string(raw) + ",", "0" + string(raw), strings.Replace(string(raw), "1:1,", "2:01,", 1)} {
		if _, err := ParseRecord([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// TestEdge holds the edge to the library's own tree at every size.
func TestEdge(t *testing.T) {
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, n := range at {
			out[i] = stored[n]
		}
		return out, nil
	})
	var e Edge
	for n := range int64(130) {
		raw := []byte{byte(n)}
		want, err := tlog.StoredHashes(n, raw, read)
		if err != nil {
			t.Fatal(err)
		}
		got := e.Add(raw)
		if len(got) != len(want) {
			t.Fatal(n, len(got), len(want))
		}
		stored = append(stored, got...)
		root, err := tlog.TreeHash(n+1, read)
		if tree := e.Tree(); err != nil || tree != (Tree{n + 1, root}) {
			t.Fatal(n, tree, err)
		}
	}
}

func signed(t *testing.T) (b []byte, key string) {
	t.Helper()
	private, public, err := NewKey("exam.example.kz")
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	var e Edge
	e.Add([]byte("x"))
	b, err = Checkpoint{Tree: e.Tree(), At: time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)}.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	return b, public
}

// TestCheckpointEveryBit flips every bit of a checkpoint and of its key.
func TestCheckpointEveryBit(t *testing.T) {
	b, key := signed(t)
	v, err := ParseKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := OpenCheckpoint(b, v)
	if err != nil || c.Size != 1 || c.Origin != "exam.example.kz" {
		t.Fatal(c, err)
	}
	for i := range 8 * len(b) {
		bad := bytes.Clone(b)
		bad[i/8] ^= 1 << (i % 8)
		if _, err := OpenCheckpoint(bad, v); err == nil {
			t.Errorf("bit %d of the checkpoint", i)
		}
	}
	for i := range 8 * len(key) {
		bad := []byte(key)
		bad[i/8] ^= 1 << (i % 8)
		if w, err := ParseKey(string(bad)); err == nil {
			if _, err := OpenCheckpoint(b, w); err == nil {
				t.Errorf("bit %d of the key", i)
			}
		}
	}
}

func TestGrew(t *testing.T) {
	var e Edge
	e.Add([]byte("a"))
	one := e.Tree()
	e.Add([]byte("b"))
	two := e.Tree()
	proof := []tlog.Hash{tlog.RecordHash([]byte("b"))}
	if err := Grew(one, two, proof); err != nil {
		t.Error(err)
	}
	if err := Grew(two, one, proof); err != nil {
		t.Error(err)
	}
	other := Tree{2, tlog.RecordHash([]byte("z"))}
	if Grew(one, other, proof) == nil || Grew(two, other, nil) == nil || Grew(one, two, nil) == nil {
		t.Error("another history was taken")
	}
	if got, err := ParseTree(two.String()); err != nil || got != two {
		t.Error(got, err)
	}
	for _, s := range []string{"", "2", "02:" + two.Root.String(), "2:" + two.Root.String() + "=", "0:" + two.Root.String()} {
		if _, err := ParseTree(s); err == nil {
			t.Errorf("%q was read", s)
		}
	}
}
