package journal

import (
	"errors"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"qyragy/proctor/ledger"
)

// TestTreeProofs: every event in every tree, and every tree in every later one.
func TestTreeProofs(t *testing.T) {
	const most = 21
	j := open(t, file(t))
	var trees []ledger.Tree
	for i := range most {
		add(t, j, warned(i))
		trees = append(trees, j.Tree())
	}
	var leaves []tlog.Hash
	err := j.walk(t.Context(), func(l line) error {
		leaves = append(leaves, ledger.Leaf(l.record().Bytes()))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for size := int64(1); size <= most; size++ {
		at, err := j.TreeAt(t.Context(), size)
		if err != nil || at != trees[size-1] {
			t.Fatal(at, trees[size-1], err)
		}
		for n := int64(1); n <= size; n++ {
			p, err := j.Prove(t.Context(), size, []uint64{uint64(n)})
			if err == nil {
				err = tlog.CheckRecord(p[0], size, at.Root, n-1, leaves[n-1])
			}
			if err != nil {
				t.Fatal(size, n, err)
			}
			g, err := j.ProveGrowth(t.Context(), n, size)
			if err == nil {
				err = ledger.Grew(trees[n-1], at, g)
			}
			if err != nil {
				t.Fatal(size, n, err)
			}
		}
	}
	if _, err := j.Prove(t.Context(), most, []uint64{most + 1}); err == nil {
		t.Error("an event that is not there was proved")
	}
}

// TestTreeOfOldJournal: a journal from before there was a tree gets one, and
// goes on.
func TestTreeOfOldJournal(t *testing.T) {
	path := file(t)
	j := open(t, path)
	for i := range 11 {
		add(t, j, warned(i))
	}
	want := j.Tree()
	for _, gone := range []string{`DELETE FROM leaf`, `DELETE FROM leaf WHERE seq > 6`} {
		mustExec(t, raw(t, path), gone)
		again := open(t, path)
		if got := again.Tree(); got != want {
			t.Errorf("%s: %v, want %v", gone, got, want)
		}
		if bad := verify(t, again); bad != nil {
			t.Error(gone, bad)
		}
	}
	again := open(t, path)
	add(t, again, warned(12))
	if at, err := again.TreeAt(t.Context(), 12); err != nil || at != again.Tree() {
		t.Error(at, err)
	}
}

// TestTreeBreaks: the chain is whole, the tree is not.
func TestTreeBreaks(t *testing.T) {
	for name, c := range map[string]struct {
		do   string
		want Break
	}{
		"tail cut off":        {`DELETE FROM event WHERE seq > 3`, Break{4, "missing: the tree has 5 events"}},
		"a hash changed":      {`UPDATE leaf SET hashes = REPLACE(hashes, SUBSTR(hashes, 1, 1), 'g') WHERE seq = 2`, Break{2, "is not the event in the tree"}},
		"a hash too many":     {`UPDATE leaf SET hashes = hashes || SUBSTR(hashes, 1, 64) WHERE seq = 5`, Break{5, "is not the event in the tree"}},
		"a hash of another's": {`UPDATE leaf SET hashes = (SELECT hashes FROM leaf WHERE seq = 1) WHERE seq = 3`, Break{3, "is not the event in the tree"}},
	} {
		path := file(t)
		j := open(t, path)
		for i := range 5 {
			add(t, j, warned(i))
		}
		mustExec(t, raw(t, path), c.do)
		again := open(t, path)
		if name == "tail cut off" {
			var b *Break
			if _, err := again.Append(t.Context(), warned(9)); !errors.Is(err, ErrFailed) || !errors.As(err, &b) || *b != c.want {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if bad := verify(t, again); bad == nil || *bad != c.want {
			t.Errorf("%s: %v, want %v", name, bad, c.want)
		}
	}
}
