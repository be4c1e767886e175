package web

import (
	"context"
	"time"

	"qyragy/proctor"
)

// ncaLayerOrigin is where NCALayer listens on the official's own machine.
const ncaLayerOrigin = "wss://127.0.0.1:13579"

// NCALayer signs acts with certificates of the national PKI, in two steps,
// between which the official's NCALayer makes the signature.
type NCALayer interface {
	// Offer prepares person's signature in role on the document with this
	// SHA-256 (hex). It answers a Conflict when the document is another by now.
	Offer(ctx context.Context, person proctor.Person, role proctor.Role, act proctor.ActID, documentSHA256 string) (NCALayerOffer, error)
	// Accept verifies the CMS (PEM or DER) and puts it on the act. A session
	// serves its owner once; any other answers a NotFound Error.
	Accept(ctx context.Context, person proctor.Person, act proctor.ActID, session string, cms []byte) (proctor.Act, error)
}

// NCALayerOffer is what NCALayer is to sign, and with whose certificate.
type NCALayerOffer struct {
	Session string    `json:"session" doc:"where to hand in the CMS"`
	Data    []byte    `json:"data" doc:"the bytes to sign, base64: the PDF with the signature's place left out"`
	IIN     string    `json:"iin" doc:"of the person whose certificate it must be"`
	BIN     string    `json:"bin" doc:"of the organisation, empty if any will do"`
	Usages  []string  `json:"usages" doc:"extended key usages that the certificate must have"`
	Expires time.Time `json:"expires" doc:"when the session ends"`
}

type ncaLayerBegin struct {
	Act  proctor.ActID `path:"act"`
	Body struct {
		Role     proctor.Role `json:"role"`
		Document string       `json:"document" minLength:"64" maxLength:"64" doc:"SHA-256 of the PDF she saw, hex"`
	}
}

type ncaLayerEnd struct {
	Act     proctor.ActID `path:"act"`
	Session string        `path:"session" maxLength:"64"`
	Body    struct {
		CMS string `json:"cms" minLength:"1" doc:"what NCALayer answered: CMS in PEM, detached"`
	}
}

func (s *Server) postNCALayer(ctx context.Context, c *call, in *ncaLayerBegin) (NCALayerOffer, error) {
	if err := s.ncaLayer(ctx, in.Act); err != nil {
		return NCALayerOffer{}, err
	}
	return s.cfg.NCALayer.Offer(ctx, c.who.person, in.Body.Role, in.Act, in.Body.Document)
}

func (s *Server) postNCALayerCMS(ctx context.Context, c *call, in *ncaLayerEnd) (actView, error) {
	if err := s.ncaLayer(ctx, in.Act); err != nil {
		return actView{}, err
	}
	_, err := s.cfg.NCALayer.Accept(ctx, c.who.person, in.Act, in.Session, []byte(in.Body.CMS))
	return s.afterwards(ctx, in.Act, err)
}

// ncaLayer refuses an act that is not there, and this way where it is off.
func (s *Server) ncaLayer(ctx context.Context, id proctor.ActID) error {
	if _, err := s.act(ctx, id); err != nil {
		return err
	}
	if s.cfg.NCALayer == nil {
		return proctor.Errorf(proctor.NotFound, "ncalayer_off")
	}
	return nil
}
