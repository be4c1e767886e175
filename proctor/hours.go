package proctor

import (
	"slices"
	"time"
)

// This file says when a seat's own exam is: the exam's hours, an individual
// window (clause 5.3.10) or what an Appendix B act gave.

// WindowReason is why an examinee sits an exam in her own time; the regulation
// has these three (clause 5.3.10).
type WindowReason string

// The reasons of a Window.
const (
	Illness  WindowReason = "illness"  // a certificate or an extract
	Official WindowReason = "official" // a business or study trip, no internet, a camp, a competition
	Family   WindowReason = "family"   // the death of a close relative
)

// Window is a seat's own hours instead of the exam's.
type Window struct {
	From   time.Time    `json:"from"`
	To     time.Time    `json:"to"`
	Reason WindowReason `json:"reason"`
	// Document is the SHA-256, hex, of the stored document that proves Reason.
	Document string `json:"document"`
	Note     string `json:"note,omitempty"`
}

// Excuse is a stored document that gives the reason for an individual window.
type Excuse struct {
	Receipt Receipt   `json:"receipt"`
	Kind    string    `json:"kind"` // media type: "application/pdf" or "image/jpeg"
	At      time.Time `json:"at"`
	By      Actor     `json:"by"`
}

// excusesKept bounds the documents of one seat.
const excusesKept = 20

// Move is a seat's own hours, by a window or an act.
type Move struct {
	Span
	Act ActID // "" for a window
	// Held: given before she was let in, so that her seat here follows it. One
	// that has already sat needs another seat.
	Held bool
}

// Extension is extra time that was given while the seat's exam still ran.
type Extension struct {
	Act     ActID
	Minutes int
}

// Hours are when a seat's exam opens and closes.
func (s *State) Hours(t *Seat) Span {
	h := Span{s.Exam.Opens, s.Exam.Closes}
	for _, m := range t.Moves {
		if m.Held {
			h = m.Span
		}
	}
	for _, x := range t.Extended {
		h.To = h.To.Add(time.Duration(x.Minutes) * time.Minute)
	}
	return h
}

// Entry is from when on a seat's examinee may come in.
func (s *State) Entry(t *Seat) time.Time { return s.Hours(t).From.Add(-Preparation) }

// Over reports whether a seat's own exam has ended at now.
func (s *State) Over(t *Seat, now time.Time) bool { return now.After(s.Hours(t).To) }

// Running returns nil if at now a seat's examinee may be checked, identified,
// admitted and recorded, and otherwise an Error that says why not.
func (s *State) Running(t *Seat, now time.Time) error {
	x := s.Exam
	h := s.Hours(t)
	x.Opens, x.Closes = h.From, h.To
	return x.Running(now)
}

// open reports whether the exam or any seat's own hours are under way.
func (s *State) open(now time.Time) bool {
	if !now.Before(s.Exam.Opens) && !now.After(s.Exam.Closes) {
		return true
	}
	for _, t := range s.Seats {
		if h := s.Hours(t); t.Stage != Finished && !now.Before(h.From) && !now.After(h.To) {
			return true
		}
	}
	return false
}

// over reports whether the exam and every seat's own hours have ended.
func (s *State) over(now time.Time) bool {
	if !s.Exam.Over(now) {
		return false
	}
	for _, t := range s.Seats {
		if t.Stage != Finished && !s.Over(t, now) {
			return false
		}
	}
	return true
}

// moved gives a seat other hours. Who was never let in may come again, even
// though the exam has ended without her.
func (s *State) moved(t *Seat, m Move, at time.Time) {
	m.Held = t.Admitted.IsZero()
	t.Moves = append(t.Moves, m)
	if m.Held {
		s.reopen(t, at)
	}
}

// unmoved takes a window or an act's hours back, unless she has sat in them.
func (s *State) unmoved(t *Seat, act ActID, at time.Time) {
	t.Moves = slices.DeleteFunc(slices.Clone(t.Moves), func(m Move) bool {
		return m.Act == act && (t.Admitted.IsZero() || !m.Held)
	})
	if t.Admitted.IsZero() {
		s.reopen(t, at)
	}
}

// reopen lets in whom the end of the exam kept out.
func (s *State) reopen(t *Seat, at time.Time) {
	if t.Stage != Finished || !t.Admitted.IsZero() || s.Over(t, at) {
		return
	}
	t.Stage, t.Finished, t.Accounted = Invited, time.Time{}, nil
	if t.Consent != nil {
		t.Stage = Consented
	}
}

// The facts of a seat's own hours.
type (
	// SeatExcused: a document with the reason for an individual window is stored.
	SeatExcused struct {
		Seat    SeatID  `json:"seat"`
		Receipt Receipt `json:"receipt"`
		Kind    string  `json:"kind"` // its media type
	}
	// SeatWindowed gives a seat an individual window; null takes it back.
	SeatWindowed struct {
		Seat   SeatID  `json:"seat"`
		Window *Window `json:"window"`
	}
)

// Type implements Fact.
func (*SeatExcused) Type() string { return "seat.excused" }

// Type implements Fact.
func (*SeatWindowed) Type() string { return "seat.windowed" }

func (f *SeatExcused) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) {
		t.Excuses = append(t.Excuses, Excuse{f.Receipt, f.Kind, e.At, e.Actor})
	})
}

func (f *SeatWindowed) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) {
		t.Window = f.Window
		s.unmoved(t, "", e.At)
		if f.Window != nil {
			s.moved(t, Move{Span: Span{f.Window.From, f.Window.To}}, e.At)
		}
		s.owe(e, EffectTimes, f.Seat, "")
	})
}

// excuse records a stored reason document, once.
func (s *State) excuse(id SeatID, r Receipt, kind string) ([]Fact, error) {
	t, err := s.SeatOf(id)
	switch {
	case err != nil:
		return nil, err
	case kind != "application/pdf" && kind != "image/jpeg":
		return nil, Errorf(Invalid, "excuse_type")
	case t.excused(r.SHA256):
		return nil, nil
	case len(t.Excuses) >= excusesKept:
		return nil, Errorf(Invalid, "excuse_many")
	}
	return []Fact{&SeatExcused{id, r, kind}}, nil
}

func (t *Seat) excused(sha string) bool {
	return slices.ContainsFunc(t.Excuses, func(x Excuse) bool { return x.Receipt.SHA256 == sha })
}

// window gives a seat its own hours, or takes them back: nobody who has been
// let in, and nobody without a document (clause 5.3.10).
func (s *State) window(id SeatID, w *Window, now time.Time) ([]Fact, error) {
	t, err := s.SeatOf(id)
	switch {
	case err != nil:
		return nil, err
	case !t.Admitted.IsZero():
		return nil, Errorf(Conflict, "window_admitted")
	case w == nil && t.Window == nil:
		return nil, nil
	case w == nil:
		return []Fact{&SeatWindowed{id, nil}}, nil
	case !w.To.After(w.From) || w.To.Sub(w.From) > 24*time.Hour || !w.To.After(now):
		return nil, Errorf(Invalid, "window_times")
	case !slices.Contains([]WindowReason{Illness, Official, Family}, w.Reason) || !optionalText(w.Note, 500):
		return nil, Errorf(Invalid, "window_reason")
	case !t.excused(w.Document):
		return nil, Errorf(Conflict, "window_document")
	case t.Window != nil && t.Window.same(*w):
		return nil, nil
	}
	return []Fact{&SeatWindowed{id, w}}, nil
}

func (w Window) same(o Window) bool {
	return w.From.Equal(o.From) && w.To.Equal(o.To) && w.Reason == o.Reason && w.Document == o.Document && w.Note == o.Note
}
