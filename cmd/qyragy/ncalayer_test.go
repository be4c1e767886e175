package main

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
	"qyragy/web"
)

// nationalServer is a server that trusts these authorities.
func nationalServer(t *testing.T, seats int, change func(*nationalFlags), all ...*testPKI) *server {
	t.Helper()
	roots, lists := t.TempDir(), t.TempDir()
	publishPKI(t, roots, lists, all...)
	s := startQuiet(t, seats, func(c *serveCmd) {
		c.National = nationalFlags{Roots: roots, CRL: lists, BIN: testBIN}
		if change != nil {
			change(&c.National)
		}
	})
	for login, iin := range map[proctor.Login]proctor.IIN{"specialist": iinOne, "engineer": iinTwo} {
		if err := s.accounts.SetIIN(t.Context(), "admin", login, iin); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func ncaPath(a proctor.Act) string { return "/api/v1/acts/" + string(a.ID) + "/ncalayer" }

// offer begins to sign an act.
func (c *caller) offer(a proctor.Act, role proctor.Role) (o web.NCALayerOffer, status int, key string) {
	c.t.Helper()
	status, key = c.try(ncaPath(a), map[string]any{"role": role, "document": a.Document.Receipt.SHA256}, &o)
	return o, status, key
}

// mustOffer is offer where it must succeed.
func (c *caller) mustOffer(a proctor.Act, role proctor.Role) web.NCALayerOffer {
	c.t.Helper()
	o, status, key := c.offer(a, role)
	if status != http.StatusOK {
		c.t.Fatalf("begin to sign: %d %s", status, key)
	}
	return o
}

// TestNCALayerRefuses hands in what an official, or somebody at her computer,
// should not get through with; each is refused with a sentence of its own, and
// nothing is journaled.
func TestNCALayerRefuses(t *testing.T) {
	for name, gost := range map[string]bool{"RSA": false, "GOST": true} {
		t.Run(name, func(t *testing.T) {
			p, stranger := newTestPKI(t, gost), newTestPKI(t, gost)
			p.issue("good", card{})
			p.issue("auth", card{use: "auth"})
			p.issue("weak", card{use: "weak"})
			p.issue("other", card{iin: iinTwo})
			p.issue("firm", card{bin: "123456789021"})
			p.issue("old", card{to: "20260201000000Z"})
			p.issue("new", card{from: "20390101000000Z"})
			p.issue("revoked", card{})
			p.revoke("revoked")
			stranger.issue("good", card{})
			s := nationalServer(t, 2, nil, p)
			a, another := drafted(t, s, 0), drafted(t, s, 1)
			she := newCaller(t, s, "specialist")
			sentences := map[string]string{}
			for _, c := range refusedCMS(p, stranger, she, another) {
				if c.md != "" && gost {
					continue
				}
				o := she.mustOffer(a, proctor.RoleSpecialist)
				cms := c.make(o.Data)
				status, why := she.request(http.MethodPost, ncaPath(a)+"/"+o.Session, map[string]any{"cms": string(cms)}, nil)
				key, sentence := why.Key, why.Message
				if status != c.status || key != c.key || sentence == "" {
					t.Errorf("%s: %d %q %q, want %d %q", c.name, status, key, sentence, c.status, c.key)
				}
				if other, ok := sentences[sentence]; ok && other != key {
					t.Errorf("%s and %s say the same: %q", key, other, sentence)
				}
				sentences[sentence] = key
				if c.openssl != "" && p.accepts(cms, o.Data) != (c.openssl == "accepts") {
					t.Errorf("%s: OpenSSL sees it otherwise", c.name)
				}
			}
			if got := actOf(t, s, a.ID); len(got.Signatures) != 0 || got.State != proctor.Drafted {
				t.Errorf("after all that: %s with %+v", got.State, got.Signatures)
			}
		})
	}
}

// refusedCMS are the letters of TestNCALayerRefuses. What OpenSSL says of them
// is there where it knows of such things.
func refusedCMS(p, stranger *testPKI, she *caller, another proctor.Act) []refusedCase {
	by := func(name string, args ...string) func([]byte) []byte {
		return func(data []byte) []byte { return p.sign(name, data, args...) }
	}
	return []refusedCase{
		{"for signing in only", 403, "signature_extended_use", "", "accepts", by("auth")},
		{"not for documents", 403, "signature_usage", "", "accepts", by("weak")},
		{"another person", 403, "signature_iin", "", "accepts", by("other")},
		{"another organisation", 403, "signature_bin", "", "accepts", by("firm")},
		{"expired", 403, "signature_expired", "", "refuses", by("old")},
		{"not yet valid", 403, "signature_not_yet_valid", "", "refuses", by("new")},
		{"revoked", 403, "signature_revoked", "", "", by("revoked")},
		{"unknown authority", 403, "signature_chain", "", "refuses", func(data []byte) []byte { return stranger.sign("good", data) }},
		{"other bytes", 400, "signature_document", "", "refuses", func(data []byte) []byte {
			return p.sign("good", append(bytes.Clone(data), ' '))
		}},
		{"another act", 400, "signature_document", "", "refuses", func([]byte) []byte {
			return p.sign("good", she.mustOffer(another, proctor.RoleSpecialist).Data)
		}},
		{"attached", 400, "signature_attached", "", "", func([]byte) []byte { return p.sign("good", []byte("small"), "-nodetach") }},
		{"two signers", 400, "signature_signers", "", "accepts", by("good", "-signer", "other.pem", "-inkey", "other.key")},
		{"SHA-1", 403, "signature_algorithm", "sha1", "accepts", by("good", "-md", "sha1")},
		{"MD5", 403, "signature_algorithm", "md5", "", by("good", "-md", "md5")},
		{"cut off", 400, "signature_format", "", "refuses", func(data []byte) []byte {
			b, _ := pem.Decode(p.sign("good", data))
			return pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: b.Bytes[:len(b.Bytes)-1]})
		}},
		{"junk", 400, "signature_format", "", "", func([]byte) []byte { return bytes.Repeat([]byte("A"), 60<<10) }},
		{"too much junk", 413, "too_large", "", "", func([]byte) []byte { return bytes.Repeat([]byte("A"), 64<<10) }},
	}
}

