package proctor

// This file keeps decisions with the person whom they are about: whom a system
// of record knows under which name is not changed behind a decision.

// told reports whether a system may have carried out a delivery. One that it
// refused, or that had no name there, it has not.
func (d *Delivery) told() bool {
	for _, p := range d.Progress {
		if !p.Acknowledged.IsZero() && p.By == "" {
			return true
		}
		if !p.Sent.IsZero() && p.Acknowledged.IsZero() && (p.Failure == nil || !p.Failure.Refused) {
			return true
		}
	}
	return false
}

// relinkSeat refuses another name for an examinee of whom a system was told
// under the present one, for the reversal would go to somebody else; and a name
// that is another student's.
func (s *State) relinkSeat(t *Seat, rec SeatRecord) error {
	if t.Record.LTIUser != "" && rec.LTIUser != t.Record.LTIUser || t.Record.MoodleUser != 0 && rec.MoodleUser != t.Record.MoodleUser {
		for _, d := range s.Deliveries {
			if d.Seat == t.ID && d.told() {
				return Errorf(Conflict, "record_told")
			}
		}
	}
	return s.ownName(t.Examinee, rec)
}

// ownName refuses a name in the systems of record that another student of the
// exam has.
func (s *State) ownName(x Examinee, rec SeatRecord) error {
	for _, t := range s.Seats {
		if t.Examinee.StudentID == x.StudentID {
			continue
		}
		if rec.LTIUser != "" && t.Record.LTIUser == rec.LTIUser || rec.MoodleUser != 0 && t.Record.MoodleUser == rec.MoodleUser {
			return Errorf(Conflict, "record_taken")
		}
	}
	return nil
}

// relinkExam refuses another place for an exam's scores or times after a
// system was told of any at the present one.
func (s *State) relinkExam(rec ExamRecord) error {
	was := s.Record
	if (was.LineItem == "" || was.LineItem == rec.LineItem) && (was.Course == 0 || was.Course == rec.Course) &&
		(was.Module == 0 || was.Module == rec.Module) && (was.Quiz == 0 || was.Quiz == rec.Quiz) {
		return nil
	}
	for _, d := range s.Deliveries {
		if d.told() {
			return Errorf(Conflict, "record_told")
		}
	}
	return nil
}
