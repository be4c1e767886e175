package bundle

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkCheck reads a bundle of a gibibyte, as from a warm disk cache.
func BenchmarkCheck(b *testing.B) {
	w := newWorld(b)
	w.exam(64, 16<<20)
	w.act(1, 3)
	p, _ := w.prepared(true)
	path := filepath.Join(b.TempDir(), "bundle.zip")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := p.Write(f, w.open); err != nil {
		b.Fatal(err)
	}
	w.objects = nil
	size, err := p.Size()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	for b.Loop() {
		r, err := Check(b.Context(), f, size, w.options())
		if err != nil || !r.Complete() {
			b.Fatal(err, r.Problems)
		}
	}
}

// BenchmarkCheckSmall is a bundle of an act and little else.
func BenchmarkCheckSmall(b *testing.B) {
	w, _, z := inForce(b)
	b.SetBytes(int64(len(z)))
	for b.Loop() {
		r, err := Check(b.Context(), bytes.NewReader(z), int64(len(z)), w.options())
		if err != nil || !r.Complete() {
			b.Fatal(err, r.Problems)
		}
	}
}
