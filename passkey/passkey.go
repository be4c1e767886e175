// Package passkey is the step-up by WebAuthn (Web Authentication level 3): it
// registers the officials' authenticators and checks what they assert. It
// knows nothing of HTTP and keeps nothing.
package passkey

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"qyragy/proctor"
)

// Timeout is how long a person may take at her authenticator.
const Timeout = 2 * time.Minute

// maxID is the longest credential id, bytes (WebAuthn level 3, section 5.1).
const maxID = 1023

// Party is this server as authenticators know it.
type Party struct {
	ID      string   // its host name, without the port: the RP ID
	Origins []string // its pages', e.g. "https://proctor.example.kz"
}

// NewParty makes the Party of the server at base, whose pages are served from
// more origins too. A server that browsers reach by an IP address can be no
// party: false.
func NewParty(base string, more []string) (Party, bool) {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" || net.ParseIP(u.Hostname()) != nil {
		return Party{}, false
	}
	p := Party{ID: strings.ToLower(u.Hostname()), Origins: []string{u.Scheme + "://" + u.Host}}
	for _, o := range more {
		if v, err := url.Parse(o); err == nil && v.Host != "" && strings.EqualFold(v.Hostname(), p.ID) {
			p.Origins = append(p.Origins, v.Scheme+"://"+v.Host)
		}
	}
	return p, true
}

// Credential is a registered passkey.
type Credential struct {
	ID        []byte
	PublicKey []byte // COSE_Key, RFC 9052
	Counter   uint32 // signatures so far as it says, 0 where it does not count
	// Transports are the browser's hints how to reach it.
	Transports []string
}

// User is whom a passkey is made for.
type User struct {
	Handle      []byte // ≤ 64 bytes, says nothing about her
	Login, Name string
}

// prfInput is what the PRF is asked for, the same always: its output differs
// with each credential.
func prfInput() protocol.PRFValues {
	sum := sha256.Sum256([]byte("qyragy: key of an official, 1"))
	return protocol.PRFValues{First: sum[:]}
}

// Creation is the PublicKeyCredentialCreationOptions, as JSON, for a new
// passkey beside those that u has.
func (p Party) Creation(u User, has []Credential, challenge []byte) (json.RawMessage, error) {
	o := protocol.PublicKeyCredentialCreationOptions{
		RelyingParty: protocol.RelyingPartyEntity{ID: p.ID, CredentialEntity: protocol.CredentialEntity{Name: "Qyragy"}},
		User: protocol.UserEntity{
			ID: protocol.URLEncodedBase64(u.Handle), DisplayName: u.Name, CredentialEntity: protocol.CredentialEntity{Name: u.Login},
		},
		Challenge: challenge, Parameters: parameters(), Timeout: int(Timeout.Milliseconds()),
		CredentialExcludeList: descriptors(has), Attestation: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationRequired,
		},
		Extensions: protocol.AuthenticationExtensions{PRF: &protocol.PRFInputs{Eval: prfInput()}},
	}
	return json.Marshal(o)
}

// parameters are the algorithms of the authenticators in use: ES256, EdDSA
// and, for older Windows Hello, RS256.
func parameters() []protocol.CredentialParameter {
	var out []protocol.CredentialParameter
	for _, a := range []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256} {
		out = append(out, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: a})
	}
	return out
}

func descriptors(has []Credential) []protocol.CredentialDescriptor {
	var out []protocol.CredentialDescriptor
	for _, c := range has {
		d := protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: c.ID}
		for _, t := range c.Transports {
			d.Transport = append(d.Transport, protocol.AuthenticatorTransport(t))
		}
		out = append(out, d)
	}
	return out
}

