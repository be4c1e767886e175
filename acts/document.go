package acts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"qyragy/proctor"
)

// Official is one of the three who sign, as the act prints her. An empty Name
// leaves the form's own blank, for signing on paper.
type Official struct {
	Login proctor.Login `json:"login"`
	Name  string        `json:"name"`
}

// Warning is what the examinee was shown while it happened.
type Warning struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Incident is one confirmed incident as the annex states it.
type Incident struct {
	ID    proctor.IncidentID `json:"id"`
	Cause proctor.Cause      `json:"cause"`
	From  time.Time          `json:"from"`
	To    time.Time          `json:"to"`
	// Detector is name/version of the detector and its models; Score its
	// confidence, 0..1; Detail the measure and threshold behind it.
	Detector string  `json:"detector,omitempty"`
	Score    float64 `json:"score"`
	Detail   string  `json:"detail,omitempty"`
	// Network is the connection at that moment in words and numbers, e.g.
	// "412 kbit/s, 0.3 %".
	Network string `json:"network,omitempty"`
	// RaisedBy and Note are of an incident that a person raised by hand: who,
	// and what she saw. It has no detector, score or network then.
	RaisedBy string `json:"raised_by,omitempty"`
	Note     string `json:"note,omitempty"`
	// Words are those of who confirmed it: what she saw.
	Words       string    `json:"words,omitempty"`
	Warnings    []Warning `json:"warnings,omitempty"`
	ConfirmedBy string    `json:"confirmed_by"`
	ConfirmedAt time.Time `json:"confirmed_at"`
}

// Still is one picture from the recording. The canonical JSON holds its
// SHA-256, the PDF its bytes.
type Still struct {
	At      time.Time
	Caption string
	JPEG    []byte // baseline or progressive, grey or YCbCr, ≤ 4 MiB
	// SHA256 of JPEG, hex; it is worked out where JPEG is given.
	SHA256 string
}

// MarshalJSON replaces the picture by its hash.
func (s Still) MarshalJSON() ([]byte, error) {
	if s.JPEG != nil {
		sum := sha256.Sum256(s.JPEG)
		s.SHA256 = hex.EncodeToString(sum[:])
	}
	return json.Marshal(stillJSON{s.At, s.Caption, s.SHA256})
}

// UnmarshalJSON reads a still back without its picture.
func (s *Still) UnmarshalJSON(b []byte) error {
	var j stillJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return fmt.Errorf("decode still: %w", err)
	}
	*s = Still{At: j.At, Caption: j.Caption, SHA256: j.SHA256}
	return nil
}

type stillJSON struct {
	At      time.Time `json:"at"`
	Caption string    `json:"caption,omitempty"`
	SHA256  string    `json:"sha256"`
}

// Document is everything that an Appendix A act says: the form's blanks and
// the annex.
// It is plain data; the same Document always gives the same bytes.
type Document struct {
	Template string        `json:"template"` // "" means TemplateVersion
	Act      proctor.ActID `json:"act"`
	Number   string        `json:"number"`  // in the register, see Number
	Version  int           `json:"version"` // 1, 2 … : one more for every edit

	Exam       proctor.ExamID   `json:"exam"`
	ExamTitle  string           `json:"exam_title,omitempty"`
	Discipline string           `json:"discipline"`
	Seat       proctor.SeatID   `json:"seat"`
	Examinee   proctor.Examinee `json:"examinee"`

	Reasons []proctor.Reason `json:"reasons"`
	Other   string           `json:"other,omitempty"` // «Басқа жағдайлар»

	Specialist Official  `json:"specialist"`
	Engineer   Official  `json:"engineer"`
	Head       Official  `json:"head"`
	DrawnUp    time.Time `json:"drawn_up"` // zero prints the date's empty blanks

	Incidents     []Incident        `json:"incidents"`
	Stills        []Still           `json:"stills"`
	Segments      []proctor.Segment `json:"segments"`
	Backfills     []Backfill        `json:"backfills,omitempty"`
	Accommodation string            `json:"accommodation,omitempty"`
	// JournalHead is the journal's newest hash when the act was drawn up.
	JournalHead string `json:"journal_head,omitempty"`
	// JournalTree is the tree over the journal at that time, "size:root": what
	// a checkpoint, then or later, can be held to.
	JournalTree string `json:"journal_tree,omitempty"`
	// VerifyAddress is the page, as https://host/verify, that says whether an
	// act stands; the QR code leads there with the act's identifier and digest.
	// Without one the code says number and digest.
	VerifyAddress string `json:"verify_address,omitempty"`
}

// Official returns the official who signs in role.
func (d Document) Official(role proctor.Role) Official {
	switch role {
	case proctor.RoleSpecialist:
		return d.Specialist
	case proctor.RoleEngineer:
		return d.Engineer
	case proctor.RoleHead:
		return d.Head
	default:
		return Official{}
	}
}

// JSON is the act's canonical form: fixed field order, UTC, no insignificant
// space. The digest is taken over it.
func (d Document) JSON() ([]byte, error) { return canonical(d.normal()) }

// Digest is the SHA-256 of the canonical JSON. It names the act's content
// apart from its layout; a Document that cannot be encoded has the zero digest
// and is refused by Render.
func (d Document) Digest() [32]byte { return digest(d) }

