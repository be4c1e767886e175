package main

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"qyragy/proctor"
)

// authenticator gives a browser's page a passkey device of its own, which is
// verified or not.
func (p *person) authenticator(prf bool) webauthn.AuthenticatorID {
	p.t.Helper()
	var id webauthn.AuthenticatorID
	p.do("plug in an authenticator", 20*time.Second, func(ctx context.Context, x *chromedp.Target) (chromedp.Void, error) {
		if _, err := cdp.Call(ctx, x, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return chromedp.Void{}, err
		}
		out, err := cdp.Call(ctx, x, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21,
			Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
			IsUserVerified: true, HasPrf: prf, AutomaticPresenceSimulation: true,
		}})
		id = out.AuthenticatorID
		return chromedp.Void{}, err
	})
	return id
}

// unverified makes the device say, or no longer say, that it did not verify its
// owner.
func (p *person) unverified(id webauthn.AuthenticatorID, yes bool) {
	p.t.Helper()
	p.do("change who is at the device", 20*time.Second, chromedp.Func(func(ctx context.Context, x *chromedp.Target) error {
		_, err := cdp.Call(ctx, x, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: id, IsBadUV: &yes})
		return err
	}))
}

// registerPasskey adds the device at her account's page.
func (p *person) registerPasskey(base, name string) {
	p.t.Helper()
	p.click("nav-account")
	p.click("passkey-add")
	p.write("passkey-name", name)
	p.write("passkey-password", demoPassword)
	p.shot("passkey-form")
	p.click("passkey-make")
	p.see("passkey", 20*time.Second)
	p.shot("account")
}

// TestPasskey registers a passkey in a browser, signs with it, and is refused
// when its owner is not there.
func TestPasskey(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a browser")
	}
	s := startQuiet(t, 2)
	a, other := drafted(t, s, 0), drafted(t, s, 1)
	specialist := newBrowser(t, "specialist", "")
	device := specialist.authenticator(true)
	specialist.login(s.base, "specialist")
	specialist.open(s.base + "/acts/" + string(a.ID))
	specialist.see("sign-first-hint", 20*time.Second)
	specialist.shot("first-hint")
	specialist.registerPasskey(s.base, "Жұмыс ноутбугі")
	specialist.see("passkey-add", 5*time.Second)
	specialist.ask("see that it opens her key", `document.querySelector('[data-testid="passkey"]').dataset.opens === "true"`, 5*time.Second)

	specialist.open(s.base + "/acts/" + string(a.ID))
	specialist.see("sign-passkey-hint", 20*time.Second)
	specialist.ask("see the document", `document.querySelector('[data-testid="act"]').dataset.document !== ""`, 20*time.Second)
	specialist.ask("be asked for no password", `!document.querySelector('[data-testid="sign-password"]')`, 5*time.Second)
	specialist.click("sign-read")
	specialist.unverified(device, true)
	specialist.click("sign-submit")
	specialist.see("action-error", 30*time.Second)
	specialist.shot("not-verified")
	if n := len(actOf(t, s, a.ID).Signatures); n != 0 {
		t.Fatalf("%d have signed without the device's owner", n)
	}
	specialist.unverified(device, false)
	specialist.click("sign-submit")
	specialist.ask("see her signature", `document.querySelector('[data-testid="signature-specialist"]').dataset.signed === "true"`, 20*time.Second)
	specialist.shot("signed")
	checkEvidence(t, s, a)

	// What the passkey agreed to counts once, even if that once came to nothing.
	specialist.ask("have a used assertion refused", reuseScript(other), 20*time.Second)
	if n := len(actOf(t, s, other.ID).Signatures); n != 0 {
		t.Fatalf("%d have signed the other act", n)
	}

	// An authenticator without a secret of its own signs with the password.
	engineer := specialist.another("engineer")
	engineer.authenticator(false)
	engineer.login(s.base, "engineer")
	engineer.registerPasskey(s.base, "Қауіпсіздік кілті")
	engineer.open(s.base + "/acts/" + string(a.ID))
	engineer.see("sign-passkey-hint", 20*time.Second)
	engineer.ask("see the document", `document.querySelector('[data-testid="act"]').dataset.document !== ""`, 20*time.Second)
	engineer.click("sign-read")
	engineer.write("sign-password", demoPassword)
	engineer.shot("both")
	engineer.click("sign-submit")
	engineer.ask("see his signature", `document.querySelector('[data-testid="signature-engineer"]').dataset.signed === "true"`, 20*time.Second)

	head := specialist.another("head")
	head.login(s.base, "head")
	sign(t, s, head, actOf(t, s, a.ID))
	final := actOf(t, s, a.ID)
	if final.State != proctor.InForce {
		t.Fatalf("the act is %s", final.State)
	}
	for i, want := range []bool{true, true, false} {
		if got := final.Signatures[i].Passkey != nil; got != want {
			t.Errorf("%s by a passkey: %v, want %v", final.Signatures[i].Role, got, want)
		}
	}
	checkSigned(t, s, final)
	specialist.open(s.base + "/account")
	specialist.click("passkey-remove")
	specialist.write("passkey-remove-password", demoPassword)
	specialist.click("passkey-remove-submit")
	specialist.see("passkey-first", 20*time.Second)
}

// reuseScript has the page's passkey agree to a signature of an act
// and hands that in twice; it is true when the second is refused.
func reuseScript(other proctor.Act) string {
	return `(() => {
	if (window.reused !== undefined) return window.reused;
	window.reused = false;
	const b = (u) => Uint8Array.from(atob(u.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
	const s = (x) => btoa(String.fromCharCode(...new Uint8Array(x)));
	const post = (path, body) => fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
	(async () => {
		const role = "specialist", document = "` + other.Document.Receipt.SHA256 + `";
		const o = await (await post("/api/v1/acts/` + string(other.ID) + `/challenge", { role, document })).json();
		const c = await navigator.credentials.get({ publicKey: { challenge: b(o.challenge), rpId: o.rpId, userVerification: "required",
			allowCredentials: o.allowCredentials.map((d) => ({ ...d, id: b(d.id) })) } });
		const passkey = { id: s(c.rawId), client_data: s(c.response.clientDataJSON),
			authenticator_data: s(c.response.authenticatorData), signature: s(c.response.signature) };
		const first = await post("/api/v1/acts/` + string(other.ID) + `/sign", { role, document, passkey }); // without the secret: used up
		const again = await post("/api/v1/acts/` + string(other.ID) + `/sign", { role, document, passkey, password: "` + demoPassword + `" });
		const keys = [(await first.json()).error?.key, (await again.json()).error?.key];
		window.reused = keys[0] === "passkey_password" && keys[1] === "passkey_challenge";
	})().catch(() => {});
	return false;
})()`
}
