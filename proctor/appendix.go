package proctor

import (
	"slices"
	"time"
)

// Appendix names one of the regulation's two acts. They exclude each other
// over the same stretch of a seat's time: what broke is not what was broken.
type Appendix string

// The appendices.
const (
	AppendixA Appendix = "A" // a breach of the exam's order (clause 5.3.14)
	AppendixB Appendix = "B" // the inspection of a technical fault (clause 5.3.15)
)

// Order is the order of an appendix's signature block.
func (x Appendix) Order() []Role {
	if x == AppendixB {
		return []Role{RoleHead, RoleRegistrar, RoleSpecialist}
	}
	return []Role{RoleSpecialist, RoleEngineer, RoleHead}
}

// Decision is a code for what an inspection decided; the regulation has only
// the free text beside it.
type Decision string

// The decisions.
const (
	NoFault       Decision = "no_fault"       // the result stands
	ExtraTime     Decision = "extra_time"     // Inspection.Minutes more
	ResumeAttempt Decision = "resume_attempt" // from where it was cut off
	NewAttempt    Decision = "new_attempt"    // one more attempt
	Reschedule    Decision = "reschedule"     // on an individual schedule: Inspection.From to To
	ConvertToA    Decision = "convert_to_A"   // it was a violation after all
)

// Decisions are all of them.
func Decisions() []Decision {
	return []Decision{NoFault, ExtraTime, ResumeAttempt, NewAttempt, Reschedule, ConvertToA}
}

// Inspection is what an Appendix B act says («Тексеріс нәтижесінің Актісі»).
type Inspection struct {
	// Incidents are the candidates that it settles; Seats those whom it
	// concerns, in order: the incidents' and, if need be, others.
	Incidents []IncidentID `json:"incidents,omitempty"`
	Seats     []SeatID     `json:"seats"`
	// Purpose, Result and Decision are the form's free texts.
	Purpose  string `json:"purpose"`
	Result   string `json:"result"`
	Decision string `json:"decision"`
	// Code has an effect once the act is in force; "" while there is none.
	Code Decision `json:"code,omitempty"`
	// Minutes of ExtraTime, 1..240.
	Minutes int `json:"minutes,omitempty"`
	// From and To are the window of Reschedule.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// The bounds of an Inspection.
const (
	inspectionText  = 2000 // runes of each text; the form's lines go on in the annex
	inspectionSeats = 500
	mostExtra       = 240 // minutes
)

// validate refuses what could not be printed or carried out. Texts and a code
// may be missing until it is signed.
func (x Inspection) validate() error {
	for _, t := range []string{x.Purpose, x.Result, x.Decision} {
		if !optionalText(t, inspectionText) {
			return Errorf(Invalid, "text")
		}
	}
	if x.Code != "" && !slices.Contains(Decisions(), x.Code) {
		return Errorf(Invalid, "act_decision", "decision", string(x.Code))
	}
	if (x.Code == ExtraTime) != (x.Minutes != 0) || x.Minutes < 0 || x.Minutes > mostExtra {
		return Errorf(Invalid, "inspection_minutes")
	}
	if window := !x.From.IsZero() || !x.To.IsZero(); window != (x.Code == Reschedule) ||
		window && (!x.To.After(x.From) || x.To.Sub(x.From) > 24*time.Hour) {
		return Errorf(Invalid, "inspection_window")
	}
	return nil
}

// complete refuses to have an inspection signed that decides nothing.
func (x Inspection) complete() error {
	if x.Code == "" || !text(x.Purpose, inspectionText) || !text(x.Result, inspectionText) || !text(x.Decision, inspectionText) {
		return Errorf(Conflict, "inspection_incomplete")
	}
	return x.validate()
}

// Remedy is what an Appendix B act in force gives one seat.
type Remedy struct {
	Act     ActID     `json:"act"`
	Code    Decision  `json:"code"`
	Minutes int       `json:"minutes,omitempty"`
	From    time.Time `json:"from,omitzero"`
	To      time.Time `json:"to,omitzero"`
}

// remedies reports whether a decision gives the examinee something.
func (d Decision) remedies() bool {
	switch d {
	case ExtraTime, ResumeAttempt, NewAttempt, Reschedule:
		return true
	default:
		return false
	}
}
