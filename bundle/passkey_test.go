package bundle

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/passkey/softkey"
	"qyragy/proctor"
)

const testOrigin = "https://exam.example.kz"

// keys are the officials' authenticators.
type keys struct {
	t    testing.TB
	hers map[proctor.Login]*softkey.Key
}

func (k keys) of(l proctor.Login) *softkey.Key {
	k.t.Helper()
	if k.hers[l] == nil {
		key, err := softkey.New("exam.example.kz", testOrigin)
		if err != nil {
			k.t.Fatal(err)
		}
		k.hers[l] = key
	}
	return k.hers[l]
}

// agree is what the official's own authenticator says to a consent.
func (k keys) agree(c proctor.Consent) *proctor.PasskeyAssertion {
	k.t.Helper()
	nonce := make([]byte, 32)
	rand.Read(nonce)
	sum := c.Challenge(nonce)
	options, err := json.Marshal(map[string]string{"challenge": base64.RawURLEncoding.EncodeToString(sum[:])})
	if err != nil {
		k.t.Fatal(err)
	}
	key := k.of(c.Login)
	a, err := key.Assert(options)
	if err == nil {
		a.PublicKey, err = key.Public()
	}
	if err != nil {
		k.t.Fatal(err)
	}
	a.Nonce = nonce
	return &a
}

// confirmed is a bundle of an act that three officials signed by passkey, each
// assertion as spoil leaves it.
func confirmed(t *testing.T, origins []string, spoil func(keys, *proctor.Consent) func(*proctor.PasskeyAssertion)) (*world, []byte) {
	t.Helper()
	w := newWorld(t)
	w.origins = origins
	k := keys{t, map[proctor.Login]*softkey.Key{}}
	w.confirm = func(c proctor.Consent) *proctor.PasskeyAssertion {
		var after func(*proctor.PasskeyAssertion)
		if spoil != nil {
			after = spoil(k, &c)
		}
		a := k.agree(c)
		if after != nil {
			after(a)
		}
		return a
	}
	w.exam(5, 400)
	w.act(1, 3)
	b, _ := w.prepared(false)
	return w, w.zip(b)
}

func TestPasskeysAreChecked(t *testing.T) {
	for name, c := range map[string]struct {
		manifest, given []string
		by              OriginBy
	}{
		"by itself":       {nil, nil, OriginItself},
		"by the manifest": {[]string{"https://Exam.example.kz:443/"}, nil, OriginManifest},
		"of another time": {[]string{"https://new.example.kz"}, nil, OriginItself},
		"as given":        {nil, []string{"https://new.example.kz", testOrigin}, OriginGiven},
	} {
		w, z := confirmed(t, c.manifest, nil)
		o := w.options()
		o.Origins = c.given
		r := check(t, z, o)
		if !r.Complete() || len(r.Acts[0].Passkeys) != 3 {
			t.Fatalf("%s: %v %+v", name, r.Problems, r.Acts[0].Passkeys)
		}
		for i, p := range r.Acts[0].Passkeys {
			if p.By != c.by || p.Signature != i+1 || p.Origin != testOrigin || p.Login != r.Acts[0].Report.Signatures[i].Login {
				t.Errorf("%s: %+v", name, p)
			}
		}
		o.Origins = []string{"https://another.example.kz"}
		if r := check(t, z, o); r.Whole() || !strings.Contains(r.Problems[0].What, "which you did not name") || r.Problems[0].File != ActName(1) {
			t.Errorf("%s, and another page is given: %v", name, r.Problems)
		}
	}
}

