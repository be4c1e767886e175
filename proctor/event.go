package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Event is one line of the journal: a Fact, when it became known, where, and
// by whom. Events of all exams share one sequence and one hash chain.
type Event struct {
	Seq   uint64    `json:"seq"` // set by the Journal, from 1
	At    time.Time `json:"at"`
	Exam  ExamID    `json:"exam"`
	Actor Actor     `json:"actor"`
	Fact  Fact      `json:"-"`
}

// Fact is what happened, in the past tense. Facts are immutable; a State is
// nothing but the fold of them.
type Fact interface {
	// Type is the fact's stable name in the journal, e.g. "act.signed".
	Type() string
	apply(s *State, e Event) error
}

// Journal is where facts become durable before anybody is told of them.
type Journal interface {
	// Append numbers the events and makes them durable, all or none, before it
	// returns them. After an error nothing more may be appended: the caller
	// stops.
	Append(ctx context.Context, events ...Event) ([]Event, error)
	// Replay calls fn for every event in order.
	Replay(ctx context.Context, fn func(Event) error) error
}

type wireEvent struct {
	Seq   uint64          `json:"seq"`
	At    time.Time       `json:"at"`
	Exam  ExamID          `json:"exam"`
	Actor Actor           `json:"actor"`
	Type  string          `json:"type"`
	Data  json.RawMessage `json:"data"`
}

// MarshalJSON writes e as {"seq","at","exam","actor","type","data"}.
func (e Event) MarshalJSON() ([]byte, error) {
	if e.Fact == nil {
		return nil, errors.New("an event without a fact")
	}
	data, err := json.Marshal(e.Fact)
	if err != nil {
		return nil, err
	}
	return json.Marshal(wireEvent{e.Seq, e.At, e.Exam, e.Actor, e.Fact.Type(), data})
}

// UnmarshalJSON reads what MarshalJSON wrote; an unknown type is an error,
// because a fact that is not understood must not be skipped.
func (e *Event) UnmarshalJSON(b []byte) error {
	var w wireEvent
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	f, err := NewFact(w.Type)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(w.Data, f); err != nil {
		return fmt.Errorf("read %s: %w", w.Type, err)
	}
	*e = Event{w.Seq, w.At, w.Exam, w.Actor, f}
	return nil
}

// NewFact returns an empty fact of a type's name, to decode into.
func NewFact(name string) (Fact, error) {
	for _, f := range facts() {
		if f.Type() == name {
			return f, nil
		}
	}
	return nil, fmt.Errorf("unknown fact %q", name)
}
