// Package deliver carries the decisions of acts in force, and individual
// windows, to the systems of record: Moodle over LTI 1.3 AGS or its web
// services, any other over a signed webhook, UNIVER by files. What is owed
// follows from the journal (proctor.Delivery); this package only carries it,
// and may be stopped at any moment. Each System must be able to carry the same
// Item out twice with the effect of once.
//
// It decides nothing: whether and when a score is annulled is the domain's.
package deliver

import (
	"context"
	"errors"
	"fmt"

	"qyragy/proctor"
)

// Item is one delivery with all that a system must know of it.
type Item struct {
	proctor.Delivery
	Of       proctor.Exam // the exam, and where it is in the systems
	Record   proctor.ExamRecord
	Examinee proctor.Examinee // and who she is in the systems
	User     proctor.SeatRecord
	// Before is what the system held before anything of ours, in its own words
	// (see Looker).
	Before string
}

// Receipt is a system's word that it has an item.
type Receipt struct {
	// Reference is how the system names it, at most 300 characters; it may be "".
	Reference string
	// Waits: it is on its way to a person, who acknowledges it.
	Waits bool
}

// System is one system of record.
type System interface {
	// Deliver carries an item out and returns when the system has it. Called
	// again with the same item it changes nothing more. A failure that is not
	// a *Failure means that the system was not reached.
	Deliver(ctx context.Context, x Item) (Receipt, error)
}

// Looker is a System that must know what was there before: it is asked before
// the first attempt, and its answer is journaled, so that a repetition adds
// nothing twice and a reversal puts back what was there.
type Looker interface {
	Look(ctx context.Context, x Item) (found string, err error)
}

// Failure is why a system has not taken an item. Neither it nor its text holds
// a secret.
type Failure struct {
	Reason proctor.FailureReason
	Detail string
}

// Error implements error.
func (f *Failure) Error() string { return fmt.Sprintf("%s: %s", f.Reason, f.Detail) }

func failed(reason proctor.FailureReason, format string, args ...any) error {
	return &Failure{reason, fmt.Sprintf(format, args...)}
}

// reasonOf says why in a word.
func reasonOf(err error) (proctor.FailureReason, string) {
	var f *Failure
	if errors.As(err, &f) {
		return f.Reason, f.Detail
	}
	return proctor.FailUnreachable, bare(err)
}