// TestForgedPasskeys: journals whose second official's assertion is not what
// it should be, though all else agrees.
func TestForgedPasskeys(t *testing.T) {
	const other, refused = "passkey_other", "passkey_refused"
	agreeing := func(change func(*proctor.Consent)) func(keys, *proctor.Consent) func(*proctor.PasskeyAssertion) {
		return func(_ keys, c *proctor.Consent) func(*proctor.PasskeyAssertion) { change(c); return nil }
	}
	harmed := func(harm func(*proctor.PasskeyAssertion)) func(keys, *proctor.Consent) func(*proctor.PasskeyAssertion) {
		return func(keys, *proctor.Consent) func(*proctor.PasskeyAssertion) { return harm }
	}
	lying := func(lie func(*softkey.Key)) func(keys, *proctor.Consent) func(*proctor.PasskeyAssertion) {
		return func(k keys, c *proctor.Consent) func(*proctor.PasskeyAssertion) { lie(k.of(c.Login)); return nil }
	}
	for name, c := range map[string]struct {
		says  string
		spoil func(keys, *proctor.Consent) func(*proctor.PasskeyAssertion)
	}{
		"another act":      {other, agreeing(func(c *proctor.Consent) { c.Act = "AK8" })},
		"another version":  {other, agreeing(func(c *proctor.Consent) { c.Version = 2 })},
		"another exam":     {other, agreeing(func(c *proctor.Consent) { c.Exam = "E2" })},
		"another office":   {other, agreeing(func(c *proctor.Consent) { c.Role = proctor.RoleHead })},
		"a scan":           {other, agreeing(func(c *proctor.Consent) { c.Scan = "SC1" })},
		"another document": {other, agreeing(func(c *proctor.Consent) { c.Document = strings.Repeat("0", 64) })},
		"another content":  {other, agreeing(func(c *proctor.Consent) { c.Digest = strings.Repeat("0", 64) })},
		"another person's": {other, agreeing(func(c *proctor.Consent) { c.Login = "somebody" })},
		"the first official's key": {"it is also that of", func(k keys, c *proctor.Consent) func(*proctor.PasskeyAssertion) {
			k.hers[c.Login] = k.of(proctor.Login(proctor.SigningOrder()[0]))
			return nil
		}},
		"not verified":       {refused, lying(func(k *softkey.Key) { k.NoUV = true })},
		"of another server":  {refused, lying(func(k *softkey.Key) { k.RPID = "evil.example" })},
		"on no page":         {"no page of a server", lying(func(k *softkey.Key) { k.Origin = "https://10.0.0.7" })},
		"a registration":     {refused, lying(func(k *softkey.Key) { k.Type = "webauthn.create" })},
		"signature":          {refused, harmed(func(a *proctor.PasskeyAssertion) { a.Signature[20] ^= 1 })},
		"authenticator data": {refused, harmed(func(a *proctor.PasskeyAssertion) { a.AuthenticatorData[36] ^= 1 })},
		"nonce":              {other, harmed(func(a *proctor.PasskeyAssertion) { a.Nonce[0] ^= 1 })},
		"client data":        {"unreadable", harmed(func(a *proctor.PasskeyAssertion) { a.ClientData = a.ClientData[:9] })},
		"no key":             {refused, harmed(func(a *proctor.PasskeyAssertion) { a.PublicKey = nil })},
		"another key": {refused, func(k keys, _ *proctor.Consent) func(*proctor.PasskeyAssertion) {
			return func(a *proctor.PasskeyAssertion) { a.PublicKey, _ = k.of("somebody").Public() }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			w, z := confirmed(t, nil, func(k keys, consent *proctor.Consent) func(*proctor.PasskeyAssertion) {
				if n++; n == 2 {
					return c.spoil(k, consent)
				}
				return nil
			})
			r := check(t, z, w.options())
			if len(r.Problems) != 1 || r.Problems[0].File != ActName(1) || !strings.HasPrefix(r.Problems[0].What, "signature 2: the passkey of ") ||
				!strings.Contains(r.Problems[0].What, c.says) || len(r.Acts[0].Passkeys) != 2 {
				t.Errorf("%q is not said: %v", c.says, r.Problems)
			}
		})
	}
}

