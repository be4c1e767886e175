package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"strings"
	"sync"
	"time"

	"qyragy/acts"
	"qyragy/acts/gost"
	"qyragy/proctor"
	"qyragy/web"
)

const (
	maxOffers  = 32               // open at a time; each holds a document
	offerLife  = 10 * time.Minute // to choose a key and type its PIN
	maxCovered = 16 << 20         // bytes that NCALayer is given to sign
)

// counter is where officials sign with NCALayer: it keeps what each of them is
// signing at this moment, in memory. Nothing is journaled before it verified.
type counter struct {
	*office

	mu   sync.Mutex
	open map[string]*offered
}

// offered is one official's signature of one act, prepared and not yet made.
type offered struct {
	login    proctor.Login
	act      proctor.ActID
	role     proctor.Role
	document string
	iin      proctor.IIN
	until    time.Time
	prepared acts.Prepared
	moved    bool // the act has another document by now
}

// newCounter needs an office that knows the national PKI.
func newCounter(o *office) *counter {
	return &counter{office: o, open: map[string]*offered{}}
}

// Offer implements web.NCALayer.
func (c *counter) Offer(ctx context.Context, person proctor.Person, role proctor.Role, id proctor.ActID, document string) (web.NCALayerOffer, error) {
	a, err := c.signable(ctx, person, role, id, document)
	if err != nil {
		return web.NCALayerOffer{}, err
	}
	iin, err := c.identify(ctx, person.Login)
	if err != nil {
		return web.NCALayerOffer{}, err
	}
	pdf, err := c.store.get(ctx, a.Document.Receipt)
	if err != nil {
		return web.NCALayerOffer{}, err
	}
	now := time.Now()
	prepared, err := acts.Prepare(pdf, acts.External{Role: role, Login: person.Login, Name: person.Name, At: now})
	if err != nil {
		return web.NCALayerOffer{}, err
	}
	data := prepared.Covered()
	if len(data) > maxCovered {
		return web.NCALayerOffer{}, proctor.Errorf(proctor.Invalid, "ncalayer_document")
	}
	o := &offered{person.Login, id, role, document, iin, now.Add(offerLife), prepared, false}
	session, err := c.keep(o, now)
	if err != nil {
		return web.NCALayerOffer{}, err
	}
	usages := []string{gost.UsageSign}
	if c.pki.bin != "" {
		usages = append(usages, gost.UsageOrganization)
	}
	return web.NCALayerOffer{Session: session, Data: data, IIN: string(iin), BIN: c.pki.bin, Usages: usages, Expires: o.until.UTC()}, nil
}

// identify returns the IIN of an official, without which NCALayer is not asked.
func (c *counter) identify(ctx context.Context, login proctor.Login) (proctor.IIN, error) {
	iin, err := c.accounts.IIN(ctx, login)
	if err == nil && iin == "" {
		err = proctor.Errorf(proctor.Forbidden, "no_iin")
	}
	return iin, err
}

// keep remembers an offer in the place of an earlier one to the same official
// for the same act.
func (c *counter) keep(o *offered, now time.Time) (string, error) {
	session := rand.Text()
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, old := range c.open {
		if now.After(old.until) || old.login == o.login && old.act == o.act {
			delete(c.open, id)
		}
	}
	if len(c.open) >= maxOffers {
		return "", proctor.Errorf(proctor.Unavailable, "ncalayer_busy")
	}
	c.open[session] = o
	return session, nil
}

// take ends a session and returns its offer: each serves once.
func (c *counter) take(session string, login proctor.Login, act proctor.ActID) (*offered, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.open[session]
	if o == nil || o.login != login || o.act != act || time.Now().After(o.until) {
		return nil, proctor.Errorf(proctor.NotFound, "ncalayer_session")
	}
	delete(c.open, session)
	return o, nil
}

