package web

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"qyragy/proctor"
)

// Self is what a member of staff may do with her own account.
type Self interface {
	Standing(ctx context.Context, login proctor.Login) (OwnAccount, error)
	// ChangePassword reseals her key and ends her sessions.
	ChangePassword(ctx context.Context, login proctor.Login, old, fresh string) error
	// RenewKey makes a new signing key and revokes the one before it.
	RenewKey(ctx context.Context, login proctor.Login, password string) error
}

// Passkeys registers authenticators. Each step asks for the password, and
// Register and Remove for one of the passkeys that she has already.
type Passkeys interface {
	// Ask returns PublicKeyCredentialRequestOptions as JSON, for Register and
	// Remove.
	Ask(ctx context.Context, login proctor.Login) (json.RawMessage, error)
	// Register returns PublicKeyCredentialCreationOptions as JSON.
	Register(ctx context.Context, person proctor.Person, step proctor.StepUp) (json.RawMessage, error)
	Add(ctx context.Context, login proctor.Login, password string, made NewPasskey) error
	Remove(ctx context.Context, login proctor.Login, step proctor.StepUp, id []byte) error
}

// NewPasskey is what an authenticator made.
type NewPasskey struct {
	Name     string
	Response json.RawMessage // RegistrationResponseJSON
	PRF      []byte          // its secret for this server, 32 bytes or nil
}

// KeyState is what a signing key is good for.
type KeyState string

// The states of a key.
const (
	NoKey      KeyState = "none"
	GoodKey    KeyState = "good"
	RevokedKey KeyState = "revoked"
)

// OwnAccount is an account as its owner sees it.
type OwnAccount struct {
	Key       KeyState  `json:"key"`
	Ends      time.Time `json:"ends" doc:"of her certificate, which is renewed when she signs"`
	Temporary bool      `json:"temporary" doc:"somebody else set the password: it signs nothing until she changes it"`
	Possible  bool      `json:"possible" doc:"passkeys work at this server's address"`
	Rule      string    `json:"rule" enum:"own,passkey,password" doc:"what a signature needs: her passkey if she has one, a passkey in any case, or a password"`
	Passkeys  []Passkey `json:"passkeys"`
}

// Passkey is one of hers.
type Passkey struct {
	ID    []byte    `json:"id"`
	Name  string    `json:"name"`
	Added time.Time `json:"added"`
	Used  time.Time `json:"used" doc:"zero: never"`
	Opens bool      `json:"opens" doc:"opens her key by itself; else she gives the password too"`
}

// assertion is what her authenticator answered to a challenge.
type assertion struct {
	ID                []byte `json:"id" maxLength:"1400"`
	ClientData        []byte `json:"client_data" maxLength:"5500" doc:"clientDataJSON"`
	AuthenticatorData []byte `json:"authenticator_data" maxLength:"5500"`
	Signature         []byte `json:"signature" maxLength:"1400"`
	PRF               []byte `json:"prf" maxLength:"44" required:"false" doc:"first result of the prf extension, which opens her key"`
}

// stepUp is what a form brought.
func stepUp(password string, a *assertion) proctor.StepUp {
	if a == nil {
		return proctor.StepUp{Password: password}
	}
	return proctor.StepUp{Password: password, PRF: a.PRF, Passkey: &proctor.PasskeyAssertion{
		Credential: a.ID, ClientData: a.ClientData, AuthenticatorData: a.AuthenticatorData, Signature: a.Signature,
	}}
}

func (s *Server) getAccount(ctx context.Context, c *call, _ *nothing) (OwnAccount, error) {
	return s.cfg.Self.Standing(ctx, c.who.person.Login)
}

type passwordBody struct {
	Old string `json:"old" maxLength:"1024"`
	New string `json:"new" maxLength:"1024"`
}

// postPassword ends every session of hers, and begins this one anew.
func (s *Server) postPassword(ctx context.Context, c *call, in *body[passwordBody]) error {
	login := c.who.person.Login
	if err := s.cfg.Self.ChangePassword(ctx, login, in.Body.Old, in.Body.New); err != nil {
		return err
	}
	return s.begin(ctx, c.w, sessionLogin, string(login))
}

