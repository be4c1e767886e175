package acts

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifregular"
)

// TestFontHasEveryLetter holds drawable and alphabet against the fonts' own
// tables, as fontconfig reads them.
func TestFontHasEveryLetter(t *testing.T) {
	for name, ttf := range map[string][]byte{"regular": liberationserifregular.TTF, "bold": liberationserifbold.TTF} {
		p := filepath.Join(t.TempDir(), "font.ttf")
		if err := os.WriteFile(p, ttf, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "fc-query", "--format=%{charset}", p).Output()
		if err != nil {
			t.Fatal(err)
		}
		has := map[rune]bool{}
		for _, span := range strings.Fields(string(out)) {
			var lo, hi rune
			if n, _ := fmt.Sscanf(span, "%x-%x", &lo, &hi); n == 1 {
				hi = lo
			}
			for r := lo; r <= hi; r++ {
				has[r] = true
			}
		}
		for r := rune(0); r < 0x3000; r++ {
			if (drawable(r) || strings.ContainsRune(alphabet(), r)) && !has[r] {
				t.Errorf("%s has no U+%04X", name, r)
			}
		}
	}
	for _, r := range alphabet() {
		if r != ' ' && !drawable(r) {
			t.Errorf("U+%04X is in the alphabet but not drawable", r)
		}
	}
}
