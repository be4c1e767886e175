package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"

	"qyragy/proctor"
)

// Accounts knows the staff.
type Accounts interface {
	// Login checks a password. A wrong login and a wrong password must not be
	// told apart; every Error but Unavailable answers 401.
	Login(ctx context.Context, login, password string) (proctor.Person, error)
	// Person returns a member of staff as she is now, or a NotFound Error.
	Person(ctx context.Context, login proctor.Login) (proctor.Person, error)
	// People returns everybody, in the order of their logins.
	People(ctx context.Context) ([]proctor.Person, error)
	// Session returns her for a request of her session, so that a role taken
	// away is gone at once, and a number: the session ends when it is another
	// than at login. Who may not log in any more is not found.
	Session(ctx context.Context, login proctor.Login) (p proctor.Person, epoch int, err error)
}

// Office renders and signs acts.
type Office interface {
	// PDF returns the current document of an act, byte for byte what would be
	// signed.
	PDF(ctx context.Context, act proctor.ActID) ([]byte, error)
	// Challenge returns the PublicKeyCredentialRequestOptions, as JSON, with
	// which person's passkey agrees to that signature in role, or to attest
	// that scan, and to nothing else, once.
	Challenge(ctx context.Context, person proctor.Person, role proctor.Role, scan proctor.ScanID,
		act proctor.ActID, documentSHA256 string) (json.RawMessage, error)
	// Sign puts person's signature in role on the document with this SHA-256
	// (hex). It answers a Forbidden Error "password" when the step-up fails and
	// a Conflict when the document is another by now, "passkey_needed" when the
	// password is not enough and "passkey_password" when the passkey is not.
	Sign(ctx context.Context, person proctor.Person, role proctor.Role, step proctor.StepUp,
		act proctor.ActID, documentSHA256 string) (proctor.Act, error)
}

// Inspector words what is known of technical faults, in Kazakh, for the form of
// Appendix B.
type Inspector interface {
	// Suggest is a first wording of an inspection's purpose and result.
	Suggest(c proctor.Cluster, incidents []proctor.Incident) (purpose, result string)
}

// Pictures takes and finds still pictures.
type Pictures interface {
	// Identify takes a still from the seat's live camera, compares it with the
	// enrolment photo and journals the outcome; a Conflict Error "no_picture"
	// says that there is no live picture.
	Identify(ctx context.Context, seat proctor.SeatID) error
	// Still returns the JPEG pinned to an incident.
	Still(ctx context.Context, incident proctor.IncidentID) ([]byte, error)
	// Portrait returns a JPEG of the seat's examinee: which is "live" (the
	// still that was compared) or "enrolled".
	Portrait(ctx context.Context, seat proctor.SeatID, which string) ([]byte, error)
}

// Enrolment stores the reference photo of a seat.
type Enrolment interface {
	Enrol(ctx context.Context, by proctor.Actor, seat proctor.SeatID, jpeg []byte) error
}

// Recordings opens what has been recorded. The readers must be seekable
// without reading the whole file.
type Recordings interface {
	// Segment opens a sealed segment, wherever it is by now; the time is its
	// modification time for HTTP.
	Segment(ctx context.Context, seat proctor.SeatID, number int) (io.ReadSeekCloser, time.Time, error)
	// Live opens the segment still being written, as far as it goes.
	Live(ctx context.Context, seat proctor.SeatID) (io.ReadSeekCloser, error)
	// LiveInfo describes it; false when the seat is not being recorded.
	LiveInfo(seat proctor.SeatID) (LiveInfo, bool)
}

// Typed is a recording that knows its MIME type; any other is video/webm.
type Typed interface{ ContentType() string }

// LiveInfo is the segment still being written.
type LiveInfo struct {
	Number int       `json:"number"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`    // of what is written so far
	Codecs string    `json:"codecs"` // as in a MIME type's codecs parameter
	Width  int       `json:"width"`
	Height int       `json:"height"`
}

// Thumbnails keeps the newest small JPEG of each seat.
type Thumbnails interface {
	// Latest returns it and when its frame arrived; the bytes are not changed
	// afterwards.
	Latest(seat proctor.SeatID) (jpeg []byte, at time.Time, ok bool)
}

