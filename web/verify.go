package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"qyragy/proctor"
)

// Anybody who holds an act may check it here without an account: the examinee,
// her lawyer, an archivist. Whoever can see nothing but the print scans its QR
// code and learns whether that act stands today.

// Checker checks an act's file as any outsider would.
type Checker interface {
	// Check says what a PDF says of itself and whether that holds. Its error is
	// for a file that can be no act.
	Check(ctx context.Context, pdf []byte) (Checked, error)
}

// Checked is what came of checking a file.
type Checked struct {
	Act     proctor.ActID `json:"act"`
	Number  string        `json:"number"`
	Version int           `json:"version"`
	Digest  string        `json:"digest" doc:"SHA-256 of its content, hex"`
	// Whole: every byte is what this kind of act consists of, and each
	// signature holds; Complete: all three have signed; Ours: the signatures
	// lead to this university's authority.
	Whole    bool `json:"whole"`
	Complete bool `json:"complete"`
	Ours     bool `json:"ours"`
	// Revoked: a signature is not older than its certificate's revocation, or
	// nothing shows that it is. The file is not whole then.
	Revoked    bool            `json:"revoked,omitempty"`
	Signatures []CheckedSigner `json:"signatures"`
	// Problems name the place, in English, for whoever looks into it.
	Problems []string `json:"problems"`
}

// CheckedSigner is one signature of a file that holds.
type CheckedSigner struct {
	Name   string                  `json:"name"`
	Role   proctor.Role            `json:"role"`
	At     time.Time               `json:"at"`
	Method proctor.SignatureMethod `json:"method"`
	// Attester is who attests a hand signature, "" for the other methods.
	Attester string `json:"attester,omitempty"`
	// Revoked is when her certificate was revoked; the signature is older and
	// stands. Zero: it was not.
	Revoked time.Time `json:"revoked,omitzero"`
}

// standing is what the register says of an act today, to whoever holds it.
type standing struct {
	// Current: the digest is that of the act's present version. Only then is
	// the rest said.
	Current  bool             `json:"current"`
	Number   string           `json:"number,omitempty"`
	Appendix proctor.Appendix `json:"appendix,omitempty"`
	State    proctor.ActState `json:"state,omitempty"`
	Signed   int              `json:"signed" doc:"how many have signed"`
	InForce  time.Time        `json:"in_force,omitzero"`
}

// checkedView is a file's check and, where it holds, where its act stands.
type checkedView struct {
	Checked
	Standing *standing `json:"standing,omitempty"`
}

type standingPath struct {
	Act    proctor.ActID `path:"act"`
	Digest string        `path:"digest" minLength:"64" maxLength:"64"`
}

func (s *Server) getStanding(_ context.Context, _ *call, in *standingPath) (standing, error) {
	return s.standing(in.Act, in.Digest)
}

func (s *Server) standing(id proctor.ActID, digest string) (out standing, err error) {
	err = s.cfg.Engine.ViewAct(id, func(_ *proctor.State, a *proctor.Act) {
		if a.Document.Digest != digest {
			return
		}
		out = standing{true, a.Number, a.Kind(), a.State, len(a.Signatures), a.InForce}
	})
	return out, err
}

// checksAtOnce bounds how many files are held in memory to be checked.
const checksAtOnce = 4

// postVerify checks a file. It keeps nothing of it.
func (s *Server) postVerify(w http.ResponseWriter, r *http.Request) {
	select {
	case s.checking <- struct{}{}:
		defer func() { <-s.checking }()
	default:
		s.refuse(w, r, proctor.Errorf(kindTooMany, "too_many"))
		return
	}
	pdf, err := io.ReadAll(http.MaxBytesReader(w, r.Body, verifyBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			err = proctor.Errorf(kindTooLarge, "too_large")
		} else {
			err = proctor.Errorf(proctor.Invalid, "body")
		}
		s.refuse(w, r, err)
		return
	}
	checked, err := s.cfg.Checker.Check(r.Context(), pdf)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	out := checkedView{Checked: checked}
	if checked.Whole { // the register knows its digest, or it is no act of ours
		if st, err := s.standing(checked.Act, checked.Digest); err == nil {
			out.Standing = &st
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(out) // a reader that has left needs no answer
}
