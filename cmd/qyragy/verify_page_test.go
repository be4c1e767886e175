package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"qyragy/proctor"
)

// checkAnybody: who has no account but holds the act sees where it stands and
// whether a file of it is whole.
func checkAnybody(t *testing.T, s *server, a proctor.Act) {
	t.Helper()
	lawyer := newBrowser(t, "lawyer", "")
	lawyer.open(s.base + "/verify/" + string(a.ID) + "/" + a.Document.Digest)
	lawyer.see("verify-standing", 20*time.Second)
	lawyer.ask("see the act's number", `document.querySelector('[data-testid="verify-standing"]').textContent.includes("`+a.Number+`")`, 20*time.Second)
	pdf := rendered(t, s, a.ID)
	changed := append([]byte(nil), pdf...)
	changed[len(changed)/2] ^= 1
	for name, file := range map[string][]byte{"true": pdf, "false": changed} {
		path := filepath.Join(t.TempDir(), "act.pdf")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		lawyer.do("choose a file", 30*time.Second, chromedp.SetUploadFiles(chromedp.CSS(id("verify-file")), []string{path}))
		lawyer.ask("see whole is "+name, `document.querySelector('[data-testid="verify-result"]')?.dataset.whole === "`+name+`"`, 20*time.Second)
		lawyer.shot("whole-" + name)
	}
	lawyer.open(s.base + "/verify/" + string(a.ID) + "/" + "0000000000000000000000000000000000000000000000000000000000000000")
	lawyer.ask("learn nothing of another version", `document.querySelector('[data-testid="verify-standing"]')?.textContent.length > 10 &&
		!document.body.textContent.includes("`+a.Number+`")`, 20*time.Second)
}
