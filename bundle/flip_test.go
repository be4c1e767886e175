package bundle

import (
	"bytes"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"qyragy/acts"
)

// TestEveryByte flips a bit of every byte of a small bundle, in turn. Each flip
// is found without the act's own signatures, which have tests of their own, and
// its file is named. Of the act's bytes, which one hash covers, every 61st is
// flipped unless EVERY_BYTE is set: that takes minutes.
func TestEveryByte(t *testing.T) {
	w, _, z := inForce(t)
	o := w.options()
	whole, err := acts.VerifyWith(w.objects[pdfOf(t, w, z)], o.Acts)
	if err != nil {
		t.Fatal(err)
	}
	from, to := pdfAt(z)
	step := 61
	if os.Getenv("EVERY_BYTE") != "" {
		step = 1
	}
	files := namesAt(t, z)
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for n := range workers {
		wg.Go(func() {
			bad := bytes.Clone(z)
			for i := n; i < len(z); i += workers {
				if i > from && i < to && i%step > 1 || testing.Short() && i%17 > 0 {
					continue
				}
				bad[i] ^= 1 << (i % 8)
				c := newChecker(bytes.NewReader(bad), int64(len(bad)), o)
				c.verify = func([]byte, acts.VerifyOptions) (acts.Report, error) { return whole, nil }
				if err := c.run(t.Context()); err != nil && !errors.Is(err, errStop) {
					t.Error(err)
				}
				if !found(c.report, int64(i), files[i]) {
					t.Errorf("byte %d (the PDF is %d to %d): %v", i, from, to, c.report.Problems)
				}
				bad[i] ^= 1 << (i % 8)
			}
		})
	}
	wg.Wait()
	t.Logf("%d bytes, %d of them the act's", len(z), to-from)
}

// found reports whether some problem is of that byte, or of the file that it
// is in. What says where all else is can be wrong in ways that show elsewhere.
func found(r Report, at int64, file string) bool {
	return slices.ContainsFunc(r.Problems, func(p Problem) bool {
		return p.Byte == at || p.File == file || !strings.Contains(file, "/0") && !strings.HasPrefix(file, "acts/")
	})
}

// namesAt is, for each byte of a bundle, the name of its file.
func namesAt(t *testing.T, z []byte) []string {
	t.Helper()
	c := newChecker(bytes.NewReader(z), int64(len(z)), Options{})
	if err := c.front(); err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(z))
	for i := range out {
		out[i] = "directory"
	}
	for _, e := range c.entries {
		for i := e.offset; i < e.end(); i++ {
			out[i] = e.name
		}
	}
	return out
}

func pdfOf(t *testing.T, w *world, z []byte) string {
	t.Helper()
	for sum, b := range w.objects {
		if from, to := pdfAt(z); bytes.Equal(b, z[from:to]) {
			return sum
		}
	}
	t.Fatal("no act in the bundle")
	return ""
}

// pdfAt is where the act stands in a bundle.
func pdfAt(z []byte) (from, to int) {
	from = bytes.Index(z, []byte("%PDF-"))
	return from, strings.LastIndex(string(z), "%%EOF\n") + len("%%EOF\n")
}