// run lets go of what has moved on or run out, until ctx ends.
func (c *counter) run(ctx context.Context) error {
	return follow(ctx, c.engine, time.Minute, func(f proctor.Fact) error {
		if strings.HasPrefix(f.Type(), "act.") || strings.HasPrefix(f.Type(), "inspection.") {
			c.sweep()
		}
		return nil
	}, func() error {
		c.sweep()
		return nil
	})
}

// sweep drops offers that have run out. Of an act that has moved on it drops
// the document: who comes back to it is told what happened.
func (c *counter) sweep() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, o := range c.open {
		if time.Now().After(o.until) {
			delete(c.open, id)
		} else if a, err := c.view(o.act); err == nil && a.Document.Receipt.SHA256 != o.document {
			o.moved, o.prepared = true, acts.Prepared{}
		}
	}
}

func (c *counter) view(id proctor.ActID) (a proctor.Act, err error) {
	err = c.engine.ViewAct(id, func(_ *proctor.State, at *proctor.Act) { a = *at })
	return a, err
}

// Accept implements web.NCALayer. Who may sign is asked again: much can have
// happened while she looked for her key.
func (c *counter) Accept(ctx context.Context, person proctor.Person, id proctor.ActID, session string, cms []byte) (proctor.Act, error) {
	o, err := c.take(session, person.Login, id)
	if err != nil {
		return proctor.Act{}, err
	}
	a, err := c.unchanged(ctx, person, o)
	if err != nil {
		return proctor.Act{}, err
	}
	if iin, err := c.identify(ctx, person.Login); err != nil {
		return proctor.Act{}, err
	} else if iin != o.iin {
		return proctor.Act{}, proctor.Errorf(proctor.Conflict, "act_changed")
	}
	cms = unwrapCMS(cms)
	signer, asked, err := c.pki.verify(ctx, cms, o.prepared.Covered(), string(o.iin), time.Now())
	if err != nil {
		c.log.Info("a national signature is refused", "act", a.Number, "login", person.Login, "err", err)
		return proctor.Act{}, err
	}
	signed, err := acts.Embed(o.prepared, cms)
	if err != nil {
		return proctor.Act{}, refused(err)
	}
	sig, err := c.check(ctx, signed, a, person, o.role)
	if err != nil {
		return proctor.Act{}, err
	}
	if sig.Method != proctor.MethodNCALayer || sig.Certificate != signer.Certificate.Fingerprint() {
		return proctor.Act{}, errors.New("the signed act names another certificate than the one that was checked")
	}
	sig.Revocation = asked
	if t := signer.Timestamp; t != nil && t.Trusted {
		sig.Stamped = t.Time
	}
	return c.seal(ctx, a, person, sig, signed)
}

// unchanged is the act of an offer, if its document is still the same.
func (c *counter) unchanged(ctx context.Context, person proctor.Person, o *offered) (proctor.Act, error) {
	a, err := c.view(o.act)
	if err != nil {
		return a, err
	}
	if o.moved || a.Document.Receipt.SHA256 != o.document {
		return a, proctor.Errorf(proctor.Conflict, "act_changed")
	}
	return c.signable(ctx, person, o.role, o.act, o.document)
}

// trust is what an act's document is held against, with one signature more
// than a has.
func (o *office) trust(a proctor.Act, now time.Time) acts.VerifyOptions {
	v := o.authorities()
	v.Now = now
	if o.pki != nil {
		v.National.Lists = o.pki.lists.all()
	}
	for _, s := range a.Signatures {
		v.Existed = append(v.Existed, since(s))
	}
	v.Existed = append(v.Existed, now)
	return v
}

// unwrapCMS returns the DER in what NCALayer answers. It writes PEM of its own:
// "CMS", with or without line breaks. What is not that stays as it is, for the
// reader to refuse.
func unwrapCMS(cms []byte) []byte {
	cms = bytes.TrimSpace(cms)
	if b, rest := pem.Decode(cms); b != nil && len(bytes.TrimSpace(rest)) == 0 && (b.Type == "CMS" || b.Type == "PKCS7") {
		return b.Bytes
	}
	return cms
}

var _ web.NCALayer = (*counter)(nil)
