package web

import (
	"net/http"
	"strings"
	"testing"
)

// TestVerifyTellsTheHolder: who holds an act learns where it stands; who does
// not learns nothing.
func TestVerifyTellsTheHolder(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	of := func(digest string) answerOf {
		return k.do(request{method: http.MethodGet, path: "/api/v1/verify/" + string(sc.act) + "/" + digest})
	}
	held := of(digest([]byte(sc.act)))
	if held.status != http.StatusOK || !strings.Contains(string(held.body), `"current":true`) || !strings.Contains(string(held.body), `"state":"drafted"`) {
		t.Errorf("the holder of the act is told %d %s", held.status, held.body)
	}
	guessed := of(strings.Repeat("0", 64))
	if got := strings.TrimSpace(string(guessed.body)); guessed.status != http.StatusOK || got != `{"current":false,"signed":0}` {
		t.Errorf("who guesses a digest is told %d %s", guessed.status, got)
	}
	for _, digest := range []string{"short", strings.Repeat("0", 65)} {
		if got := of(digest); got.status != http.StatusBadRequest {
			t.Errorf("digest %q: %d", digest, got.status)
		}
	}
	file := k.do(request{method: http.MethodPost, path: "/api/v1/verify", kind: "application/pdf", body: string(pdfOf(sc.act))})
	if file.status != http.StatusOK || !strings.Contains(string(file.body), `"standing":{"current":true`) {
		t.Errorf("the act's file: %d %s", file.status, file.body)
	}
	for name, c := range map[string]struct {
		body, kind string
		status     int
	}{
		"no act":    {"<svg>", "application/pdf", http.StatusOK},
		"not a PDF": {"{}", "application/json", http.StatusBadRequest},
		"too large": {strings.Repeat("x", int(verifyBody)+1), "application/pdf", http.StatusRequestEntityTooLarge},
	} {
		got := k.do(request{method: http.MethodPost, path: "/api/v1/verify", kind: c.kind, body: c.body})
		if got.status != c.status || strings.Contains(string(got.body), `"whole":true`) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}