// normal gives every equal Document one spelling: UTC without a monotonic
// clock, reasons once and in the form's order, the template named.
func (d Document) normal() Document {
	if d.Template == "" {
		d.Template = TemplateVersion
	}
	var ticked []proctor.Reason
	for _, r := range proctor.Reasons() {
		if slices.Contains(d.Reasons, r) {
			ticked = append(ticked, r)
		}
	}
	d.Reasons = ticked
	d.DrawnUp = utc(d.DrawnUp)
	d.Incidents = slices.Clone(d.Incidents)
	for i, x := range d.Incidents {
		x.From, x.To, x.ConfirmedAt = utc(x.From), utc(x.To), utc(x.ConfirmedAt)
		x.Warnings = slices.Clone(x.Warnings)
		for j, w := range x.Warnings {
			x.Warnings[j].At = utc(w.At)
		}
		d.Incidents[i] = x
	}
	d.Stills = slices.Clone(d.Stills)
	for i, s := range d.Stills {
		d.Stills[i].At = utc(s.At)
	}
	d.Backfills = normalBackfills(d.Backfills)
	d.Segments = slices.Clone(d.Segments)
	for i, s := range d.Segments {
		d.Segments[i].Start, d.Segments[i].End = utc(s.Start), utc(s.End)
	}
	return d
}

func (d Document) under(g registry) (Content, error) {
	t, err := g.find("A", d.Template)
	d.Template = t.Version
	return d, err
}

func (d Document) paper(t Template) paper {
	d = d.normal()
	p := paper{
		template: t, act: d.Act, number: d.Number, version: d.Version, drawnUp: d.DrawnUp,
		exam: d.Exam, examTitle: d.ExamTitle, subject: d.Discipline, address: d.VerifyAddress,
		annex: func(a *annex) error { return a.violation(d) },
		lines: func(say func(...string)) { d.lines(t.words, say) },
	}
	for _, r := range p.template.Roles {
		p.officials = append(p.officials, d.Official(r))
	}
	p.form = func(s *sheet) []rect { return s.violation(d, p) }
	return p
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Round(0)
}

// Limits of one act. They keep page 1 one page and the file small.
const (
	maxOther    = 1000     // runes
	maxID       = 64       // runes
	maxField    = 300      // runes
	maxItems    = 500      // incidents, segments; warnings of one incident
	maxStills   = 24       //
	maxJPEG     = 4 << 20  // bytes
	maxDocument = 64 << 20 // bytes of a signed PDF
)

// Validate refuses what no act may hold. An empty form (no examinee, no
// reasons) is valid: it is printed and filled by hand.
func (d Document) Validate() error { return d.validate(templates()) }

func (d Document) validate(g registry) error {
	if _, err := g.find("A", d.Template); err != nil {
		return err
	}
	for _, r := range d.Reasons {
		if !slices.Contains(proctor.Reasons(), r) {
			return proctor.Errorf(proctor.Invalid, "act_reason", "reason", string(r))
		}
	}
	if slices.Contains(d.Reasons, proctor.A6) && len(bytes.TrimSpace([]byte(d.Other))) == 0 {
		return proctor.Errorf(proctor.Invalid, "act_other_missing")
	}
	for _, id := range []string{d.Number, string(d.Act), string(d.Exam), string(d.Seat), d.Examinee.StudentID} {
		if !fits(id, maxID) {
			return proctor.Errorf(proctor.Invalid, "act_too_long")
		}
	}
	fields := []string{d.ExamTitle, d.Discipline, d.Examinee.Name, d.Examinee.Specialty,
		d.Examinee.Group, d.Specialist.Name, d.Engineer.Name, d.Head.Name}
	for _, s := range fields {
		if !fits(s, maxField) {
			return proctor.Errorf(proctor.Invalid, "act_too_long")
		}
	}
	if !fits(d.Other, maxOther) || !fits(d.Accommodation, maxOther) || !fits(d.VerifyAddress, maxField) ||
		!fits(d.JournalHead, maxField) || !fits(d.JournalTree, maxField) || len(d.Incidents) > maxItems || len(d.Segments) > maxItems || len(d.Stills) > maxStills {
		return proctor.Errorf(proctor.Invalid, "act_too_long")
	}
	return d.validateEvidence()
}

func (d Document) validateEvidence() error {
	for _, x := range d.Incidents {
		if len(x.Warnings) > maxItems || !fits(string(x.ID), maxID) || !fits(string(x.Cause), maxID) || !fits(x.Detector, maxField) || !fits(x.Detail, maxField) ||
			!fits(x.Network, maxField) || !fits(x.ConfirmedBy, maxField) || !fits(x.RaisedBy, maxField) || !fits(x.Note, maxOther) || !fits(x.Words, maxOther) || x.Score != x.Score {
			return proctor.Errorf(proctor.Invalid, "act_too_long")
		}
	}
	for _, s := range d.Segments {
		if !fits(s.SHA256, maxID) {
			return proctor.Errorf(proctor.Invalid, "act_too_long")
		}
	}
	if !validBackfills(d.Backfills) {
		return proctor.Errorf(proctor.Invalid, "act_too_long")
	}
	for _, s := range d.Stills {
		if len(s.JPEG) > maxJPEG || !fits(s.Caption, maxField) {
			return proctor.Errorf(proctor.Invalid, "act_still")
		}
	}
	return nil
}

func fits(s string, limit int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit
}
