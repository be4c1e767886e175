package main

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"qyragy/proctor"
)

// TestThreeWays has three officials sign one act in three sessions, each in
// another way: a passkey, the national PKI, a pen. All three count the same,
// and the score stands until the third.
func TestThreeWays(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a browser")
	}
	p := newTestPKI(t, true)
	p.issue("engineer", card{iin: iinTwo})
	s := nationalServer(t, 1, nil, p)
	a := drafted(t, s, 0)
	page := s.base + "/acts/" + string(a.ID)
	signed := func(n int, last proctor.SignatureMethod) {
		t.Helper()
		now := actOf(t, s, a.ID)
		if len(now.Signatures) != n || now.Signatures[n-1].How() != last {
			t.Fatalf("want %d signatures, the last by %s: %+v", n, last, now.Signatures)
		}
		if annulled(t, s, a.Seat) != (n == 3) {
			t.Fatalf("with %d of 3 signatures, annulled is %v", n, n != 3)
		}
	}

	specialist := newBrowser(t, "specialist", "", chromedp.Flag("ignore-certificate-errors", true))
	specialist.authenticator(true)
	specialist.login(s.base, "specialist")
	specialist.registerPasskey(s.base, "Жұмыс ноутбугі")
	specialist.open(page)
	specialist.see("sign-passkey-hint", 20*time.Second)
	specialist.readDocument()
	specialist.click("sign-read")
	specialist.click("sign-submit")
	specialist.seesSigned("specialist")
	signed(1, proctor.MethodKey)
	if actOf(t, s, a.ID).Signatures[0].Passkey == nil {
		t.Error("nothing is kept of the passkey")
	}

	n := startNCAStandin(t, p)
	n.set(func(n *ncaStandin) { n.keys[iinTwo] = "engineer" })
	engineer := specialist.another("engineer")
	engineer.login(s.base, "engineer")
	engineer.open(page)
	engineer.see("ncalayer", 20*time.Second)
	engineer.readDocument()
	engineer.click("ncalayer-read")
	engineer.click("ncalayer-submit")
	engineer.seesSigned("engineer")
	signed(2, proctor.MethodNCALayer)

	// The head signs a print; the specialist scans it, and the registrar, who
	// has no part in the act, attests whose hand that is.
	scan := filepath.Join(t.TempDir(), "scan.jpg")
	pages := printed(t, pdfOf(t, s, a.ID), 150)
	if err := os.WriteFile(scan, jpegOf(t, together(signedByHand(pages[0], 1, 0.7, 5), signedByHand(pages[1], 0, 0.7, 6))), 0o600); err != nil {
		t.Fatal(err)
	}
	specialist.open(page)
	specialist.click("hand")
	specialist.do("bring the scan in", 30*time.Second, chromedp.SetUploadFiles(chromedp.CSS(id("scan-file")), []string{scan}))
	specialist.see("scan-matches", 30*time.Second)
	registrar := specialist.another("registrar")
	registrar.login(s.base, "registrar")
	registrar.open(page)
	registrar.see("scan-matches", 20*time.Second)
	registrar.readDocument()
	registrar.click("scan-show")
	registrar.see("scan-view", 20*time.Second)
	registrar.click("attest-seen")
	registrar.write("attest-password", demoPassword)
	registrar.shot("attest")
	registrar.click("attest-submit")
	registrar.seesSigned("head")
	registrar.shot("three-ways")
	signed(3, proctor.MethodPaper)
	judgeThreeWays(t, s, a, p)
}

// judgeThreeWays asks others than us, then us.
func judgeThreeWays(t *testing.T, s *server, a proctor.Act, p *testPKI) {
	t.Helper()
	pdf := pdfOf(t, s, a.ID)
	path := filepath.Join(t.TempDir(), "act.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, nil, "qpdf", "--check", path)
	parts := strings.Split(run(t, nil, "pdfsig", path), "Signature #") // it knows no GOST
	if len(parts) != 4 || !strings.Contains(parts[1], "Signature is Valid.") || !strings.Contains(parts[3], "Signature is Valid.") ||
		!strings.Contains(parts[3], "Total document signed") {
		t.Errorf("pdfsig:\n%s", parts)
	}
	covered, cms := fromPDF(t, pdf, 1)
	if !p.accepts(pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: cms}), covered) {
		t.Error("OpenSSL does not accept the signature of the national PKI")
	}
	checked, err := s.office.Check(t.Context(), pdf)
	if err != nil || !checked.Whole || !checked.Complete || !checked.Ours {
		t.Errorf("our own check: %+v, %v", checked, err)
	}
}

// readDocument waits until the act's document is shown.
func (p *person) readDocument() {
	p.t.Helper()
	p.ask("see the document", `document.querySelector('[data-testid="act"]').dataset.document !== ""`, 20*time.Second)
}

// seesSigned waits until the page shows an office signed.
func (p *person) seesSigned(role string) {
	p.t.Helper()
	p.ask("see it signed as "+role, `document.querySelector('[data-testid="signature-`+role+`"]')?.dataset.signed === "true"`, 30*time.Second)
}
