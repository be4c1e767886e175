package web

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"qyragy/proctor"
)

// Paper takes in prints of acts that were signed by hand.
type Paper interface {
	// Scan checks and keeps a scan of an act's version, which person brings in.
	Scan(ctx context.Context, person proctor.Person, act proctor.ActID, version int, data []byte) (proctor.Act, error)
	// ScanFile returns a scan as it came, and its MIME type.
	ScanFile(ctx context.Context, act proctor.ActID, scan proctor.ScanID) (data []byte, kind string, err error)
	// Attest seals attester's word that a scan shows the hand signatures of the
	// officials whom the act names, in the order of roles. Each that could be
	// sealed counts, also when a later one could not.
	Attest(ctx context.Context, attester proctor.Person, act proctor.ActID, word Attestation) (proctor.Act, error)
}

// Attestation is one official's word on a scan.
type Attestation struct {
	Scan  proctor.ScanID
	Roles []proctor.Role
	// Number is the act's, typed from the scan; needed without a QR code.
	Number   string
	Step     proctor.StepUp
	Document string // SHA-256 of the PDF that she saw, hex
}

// postScan takes the bytes of a scan of the version in the query.
func (s *Server) postScan(w http.ResponseWriter, r *http.Request) {
	id := proctor.ActID(r.PathValue("act"))
	out, err := s.act(r.Context(), id)
	if err == nil {
		err = s.takeScan(r, id)
	}
	if err == nil {
		out, err = s.act(r.Context(), id)
	}
	var body []byte
	if err == nil {
		body, err = json.Marshal(out)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	serveBytes(w, r, "application/json", "no-store", "", body)
}

func (s *Server) takeScan(r *http.Request, id proctor.ActID) error {
	version, err := strconv.Atoi(r.URL.Query().Get("version"))
	if err != nil {
		return proctor.Errorf(proctor.Invalid, "scan_no_version")
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	_, err = s.cfg.Paper.Scan(r.Context(), callOf(r.Context()).who.person, id, version, data)
	return err
}

// getScan serves a scan once its viewing is journaled. Whatever is in it runs
// nowhere: a picture or a PDF, opened in a sandbox.
func (s *Server) getScan(w http.ResponseWriter, r *http.Request) {
	id, scan := proctor.ActID(r.PathValue("act")), proctor.ScanID(r.PathValue("scan"))
	a, err := s.act(r.Context(), id)
	var data []byte
	var kind string
	if err == nil {
		data, kind, err = s.cfg.Paper.ScanFile(r.Context(), id, scan)
	}
	if err == nil {
		err = s.custody.viewed(r.Context(), callOf(r.Context()).who.actor(), a.about(), fmt.Sprintf("act %s scan %s", id, scan))
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'self'")
	w.Header().Set("Content-Disposition", `inline; filename="`+a.Number+`-scan"`)
	serveBytes(w, r, kind, "no-store", "", data)
}

// about is the seat that an act is journaled under: of many, the first stands
// for them.
func (a actView) about() proctor.SeatID {
	if a.Inspection != nil {
		return a.Inspection.Seats[0]
	}
	return a.Seat
}

type scanRefuse struct {
	Act  proctor.ActID  `path:"act"`
	Scan proctor.ScanID `path:"scan"`
	Body struct {
		Text string `json:"text"`
	}
}

func (s *Server) postRefuseScan(ctx context.Context, c *call, in *scanRefuse) (actView, error) {
	_, err := s.cfg.Engine.RefuseScan(ctx, c.who.person, in.Act, in.Scan, in.Body.Text)
	return s.afterwards(ctx, in.Act, err)
}

type actAttest struct {
	Act  proctor.ActID `path:"act"`
	Body struct {
		Scan     proctor.ScanID `json:"scan" maxLength:"64"`
		Roles    []proctor.Role `json:"roles" minItems:"1" maxItems:"3" doc:"whose hand signatures it shows, in the order of signing"`
		Number   string         `json:"number" required:"false" maxLength:"64" doc:"the act's number, typed from the scan; needed without a QR code"`
		Password string         `json:"password" maxLength:"1024" required:"false"`
		Passkey  *assertion     `json:"passkey" required:"false"`
		Document string         `json:"document" minLength:"64" maxLength:"64" doc:"SHA-256 of the PDF she compared it with, hex"`
	}
}

// postAttest leaves every check of who may attest to the domain, as postSign
// does.
func (s *Server) postAttest(ctx context.Context, c *call, in *actAttest) (actView, error) {
	if _, err := s.act(ctx, in.Act); err != nil {
		return actView{}, err
	}
	b := in.Body
	_, err := s.cfg.Paper.Attest(ctx, c.who.person, in.Act, Attestation{b.Scan, b.Roles, b.Number, stepUp(b.Password, b.Passkey), b.Document})
	return s.afterwards(ctx, in.Act, err)
}

// ofPaper are the names of who brought in an act's scans and attested them.
func (n names) ofPaper(a *proctor.Act) names {
	out := names{}
	for _, c := range a.Scans {
		out[c.By] = cmp.Or(n[c.By], string(c.By))
	}
	for _, sig := range a.Signatures {
		if sig.Attested != "" {
			out[sig.Attested] = cmp.Or(n[sig.Attested], string(sig.Attested))
		}
	}
	return out
}
