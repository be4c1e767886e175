package bundle

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"qyragy/proctor"
	"qyragy/proctor/ledger"
)

// Margin is how much of the recording before and after an incident is evidence.
const Margin = time.Minute

// Scope says what of an exam's records and recordings belongs to an act.
type Scope struct {
	act       proctor.ActID
	incidents map[proctor.IncidentID]*span
	seats     []proctor.SeatID
	whole     bool
	drawnUp   time.Time
	// taken, and the versions of their objects, as Takes goes through records.
	taken    map[taken]bool
	versions map[string]bool
}

// span is an incident's time.
type span struct {
	seat     proctor.SeatID
	from, to time.Time // to is zero while it goes on
}

// Look reads an exam's records, oldest first, for what an act is about. whole
// asks for all of its seats' recording.
func Look(act proctor.ActID, whole bool, records iter.Seq2[ledger.Record, error]) (*Scope, error) {
	s := &Scope{act: act, whole: whole, incidents: map[proctor.IncidentID]*span{}, taken: map[taken]bool{}, versions: map[string]bool{}}
	all := map[proctor.IncidentID]*span{}
	var wanted []proctor.IncidentID
	found := false
	for rec, err := range records {
		if err != nil {
			return nil, err
		}
		if !telling(rec.Type) {
			continue
		}
		e, err := rec.Event()
		if err != nil {
			return nil, err
		}
		switch x := e.Fact.(type) {
		case *proctor.IncidentOpened:
			all[x.Incident.ID] = &span{seat: x.Incident.Seat, from: x.Incident.Opened, to: x.Incident.Closed}
		case *proctor.IncidentEnded:
			all[x.Incident].to = x.At
		case *proctor.IncidentResumed:
			all[x.Incident].to = time.Time{}
		case *proctor.ActDrafted:
			if x.Act.ID == act {
				found, s.drawnUp = true, x.Act.DrawnUp
				wanted, s.seats = about(x.Act)
			}
		case *proctor.InspectionEdited:
			if x.Act == act {
				wanted = append(wanted, x.Inspection.Incidents...)
				s.seats = append(s.seats, x.Inspection.Seats...)
			}
		}
	}
	if !found {
		return nil, proctor.Errorf(proctor.NotFound, "act")
	}
	slices.Sort(s.seats)
	s.seats = slices.Compact(s.seats)
	for _, id := range wanted {
		if x := all[id]; x != nil {
			s.incidents[id] = x
		}
	}
	return s, nil
}

func telling(kind string) bool {
	switch kind {
	case "incident.opened", "incident.ended", "incident.resumed", "act.drafted", "inspection.edited":
		return true
	}
	return false
}

func about(a proctor.Act) ([]proctor.IncidentID, []proctor.SeatID) {
	if a.Inspection != nil {
		return slices.Clone(a.Inspection.Incidents), slices.Clone(a.Inspection.Seats)
	}
	return []proctor.IncidentID{a.Cause}, []proctor.SeatID{a.Seat}
}

// Seats are those whom the act concerns.
func (s *Scope) Seats() []proctor.SeatID { return s.seats }

// touches reports whether a stretch of a seat's time is evidence of the act. A
// seat without an incident of its own shares those of the others.
func (s *Scope) touches(seat proctor.SeatID, from, to time.Time) bool {
	if !slices.Contains(s.seats, seat) {
		return false
	}
	if s.whole {
		return true
	}
	own := false
	for _, x := range s.incidents {
		own = own || x.seat == seat
	}
	for _, x := range s.incidents {
		end := x.to
		if end.IsZero() || end.After(s.drawnUp) {
			end = s.drawnUp
		}
		if (x.seat == seat || !own) && to.After(x.from.Add(-Margin)) && from.Before(end.Add(Margin)) {
			return true
		}
	}
	return false
}

// Takes reports whether a record belongs into the bundle: what is on record of
// the act, of its incidents, of the exam's rules, of who sat there and was
// admitted, of the recording around, and of who has looked at it. Messages,
// other examinees and all else stay out. It must see every record of the exam,
// in order.
func (s *Scope) Takes(rec ledger.Record) (bool, error) {
	switch rec.Type {
	case "exam.scheduled", "exam.policy_changed":
		return true, nil
	case "evidence.exported":
		return false, nil // its own is added; others' are no evidence
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(rec.Data), &fields); err != nil {
		return false, fmt.Errorf("record %s: %w", rec.Seq, err)
	}
	for key, raw := range fields {
		if key == "act" && named(raw, "id") == string(s.act) || named(raw, "act") == string(s.act) {
			return true, nil
		}
	}
	if id := named(fields["incident"], "id"); id != "" {
		return s.incidents[proctor.IncidentID(id)] != nil, nil
	}
	return s.ofSeat(rec, proctor.SeatID(named(fields["seat"], "id")))
}

// named is a JSON string, or that field of an object.
func named(raw json.RawMessage, field string) string {
	var id string
	if json.Unmarshal(raw, &id) == nil && field == "id" {
		return id
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) == nil {
		id = ""
		_ = json.Unmarshal(object[field], &id) // another type: nobody's name
	}
	return id
}

func (s *Scope) ofSeat(rec ledger.Record, seat proctor.SeatID) (bool, error) {
	switch rec.Type {
	case "seat.assigned", "seat.consented", "seat.checked", "identity.compared", "identity.decided",
		"seat.admitted", "seat.finished", "seat.accounted", "evidence.viewed":
		return slices.Contains(s.seats, seat), nil
	case "segment.sealed", "segment.stored", "backfill.sealed", "backfill.stored", "evidence.expired", "recording.gap", "recording.stopped", "recording.resumed",
		"client.reported", "examinee.warned", "media.connected", "media.lost":
	default:
		return false, nil
	}
	e, err := rec.Event()
	if err != nil {
		return false, err
	}
	switch x := e.Fact.(type) {
	case *proctor.SegmentSealed:
		return s.take(KindSegment, x.Segment.Seat, x.Segment.Number, x.Segment.Start, x.Segment.End), nil
	case *proctor.BackfillSealed:
		return s.take(KindBackfill, x.Backfill.Seat, x.Backfill.Number, x.Backfill.From, x.Backfill.To), nil
	case *proctor.SegmentStored:
		return s.stored(KindSegment, x.Seat, x.Number, x.Receipt), nil
	case *proctor.BackfillStored:
		return s.stored(KindBackfill, x.Seat, x.Number, x.Receipt), nil
	case *proctor.EvidenceExpired:
		return s.versions[x.VersionID], nil
	case *proctor.RecordingGap:
		return s.touches(x.Gap.Seat, x.Gap.From, x.Gap.To), nil
	case *proctor.ClientReported:
		return s.touches(x.Report.Seat, e.At, e.At), nil
	}
	return s.touches(seat, e.At, e.At), nil
}

type taken struct {
	kind   Kind
	seat   proctor.SeatID
	number int
}

// take remembers a recording that is taken, so that its receipt is too.
func (s *Scope) take(k Kind, seat proctor.SeatID, n int, from, to time.Time) bool {
	if s.touches(seat, from, to) {
		s.taken[taken{k, seat, n}] = true
		return true
	}
	return false
}

func (s *Scope) stored(k Kind, seat proctor.SeatID, n int, r proctor.Receipt) bool {
	if s.taken[taken{k, seat, n}] {
		s.versions[r.VersionID] = true
		return true
	}
	return false
}
