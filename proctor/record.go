package proctor

import (
	"net/url"
	"slices"
	"strings"
)

// ExamRecord is where an exam is in the systems of record, which of them are
// told of its decisions, and what an annulment records there.
type ExamRecord struct {
	// Scores and Times name the systems that are told of annulments, and of
	// windows and remedies. Empty: a person does it by hand.
	Scores []string `json:"scores,omitempty"`
	Times  []string `json:"times,omitempty"`
	// LineItem is the address of its AGS line item (LTI 1.3).
	LineItem string `json:"line_item,omitempty"`
	// Course, Module and Quiz are Moodle's numbers: course id, course module
	// id (cmid) and quiz id.
	Course int `json:"course,omitempty"`
	Module int `json:"module,omitempty"`
	Quiz   int `json:"quiz,omitempty"`
	// Value of an annulled score, 0..Maximum; Maximum is 100 if it is 0 (clause
	// 5.3.4). Blank: no value at all. Whatever it is, the state is "annulled".
	Value   float64 `json:"value,omitempty"`
	Maximum float64 `json:"maximum,omitempty"`
	Blank   bool    `json:"blank,omitempty"`
	// Retake: whose score was annulled here may still use the FX retake
	// (clause 5.3.18); otherwise she enrols again (5.3.19).
	Retake bool `json:"retake,omitempty"`
}

// SeatRecord is who a seat's examinee is in the systems of record.
type SeatRecord struct {
	LTIUser    string `json:"lti_user,omitempty"`    // "sub" of her launch
	MoodleUser int    `json:"moodle_user,omitempty"` // user id
	// Enrolment names her enrolment in the discipline; a new one has a new FX
	// retake. It is set when the seat is assigned.
	Enrolment string `json:"enrolment,omitempty"`
}

// AnnulledScore is what an annulment records in the exam component.
type AnnulledScore struct {
	Value   float64 `json:"value"`
	Maximum float64 `json:"maximum"`
	Blank   bool    `json:"blank,omitempty"`
}

const mostSystems = 8

func (r ExamRecord) maximum() float64 {
	if r.Maximum == 0 {
		return 100
	}
	return r.Maximum
}

func (r ExamRecord) annulled() *AnnulledScore { return &AnnulledScore{r.Value, r.maximum(), r.Blank} }

// systems are those that an effect is for.
func (r ExamRecord) systems(x Effect) []string {
	out := r.Scores
	if x == EffectTimes {
		out = r.Times
	}
	if len(out) == 0 {
		return []string{ByHand}
	}
	return out
}

func (r ExamRecord) zero() bool {
	return len(r.Scores) == 0 && len(r.Times) == 0 && r.same(ExamRecord{})
}

func (r ExamRecord) same(o ExamRecord) bool {
	return slices.Equal(r.Scores, o.Scores) && slices.Equal(r.Times, o.Times) && r.LineItem == o.LineItem &&
		r.Course == o.Course && r.Module == o.Module && r.Quiz == o.Quiz &&
		r.Value == o.Value && r.Maximum == o.Maximum && r.Blank == o.Blank && r.Retake == o.Retake
}

// Validate refuses what could not be carried out.
func (r ExamRecord) Validate() error {
	for _, list := range [][]string{r.Scores, r.Times} {
		for i, name := range list {
			if !text(name, 40) || slices.Contains(list[:i], name) || len(list) > mostSystems {
				return Errorf(Invalid, "record_systems")
			}
		}
	}
	if !(r.Maximum >= 0 && r.Maximum <= 1000 && r.Value >= 0 && r.Value <= r.maximum()) { // NaN is neither
		return Errorf(Invalid, "record_value")
	}
	if r.Course < 0 || r.Module < 0 || r.Quiz < 0 {
		return Errorf(Invalid, "record_ids")
	}
	if r.LineItem != "" {
		u, err := url.Parse(r.LineItem)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || len(r.LineItem) > 500 || u.User != nil {
			return Errorf(Invalid, "record_line_item")
		}
	}
	return nil
}

// Validate refuses what names nobody.
func (r SeatRecord) Validate() error {
	if !optionalText(r.LTIUser, 255) || strings.ContainsAny(r.LTIUser, "\n") || r.MoodleUser < 0 || !optionalText(r.Enrolment, 64) {
		return Errorf(Invalid, "record_ids")
	}
	return nil
}

// discipline is a discipline's name as it is compared: case and spaces aside.
func discipline(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// retaken refuses an FX retake for which s says that she has had hers, or that
// she may not have one (clauses 5.3.18, 5.3.19).
func (s *State) retaken(x Exam, who Examinee, enrolment string) error {
	if discipline(s.Exam.Discipline) != discipline(x.Discipline) {
		return nil
	}
	for _, t := range s.Seats {
		if t.Examinee.StudentID != who.StudentID || t.Record.Enrolment != enrolment {
			continue
		}
		if s.Exam.Kind == FXRetake {
			return Errorf(Conflict, "fx_retake_used", "exam", s.Exam.Title)
		}
		if t.ScoreAnnulled != "" && !s.Record.Retake && (s.Exam.Kind == SessionExam || s.Exam.Kind == Midterm) {
			return Errorf(Conflict, "fx_retake_annulled", "exam", s.Exam.Title)
		}
	}
	return nil
}
