package acts_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tool runs an outside judge; it must be installed.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func write(t *testing.T, pdf []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "act.pdf")
	if err := os.WriteFile(p, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func mustRead(t testing.TB, p string) []byte {
	t.Helper()
	b, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wantSound has qpdf read a file, which must find nothing to say against it.
func wantSound(t *testing.T, path string) {
	t.Helper()
	if s := tool(t, "qpdf", "--check", path); !strings.Contains(s, "No syntax or stream encoding errors found") || strings.Contains(s, "WARNING") {
		t.Errorf("qpdf says\n%s", s)
	}
}

// wantSigned has pdfsig find n signatures valid, the last over the whole file,
// and returns what it says of them.
func wantSigned(t *testing.T, path string, n int) string {
	t.Helper()
	s := tool(t, "pdfsig", "-nocert", path)
	valid := strings.Count(s, "Signature Validation: Signature is Valid.")
	whole, part := strings.Count(s, "- Total document signed"), strings.Count(s, "- Not total document signed")
	if valid != n || whole != min(n, 1) || part != max(0, n-1) {
		t.Errorf("pdfsig: %d signatures valid, want %d; %d cover all, %d a part\n%s", valid, n, whole, part, s)
	}
	return s
}
