package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"sync"
	"time"

	"qyragy/proctor"
)

// Suggest implements Inspector.
func (p *parts) Suggest(c proctor.Cluster, _ []proctor.Incident) (purpose, result string) {
	return fmt.Sprint(len(c.Seats)), "?"
}

// parts stands in for the cameras, the store and the office.
type parts struct {
	engine *proctor.Engine

	mu     sync.Mutex
	thumbs map[proctor.SeatID]shot
	listed ArchiveList // last
}

type shot struct {
	jpeg []byte
	at   time.Time
}

func (p *parts) show(seat proctor.SeatID, jpeg []byte, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.thumbs[seat] = shot{jpeg, at}
}

func (p *parts) Latest(seat proctor.SeatID) ([]byte, time.Time, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.thumbs[seat]
	return s.jpeg, s.at, ok
}

func (p *parts) Identify(ctx context.Context, seat proctor.SeatID) error {
	return p.engine.Compare(ctx, seat, proctor.Comparison{Distance: 0.3, Verdict: "same", At: time.Now().UTC()})
}

func (p *parts) Still(context.Context, proctor.IncidentID) ([]byte, error) {
	return picture(64, 48), nil
}

func (p *parts) Portrait(_ context.Context, _ proctor.SeatID, which string) ([]byte, error) {
	if which == "enrolled" {
		return nil, proctor.Errorf(proctor.NotFound, "picture")
	}
	return picture(64, 48), nil
}

func (p *parts) Enrol(ctx context.Context, by proctor.Actor, seat proctor.SeatID, jpeg []byte) error {
	return p.engine.Enrol(ctx, by, seat, proctor.Receipt{Key: "photo", Size: int64(len(jpeg))})
}

type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

const recorded = "0123456789 this is a WebM file"

func (p *parts) Segment(_ context.Context, _ proctor.SeatID, number int) (io.ReadSeekCloser, time.Time, error) {
	if number != 0 {
		return nil, time.Time{}, proctor.Errorf(proctor.NotFound, "segment")
	}
	return memory{bytes.NewReader([]byte(recorded))}, time.Now().Add(-time.Minute), nil
}

func (p *parts) Backfill(ctx context.Context, seat proctor.SeatID, number int) (io.ReadSeekCloser, time.Time, error) {
	return p.Segment(ctx, seat, number)
}

func (p *parts) Live(context.Context, proctor.SeatID) (io.ReadSeekCloser, error) {
	return memory{bytes.NewReader([]byte(recorded))}, nil
}

func (p *parts) LiveInfo(proctor.SeatID) (LiveInfo, bool) {
	return LiveInfo{Start: time.Unix(1e9, 0).UTC(), Codecs: "vp8,opus", Width: 640, Height: 480}, true
}

func pdfOf(id proctor.ActID) []byte { return []byte("%PDF-1.4 " + id) }

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (p *parts) render(ctx context.Context, id proctor.ActID) error {
	return p.engine.RenderedAct(ctx, id, 1, proctor.Document{
		Receipt: proctor.Receipt{Key: string(id), SHA256: digest(pdfOf(id))}, Digest: digest([]byte(id)),
	}, nil)
}

// Check knows the documents that render made.
func (p *parts) Check(_ context.Context, pdf []byte) (Checked, error) {
	for _, exam := range p.engine.Exams() {
		var found proctor.ActID
		err := p.engine.View(exam, func(s *proctor.State) {
			for id := range s.Acts {
				if bytes.Equal(pdf, pdfOf(id)) {
					found = id
				}
			}
		})
		if err != nil {
			return Checked{}, err
		}
		if found != "" {
			return Checked{Act: found, Digest: digest([]byte(found)), Whole: true}, nil
		}
	}
	return Checked{Problems: []string{"byte 0: no act"}}, nil
}

func (p *parts) PDF(_ context.Context, id proctor.ActID) ([]byte, error) { return pdfOf(id), nil }

// Sign signs without cryptography; every rule of order is the engine's own.
func (p *parts) Sign(ctx context.Context, who proctor.Person, role proctor.Role, step proctor.StepUp, id proctor.ActID, document string) (proctor.Act, error) {
	var prev proctor.Document
	err := p.engine.ViewAct(id, func(_ *proctor.State, a *proctor.Act) { prev = a.Document })
	switch {
	case err != nil:
		return proctor.Act{}, err
	case step.Password != testPassword && (step.Passkey == nil || string(step.Passkey.Signature) != "by passkey"):
		return proctor.Act{}, proctor.Errorf(proctor.Forbidden, "password")
	case prev.Receipt.SHA256 != document:
		return proctor.Act{}, proctor.Errorf(proctor.Conflict, "act_changed")
	}
	return p.engine.SignAct(ctx, id, prev, who, proctor.Signature{
		Login: who.Login, Name: who.Name, Role: role, At: time.Now().UTC(), Certificate: digest([]byte(who.Login)),
	}, prev)
}

