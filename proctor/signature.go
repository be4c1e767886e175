package proctor

import "time"

// SignatureMethod is how an official signed an act. All three count the same.
type SignatureMethod string

// The ways to sign.
const (
	// MethodKey is the official's own key, kept sealed by the server and
	// unlocked by her step-up.
	MethodKey SignatureMethod = "key"
	// MethodNCALayer is her certificate of the national PKI, used by NCALayer
	// in her browser.
	MethodNCALayer SignatureMethod = "ncalayer"
	// MethodPaper is her hand on a print of the act, which was scanned, and
	// which another official attests.
	MethodPaper SignatureMethod = "paper"
)

// Signature is one official's signature of one version of an act.
type Signature struct {
	Login Login     `json:"login"`
	Name  string    `json:"name"`
	Role  Role      `json:"role"`
	At    time.Time `json:"at"`
	// Method is "" in journals from before there was a choice; see How.
	Method SignatureMethod `json:"method,omitempty"`
	// Certificate is the SHA-256 fingerprint of the signing certificate, hex:
	// the attester's for MethodPaper.
	Certificate string `json:"certificate"`
	// Revocation is of a certificate of the national PKI, "" for others.
	Revocation Revocation `json:"revocation,omitempty"`
	// Stamped is when a time stamping authority saw the signature (RFC 3161),
	// zero if none did.
	Stamped time.Time `json:"stamped,omitzero"`
	// Passkey is the step-up's assertion, nil if she gave a password.
	Passkey *PasskeyAssertion `json:"passkey,omitempty"`
	// Attested is who attests a hand signature, "" for the other methods.
	Attested Login `json:"attested,omitempty"`
	// Scan is the signed print, nil for the other methods; Matched is by what
	// it was found to be of this document.
	Scan    *Receipt  `json:"scan,omitempty"`
	Matched ScanMatch `json:"matched,omitempty"`
}

// How is the method of s.
func (s Signature) How() SignatureMethod {
	if s.Method == "" {
		return MethodKey
	}
	return s.Method
}

// PasskeyAssertion is a WebAuthn assertion (Web Authentication level 3, section
// 7.2) over a challenge bound to the act, kept so that anyone may check later
// that the official's own authenticator agreed to this signature.
type PasskeyAssertion struct {
	Credential        []byte `json:"credential"` // its id
	ClientData        []byte `json:"client_data"`
	AuthenticatorData []byte `json:"authenticator_data"`
	Signature         []byte `json:"signature"`
	// Nonce is the server's part of the challenge (see Consent), 32 bytes.
	Nonce []byte `json:"nonce"`
	// PublicKey is the credential's, a COSE_Key, as it was registered.
	PublicKey []byte `json:"public_key"`
}

// Revocation is what was asked, when she signed, about whether the signer's
// certificate had been revoked.
type Revocation string

// What was asked. A certificate that is revoked signs nothing.
const (
	RevocationCRL  Revocation = "crl"  // a current list of its issuer
	RevocationOCSP Revocation = "ocsp" // its issuer's responder
	// RevocationUnknown: there was no current list and no answer.
	RevocationUnknown Revocation = "unknown"
)
