package proctor

import (
	"fmt"
	"slices"
	"time"
)

// This file holds what the systems of record are owed: each decision that they
// must carry out is a Delivery until they, or a person who did it by hand,
// have acknowledged it. What is owed follows from the facts alone, so no crash
// can lose it and no repetition can double it.

// Effect is what a delivery asks a system of record to do.
type Effect string

// The effects.
const (
	EffectAnnul   Effect = "annul"   // annul the exam component of the score (clause 5.3.14)
	EffectRestore Effect = "restore" // undo that
	EffectTimes   Effect = "times"   // when and how often she may sit the exam
)

// ByHand names no system: a person carries the delivery out and acknowledges it.
const ByHand = "hand"

// DeliveryKey names a delivery, the same over every repetition and restart:
// the act or seat it is of, and the number of the event that it comes from.
type DeliveryKey string

// Delivery is one decision on its way to the systems of record.
type Delivery struct {
	Key    DeliveryKey `json:"key"`
	Effect Effect      `json:"effect"`
	Exam   ExamID      `json:"exam"`
	Seat   SeatID      `json:"seat"`
	// Act and its Number; "" for an individual window.
	Act    ActID     `json:"act,omitempty"`
	Number string    `json:"number,omitempty"`
	At     time.Time `json:"at"`
	// Score is what EffectAnnul records, Times what EffectTimes does.
	Score *AnnulledScore `json:"score,omitempty"`
	Times *Times         `json:"times,omitempty"`
	// Base is, of a score, the delivery that first annulled it: what a system
	// held before that one is what EffectRestore puts back, however many acts
	// followed each other.
	Base DeliveryKey `json:"base,omitempty"`
	// Progress is how far it is, by system.
	Progress map[string]Progress `json:"progress"`
	// Done is when the last system had it, zero while any has not.
	Done time.Time `json:"done,omitzero"`
}

// Times are all that a seat has been given beside the exam's own settings. They
// are totals, so that carrying them out twice is the same as once.
type Times struct {
	// From and To are her own hours, zero while they are the exam's.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// Minutes are extra time, Attempts further attempts.
	Minutes  int `json:"minutes,omitempty"`
	Attempts int `json:"attempts,omitempty"`
	// Resume: with this act, an attempt that was cut off goes on.
	Resume bool `json:"resume,omitempty"`
}

// Progress is how far a delivery is with one system.
type Progress struct {
	// Sent is when it was first tried; Found is what the system held before,
	// in its own words.
	Sent  time.Time `json:"sent,omitzero"`
	Found string    `json:"found,omitempty"`
	// Failure is why it is not there yet, nil if nothing is known to be wrong.
	Failure *DeliveryFailure `json:"failure,omitempty"`
	// Acknowledged is when the system said that it has it, Reference its word;
	// By is who did it by hand, and Text what she says of it.
	Acknowledged time.Time `json:"acknowledged,omitzero"`
	Reference    string    `json:"reference,omitempty"`
	By           Actor     `json:"by,omitempty"`
	Text         string    `json:"text,omitempty"`
}

// FailureReason says in a word why a system has not taken a delivery.
type FailureReason string

// The reasons of a DeliveryFailure.
const (
	FailUnreachable  FailureReason = "unreachable"  // no connection, or no answer in time
	FailUnavailable  FailureReason = "unavailable"  // it answers that it cannot now
	FailUnauthorized FailureReason = "unauthorized" // it does not accept our credentials
	FailStale        FailureReason = "stale"        // it holds something newer
	FailRefused      FailureReason = "refused"      // it says that this can never be done
	FailUnlinked     FailureReason = "unlinked"     // the exam's or the examinee's name there is missing
	FailUnknown      FailureReason = "unknown"      // no such system is configured
)

// Urgent reports whether a person should know at once: waiting mends it not.
func (r FailureReason) Urgent() bool {
	return r != FailUnreachable && r != FailUnavailable
}

// final reports whether it is not tried again before a person asks for it.
func (r FailureReason) final() bool { return r == FailRefused || r == FailUnlinked }

// DeliveryFailure is why a delivery is not there yet.
type DeliveryFailure struct {
	At     time.Time     `json:"at"`
	Reason FailureReason `json:"reason"`
	Detail string        `json:"detail,omitempty"` // the system's words
	// Refused: it is not tried again before a person asks for it.
	Refused bool `json:"refused,omitempty"`
}

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states of a Delivery.
const (
	DeliveryPending      DeliveryState = "pending"
	DeliverySent         DeliveryState = "sent" // tried, and not acknowledged yet
	DeliveryRefused      DeliveryState = "refused"
	DeliveryAcknowledged DeliveryState = "acknowledged"
)

// State is where one system stands with it.
func (p Progress) State() DeliveryState {
	switch {
	case !p.Acknowledged.IsZero():
		return DeliveryAcknowledged
	case p.Failure != nil && p.Failure.Refused:
		return DeliveryRefused
	case !p.Sent.IsZero():
		return DeliverySent
	}
	return DeliveryPending
}