// Scan keeps nothing: whose scan it is and may be is the engine's own.
func (p *parts) Scan(ctx context.Context, who proctor.Person, id proctor.ActID, version int, data []byte) (proctor.Act, error) {
	return p.engine.ScanAct(ctx, who, id, proctor.Scan{
		Version: version, Kind: "image/jpeg", Pages: 1, Code: proctor.CodeMatches, Receipt: proctor.Receipt{Key: "scan", SHA256: digest(data)},
	})
}

func (p *parts) ScanFile(context.Context, proctor.ActID, proctor.ScanID) ([]byte, string, error) {
	return picture(64, 48), "image/jpeg", nil
}

// Attest attests without cryptography, for an official whose login is her role.
func (p *parts) Attest(ctx context.Context, who proctor.Person, id proctor.ActID, word Attestation) (a proctor.Act, err error) {
	if word.Step.Password != testPassword {
		return a, proctor.Errorf(proctor.Forbidden, "password")
	}
	for _, role := range word.Roles {
		var prev proctor.Document
		if err := p.engine.ViewAct(id, func(_ *proctor.State, a *proctor.Act) { prev = a.Document }); err != nil {
			return a, err
		}
		official := proctor.Person{Login: proctor.Login(role), Roles: []proctor.Role{role}}
		if a, err = p.engine.AttestAct(ctx, id, prev, who, official, word.Scan, word.Number, proctor.Signature{
			Login: official.Login, Role: role, At: time.Now().UTC(), Method: proctor.MethodPaper, Attested: who.Login,
		}, prev); err != nil {
			return a, err
		}
	}
	return a, nil
}

// List implements Archive.
func (p *parts) List(_ context.Context, l ArchiveList) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listed = l
	return []byte("%PDF-1.4 list"), nil
}

// Package implements Archive.
func (p *parts) Package(ctx context.Context, by proctor.Person, id proctor.ActID) ([]byte, error) {
	return []byte("PK"), p.engine.ExportedAct(ctx, proctor.PersonActor(by.Login), id, digest(pdfOf(id)), "")
}

func picture(w, h int) []byte {
	var b bytes.Buffer
	_ = jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)), nil) // a Buffer does not fail
	return b.Bytes()
}

// Challenge implements Office.
func (p *parts) Challenge(_ context.Context, who proctor.Person, role proctor.Role, _ proctor.ScanID, id proctor.ActID, document string) (json.RawMessage, error) {
	return json.RawMessage(fmt.Sprintf(`{"challenge":"%s %s %s %s"}`, who.Login, role, id, document)), nil
}

// Standing implements Self.
func (p *parts) Standing(context.Context, proctor.Login) (OwnAccount, error) {
	return OwnAccount{Key: GoodKey, Rule: "own", Passkeys: []Passkey{}}, nil
}

// ChangePassword implements Self.
func (p *parts) ChangePassword(_ context.Context, _ proctor.Login, old, _ string) error {
	return given(old)
}

// RenewKey implements Self.
func (p *parts) RenewKey(_ context.Context, _ proctor.Login, password string) error {
	return given(password)
}

// Register implements Passkeys.
func (p *parts) Register(_ context.Context, who proctor.Person, step proctor.StepUp) (json.RawMessage, error) {
	return json.RawMessage(`{"user":"` + who.Login + `"}`), given(step.Password)
}

// Add implements Passkeys.
func (p *parts) Add(_ context.Context, _ proctor.Login, password string, _ NewPasskey) error {
	return given(password)
}

// Remove implements Passkeys.
func (p *parts) Remove(_ context.Context, _ proctor.Login, step proctor.StepUp, _ []byte) error {
	return given(step.Password)
}

// Ask implements Passkeys.
func (p *parts) Ask(_ context.Context, login proctor.Login) (json.RawMessage, error) {
	return json.RawMessage(`{"user":"` + login + `"}`), nil
}

func given(password string) error {
	if password != testPassword {
		return proctor.Errorf(proctor.Forbidden, "password")
	}
	return nil
}
