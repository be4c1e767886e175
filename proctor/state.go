package proctor

import (
	"fmt"
	"time"
)

// Seat is one examinee's place in one exam, and all that the journal says of it.
type Seat struct {
	ID            SeatID        `json:"id"`
	Exam          ExamID        `json:"exam"`
	Examinee      Examinee      `json:"examinee"`
	Accommodation Accommodation `json:"accommodation"`
	// Accommodated is the newest change of Accommodation, nil before the first.
	Accommodated *Change `json:"-"`
	// Scenery is where the picture shows persons who are none: a mirror, a
	// poster, a screen.
	Scenery   []Box         `json:"scenery,omitempty"`
	Stage     Stage         `json:"stage"`
	LinkHash  string        `json:"-"`
	Consent   *ConsentGiven `json:"consent,omitempty"`
	Check     *DeviceCheck  `json:"check,omitempty"`
	Checks    int           `json:"-"` // device checks so far
	Enrolment *Receipt      `json:"-"`
	Identity  *Comparison   `json:"identity,omitempty"`
	// IdentityAccepted is the proctor's word, nil until she has spoken.
	IdentityAccepted *bool `json:"identity_accepted,omitempty"`
	// AdmittedAs is the comparison that the proctor last accepted: who was let
	// in. A newer comparison, which an examinee may ask for at any time, does
	// not change it.
	AdmittedAs *Comparison `json:"-"`
	Admitted   time.Time   `json:"admitted,omitzero"`
	Finished   time.Time   `json:"finished,omitzero"`
	// Camera counts publishing sessions so far; Connected says whether one is up.
	Camera    int  `json:"camera"`
	Connected bool `json:"connected"`
	// Unrecorded says why a camera that is connected is not recorded now, "" if it is.
	Unrecorded GapCause `json:"unrecorded,omitempty"`
	// ScoreAnnulled is the act that annuls the exam score, "" while it stands.
	ScoreAnnulled ActID `json:"score_annulled,omitempty"`
	// Remedies are what Appendix B acts in force give.
	Remedies []Remedy `json:"remedies,omitempty"`
	// Window is her individual window, nil while the exam's hours are hers;
	// Excuses are the documents stored for one.
	Window  *Window  `json:"window,omitempty"`
	Excuses []Excuse `json:"-"`
	// Moves and Extended are what her own hours follow from; see State.Hours.
	Moves    []Move      `json:"-"`
	Extended []Extension `json:"-"`
	// Record is who she is in the systems of record.
	Record SeatRecord `json:"-"`

	Segments []StoredSegment `json:"-"`
	Gaps     []Gap           `json:"-"`
	// Backfills are what the client sent of the gaps.
	Backfills []StoredBackfill `json:"-"`
	// Accounted is the newest closing of the books, nil before the first.
	Accounted *SeatAccounted `json:"-"`
	Presence  []Presence     `json:"-"`
	Warnings  []Warning      `json:"-"`
	Messages  []Message      `json:"-"`
	Reports   []ClientReport `json:"-"`
}

// StoredSegment is a segment and, once the object store has it, its receipt.
type StoredSegment struct {
	Segment
	Receipt *Receipt `json:"receipt,omitempty"`
	// Expired: deleted when its retention ended.
	Expired bool `json:"expired,omitempty"`
}

// Warning is what the examinee was told by the engine.
type Warning struct {
	At    time.Time `json:"at"`
	Cause Cause     `json:"cause"`
}

// Message is what a proctor wrote to the examinee.
type Message struct {
	At   time.Time `json:"at"`
	By   Actor     `json:"by"`
	Text string    `json:"text"`
}

// State is one exam as the journal tells it: the fold of its facts.
type State struct {
	Exam      Exam
	Seats     map[SeatID]*Seat
	Incidents map[IncidentID]*Incident
	Acts      map[ActID]*Act
	// Policies are those the exam has had, the scheduled one first.
	Policies []PolicyChange
	// Degraded says that looks are late or stopped, nil while they are not.
	Degraded *Degradation
	// Record is where the exam is in the systems of record, and Deliveries what
	// they are owed, in order.
	Record     ExamRecord
	Deliveries []*Delivery
	// LastSeq is the last event applied.
	LastSeq uint64
}

// NewState returns the state before the first fact.
func NewState() *State {
	return &State{
		Seats:     map[SeatID]*Seat{},
		Incidents: map[IncidentID]*Incident{},
		Acts:      map[ActID]*Act{},
	}
}

// Apply folds one event in. An error means that the journal contradicts
// itself; the state is then of no use.
func (s *State) Apply(e Event) error {
	if e.Seq <= s.LastSeq {
		return fmt.Errorf("event %d after %d", e.Seq, s.LastSeq)
	}
	if err := e.Fact.apply(s, e); err != nil {
		return fmt.Errorf("apply event %d %s: %w", e.Seq, e.Fact.Type(), err)
	}
	s.LastSeq = e.Seq
	return nil
}

// SeatOf returns a seat, or a NotFound Error.
func (s *State) SeatOf(id SeatID) (*Seat, error) {
	if seat := s.Seats[id]; seat != nil {
		return seat, nil
	}
	return nil, Errorf(NotFound, "seat")
}

func (s *State) seat(id SeatID, f func(*Seat)) error {
	seat := s.Seats[id]
	if seat == nil {
		return missing("seat", id)
	}
	f(seat)
	return nil
}

func (s *State) incident(id IncidentID, f func(*Incident)) error {
	i := s.Incidents[id]
	if i == nil {
		return missing("incident", id)
	}
	f(i)
	return nil
}

func (s *State) act(id ActID, f func(*Act) error) error {
	a := s.Acts[id]
	if a == nil {
		return missing("act", id)
	}
	return f(a)
}

func (t *Seat) advance(to Stage) {
	if t.Stage.Before(to) {
		t.Stage = to
	}
}
