package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"qyragy/proctor"
)

// TestPaper takes an act through wet ink on its page: printed and counted,
// signed by three hands, scanned, brought in by the specialist, shown beside
// the act to the registrar, who attests all three.
func TestPaper(t *testing.T) {
	if testing.Short() {
		t.Skip("opens browsers")
	}
	s := startQuiet(t, 1)
	a := drafted(t, s, 0)
	newCaller(t, s, "specialist").ask("POST", "/api/v1/acts/"+string(a.ID)+"/prints",
		map[string]any{"document": a.Document.Receipt.SHA256, "copies": 1}, nil, http.StatusOK)
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "signed.jpg"), filepath.Join(dir, "bad.jpg")
	page := printed(t, pdfOf(t, s, a.ID), 150)[0]
	for path, data := range map[string][]byte{good: jpegOf(t, signedByHand(page, 3, 1.1, 5)), bad: []byte("мәтін")} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	specialist := newBrowser(t, "specialist", "")
	specialist.login(s.base, "specialist")
	specialist.open(s.base + "/acts/" + string(a.ID))
	specialist.click("hand")
	specialist.see("hand-card", 10*time.Second)
	choose := func(path string) {
		specialist.do("choose a file", 30*time.Second, chromedp.SetUploadFiles(chromedp.CSS(id("scan-file")), []string{path}))
	}
	choose(bad)
	specialist.see("scan-error", 20*time.Second)
	specialist.shot("scan-refused")
	choose(good)
	specialist.see("scan-absent", 30*time.Second)
	specialist.see("attest-not-you", 10*time.Second)
	specialist.shot("scanned")

	registrar := newBrowser(t, "registrar", "")
	registrar.login(s.base, "registrar")
	registrar.open(s.base + "/acts/" + string(a.ID))
	registrar.see("scan-absent", 20*time.Second)
	registrar.click("scan-show")
	registrar.ask("see the scan", `(() => { const i = document.querySelector('[data-testid="scan-view"]'); return !!i && i.naturalWidth > 1000 })()`, 20*time.Second)
	registrar.shot("scan")
	registrar.click("attest-head") // and with her those before her
	registrar.click("attest-seen")
	registrar.write("attest-number", a.Number)
	registrar.write("attest-password", demoPassword)
	registrar.shot("attest")
	registrar.click("attest-submit")
	registrar.ask("see three signatures", `document.querySelector('[data-testid="act"]')?.dataset.state === "in_force"`, 30*time.Second)
	registrar.ask("see who attested", `document.querySelectorAll('[data-testid^="way-"]').length === 3`, 10*time.Second)
	registrar.shot("in-force")

	now := actOf(t, s, a.ID)
	if len(now.Signatures) != 3 || !annulled(t, s, a.Seat) || len(now.Prints) != 1 {
		t.Fatalf("%s with %d signatures, prints %+v", now.State, len(now.Signatures), now.Prints)
	}
	for n, sig := range now.Signatures {
		if sig.Method != proctor.MethodPaper || sig.Attested != "registrar" || sig.Matched != proctor.MatchNumber || fmt.Sprint(sig.Role) != fmt.Sprint(proctor.SigningOrder()[n]) {
			t.Errorf("signature %d is %+v", n, sig)
		}
	}
	checkSigned(t, s, a)
}