// Systems are those that a delivery is for, in order.
func (s *State) Systems(d *Delivery) []string {
	if !d.Done.IsZero() { // whoever has it has it, whatever the exam says by now
		out := make([]string, 0, len(d.Progress))
		for name := range d.Progress {
			out = append(out, name)
		}
		slices.Sort(out)
		return out
	}
	return s.Record.systems(d.Effect)
}

// StateOf is where a delivery stands with all its systems: the least of them.
func (s *State) StateOf(d *Delivery) DeliveryState {
	if !d.Done.IsZero() {
		return DeliveryAcknowledged
	}
	out := DeliveryPending
	for _, name := range s.Systems(d) {
		switch d.Progress[name].State() {
		case DeliveryRefused:
			return DeliveryRefused
		case DeliverySent, DeliveryAcknowledged:
			out = DeliverySent
		case DeliveryPending:
		}
	}
	return out
}

// Due are the deliveries that a system may be given now: of each seat the
// oldest that it has not acknowledged, scores and times apart. A reversal waits
// for what it reverses, because that may have arrived although nobody heard.
func (s *State) Due(system string) (out []*Delivery) {
	type lane struct {
		seat  SeatID
		times bool
	}
	taken := map[lane]bool{}
	for _, d := range s.Deliveries {
		if !d.Done.IsZero() || !slices.Contains(s.Systems(d), system) || !d.Progress[system].Acknowledged.IsZero() {
			continue
		}
		l := lane{d.Seat, d.Effect == EffectTimes}
		if taken[l] {
			continue
		}
		taken[l] = true
		if f := d.Progress[system].Failure; f == nil || !f.Refused {
			out = append(out, d)
		}
	}
	return out
}

// DeliveryOf returns a delivery, or nil.
func (s *State) DeliveryOf(key DeliveryKey) *Delivery {
	for _, d := range s.Deliveries {
		if d.Key == key {
			return d
		}
	}
	return nil
}

// Before is what a system held of a seat's times before anything of ours, or
// of its score before it was annulled; false if nobody looked.
func (s *State) Before(d *Delivery, system string) (found string, looked bool) {
	for _, o := range s.Deliveries {
		same := o.Seat == d.Seat && o.Effect == EffectTimes && d.Effect == EffectTimes || d.Base != "" && o.Key == d.Base
		if p := o.Progress[system]; same && !p.Sent.IsZero() {
			return p.Found, true
		}
	}
	return "", false
}

// owe puts a delivery into the book; only apply calls it.
func (s *State) owe(e Event, x Effect, seat SeatID, act ActID) {
	t := s.Seats[seat]
	if t == nil {
		return
	}
	of := string(act)
	if act == "" {
		of = string(seat)
	}
	d := &Delivery{
		Key: DeliveryKey(fmt.Sprintf("%s-%d", of, e.Seq)), Effect: x, Exam: s.Exam.ID, Seat: seat, Act: act, At: e.At,
		Progress: map[string]Progress{},
	}
	if a := s.Acts[act]; a != nil {
		d.Number = a.Number
	}
	switch x {
	case EffectAnnul:
		d.Score, d.Base = s.Record.annulled(), s.base(d)
	case EffectRestore:
		d.Base = s.base(d)
	case EffectTimes:
		d.Times = t.times(act)
	}
	s.Deliveries = append(s.Deliveries, d)
}

// base finds the annulment that first took the score which d is about. Another
// act that annuls it too, or takes over in the moment in which one ends, goes
// on from there.
func (s *State) base(d *Delivery) DeliveryKey {
	for i := len(s.Deliveries) - 1; i >= 0; i-- {
		o := s.Deliveries[i]
		if o.Seat != d.Seat || o.Effect == EffectTimes {
			continue
		}
		if o.Effect == EffectAnnul || o.At.Equal(d.At) {
			return o.Base
		}
		break
	}
	return d.Key
}

// times are what the facts up to now give a seat, and that act does.
func (t *Seat) times(act ActID) *Times {
	out := &Times{}
	for _, m := range t.Moves {
		out.From, out.To = m.From, m.To
	}
	for _, r := range t.Remedies {
		switch r.Code {
		case ExtraTime:
			out.Minutes += r.Minutes
		case NewAttempt:
			out.Attempts++
		case ResumeAttempt:
			out.Resume = out.Resume || r.Act == act
		default:
		}
	}
	return out
}

// settle marks a delivery done once each of its systems has it.
func (s *State) settleDelivery(d *Delivery, at time.Time) {
	if !d.Done.IsZero() {
		return
	}
	for _, name := range s.Record.systems(d.Effect) {
		if d.Progress[name].Acknowledged.IsZero() {
			return
		}
	}
	d.Done = at
}