// TestAttestersPasskey: one assertion for two hand signatures on one scan.
func TestAttestersPasskey(t *testing.T) {
	for name, c := range map[string]struct {
		scan  proctor.ScanID
		apart bool // the second signature has an assertion of its own over the first document
		good  bool
	}{
		"as it is": {"SC1", false, true}, "another scan": {"SC2", false, false}, "two words": {"SC1", true, false},
	} {
		w := newWorld(t)
		w.exam(5, 400)
		k := keys{t, map[proctor.Login]*softkey.Key{}}
		w.attested(k, c.scan, c.apart)
		b, _ := w.prepared(false)
		r := check(t, w.zip(b), w.options())
		if r.Whole() != c.good {
			t.Errorf("%s: %v", name, r.Problems)
		}
		if c.good && (len(r.Acts[0].Passkeys) != 2 || r.Acts[0].Passkeys[1].Login != "registrar") {
			t.Errorf("%s: %+v", name, r.Acts[0].Passkeys)
		}
		if !c.good && !strings.Contains(r.Problems[0].What, "passkey_other") {
			t.Errorf("%s: %v", name, r.Problems)
		}
	}
}

// attested draws up an act with two hand signatures that the registrar
// attests by passkey, over scan SC1 but agreeing to the scan said.
func (w *world) attested(k keys, said proctor.ScanID, apart bool) {
	w.t.Helper()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	w.add(&proctor.ActDrafted{Act: proctor.Act{
		ID: testAct, Number: "A-2026-00007", Seat: testSeat, Exam: testExam, State: proctor.Drafted, Cause: "I1", Version: 1, DrawnUp: w.now,
	}})
	pdf, err := acts.Render(acts.Document{
		Act: testAct, Number: "A-2026-00007", Version: 1, DrawnUp: w.now, JournalTree: w.j.Tree().String(),
		Specialist: acts.Official{Login: "spec", Name: "Маман М."}, Engineer: acts.Official{Login: "eng", Name: "Инженер И."},
	})
	must(err)
	r, err := acts.Verify(pdf)
	must(err)
	seen := proctor.Act{ID: testAct, Version: 1, Exam: testExam, Document: proctor.Document{Receipt: w.object(pdf), Digest: r.Digest}}
	scan := w.object([]byte("a scan"))
	w.add(&proctor.ActRendered{Act: testAct, Version: 1, Document: seen.Document},
		&proctor.ActScanned{Act: testAct, Scan: proctor.Scan{ID: "SC1", Version: 1, Receipt: scan, Kind: "application/pdf", Pages: 1}})
	registrar, err := w.authority.Issue(proctor.Person{Login: "registrar", Name: "Тіркеуші Т."}, proctor.RoleRegistrar, w.now.Add(-time.Minute), time.Hour)
	must(err)
	agreed := k.agree(seen.AttestConsent("registrar", said))
	for i, who := range []acts.Official{{Login: "spec", Name: "Маман М."}, {Login: "eng", Name: "Инженер И."}} {
		w.now = w.now.Add(time.Minute)
		role := proctor.SigningOrder()[i]
		pdf, err = acts.Attest(pdf, registrar, acts.PaperOptions{Role: role, Login: who.Login, Name: who.Name, At: w.now, Scan: sha256.Sum256([]byte("a scan"))})
		must(err)
		r, err = acts.Verify(pdf)
		must(err)
		got := r.Signatures[i]
		if apart && i == 1 {
			agreed = k.agree(seen.AttestConsent("registrar", said))
		}
		w.add(&proctor.ActSigned{Act: testAct, Version: 1, Document: proctor.Document{Receipt: w.object(pdf), Digest: r.Digest},
			Signature: proctor.Signature{Login: who.Login, Name: who.Name, Role: role, At: got.At, Method: got.Method, Certificate: got.Fingerprint,
				Attested: "registrar", Scan: &scan, Passkey: agreed}})
	}
}
