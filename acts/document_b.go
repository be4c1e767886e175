package acts

import (
	"cmp"
	"slices"
	"time"

	"qyragy/proctor"
)

// DocumentB is everything that an Appendix B act says: the form's blanks and
// the annex. It is plain data; the same DocumentB always gives the same bytes.
type DocumentB struct {
	Template string        `json:"template"` // "" means TemplateVersionB
	Act      proctor.ActID `json:"act"`
	Number   string        `json:"number"`  // in the register, see Template.Number
	Version  int           `json:"version"` // 1, 2 … : one more for every edit

	Exam       proctor.ExamID `json:"exam"`
	ExamTitle  string         `json:"exam_title,omitempty"`
	Discipline string         `json:"discipline"`

	// Purpose, Result and Decision are the form's free texts. The form has 3, 3
	// and 2 lines for them; what is longer goes on in the annex.
	Purpose  string `json:"purpose"`
	Result   string `json:"result"`
	Decision string `json:"decision"`
	// Code classes Decision for the register; "" while there is none.
	Code proctor.Decision `json:"decision_code,omitempty"`
	// Minutes are what ExtraTime gives; From and To are Reschedule's window.
	Minutes int       `json:"decision_minutes,omitempty"`
	From    time.Time `json:"decision_from,omitzero"`
	To      time.Time `json:"decision_to,omitzero"`

	Head       Official  `json:"head"`
	Registrar  Official  `json:"registrar"`
	Specialist Official  `json:"specialist"`
	DrawnUp    time.Time `json:"drawn_up"` // zero prints the date's empty blanks

	// Seats are those whom the fault concerns; ExamSeats, how many were sitting
	// the exam, 0 when not known.
	Seats     []AffectedSeat `json:"seats,omitempty"`
	ExamSeats int            `json:"exam_seats,omitempty"`
	// Health is the state of our own servers at that time, in words.
	Health string `json:"health,omitempty"`
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

// AffectedSeat is one examinee whom the inspected fault concerns.
type AffectedSeat struct {
	Seat       proctor.SeatID   `json:"seat"`
	Examinee   proctor.Examinee `json:"examinee"`
	Gaps       []Gap            `json:"gaps,omitempty"`
	Connection Connection       `json:"connection"`
	Devices    []DeviceError    `json:"devices,omitempty"`
}

// Gap is a stretch of a seat's time that was not recorded.
type Gap struct {
	From  time.Time        `json:"from"`
	To    time.Time        `json:"to"` // zero: it was going on when the act was drawn up
	Cause proctor.GapCause `json:"cause"`
}

// Connection sums up a seat's connection over the exam.
type Connection struct {
	Bits       int     `json:"bits"`            // received, mean per second
	Loss       float64 `json:"loss"`            // share of video packets lost for good, 0..1
	Reconnects int     `json:"reconnects"`      // times that the transport was lost and came back
	Route      string  `json:"route,omitempty"` // e.g. "UDP", "TURN/TLS 443"
}

// DeviceError is what the examinee's page said of its own devices.
type DeviceError struct {
	At     time.Time          `json:"at"`
	Kind   proctor.ReportKind `json:"kind"`
	Detail string             `json:"detail,omitempty"` // the browser's error name
}

// JSON is the act's canonical form, as Document's is.
func (d DocumentB) JSON() ([]byte, error) { return canonical(d.normal()) }

// Digest is the SHA-256 of the canonical JSON, as Document's is.
func (d DocumentB) Digest() [32]byte { return digest(d) }

// normal gives every equal DocumentB one spelling.
func (d DocumentB) normal() DocumentB {
	d.Template = cmp.Or(d.Template, TemplateVersionB)
	d.DrawnUp = utc(d.DrawnUp)
	d.Seats = slices.Clone(d.Seats)
	for i, s := range d.Seats {
		s.Gaps = slices.Clone(s.Gaps)
		for j, g := range s.Gaps {
			s.Gaps[j].From, s.Gaps[j].To = utc(g.From), utc(g.To)
		}
		s.Devices = slices.Clone(s.Devices)
		for j, e := range s.Devices {
			s.Devices[j].At = utc(e.At)
		}
		d.Seats[i] = s
	}
	return d
}

// Limits of an Appendix B act, beside those that it shares with A.
const (
	maxPassage = 4000 // runes of one of the form's texts
	maxEvents  = 5000 // gaps and device errors of all seats
)

// Validate refuses what no act may hold. An empty form is valid: it is printed
// and filled by hand.
func (d DocumentB) Validate() error { return d.validate(templates()) }

func (d DocumentB) validate(g registry) error {
	if _, err := g.find("B", d.Template); err != nil {
		return err
	}
	if d.Code != "" && !slices.Contains(proctor.Decisions(), d.Code) {
		return proctor.Errorf(proctor.Invalid, "act_decision", "decision", string(d.Code))
	}
	events, ok := 0, len(d.Seats) <= maxItems &&
		allFit(maxID, d.Number, string(d.Act), string(d.Exam)) &&
		allFit(maxField, d.ExamTitle, d.Discipline, d.Head.Name, d.Registrar.Name, d.Specialist.Name,
			d.Health, d.JournalHead, d.JournalTree, d.VerifyAddress) &&
		allFit(maxPassage, d.Purpose, d.Result, d.Decision)
	for _, s := range d.Seats {
		events += len(s.Gaps) + len(s.Devices)
		ok = ok && events <= maxEvents && s.fits()
	}
	if !ok {
		return proctor.Errorf(proctor.Invalid, "act_too_long")
	}
	return nil
}

// fits reports whether a seat's texts and numbers are within bounds.
func (s AffectedSeat) fits() bool {
	ok := s.Connection.Loss >= 0 && s.Connection.Loss <= 1 &&
		allFit(maxID, string(s.Seat), s.Examinee.StudentID) &&
		allFit(maxField, s.Examinee.Name, s.Examinee.Specialty, s.Examinee.Group, s.Connection.Route)
	for _, g := range s.Gaps {
		ok = ok && fits(string(g.Cause), maxID)
	}
	for _, e := range s.Devices {
		ok = ok && fits(string(e.Kind), maxID) && fits(e.Detail, maxField)
	}
	return ok
}

func allFit(limit int, texts ...string) bool {
	return !slices.ContainsFunc(texts, func(s string) bool { return !fits(s, limit) })
}

// AtOnce is the most examinees whose trouble began within one and the same
// second, and when that second began: many at once point to a fault of ours,
// one by one to faults of theirs.
func (d DocumentB) AtOnce() (n int, at time.Time) {
	type event struct {
		at   time.Time
		seat int
	}
	var events []event
	for i, s := range d.Seats {
		for _, g := range s.Gaps {
			events = append(events, event{g.From, i})
		}
		for _, e := range s.Devices {
			events = append(events, event{e.At, i})
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	within, first := map[int]int{}, 0 // events of each seat from first on
	for _, e := range events {
		within[e.seat]++
		for e.at.Sub(events[first].at) >= time.Second {
			if seat := events[first].seat; within[seat] == 1 {
				delete(within, seat)
			} else {
				within[seat]--
			}
			first++
		}
		if len(within) > n {
			n, at = len(within), events[first].at
		}
	}
	return n, at
}

func (d DocumentB) under(g registry) (Content, error) {
	t, err := g.find("B", d.Template)
	d.Template = t.Version
	return d, err
}

func (d DocumentB) paper(t Template) paper {
	d = d.normal()
	p := paper{
		template: t, act: d.Act, number: d.Number, version: d.Version, drawnUp: d.DrawnUp,
		exam: d.Exam, examTitle: d.ExamTitle, subject: d.Discipline, address: d.VerifyAddress,
		officials: []Official{d.Head, d.Registrar, d.Specialist},
		annex:     func(a *annex) error { return a.inspection(d) },
		lines:     func(say func(...string)) { d.lines(t.words, say) },
	}
	p.form = func(s *sheet) []rect { return s.inspection(d, p) }
	return p
}

// inspection is Appendix B's form.
func (s *sheet) inspection(d DocumentB, p paper) []rect {
	s.title(p.template)
	s.passage(p.template.words.purpose, d.Purpose, linesPurpose)
	s.passage(p.template.words.result, d.Result, linesResult)
	s.passage(p.template.words.decision, d.Decision, linesDecision)
	s.newline()
	s.newline()
	s.put(leftEdge, s.y, regular, s.size, p.template.words.executors)
	rects := s.signatures(p)
	s.y += s.lead * 1.6
	s.date(p)
	return rects
}
