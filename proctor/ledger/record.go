package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"qyragy/proctor"
)

// Record is one event of the journal, field by field as it was written down.
type Record struct{ Prev, Seq, At, Exam, Actor, Type, Data string }

// Bytes are the record as netstrings (decimal length, ":", bytes, ","), in the
// order of the fields. Their SHA-256 is the record's hash in the chain; they
// are also its leaf in the tree.
func (r Record) Bytes() []byte {
	b := make([]byte, 0, 64+len(r.Prev)+len(r.At)+len(r.Exam)+len(r.Actor)+len(r.Type)+len(r.Data))
	for _, f := range [...]string{r.Prev, r.Seq, r.At, r.Exam, r.Actor, r.Type, r.Data} {
		b = strconv.AppendInt(b, int64(len(f)), 10)
		b = append(b, ':')
		b = append(b, f...)
		b = append(b, ',')
	}
	return b
}

// Hash is the record's hash in the chain, hex: SHA-256 of its bytes.
func Hash(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// ParseRecord reads a record's bytes; there is one spelling of each.
func ParseRecord(raw []byte) (Record, error) {
	var f [7]string
	rest := raw
	for i := range f {
		var err error
		if f[i], rest, err = netstring(rest); err != nil {
			return Record{}, fmt.Errorf("record: field %d: %w", i+1, err)
		}
	}
	r := Record{f[0], f[1], f[2], f[3], f[4], f[5], f[6]}
	if len(rest) > 0 || !bytes.Equal(r.Bytes(), raw) {
		return Record{}, errors.New("record: more than its fields")
	}
	if _, err := r.Number(); err != nil {
		return Record{}, err
	}
	return r, nil
}

// netstring cuts "length:bytes," off the front.
func netstring(b []byte) (field string, rest []byte, err error) {
	bad := errors.New("not a netstring")
	head, _, ok := bytes.Cut(b[:min(len(b), 12)], []byte(":"))
	if !ok {
		return "", nil, bad
	}
	n, err := strconv.ParseUint(string(head), 10, 31)
	rest = b[len(head)+1:]
	if err != nil || n >= uint64(len(rest)) || rest[n] != ',' {
		return "", nil, bad
	}
	return string(rest[:n]), rest[n+1:], nil
}

// Number is the record's number in the journal, from 1.
func (r Record) Number() (uint64, error) {
	n, err := strconv.ParseUint(r.Seq, 10, 63)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != r.Seq {
		return 0, fmt.Errorf("record: %q is no number", strings.ToValidUTF8(r.Seq, "?"))
	}
	return n, nil
}

// Event decodes the record. A type that this program does not know is an error.
func (r Record) Event() (proctor.Event, error) {
	n, err := r.Number()
	if err != nil {
		return proctor.Event{}, err
	}
	at, err := time.Parse(time.RFC3339Nano, r.At)
	if err != nil {
		return proctor.Event{}, fmt.Errorf("record %d: %w", n, err)
	}
	e := proctor.Event{Seq: n, At: at, Exam: proctor.ExamID(r.Exam), Actor: proctor.Actor(r.Actor)}
	if e.Fact, err = fact(r.Type, r.Data); err != nil {
		return e, fmt.Errorf("record %d: %w", n, err)
	}
	return e, nil
}

// Leaf is the record's hash in the tree (RFC 6962 §2.1).
func Leaf(raw []byte) tlog.Hash { return tlog.RecordHash(raw) }