type refusedCase struct {
	name             string
	status           int
	key, md, openssl string
	make             func(data []byte) []byte
}

// TestNCALayerSigns: the specialist with GOST, the engineer with RSA, the head
// with her own key; and what neither of them may do on the way.
func TestNCALayerSigns(t *testing.T) {
	g, r := newTestPKI(t, true), newTestPKI(t, false)
	g.issue("specialist", card{})
	r.issue("engineer", card{iin: iinTwo})
	s := nationalServer(t, 1, nil, g, r)
	a := drafted(t, s, 0)
	specialist, engineer, head := newCaller(t, s, "specialist"), newCaller(t, s, "engineer"), newCaller(t, s, "head")

	if _, status, key := engineer.offer(a, proctor.RoleSpecialist); status != 403 || key != "sign_role" {
		t.Errorf("another's office: %d %s", status, key)
	}
	if _, status, key := engineer.offer(a, proctor.RoleEngineer); status != 409 || key != "sign_order" {
		t.Errorf("before her turn: %d %s", status, key)
	}
	stale := specialist.mustOffer(a, proctor.RoleSpecialist)
	a = edited(t, s, a)
	status, key := specialist.try(ncaPath(a)+"/"+stale.Session, map[string]any{"cms": string(g.sign("specialist", stale.Data))}, nil)
	if status != 409 || key != "act_changed" {
		t.Errorf("an act that changed meanwhile: %d %s", status, key)
	}
	o := specialist.mustOffer(a, proctor.RoleSpecialist)
	if o.IIN != iinOne || o.BIN != testBIN || len(o.Usages) != 2 {
		t.Errorf("offered to %s of %s, for %v", o.IIN, o.BIN, o.Usages)
	}
	cms := map[string]any{"cms": string(g.sign("specialist", o.Data))}
	if status, key := engineer.try(ncaPath(a)+"/"+o.Session, cms, nil); status != 404 || key != "ncalayer_session" {
		t.Errorf("another's session: %d %s", status, key)
	}
	if status, key := specialist.try(ncaPath(a)+"/"+o.Session, cms, nil); status != 200 {
		t.Fatalf("GOST: %d %s", status, key)
	}
	if status, key := specialist.try(ncaPath(a)+"/"+o.Session, cms, nil); status != 404 || key != "ncalayer_session" {
		t.Errorf("once more: %d %s", status, key)
	}
	a = actOf(t, s, a.ID)
	if sig := a.Signatures[0]; sig.Method != proctor.MethodNCALayer || sig.Revocation != proctor.RevocationCRL || len(sig.Certificate) != 64 {
		t.Errorf("journaled as %+v", sig)
	}

	setIIN(t, s, "engineer", "")
	if _, status, key := engineer.offer(a, proctor.RoleEngineer); status != 403 || key != "no_iin" {
		t.Errorf("without an IIN: %d %s", status, key)
	}
	setIIN(t, s, "engineer", iinOne)
	if _, status, key := engineer.offer(a, proctor.RoleEngineer); status != 409 || key != "act_same_person" {
		t.Errorf("the same person: %d %s", status, key)
	}
	setIIN(t, s, "engineer", iinTwo)
	o = engineer.mustOffer(a, proctor.RoleEngineer)
	if status, key := engineer.try(ncaPath(a)+"/"+o.Session, map[string]any{"cms": string(r.sign("engineer", o.Data))}, nil); status != 200 {
		t.Fatalf("RSA: %d %s", status, key)
	}
	a = actOf(t, s, a.ID)
	head.signByKey(s, a.ID, proctor.RoleHead, http.StatusOK)
	if !annulled(t, s, a.Seat) {
		t.Error("three have signed and the score stands")
	}
	checkMixed(t, s, a.ID, g, r)
}

