// Package softkey is an authenticator in software, for tests: it makes
// passkeys and assertions, and can be told to make wrong ones. It is not for
// the server.
package softkey

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"

	"qyragy/proctor"
)

// Key is one passkey with its authenticator and the browser around it. A test
// changes its fields to make it lie.
type Key struct {
	ID      []byte
	RPID    string // whose it says it is
	Origin  string // of the page that asks
	Type    string // of the assertion's client data; "" is "webauthn.get"
	Counter uint32 // as last said; grows by one with each use
	Still   bool   // the counter stays
	NoUV    bool   // did not verify the person
	NoUP    bool   // nor that anybody is there
	private *ecdsa.PrivateKey
	secret  []byte
}

// New makes a passkey for a server.
func New(rpID, origin string) (*Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a passkey: %w", err)
	}
	k := &Key{ID: make([]byte, 32), RPID: rpID, Origin: origin, private: private, secret: make([]byte, 32)}
	rand.Read(k.ID)
	rand.Read(k.secret)
	return k, nil
}

// options are the parts of a server's options that this authenticator reads.
type options struct {
	Challenge string `json:"challenge"`
}

// Public is the key as COSE_Key.
func (k *Key) Public() ([]byte, error) {
	point, err := k.private.PublicKey.Bytes()
	if err != nil {
		return nil, fmt.Errorf("encode a passkey: %w", err)
	}
	return webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
}

// PRF is the secret that the authenticator gives this server.
func (k *Key) PRF() []byte {
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte(k.RPID))
	return mac.Sum(nil)
}

func (k *Key) clientData(kind string, o json.RawMessage) ([]byte, error) {
	var in options
	if err := json.Unmarshal(o, &in); err != nil {
		return nil, fmt.Errorf("read options: %w", err)
	}
	return json.Marshal(map[string]any{"type": kind, "challenge": in.Challenge, "origin": k.Origin, "crossOrigin": false})
}

// data is the authenticator data (section 6.1) with further flags and bytes.
func (k *Key) data(flags byte, more []byte) []byte {
	if !k.Still {
		k.Counter++
	}
	if !k.NoUP {
		flags |= 1
	}
	if !k.NoUV {
		flags |= 4
	}
	sum := sha256.Sum256([]byte(k.RPID))
	out := binary.BigEndian.AppendUint32(append(sum[:], flags), k.Counter)
	return append(out, more...)
}

// Create answers creation options with a RegistrationResponseJSON.
func (k *Key) Create(o json.RawMessage) (json.RawMessage, error) {
	client, err := k.clientData("webauthn.create", o)
	if err != nil {
		return nil, err
	}
	public, err := k.Public()
	if err != nil {
		return nil, err
	}
	attested := binary.BigEndian.AppendUint16(make([]byte, 16), uint16(len(k.ID)))
	attested = append(append(attested, k.ID...), public...)
	object, err := webauthncbor.Marshal(map[string]any{
		"fmt": "none", "attStmt": map[string]any{}, "authData": k.data(0x40, attested),
	})
	if err != nil {
		return nil, fmt.Errorf("encode attestation: %w", err)
	}
	return json.Marshal(map[string]any{
		"id": text(k.ID), "rawId": text(k.ID), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{"clientDataJSON": text(client), "attestationObject": text(object), "transports": []string{"internal"}},
	})
}

// Assert answers request options.
func (k *Key) Assert(o json.RawMessage) (proctor.PasskeyAssertion, error) {
	kind := k.Type
	if kind == "" {
		kind = "webauthn.get"
	}
	client, err := k.clientData(kind, o)
	if err != nil {
		return proctor.PasskeyAssertion{}, err
	}
	a := proctor.PasskeyAssertion{Credential: bytes.Clone(k.ID), ClientData: client, AuthenticatorData: k.data(0, nil)}
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(bytes.Clone(a.AuthenticatorData), hash[:]...))
	if a.Signature, err = ecdsa.SignASN1(rand.Reader, k.private, sum[:]); err != nil {
		return proctor.PasskeyAssertion{}, fmt.Errorf("sign an assertion: %w", err)
	}
	return a, nil
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