type secretBody struct {
	Password string `json:"password" maxLength:"1024"`
}

func (s *Server) postKey(ctx context.Context, c *call, in *body[secretBody]) (OwnAccount, error) {
	err := s.cfg.Self.RenewKey(ctx, c.who.person.Login, in.Body.Password)
	return s.ownAccount(ctx, c, err)
}

// ownAccount answers with an account as it is after a change.
func (s *Server) ownAccount(ctx context.Context, c *call, err error) (OwnAccount, error) {
	if err != nil {
		return OwnAccount{}, err
	}
	return s.cfg.Self.Standing(ctx, c.who.person.Login)
}

func (s *Server) postPasskeyChallenge(ctx context.Context, c *call, _ *nothing) (json.RawMessage, error) {
	return s.cfg.Passkeys.Ask(ctx, c.who.person.Login)
}

type stepUpBody struct {
	Password string     `json:"password" maxLength:"1024"`
	Passkey  *assertion `json:"passkey" required:"false" doc:"one that she has already, if she has any"`
}

func (s *Server) postPasskeyOptions(ctx context.Context, c *call, in *body[stepUpBody]) (json.RawMessage, error) {
	return s.cfg.Passkeys.Register(ctx, c.who.person, stepUp(in.Body.Password, in.Body.Passkey))
}

type passkeyBody struct {
	Password string          `json:"password" maxLength:"1024"`
	Name     string          `json:"name" maxLength:"200"`
	Response json.RawMessage `json:"response" doc:"RegistrationResponseJSON"`
	PRF      []byte          `json:"prf" maxLength:"44" required:"false"`
}

func (s *Server) postPasskey(ctx context.Context, c *call, in *body[passkeyBody]) (OwnAccount, error) {
	b := in.Body
	err := s.cfg.Passkeys.Add(ctx, c.who.person.Login, b.Password, NewPasskey{b.Name, b.Response, b.PRF})
	return s.ownAccount(ctx, c, err)
}

type passkeyRemoval struct {
	Password string     `json:"password" maxLength:"1024"`
	Passkey  *assertion `json:"passkey" required:"false" doc:"one of hers, the one to be removed too"`
	ID       []byte     `json:"id" maxLength:"1400"`
}

func (s *Server) postPasskeyRemoval(ctx context.Context, c *call, in *body[passkeyRemoval]) (OwnAccount, error) {
	err := s.cfg.Passkeys.Remove(ctx, c.who.person.Login, stepUp(in.Body.Password, in.Body.Passkey), in.Body.ID)
	return s.ownAccount(ctx, c, err)
}

type actChallenge struct {
	Act  proctor.ActID `path:"act"`
	Body struct {
		Role     proctor.Role   `json:"role" doc:"in which she signs; empty to attest a scan"`
		Scan     proctor.ScanID `json:"scan" required:"false" maxLength:"64" doc:"which she attests"`
		Document string         `json:"document" minLength:"64" maxLength:"64" doc:"SHA-256 of the PDF she saw, hex"`
	}
}

// postChallenge gives what her passkey is to agree to.
func (s *Server) postChallenge(ctx context.Context, c *call, in *actChallenge) (json.RawMessage, error) {
	if _, err := s.act(ctx, in.Act); err != nil {
		return nil, err
	}
	return s.cfg.Office.Challenge(ctx, c.who.person, in.Body.Role, in.Body.Scan, in.Act, in.Body.Document)
}

// getRevocations is for whoever holds an act and asks whose key is still good.
func (s *Server) getRevocations(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Revocations == nil {
		s.refuse(w, r, proctor.Errorf(proctor.NotFound, "not_found"))
		return
	}
	der, err := s.cfg.Revocations(r.Context())
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/pkix-crl")
	_, _ = w.Write(der) // the client may have gone
}
