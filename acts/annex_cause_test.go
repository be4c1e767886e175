package acts

import (
	"strings"
	"testing"

	"qyragy/proctor"
)

// Whoever reads the annex reads Kazakh, whatever the cause.
func TestEveryCauseHasKazakh(t *testing.T) {
	for _, c := range append(proctor.Watchable(), proctor.CauseOther) {
		if s := CauseText(c); strings.ContainsAny(s, "abcdefghijklmnopqrstuvwxyz") || s == "" {
			t.Errorf("%s is %q on the annex", c, s)
		}
	}
}
