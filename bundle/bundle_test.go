package bundle

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// TestWhole: a bundle is whole, ordinary tools open it, and it holds what it
// should and nothing else.
func TestWhole(t *testing.T) {
	w, b, z := inForce(t)
	r := check(t, z, w.options())
	if !r.Whole() || !r.Complete() || !r.Trusted || r.Standing != StandingInForce || len(r.Acts) != 1 || len(r.Held) != 1 {
		t.Fatalf("%+v", r)
	}
	if own := check(t, z, Options{}); !own.Whole() || own.Trusted || own.Key != w.key {
		t.Errorf("by its own key: %+v", own)
	}
	a, err := zip.NewReader(bytes.NewReader(z), int64(len(z)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range a.File {
		names = append(names, f.Name)
		body, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, body); err != nil { // it checks the CRC-32
			t.Error(f.Name, err)
		}
	}
	for _, want := range []string{"acts/v1.pdf", "stills/I1.jpg", "segments/S1/00002.webm", "segments/S1/00004.webm", "manifest.json"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is missing: %v", want, names)
		}
	}
	for _, stray := range []string{"segments/S1/00000.webm", "segments/S1/00006.webm"} {
		if slices.Contains(names, stray) {
			t.Errorf("%s is no evidence of the act", stray)
		}
	}
	for _, raw := range b.Records {
		for _, private := range []string{"жеке хабар", "Басқа студент", "S9", "I2"} {
			if bytes.Contains(raw, []byte(private)) {
				t.Errorf("%s is nobody's business: %s", private, raw)
			}
		}
	}
}

// TestWholeSeat: all of the seat's recording.
func TestWholeSeat(t *testing.T) {
	w := newWorld(t)
	w.exam(7, 400)
	w.act(1, 1)
	w.act(2, 2)
	b, _ := w.prepared(true)
	r := check(t, w.zip(b), w.options())
	if !r.Whole() || r.Complete() || r.Standing != StandingOpen || len(r.Acts) != 2 || r.Version != 2 {
		t.Fatalf("%+v", r)
	}
	n := 0
	for _, f := range b.Manifest.Files {
		if f.Kind == KindSegment {
			n++
		}
	}
	if n != 7 {
		t.Errorf("%d of 7 segments", n)
	}
}

// TestDamagedStore: what the store has changed is never handed on silently.
func TestDamagedStore(t *testing.T) {
	w, b, z := inForce(t)
	for _, f := range b.Manifest.Files {
		good := w.objects[f.SHA256]
		for name, bad := range map[string][]byte{
			"changed": append([]byte{good[0] ^ 1}, good[1:]...), "longer": append(bytes.Clone(good), 0), "shorter": good[:len(good)-1],
		} {
			w.objects[f.SHA256] = bad
			var out bytes.Buffer
			if err := b.Write(&out, w.open); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), f.Name) {
				t.Errorf("%s %s: %v", f.Name, name, err)
			}
			if out.Len() >= len(z) {
				t.Errorf("%s %s: the bundle was written to its end", f.Name, name)
			}
			if _, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len())); err == nil {
				t.Errorf("%s %s: what was written opens", f.Name, name)
			}
		}
		w.objects[f.SHA256] = good
	}
}