func setIIN(t *testing.T, s *server, login proctor.Login, iin proctor.IIN) {
	t.Helper()
	if err := s.accounts.SetIIN(t.Context(), "admin", login, iin); err != nil {
		t.Fatal(err)
	}
}

// edited makes a new version of an act.
func edited(t *testing.T, s *server, a proctor.Act) proctor.Act {
	t.Helper()
	if _, err := s.engine.EditAct(t.Context(), proctor.PersonActor("specialist"), a.ID, a.Reasons, "Телефонмен ұзақ сөйлесті", nil); err != nil {
		t.Fatal(err)
	}
	rendered(t, s, a.ID)
	return actOf(t, s, a.ID)
}

// checkMixed asks our verifier, pdfsig and OpenSSL about the finished act.
func checkMixed(t *testing.T, s *server, id proctor.ActID, g, r *testPKI) {
	t.Helper()
	pdf := pdfOf(t, s, id)
	report, err := acts.VerifyWith(pdf, s.office.trust(proctor.Act{}, time.Now()))
	if err != nil || !report.Complete || !report.Trusted {
		t.Fatalf("verify: %+v, %v", report, err)
	}
	if x := report.Signatures[0]; x.IIN != iinOne || !strings.HasPrefix(x.Algorithm, "GOST") || x.BIN != testBIN {
		t.Errorf("the specialist's: %+v", x)
	}
	path := filepath.Join(t.TempDir(), "act.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	said := run(t, nil, "pdfsig", path) // it knows no GOST
	parts := strings.Split(said, "Signature #")
	if len(parts) != 4 || !strings.Contains(parts[2], "Signature is Valid.") || !strings.Contains(parts[3], "Signature is Valid.") {
		t.Errorf("pdfsig:\n%s", said)
	}
	for n, p := range []*testPKI{g, r} {
		covered, cms := fromPDF(t, pdf, n)
		if !p.accepts(pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: cms}), covered) {
			t.Errorf("OpenSSL does not accept signature %d of the file", n+1)
		}
	}
}

// fromPDF takes signature n out of a file by nothing but its /ByteRange.
func fromPDF(t *testing.T, pdf []byte, n int) (covered, cms []byte) {
	t.Helper()
	at := 0
	for range n + 1 {
		at += bytes.Index(pdf[at:], []byte("/ByteRange [")) + 1
	}
	var span [4]int
	if _, err := fmt.Sscanf(string(pdf[at:at+80]), "ByteRange [%d %d %d %d]", &span[0], &span[1], &span[2], &span[3]); err != nil {
		t.Fatal(err)
	}
	padded, err := hex.DecodeString(string(pdf[span[1]+1 : span[2]-1]))
	if err != nil {
		t.Fatal(err)
	}
	var der asn1.RawValue
	if _, err := asn1.Unmarshal(padded, &der); err != nil {
		t.Fatal(err)
	}
	return slices.Concat(pdf[:span[1]], pdf[span[2]:span[2]+span[3]]), der.FullBytes
}
