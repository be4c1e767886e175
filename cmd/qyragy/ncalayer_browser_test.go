package main

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/gorilla/websocket"

	"qyragy/acts/gost"
	"qyragy/proctor"
)

// ncaStandin speaks as NCALayer does where pages look for it, with keys that
// it opens without asking anybody.
type ncaStandin struct {
	t   *testing.T
	pki *testPKI

	mu     sync.Mutex
	keys   map[string]string // names of the PKI's people, by IIN
	cancel bool              // the official closes its window
	asked  int
}

// ncaRequest is the part of a request that decides what happens.
type ncaRequest struct {
	Module, Method string
	Args           struct {
		Format, Data, Locale string
		SigningParams        struct{ Decode, Encapsulate, Digested bool }
		SignerParams         struct {
			ExtKeyUsageOids []string
			IIN, BIN        string
		}
	}
}

// startNCAStandin listens where NCALayer would, or skips the test.
func startNCAStandin(t *testing.T, p *testPKI) *ncaStandin {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:13579")
	if err != nil {
		t.Skipf("NCALayer's port is taken: %v", err)
	}
	n := &ncaStandin{t: t, pki: p, keys: map[string]string{}}
	front := httptest.NewUnstartedServer(http.HandlerFunc(n.serve))
	front.Listener.Close()
	front.Listener = l
	front.StartTLS()
	t.Cleanup(front.Close)
	return n
}

func (n *ncaStandin) serve(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	c, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // a browser that looks at the address by hand
	}
	defer c.Close()
	_ = c.WriteJSON(map[string]any{"result": map[string]string{"version": "1.4"}}) // the page may be gone: reading tells
	for {
		var q ncaRequest
		if err := c.ReadJSON(&q); err != nil {
			return
		}
		if err := c.WriteJSON(n.answer(q)); err != nil {
			return
		}
	}
}

// answer is what NCALayer says to a request.
func (n *ncaStandin) answer(q ncaRequest) any {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked++
	refused := func(why string) any {
		return map[string]any{"status": false, "code": "INVOCATION_ERROR", "message": why, "details": ""}
	}
	s := q.Args.SigningParams
	if q.Module != "kz.gov.pki.knca.basics" || q.Method != "sign" || q.Args.Format != "cms" || !s.Decode || s.Encapsulate || s.Digested {
		n.t.Errorf("asked for %+v", q)
		return refused("unknown request")
	}
	if n.cancel {
		return map[string]any{"status": true, "body": map[string]any{}}
	}
	name := n.keys[q.Args.SignerParams.IIN]
	if name == "" || q.Args.SignerParams.BIN != testBIN || !slices.Contains(q.Args.SignerParams.ExtKeyUsageOids, gost.UsageSign) {
		return refused("Қол қоюға жарамды кілт табылмады")
	}
	data, err := base64.StdEncoding.DecodeString(q.Args.Data)
	if err != nil {
		return refused(err.Error())
	}
	cms, err := n.pki.trySign(name, data)
	if err != nil {
		return refused(err.Error())
	}
	return map[string]any{"status": true, "body": map[string]any{"result": string(cms)}}
}

func (n *ncaStandin) set(change func(*ncaStandin)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change(n)
}

// TestNCALayer signs an act in a browser as an official does, with a GOST key,
// after everything that can go wrong on her side has.
func TestNCALayer(t *testing.T) {
	p := newTestPKI(t, true)
	p.issue("specialist", card{})
	s := nationalServer(t, 1, nil, p)
	a := drafted(t, s, 0)
	she := newBrowser(t, "specialist", "", chromedp.Flag("ignore-certificate-errors", true))
	she.login(s.base, "specialist")
	she.open(s.base + "/acts/" + string(a.ID))
	she.see("ncalayer", 20*time.Second)
	she.ask("see the document", `document.querySelector('[data-testid="act"]').dataset.document !== ""`, 20*time.Second)
	she.click("ncalayer-read")
	she.click("ncalayer-submit")
	she.see("ncalayer-absent", 20*time.Second)
	she.shot("ncalayer-absent")

	n := startNCAStandin(t, p)
	n.set(func(n *ncaStandin) { n.cancel = true })
	she.click("ncalayer-submit")
	she.see("ncalayer-cancelled", 20*time.Second)
	n.set(func(n *ncaStandin) { n.cancel, n.keys[iinTwo] = false, "specialist" })
	she.click("ncalayer-submit")
	she.see("ncalayer-refused", 20*time.Second)
	if got := actOf(t, s, a.ID); len(got.Signatures) != 0 {
		t.Fatalf("signed by %+v", got.Signatures)
	}

	n.set(func(n *ncaStandin) { n.keys[iinOne] = "specialist" })
	she.click("ncalayer-submit")
	she.see("way-specialist", 30*time.Second)
	she.ask("see 1/3", `document.querySelector('[data-testid="signature-specialist"]').dataset.signed === "true"`, 20*time.Second)
	she.shot("ncalayer-signed")
	got := actOf(t, s, a.ID)
	if len(got.Signatures) != 1 || got.Signatures[0].Method != proctor.MethodNCALayer || got.State != proctor.Signing || n.asked != 3 {
		t.Errorf("%s, asked %d times, signed by %+v", got.State, n.asked, got.Signatures)
	}
}
