package journal

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"qyragy/proctor/ledger"
)

// Anchor is a place in the chain: the hash of event Seq, in hex. The zero
// Seq's is 64 zeros.
type Anchor struct {
	Seq  uint64
	Hash string
}

// genesis is the head of an empty journal.
func genesis() Anchor { return Anchor{0, strings.Repeat("0", 2*sha256.Size)} }

// Break is the first place where the journal is not what was written.
type Break struct {
	Seq  uint64 // the event that is wrong or missing
	What string // in English, for a log or a report
}

// Error implements error.
func (b *Break) Error() string { return fmt.Sprintf("event %d: %s", b.Seq, b.What) }

// line is one row of the event table, as the hash sees it: text.
type line struct{ seq, at, exam, actor, kind, data, prev, hash string }

// after returns l as the event that follows head, and its bytes.
func (l line) after(head Anchor) (line, []byte) {
	l.seq = strconv.FormatUint(head.Seq+1, 10)
	l.prev = head.Hash
	raw := l.record().Bytes()
	l.hash = ledger.Hash(raw)
	return l, raw
}

// sum is the hash that l should have; the package's comment describes it.
func (l line) sum() string {
	return ledger.Hash(l.record().Bytes())
}

func (l line) record() ledger.Record {
	return ledger.Record{Prev: l.prev, Seq: l.seq, At: l.at, Exam: l.exam, Actor: l.actor, Type: l.kind, Data: l.data}
}

// follows returns nil if l is the event after head. last is the journal's
// last number, which bounds the search for where a displaced event belongs.
func (l line) follows(head Anchor, last uint64) *Break {
	want := head.Seq + 1
	seq, err := strconv.ParseUint(l.seq, 10, 64)
	switch {
	case err != nil:
		return &Break{want, "its number is not a number"}
	case seq > want:
		return &Break{want, "missing"}
	case seq < want:
		return &Break{seq, "there twice"}
	case l.sum() != l.hash:
		return &Break{want, l.displaced(last)}
	case l.prev != head.Hash:
		return &Break{want, "does not follow from the event before it"}
	}
	return nil
}

// displaced tells a changed event from one that stands in another's place.
func (l line) displaced(last uint64) string {
	for n := uint64(1); n <= last; n++ {
		if l.seq = strconv.FormatUint(n, 10); l.sum() == l.hash {
			return fmt.Sprintf("event %d stands in its place", n)
		}
	}
	return "changed"
}
