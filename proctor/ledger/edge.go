package ledger

import "golang.org/x/mod/sumdb/tlog"

// Edge is what must be known of a tree to add to it: the newest complete
// subtree of each height. The zero Edge is the empty tree's.
type Edge struct {
	Size int64
	top  [64]tlog.Hash
}

// Add puts a record at the tree's end and returns the hashes that this makes:
// its leaf's, and of each subtree that it completes, from low to high.
func (e *Edge) Add(raw []byte) []tlog.Hash {
	h := tlog.RecordHash(raw)
	made := []tlog.Hash{h}
	level := 0
	for ; e.Size>>level&1 == 1; level++ {
		h = tlog.NodeHash(e.top[level], h)
		made = append(made, h)
	}
	e.top[level] = h
	e.Size++
	return made
}

// Set says that the newest complete subtree of a height has this hash.
func (e *Edge) Set(level int, h tlog.Hash) { e.top[level] = h }

// Tree is the tree as it stands; an empty one's root is zero.
func (e *Edge) Tree() Tree {
	t := Tree{Size: e.Size}
	first := true
	for level := range e.top {
		switch {
		case e.Size>>level&1 == 0:
		case first:
			t.Root, first = e.top[level], false
		default:
			t.Root = tlog.NodeHash(e.top[level], t.Root)
		}
	}
	return t
}
