package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// The names of what every bundle begins with, in this order.
const (
	nameManifest   = "manifest.json"
	nameExport     = "journal/export.rec"
	nameProof      = "journal/proof.json"
	nameCheckpoint = "journal/checkpoint.txt"
	nameKey        = "journal/key.txt"
)

// ErrDamaged is returned when a file of evidence is not what the journal says.
var ErrDamaged = errors.New("bundle: a file is not what the journal says of it")

// Opener opens a file of evidence.
type Opener func(File) (io.ReadCloser, error)

// piece is an entry whose bytes are in memory.
type piece struct {
	name string
	data []byte
}

// pieces is what stands before the files of evidence.
func (b *Bundle) pieces() ([]piece, error) {
	if err := b.Manifest.check(); err != nil {
		return nil, fmt.Errorf("write bundle: manifest: %w", err)
	}
	if len(b.Records) != len(b.Manifest.Records) {
		return nil, errors.New("write bundle: other records than the manifest's")
	}
	manifest, err := b.Manifest.bytes()
	if err != nil {
		return nil, err
	}
	proof, err := b.Proof.bytes()
	if err != nil {
		return nil, err
	}
	out := []piece{
		{nameManifest, manifest},
		{nameExport, b.Export},
		{nameProof, proof},
		{nameCheckpoint, b.Checkpoint},
		{nameKey, []byte(b.Key + "\n")},
	}
	for i, raw := range b.Records {
		out = append(out, piece{RecordName(b.Manifest.Records[i].Seq), raw})
	}
	return out, nil
}

func (b *Bundle) entries() ([]entry, []piece, error) {
	pieces, err := b.pieces()
	if err != nil {
		return nil, nil, err
	}
	var all []entry
	for _, p := range pieces {
		all = append(all, entry{name: p.name, size: int64(len(p.data)), crc: crc32.ChecksumIEEE(p.data)})
	}
	return append(all, streamed(b.Manifest)...), pieces, nil
}

func streamed(m Manifest) (all []entry) {
	for _, f := range m.Files {
		all = append(all, entry{name: f.Name, size: f.Size, streamed: true})
	}
	return all
}

// Size is how long the bundle will be, bytes.
func (b *Bundle) Size() (int64, error) {
	all, _, err := b.entries()
	if err != nil {
		return 0, err
	}
	start := place(all)
	return start + int64(len(directory(all, start))), nil
}

// Write writes the bundle, with the memory of a buffer. A file that is not what
// the manifest says ends it with ErrDamaged, before the directory: what was
// written by then opens nowhere.
func (b *Bundle) Write(w io.Writer, open Opener) error {
	all, pieces, err := b.entries()
	if err != nil {
		return err
	}
	start := place(all)
	for i, p := range pieces {
		if _, err := w.Write(append(all[i].local(), p.data...)); err != nil {
			return fmt.Errorf("write %s: %w", p.name, err)
		}
	}
	buffer := make([]byte, 256<<10)
	for i, f := range b.Manifest.Files {
		e := &all[len(pieces)+i]
		if _, err := w.Write(e.local()); err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
		if e.crc, err = copyFile(w, f, open, buffer); err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
		if _, err := w.Write(e.descriptor()); err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
	}
	if _, err := w.Write(directory(all, start)); err != nil {
		return fmt.Errorf("write the directory: %w", err)
	}
	return nil
}

// copyFile never writes more than the manifest's size.
func copyFile(w io.Writer, f File, open Opener, buffer []byte) (uint32, error) {
	body, err := open(f)
	if err != nil {
		return 0, err
	}
	defer body.Close() // only read from
	crc, sum := crc32.NewIEEE(), sha256.New()
	n, err := io.CopyBuffer(io.MultiWriter(w, crc, sum), io.LimitReader(body, f.Size), buffer)
	if err != nil {
		return 0, err
	}
	more, err := io.ReadFull(body, buffer[:1])
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	if n != f.Size || more > 0 || hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		return 0, ErrDamaged
	}
	return crc.Sum32(), nil
}