// Created checks a browser's RegistrationResponseJSON to challenge.
func (p Party) Created(challenge []byte, response json.RawMessage) (Credential, error) {
	refused := proctor.Errorf(proctor.Invalid, "passkey_registration")
	made, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return Credential{}, refused
	}
	_, err = made.Verify(encode(challenge), p.ID, p.Origins, nil, nil, protocol.TopOriginExplicitVerificationMode,
		false, true, true, nil, parameters(), protocol.AttestationPolicy{}, protocol.SignaturePolicy{})
	if err != nil {
		return Credential{}, refused
	}
	auth := made.Response.AttestationObject.AuthData
	c := Credential{
		ID: auth.AttData.CredentialID, PublicKey: auth.AttData.CredentialPublicKey, Counter: auth.Counter,
	}
	if len(c.ID) > maxID {
		return Credential{}, refused
	}
	for _, t := range made.Response.Transports {
		if s := string(t); len(c.Transports) < 8 && len(s) <= 32 && !slices.Contains(c.Transports, s) {
			c.Transports = append(c.Transports, s)
		}
	}
	return c, nil
}

// Request is the PublicKeyCredentialRequestOptions, as JSON, for an assertion
// by any of has.
func (p Party) Request(has []Credential, challenge []byte) (json.RawMessage, error) {
	return json.Marshal(protocol.PublicKeyCredentialRequestOptions{
		Challenge: challenge, Timeout: int(Timeout.Milliseconds()), RelyingPartyID: p.ID,
		AllowedCredentials: descriptors(has), UserVerification: protocol.VerificationRequired,
		Extensions: protocol.AuthenticationExtensions{PRF: &protocol.PRFInputs{Eval: prfInput()}},
	})
}

// Challenged is the challenge that an assertion claims to answer.
func Challenged(a proctor.PasskeyAssertion) ([]byte, error) {
	var c protocol.CollectedClientData
	if err := json.Unmarshal(a.ClientData, &c); err != nil {
		return nil, proctor.Errorf(proctor.Invalid, "passkey_unreadable")
	}
	b, err := base64.RawURLEncoding.DecodeString(c.Challenge)
	if err != nil {
		return nil, proctor.Errorf(proctor.Invalid, "passkey_unreadable")
	}
	return b, nil
}

// Registered is the challenge that a RegistrationResponseJSON claims to answer.
func Registered(response json.RawMessage) ([]byte, error) {
	made, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return nil, proctor.Errorf(proctor.Invalid, "passkey_registration")
	}
	return Challenged(proctor.PasskeyAssertion{ClientData: made.Raw.AttestationResponse.ClientDataJSON})
}

// Verify checks, with nothing but its arguments, that the authenticator whose
// COSE public key this is agreed to c for this party, with the person verified
// by it (section 7.2), and returns its signature counter. It serves at signing
// and years later; whether the counter grew and the passkey was hers is for
// the caller.
func (p Party) Verify(c proctor.Consent, a proctor.PasskeyAssertion, publicKey []byte) (counter uint32, err error) {
	refused := proctor.Errorf(proctor.Forbidden, "passkey_refused")
	challenge := c.Challenge(a.Nonce)
	said, err := Challenged(a)
	if err != nil {
		return 0, err
	}
	if len(a.Nonce) < 32 || !bytes.Equal(said, challenge[:]) {
		return 0, proctor.Errorf(proctor.Forbidden, "passkey_other")
	}
	parsed, err := parse(a)
	if err != nil {
		return 0, proctor.Errorf(proctor.Invalid, "passkey_unreadable")
	}
	err = parsed.Verify(encode(challenge[:]), p.ID, "", p.Origins, nil, nil, protocol.TopOriginExplicitVerificationMode,
		false, true, true, publicKey, protocol.SignaturePolicy{})
	if err != nil {
		return 0, refused
	}
	return parsed.Response.AuthenticatorData.Counter, nil
}

// parse puts an assertion into the library's shape.
func parse(a proctor.PasskeyAssertion) (*protocol.ParsedCredentialAssertionData, error) {
	if len(a.Credential) == 0 || len(a.Credential) > maxID || len(a.ClientData) > 4096 || len(a.AuthenticatorData) > 4096 || len(a.Signature) > 1024 {
		return nil, errors.New("an assertion of impossible size")
	}
	var r protocol.CredentialAssertionResponse
	r.ID, r.Type, r.RawID = encode(a.Credential), string(protocol.PublicKeyCredentialType), a.Credential
	r.AssertionResponse.ClientDataJSON = a.ClientData
	r.AssertionResponse.AuthenticatorData = a.AuthenticatorData
	r.AssertionResponse.Signature = a.Signature
	return r.Parse()
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
