package web

import (
	"context"
	"strings"
	"testing"
	"time"

	"qyragy/proctor"
)

// Offer stands where the office does; the rules of order are the engine's own.
func (p *parts) Offer(_ context.Context, who proctor.Person, role proctor.Role, id proctor.ActID, document string) (NCALayerOffer, error) {
	var a proctor.Act
	err := p.engine.ViewAct(id, func(_ *proctor.State, at *proctor.Act) { a = *at })
	if err == nil {
		err = a.MaySign(who, role)
	}
	if err == nil && a.Document.Receipt.SHA256 != document {
		err = proctor.Errorf(proctor.Conflict, "act_changed")
	}
	return NCALayerOffer{Session: "s-" + string(who.Login), Data: pdfOf(id), IIN: "800101400123", Expires: time.Now()}, err
}

// Accept knows the sessions that Offer gave out by their names.
func (p *parts) Accept(ctx context.Context, who proctor.Person, id proctor.ActID, session string, cms []byte) (proctor.Act, error) {
	if session != "s-"+string(who.Login) || len(cms) == 0 {
		return proctor.Act{}, proctor.Errorf(proctor.NotFound, "ncalayer_session")
	}
	return p.Sign(ctx, who, who.Roles[0], proctor.StepUp{Password: testPassword}, id, digest(pdfOf(id)))
}

// TestNCALayerInTwoSteps signs as the page does, and as others would like to.
func TestNCALayerInTwoSteps(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	specialist, head := k.cookie(proctor.RoleSpecialist), k.cookie(proctor.RoleHead)
	path := "/api/v1/acts/" + string(sc.act) + "/ncalayer"
	begin := `{"role":"specialist","document":"` + digest(pdfOf(sc.act)) + `"}`
	offer := decode[NCALayerOffer](t, k.do(request{method: "POST", path: path, cookie: specialist, body: begin}))
	if string(offer.Data) != string(pdfOf(sc.act)) || offer.IIN == "" || offer.Session == "" {
		t.Fatalf("offer %+v", offer)
	}
	for _, c := range []struct {
		name string
		q    request
		want int
		key  string
	}{
		{"of another document", request{path: path, cookie: specialist, body: strings.Replace(begin, digest(pdfOf(sc.act)), strings.Repeat("0", 64), 1)}, 409, "act_changed"},
		{"in another's role", request{path: path, cookie: head, body: begin}, 403, "sign_role"},
		{"for another's session", request{path: path + "/" + offer.Session, cookie: head, body: `{"cms":"x"}`}, 404, "ncalayer_session"},
		{"without a CMS", request{path: path + "/" + offer.Session, cookie: specialist, body: `{"cms":""}`}, 400, "body"},
		{"with too long a CMS", request{path: path + "/" + offer.Session, cookie: specialist, body: `{"cms":"` + strings.Repeat("A", 64<<10) + `"}`}, 413, "too_large"},
	} {
		c.q.method = "POST"
		if got := k.do(c.q); got.status != c.want || got.key() != c.key {
			t.Errorf("%s: status %d %q, want %d %q", c.name, got.status, got.key(), c.want, c.key)
		}
	}
	signed := decode[actView](t, k.do(request{method: "POST", path: path + "/" + offer.Session, cookie: specialist, body: `{"cms":"x"}`}))
	if len(signed.Signatures) != 1 || signed.Next == proctor.RoleSpecialist {
		t.Errorf("signed as %+v", signed.Signatures)
	}
}

// TestNCALayerOff offers nothing where it is not set up.
func TestNCALayerOff(t *testing.T) {
	k := newKit(t, func(c *Config) { c.NCALayer = nil })
	sc := k.scene()
	specialist := k.cookie(proctor.RoleSpecialist)
	path := "/api/v1/acts/" + string(sc.act) + "/ncalayer"
	for _, q := range []request{
		{path: path, body: `{"role":"specialist","document":"` + digest(pdfOf(sc.act)) + `"}`}, {path: path + "/1", body: `{"cms":"x"}`},
	} {
		q.method, q.cookie = "POST", specialist
		if got := k.do(q); got.status != 404 || got.key() != "ncalayer_off" {
			t.Errorf("%s: %d %q", q.path, got.status, got.key())
		}
	}
	if m := decode[me](t, k.do(request{method: "GET", path: "/api/v1/me", cookie: specialist})); m.NCALayer {
		t.Error("the page is told that there is NCALayer")
	}
	if csp := k.do(request{method: "GET", path: "/acts/x"}).header.Get("Content-Security-Policy"); strings.Contains(csp, "13579") {
		t.Errorf("the page may talk to it: %s", csp)
	}
}

// TestPagesConnect: nobody but this server, and for the staff NCALayer.
func TestPagesConnect(t *testing.T) {
	k := newKit(t, func(c *Config) { c.BaseURL = "https://exam.example.kz" })
	for path, want := range map[string]string{
		"/exam":   "connect-src 'self' wss://exam.example.kz;",
		"/acts/x": "connect-src 'self' wss://exam.example.kz wss://127.0.0.1:13579;",
		"/":       "connect-src 'self' wss://exam.example.kz wss://127.0.0.1:13579;",
	} {
		if csp := k.do(request{method: "GET", path: path}).header.Get("Content-Security-Policy"); !strings.Contains(csp, want) {
			t.Errorf("%s: %s", path, csp)
		}
	}
}
