package proctor

import (
	"fmt"
	"slices"
)

// The facts of delivery.
type (
	// DeliveryBegan: a delivery is about to be tried for the first time. Found
	// is what the system held before, so that it can be put back, and added to
	// once only.
	DeliveryBegan struct {
		Key    DeliveryKey `json:"key"`
		System string      `json:"system"`
		Found  string      `json:"found,omitempty"`
	}
	// DeliveryAcked: the system has it; Reference is its word. With
	// Text, a person did it by hand and says so.
	DeliveryAcked struct {
		Key       DeliveryKey `json:"key"`
		System    string      `json:"system"`
		Reference string      `json:"reference,omitempty"`
		Text      string      `json:"text,omitempty"`
	}
	// DeliveryFailed: the system has not taken it, for another reason than
	// before.
	DeliveryFailed struct {
		Key     DeliveryKey   `json:"key"`
		System  string        `json:"system"`
		Reason  FailureReason `json:"reason"`
		Detail  string        `json:"detail,omitempty"`
		Refused bool          `json:"refused,omitempty"`
	}
	// DeliveryRetried: a person asked to try again at once.
	DeliveryRetried struct {
		Key    DeliveryKey `json:"key"`
		System string      `json:"system"`
	}
	// ExamLinked says where an exam is in the systems of record.
	ExamLinked struct {
		Record ExamRecord `json:"record"`
	}
	// SeatLinked says who a seat's examinee is there.
	SeatLinked struct {
		Seat   SeatID     `json:"seat"`
		Record SeatRecord `json:"record"`
	}
)

// Type implements Fact.
func (*DeliveryBegan) Type() string { return "delivery.began" }

// Type implements Fact.
func (*DeliveryAcked) Type() string { return "delivery.acknowledged" }

// Type implements Fact.
func (*DeliveryFailed) Type() string { return "delivery.failed" }

// Type implements Fact.
func (*DeliveryRetried) Type() string { return "delivery.retried" }

// Type implements Fact.
func (*ExamLinked) Type() string { return "exam.linked" }

// Type implements Fact.
func (*SeatLinked) Type() string { return "seat.linked" }

// progress changes how far a delivery is with a system that has not got it.
func (s *State) progress(key DeliveryKey, system string, f func(*Progress)) error {
	d := s.DeliveryOf(key)
	if d == nil {
		return missing("delivery", key)
	}
	p := d.Progress[system]
	if !p.Acknowledged.IsZero() || !slices.Contains(s.Systems(d), system) {
		return fmt.Errorf("delivery %s is not owed to %s", key, system)
	}
	f(&p)
	d.Progress[system] = p
	return nil
}

func (f *DeliveryBegan) apply(s *State, e Event) error {
	return s.progress(f.Key, f.System, func(p *Progress) {
		if p.Sent.IsZero() {
			p.Sent, p.Found = e.At, f.Found
		}
	})
}

func (f *DeliveryAcked) apply(s *State, e Event) error {
	err := s.progress(f.Key, f.System, func(p *Progress) {
		p.Acknowledged, p.Reference, p.Text, p.Failure = e.At, f.Reference, f.Text, nil
		if f.Text != "" {
			p.By = e.Actor
		}
	})
	if err == nil {
		s.settleDelivery(s.DeliveryOf(f.Key), e.At)
	}
	return err
}

func (f *DeliveryFailed) apply(s *State, e Event) error {
	return s.progress(f.Key, f.System, func(p *Progress) {
		p.Failure = &DeliveryFailure{e.At, f.Reason, f.Detail, f.Refused}
	})
}

func (f *DeliveryRetried) apply(s *State, e Event) error {
	return s.progress(f.Key, f.System, func(p *Progress) { p.Failure = nil })
}

func (f *ExamLinked) apply(s *State, e Event) error {
	s.Record = f.Record
	s.relinked("")
	for _, d := range s.Deliveries {
		s.settleDelivery(d, e.At) // a system that is no longer asked holds nothing up
	}
	return nil
}

func (f *SeatLinked) apply(s *State, e Event) error {
	return s.seat(f.Seat, func(t *Seat) { t.Record = f.Record; s.relinked(f.Seat) })
}

// relinked has tried again what failed for want of the names of an exam or of
// a seat, "" for all.
func (s *State) relinked(seat SeatID) {
	for _, d := range s.Deliveries {
		if seat != "" && d.Seat != seat {
			continue
		}
		for name, p := range d.Progress {
			if p.Failure != nil && (p.Failure.Reason == FailUnlinked || p.Failure.Reason == FailUnknown) {
				p.Failure = nil
				d.Progress[name] = p
			}
		}
	}
}