// ICEServer is one STUN or TURN server, as RTCPeerConnection takes it.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// Config is what a Server needs. Everything without a remark is required.
type Config struct {
	Engine     *proctor.Engine
	Accounts   Accounts
	Office     Office
	Paper      Paper
	Excuses    Excuses
	Checker    Checker
	Self       Self
	Passkeys   Passkeys
	Inspector  Inspector
	Archive    Archive
	Bundles    Bundles // optional
	Notary     Notary  // optional
	Pictures   Pictures
	Enrolment  Enrolment
	Recordings Recordings
	Thumbnails Thumbnails
	Sessions   scs.Store // survives a restart; holds hashes of the cookies

	// NCALayer signs acts with certificates of the national PKI. Nil: that way
	// is not offered, and its routes answer 404.
	NCALayer NCALayer

	// WHIP and WHEP serve /whip/ and /whep/ and ask PublishAuth and ViewAuth
	// before they let anybody in. Nil: those routes answer 404.
	WHIP http.Handler
	WHEP http.Handler
	// Backfill serves /backfill/ and asks BackfillAuth. Nil: it answers 404.
	Backfill http.Handler
	// Backfills opens what came there; nil: there is none.
	Backfills Backfills
	// MachineJoin gives consent and admits a seat for a machine's token. Nil,
	// as it must be outside a demo, refuses such tokens.
	MachineJoin func(ctx context.Context, seat proctor.SeatID) error
	// ICEServers are given to an examinee's page; optional.
	ICEServers func(seat proctor.SeatID) []ICEServer
	// Ports are what her network must let through, "host:port/udp" and the
	// like, the best way first; optional.
	Ports []string

	Secret         []byte   // ≥ 32 bytes; keys the publish tokens
	BaseURL        string   // "https://exam.example.kz", without a path
	Origins        []string // optional: further origins the pages are served from
	Secure         bool     // over TLS: Secure cookie and HSTS
	ConsentVersion string   // of the consent text shown now

	// Outbox knows the systems of record; nil: everything is done by hand.
	// AlarmAfter is how long a decision may be on its way before people are
	// told; 15 minutes by default.
	Outbox     Outbox
	AlarmAfter time.Duration

	// Ready names the parts of the engine and what is wrong with each, nil
	// for nothing; optional.
	Ready   func(ctx context.Context) map[string]error
	Metrics http.Handler // optional
	// Revocations returns the signing authority's revocation list in DER (RFC
	// 5280), for anybody; nil: there is none.
	Revocations func(ctx context.Context) ([]byte, error)
	// OnePerson refuses login where any of others is another account of the
	// same person; nil asks for nothing.
	OnePerson func(ctx context.Context, login proctor.Login, others []proctor.Login) error
	Now       func() time.Time // optional, for tests
	Logger    *slog.Logger     // optional
}

// check fills in what is optional and refuses what cannot work.
func (c *Config) check() (*url.URL, error) {
	switch {
	case c.Engine == nil, c.Accounts == nil, c.Office == nil, c.Self == nil, c.Passkeys == nil, c.Paper == nil, c.Excuses == nil, c.Checker == nil, c.Pictures == nil, c.Enrolment == nil,
		c.Recordings == nil, c.Thumbnails == nil, c.Sessions == nil:
		return nil, errors.New("web: a part is missing")
	case c.Archive == nil:
		return nil, errors.New("web: the archive is missing")
	case len(c.Secret) < 32:
		return nil, errors.New("web: the secret is shorter than 32 bytes")
	case c.ConsentVersion == "":
		return nil, errors.New("web: ConsentVersion is missing")
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, errors.New("web: BaseURL must be http(s)://host")
	}
	if c.AlarmAfter == 0 {
		c.AlarmAfter = 15 * time.Minute
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.WHIP == nil {
		c.WHIP = http.NotFoundHandler()
	}
	if c.WHEP == nil {
		c.WHEP = http.NotFoundHandler()
	}
	if c.Backfill == nil {
		c.Backfill = http.NotFoundHandler()
	}
	if c.Metrics == nil {
		c.Metrics = http.NotFoundHandler()
	}
	if c.ICEServers == nil {
		c.ICEServers = func(proctor.SeatID) []ICEServer { return nil }
	}
	if c.Ready == nil {
		c.Ready = func(context.Context) map[string]error { return nil }
	}
	return base, nil
}
