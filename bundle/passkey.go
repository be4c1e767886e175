package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"qyragy/passkey"
	"qyragy/proctor"
)

// OriginBy is who says that a page is the university's.
type OriginBy string

// Those who may say it.
const (
	OriginGiven    OriginBy = "given"    // the caller
	OriginManifest OriginBy = "manifest" // the server that wrote the bundle
	// OriginItself: nobody but the assertion.
	OriginItself OriginBy = "itself"
)

// Confirmed is a signature to which a passkey agreed, as the journal has it
// with all that is needed to check it (Web Authentication level 3, section 7.2).
type Confirmed struct {
	Signature int           `json:"signature"` // of the act's, from 1
	Login     proctor.Login `json:"login"`     // whose passkey; of a hand signature, the attester's
	// Origin is the page on which she agreed, and By who says that it is the
	// university's.
	Origin string   `json:"origin"`
	By     OriginBy `json:"by"`
}

// passkeys checks every assertion that the journal has of version n's
// signatures against what it must agree to: this act, version and exam, this
// office and person, the document that she saw and its content.
func (c *checker) passkeys(file string, n int, v *version) (out []Confirmed) {
	holders := map[string]proctor.Login{}
	for i, s := range v.signatures {
		a := s.Signature.Passkey
		if a == nil {
			continue
		}
		consent, err := c.consent(n, v, i)
		done := Confirmed{Signature: i + 1, Login: consent.Login}
		if err == nil {
			err = c.agrees(consent, *a, &done)
		}
		if who, known := holders[string(a.PublicKey)]; err == nil && known && who != consent.Login {
			err = fmt.Errorf("it is also that of %s", who)
		}
		holders[string(a.PublicKey)] = consent.Login
		if err != nil {
			c.bad(file, "signature %d: the passkey of %s: %v", i+1, consent.Login, err)
			continue
		}
		out = append(out, done)
	}
	return out
}

// consent is what the passkey of version n's signature i must have agreed to.
func (c *checker) consent(n int, v *version, i int) (proctor.Consent, error) {
	s := v.signatures[i]
	act := proctor.Act{ID: c.manifest.Act, Version: n, Exam: c.facts.drafted.Exam}
	first, login := i, s.Signature.Login
	if s.Signature.How() == proctor.MethodPaper {
		login = s.Signature.Attested
		for first > 0 && together(v.signatures[first-1].Signature, s.Signature) { // she saw the document before any of them
			first--
		}
	}
	switch {
	case first > 0:
		act.Document = v.signatures[first-1].Document
	case v.rendered != nil:
		act.Document = *v.rendered
	default:
		return proctor.Consent{Login: login}, errors.New("no record has the document that she saw")
	}
	if s.Signature.How() != proctor.MethodPaper {
		return act.Consent(login, s.Signature.Role), nil
	}
	if s.Signature.Scan == nil || c.facts.scans[s.Signature.Scan.SHA256] == "" {
		return proctor.Consent{Login: login}, errors.New("no record has the scan that she saw")
	}
	return act.AttestConsent(login, c.facts.scans[s.Signature.Scan.SHA256]), nil
}

// together reports whether two hand signatures were attested in one go: by one
// person, with one assertion, over one scan.
func together(a, b proctor.Signature) bool {
	return a.How() == proctor.MethodPaper && a.Attested == b.Attested && a.Passkey != nil && b.Passkey != nil &&
		bytes.Equal(a.Passkey.Signature, b.Passkey.Signature) && a.Scan != nil && b.Scan != nil && *a.Scan == *b.Scan
}

// agrees checks one assertion, on a page of the university's as far as that is
// known, and fills in which and by whom.
func (c *checker) agrees(consent proctor.Consent, a proctor.PasskeyAssertion, done *Confirmed) error {
	var client struct {
		Origin string `json:"origin"`
	}
	if err := json.Unmarshal(a.ClientData, &client); err != nil {
		return errors.New("what her browser said is unreadable")
	}
	done.Origin, done.By = client.Origin, OriginItself
	switch {
	case slices.Contains(c.o.Origins, client.Origin):
		done.By = OriginGiven
	case len(c.o.Origins) > 0:
		return fmt.Errorf("she agreed on the page %q, which you did not name", client.Origin)
	case slices.Contains(c.manifest.Origins, client.Origin):
		done.By = OriginManifest
	}
	party, ok := passkey.NewParty(client.Origin, nil)
	if !ok || !slices.Equal(party.Origins, []string{client.Origin}) {
		return fmt.Errorf("%q is no page of a server", client.Origin)
	}
	_, err := party.Verify(consent, a, a.PublicKey)
	var why *proctor.Error
	if errors.As(err, &why) && why.Key == "passkey_other" {
		return fmt.Errorf("it agreed to another act, version, exam, office, person or document: %w", err)
	}
	if err != nil {
		return fmt.Errorf("its signature does not hold: %w", err)
	}
	return nil
}

// Origin is the page that s names, as browsers spell it: scheme, host and port.
func Origin(s string) (string, error) {
	u, err := url.Parse(strings.ToLower(s))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return "", fmt.Errorf("%q is no origin, such as https://exam.example.kz", s)
	}
	usual := map[string]string{"https": ":443", "http": ":80"}
	return u.Scheme + "://" + strings.TrimSuffix(u.Host, usual[u.Scheme]), nil
}

// spelled are origins as browsers spell them, without what is none.
func spelled(origins []string) (out []string) {
	for _, o := range origins {
		if o, err := Origin(o); err == nil && len(out) < maxOrigins && !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}
