package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"qyragy/proctor"
	"qyragy/proctor/ledger"
)

// Format names this kind of bundle.
const Format = "qyragy-evidence-1"

// Kind is what a file of a bundle is.
type Kind string

// The kinds of files.
const (
	KindAct      Kind = "act"      // the PDF of one version, with its signatures
	KindScan     Kind = "scan"     // a print that was signed by hand
	KindStill    Kind = "still"    // the picture pinned to an incident
	KindSegment  Kind = "segment"  // a piece of a seat's recording
	KindBackfill Kind = "backfill" // a piece that the examinee's page sent afterwards
)

// File is one file of evidence.
type File struct {
	Name   string `json:"name"`
	Kind   Kind   `json:"kind"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // hex
	// Record is the journal's record that speaks of it.
	Record uint64 `json:"record"`
}

// Ref is one record of the journal that is in the bundle.
type Ref struct {
	Seq    uint64 `json:"seq"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // of its bytes, hex: its hash in the chain
}

// Manifest says what is in a bundle. It names no person: names are in the act
// and in the records.
type Manifest struct {
	Format  string           `json:"format"`
	Act     proctor.ActID    `json:"act"`
	Number  string           `json:"number"`
	Version int              `json:"version"`
	Exam    proctor.ExamID   `json:"exam"`
	Seats   []proctor.SeatID `json:"seats"`
	// Whole: the seats' whole recording, and not only that around the incident.
	Whole bool `json:"whole"`
	// Origins are the pages on which this server lets officials sign by
	// passkey, where one did.
	Origins []string `json:"origins,omitempty"`
	Records []Ref    `json:"records"` // ascending
	Files   []File   `json:"files"`
}

// The bounds of a bundle.
const (
	maxManifest = 32 << 20 // bytes, of the manifest and of the proofs
	maxRecord   = 4 << 20  // bytes
	maxFile     = math.MaxUint32 - 1
	maxEntries  = 200_000
	maxOrigins  = 100
)

func (m Manifest) bytes() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	return append(b, '\n'), nil
}

// Sum is the manifest's SHA-256, hex: what the journal keeps of an export.
func (m Manifest) Sum() (string, error) {
	b, err := m.bytes()
	if err != nil {
		return "", err
	}
	return sumOf(b), nil
}

// Bytes is the size of all its files.
func (m Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func readManifest(b []byte) (Manifest, error) {
	var m Manifest
	if err := strictly(b, &m); err != nil {
		return m, err
	}
	return m, m.check()
}

// check refuses what no writer makes.
func (m Manifest) check() error {
	if m.Format != Format {
		return fmt.Errorf("its format is %q and not %s", m.Format, Format)
	}
	if len(m.Records)+len(m.Files) > maxEntries {
		return errors.New("too many entries")
	}
	if len(m.Origins) > maxOrigins {
		return errors.New("too many origins")
	}
	for _, o := range m.Origins {
		if is, err := Origin(o); err != nil || is != o {
			return fmt.Errorf("%q is no origin", o)
		}
	}
	last := uint64(0)
	for _, r := range m.Records {
		if r.Seq <= last || r.Seq > math.MaxInt64 || r.Size < 1 || r.Size > maxRecord || !isSum(r.SHA256) {
			return fmt.Errorf("record %d: out of order or out of bounds", r.Seq)
		}
		last = r.Seq
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		if !goodName(f) || seen[f.Name] || f.Size < 0 || f.Size > maxFile || !isSum(f.SHA256) {
			return fmt.Errorf("file %q: its name, size or hash cannot be", f.Name)
		}
		seen[f.Name] = true
		if _, ok := slices.BinarySearchFunc(m.Records, f.Record, func(r Ref, n uint64) int { return compare(r.Seq, n) }); !ok {
			return fmt.Errorf("file %q: record %d is not in the bundle", f.Name, f.Record)
		}
	}
	return nil
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// goodName holds a name to its kind's folder, and to letters that are the same
// everywhere.
func goodName(f File) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/"
	return strings.HasPrefix(f.Name, folder(f.Kind)) && fs.ValidPath(f.Name) && len(f.Name) <= 180 &&
		!strings.ContainsFunc(f.Name, func(r rune) bool { return !strings.ContainsRune(letters, r) }) && !strings.Contains(f.Name, "/.")
}

// folder is where files of a kind lie; of an unknown kind, nowhere.
func folder(k Kind) string {
	switch k {
	case KindAct, KindScan, KindStill, KindSegment, KindBackfill:
		return string(k) + "s/"
	}
	return "?"
}

func isSum(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == s
}

// Growth shows that the journal had a tree as its beginning: one that an act of
// the bundle prints.
type Growth struct {
	Tree  string         `json:"tree"` // "size:root"
	Proof tlog.TreeProof `json:"proof"`
}

// Proof ties a bundle's records to its checkpoint.
type Proof struct {
	Export  tlog.RecordProof   `json:"export"`
	Records []tlog.RecordProof `json:"records"` // in the manifest's order
	Trees   []Growth           `json:"trees"`
}

func (p Proof) bytes() ([]byte, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("write proofs: %w", err)
	}
	return append(b, '\n'), nil
}

// readProof reads proofs, of which there is one spelling.
func readProof(b []byte) (Proof, error) {
	var p Proof
	if err := strictly(b, &p); err != nil {
		return p, err
	}
	again, err := p.bytes()
	if err == nil && !bytes.Equal(again, b) {
		err = fmt.Errorf("byte %d: it is spelled otherwise than this program spells it", difference(again, b))
	}
	return p, err
}

func strictly(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if rest := bytes.TrimSpace(b[d.InputOffset():]); len(rest) > 0 {
		return errors.New("more than one value")
	}
	return nil
}

// difference is where a and b part.
func difference(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// Bundle is everything of a bundle but the files of evidence.
type Bundle struct {
	Manifest Manifest
	Records  [][]byte // as the manifest lists them
	// Export is the record of this export.
	Export     []byte
	Proof      Proof
	Checkpoint []byte // signed note
	Key        string // the journal's public key
}

// RecordName is the name of a record's file.
func RecordName(seq uint64) string { return fmt.Sprintf("journal/%012d.rec", seq) }

// HeadOf is the hash that a record has in the chain, hex.
func HeadOf(raw []byte) string { return ledger.Hash(raw) }
