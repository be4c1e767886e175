package proctor

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Identifiers are random 128-bit strings (crypto/rand.Text) without meaning.
type (
	// ExamID names an Exam.
	ExamID string
	// SeatID names a Seat.
	SeatID string
	// IncidentID names an Incident.
	IncidentID string
	// ActID names an Act.
	ActID string
	// Login names a member of staff.
	Login string
)

// ExamKind says what the exam counts for. Proctoring covers current control
// as well as interim attestation (clause 5.3.2).
type ExamKind string

// The kinds of Exam. The last two exist to be refused by name.
const (
	CurrentControl   ExamKind = "current_control"
	Midterm          ExamKind = "midterm"
	SessionExam      ExamKind = "session"
	FXRetake         ExamKind = "fx_retake"         // clause 5.3.18
	StateExam        ExamKind = "state"             // clause 5.3.24: traditional only
	FinalAttestation ExamKind = "final_attestation" // clause 5.3.25: traditional only
)

// Form is how the exam is held (clause 5.3.8).
type Form string

// The forms of Exam.
const (
	TestComplex   Form = "atk" // автоматтандырылған тест кешені
	Oral          Form = "oral"
	Mixed         Form = "mixed"
	WrittenOnline Form = "written_online"
)

// Exam is one sitting of one discipline, with its seats.
type Exam struct {
	ID         ExamID    `json:"id"`
	Title      string    `json:"title"`
	Discipline string    `json:"discipline"`
	Kind       ExamKind  `json:"kind"`
	Form       Form      `json:"form"`
	Opens      time.Time `json:"opens"`
	Closes     time.Time `json:"closes"`
	// URL is where the examinee sits the test itself (Moodle, UNIVER); it may
	// be empty.
	URL    string `json:"url,omitempty"`
	Policy Policy `json:"policy"`
}

// Preparation is how long before an exam opens its examinees may come in: the
// device check and the identification take place before the start.
const Preparation = 30 * time.Minute

// Entry is from when on examinees may come in.
func (x Exam) Entry() time.Time { return x.Opens.Add(-Preparation) }

// Over reports whether the exam has ended at now.
func (x Exam) Over(now time.Time) bool { return now.After(x.Closes) }

// Running returns nil if at now an examinee may be checked, identified,
// admitted and recorded, and otherwise an Error that says why not.
func (x Exam) Running(now time.Time) error {
	switch {
	case now.Before(x.Entry()):
		return Errorf(Conflict, "exam_not_open")
	case x.Over(now):
		return Errorf(Conflict, "exam_over")
	}
	return nil
}

// Validate refuses an exam that may not or cannot be held.
func (x Exam) Validate() error {
	switch x.Kind {
	case CurrentControl, Midterm, SessionExam, FXRetake:
	case StateExam, FinalAttestation:
		return Errorf(Invalid, "exam_traditional_only")
	default:
		return Errorf(Invalid, "exam_kind")
	}
	if !slices.Contains([]Form{TestComplex, Oral, Mixed, WrittenOnline}, x.Form) {
		return Errorf(Invalid, "exam_form")
	}
	if !text(x.Title, 200) || !text(x.Discipline, 200) {
		return Errorf(Invalid, "exam_title")
	}
	if !x.Closes.After(x.Opens) || x.Closes.Sub(x.Opens) > 24*time.Hour {
		return Errorf(Invalid, "exam_times")
	}
	if x.URL != "" && !strings.HasPrefix(x.URL, "https://") && !strings.HasPrefix(x.URL, "http://") {
		return Errorf(Invalid, "exam_url")
	}
	return x.Policy.Validate()
}

// text reports whether s is non-blank valid UTF-8 of at most limit runes
// without control characters.
func text(s string, limit int) bool {
	return strings.TrimSpace(s) != "" && optionalText(s, limit)
}

func optionalText(s string, limit int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit &&
		!strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' })
}

// Examinee is the student in a seat, as Appendix A names her.
type Examinee struct {
	StudentID string `json:"student_id"`
	Name      string `json:"name"`      // Т.А.Ә.
	Specialty string `json:"specialty"` // мамандығы
	Group     string `json:"group"`     // тобы
}

// Validate refuses an examinee whom the act could not name.
func (x Examinee) Validate() error {
	if !text(x.StudentID, 64) || !text(x.Name, 120) || !text(x.Specialty, 200) || !text(x.Group, 60) {
		return Errorf(Invalid, "examinee_details")
	}
	return nil
}

// Accommodation is what the university has granted one examinee (clause
// 5.1.3). It is printed on an act's annex, never on its body.
type Accommodation struct {
	// Off names causes that are not raised for this seat.
	Off []Cause `json:"off,omitempty"`
	// Companions is how many registered persons (assistant, interpreter,
	// escort) may be in the frame beside the examinee.
	Companions int    `json:"companions,omitempty"`
	Note       string `json:"note,omitempty"`
}

// Stage is how far an examinee has come. It only moves forward.
type Stage string

// The stages of a Seat, in order (clause 5.3.13: control measures, personal
// identification, then the monitored exam).
const (
	Invited    Stage = "invited"
	Consented  Stage = "consented"
	Checked    Stage = "checked"    // her devices were checked
	Identified Stage = "identified" // a still was compared; the proctor decides
	Admitted   Stage = "admitted"
	Finished   Stage = "finished"
)

// Before reports whether s comes before t.
func (s Stage) Before(t Stage) bool {
	order := []Stage{Invited, Consented, Checked, Identified, Admitted, Finished}
	return slices.Index(order, s) < slices.Index(order, t)
}
