package proctor

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
)

// StepUp is what an official shows, beyond her session, to sign: a password, a
// passkey, or both.
type StepUp struct {
	Password string
	Passkey  *PasskeyAssertion // nil: none; Nonce and PublicKey are the server's to fill in
	// PRF is her authenticator's secret for this server (WebAuthn level 3,
	// section 10.1.4), 32 bytes, nil where it has none. It opens her key in
	// place of the password and is kept nowhere.
	PRF []byte
}

// Consent is what a passkey agrees to: one official's signature of one
// document in one office, or her word on one scan of it.
type Consent struct {
	Act      ActID
	Version  int
	Exam     ExamID
	Role     Role
	Login    Login
	Scan     ScanID // whose hand signatures she attests; "" for her own signature
	Document string // SHA-256 of the PDF that she saw, hex
	Digest   string // of the act's canonical content, hex
}

// consentDomain keeps a challenge from meaning anything else, ever.
const consentDomain = "qyragy: signature of an act, 1"

// Challenge is what her authenticator signs: the SHA-256 over the domain, each
// field and the nonce, every one after its length (4 bytes, big-endian). The
// nonce is the server's, 32 random bytes, used once.
func (c Consent) Challenge(nonce []byte) [32]byte {
	h := sha256.New()
	for _, field := range []string{
		consentDomain, string(c.Act), strconv.Itoa(c.Version), string(c.Exam), string(c.Role), string(c.Login), string(c.Scan),
		c.Document, c.Digest, string(nonce),
	} {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(field))))
		h.Write([]byte(field))
	}
	return [32]byte(h.Sum(nil))
}

// Consent is what person agrees to when she signs a in role now.
func (a Act) Consent(person Login, role Role) Consent {
	return Consent{
		Act: a.ID, Version: a.Version, Exam: a.Exam, Role: role, Login: person,
		Document: a.Document.Receipt.SHA256, Digest: a.Document.Digest,
	}
}

// AccountConsent is what person agrees to when she changes her passkeys: it is
// of no act.
func AccountConsent(person Login) Consent { return Consent{Login: person, Document: "passkeys"} }

// AttestConsent is what person agrees to when she attests the hands on a scan.
func (a Act) AttestConsent(person Login, scan ScanID) Consent {
	c := a.Consent(person, "")
	c.Scan = scan
	return c
}
