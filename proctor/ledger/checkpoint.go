package ledger

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Tree is the journal's tree when it had Size records.
type Tree struct {
	Size int64
	Root tlog.Hash
}

// String is how a tree is printed and given to a checker: "size:root".
func (t Tree) String() string { return fmt.Sprintf("%d:%s", t.Size, t.Root) }

// ParseTree reads what String wrote.
func ParseTree(s string) (Tree, error) {
	n, root, _ := strings.Cut(s, ":")
	size, err := strconv.ParseInt(n, 10, 64)
	h, err2 := tlog.ParseHash(root)
	t := Tree{size, h}
	if err != nil || err2 != nil || size < 1 || t.String() != s {
		return Tree{}, errors.New("a tree is SIZE:ROOT, the root in base64")
	}
	return t, nil
}

// Grew reports nil if proof shows that the larger of two trees has the smaller
// one as its beginning.
func Grew(a, b Tree, proof []tlog.Hash) error {
	if a.Size > b.Size {
		a, b = b, a
	}
	if a.Size == b.Size {
		if a.Root != b.Root {
			return fmt.Errorf("two trees of %d records differ: the journal was written anew", a.Size)
		}
		return nil
	}
	if err := tlog.CheckTree(proof, b.Size, b.Root, a.Size, a.Root); err != nil {
		return fmt.Errorf("the tree of %d records does not begin with that of %d: %w", b.Size, a.Size, err)
	}
	return nil
}

// Checkpoint is the journal's public word: so many records, this root, at that
// time. On paper it is a signed note in the format of C2SP tlog-checkpoint; the
// time is its one extension line.
type Checkpoint struct {
	Origin string // the log's name, which is its key's too
	Tree
	At time.Time // UTC, seconds
}

const timeLine = "time "

func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n%s%s\n", c.Origin, c.Size, c.Root, timeLine, c.At.UTC().Format(time.RFC3339))
}

// Sign makes the note.
func (c Checkpoint) Sign(s note.Signer) ([]byte, error) {
	c.Origin = s.Name()
	b, err := note.Sign(&note.Note{Text: c.text()}, s)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return b, nil
}

// ErrCheckpoint is returned for what is no checkpoint of that key's, byte for
// byte.
var ErrCheckpoint = errors.New("not a checkpoint signed by this key")

// maxCheckpoint bounds a note, bytes.
const maxCheckpoint = 4 << 10

// OpenCheckpoint reads a note that this key signed. There is one spelling.
func OpenCheckpoint(b []byte, v note.Verifier) (Checkpoint, error) {
	if len(b) > maxCheckpoint {
		return Checkpoint{}, ErrCheckpoint
	}
	n, err := note.Open(b, note.VerifierList(v))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	c, err := parseCheckpoint(n.Text)
	if err != nil || c.Origin != v.Name() {
		return Checkpoint{}, ErrCheckpoint
	}
	// Base64 has spare bits: the same signature could be spelled otherwise.
	sig, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64)
	want := c.text() + "\n— " + v.Name() + " " + base64.StdEncoding.EncodeToString(sig) + "\n"
	if err != nil || !bytes.Equal(b, []byte(want)) {
		return Checkpoint{}, ErrCheckpoint
	}
	return c, nil
}

func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 {
		return Checkpoint{}, ErrCheckpoint
	}
	tree, err := ParseTree(lines[1] + ":" + lines[2])
	at, err2 := time.Parse(time.RFC3339, strings.TrimPrefix(lines[3], timeLine))
	c := Checkpoint{Origin: lines[0], Tree: tree, At: at}
	if err != nil || err2 != nil || c.text() != text {
		return Checkpoint{}, ErrCheckpoint
	}
	return c, nil
}

// ParseKey reads a log's public key, "name+hash+base64"; there is one spelling.
func ParseKey(s string) (note.Verifier, error) {
	v, err := note.NewVerifier(s)
	if err != nil {
		return nil, fmt.Errorf("read the journal's key: %w", err)
	}
	_, rest, _ := strings.Cut(s, "+")
	hash, key, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.Strict().DecodeString(key)
	if err != nil || fmt.Sprintf("%08x", v.KeyHash()) != hash || base64.StdEncoding.EncodeToString(raw) != key {
		return nil, errors.New("read the journal's key: it is spelled otherwise")
	}
	return v, nil
}

// NewKey makes a log's Ed25519 key pair; name has no spaces and no "+".
func NewKey(name string) (private, public string, err error) {
	private, public, err = note.GenerateKey(rand.Reader, name)
	if err != nil {
		return "", "", fmt.Errorf("make the journal's key: %w", err)
	}
	return private, public, nil
}
