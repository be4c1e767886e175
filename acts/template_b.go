package acts

import "qyragy/proctor"

// The normative text of the regulation's Appendix B, kept character for
// character. A change here is a new TemplateVersionB.
const (
	// TemplateVersionB names this wording on every act drawn up with it.
	TemplateVersionB = "B-1"

	textAppendixB = "Қосымша Б"
	textTitleB    = "Тексеріс нәтижесінің Актісі"
	textPurpose   = "Тексеріс мақсаты:"
	textResult    = "Тексеріс нәтижесі:"
	textDecision  = "Шешім:"
	textExecutors = "Орындаушылар:"

	// textContinued is ours: where the form's lines end before the text does.
	textContinued = " … (жалғасы қосымшада)"
)

// The lines that the form has for each of its three texts.
const (
	linesPurpose  = 3
	linesResult   = 3
	linesDecision = 2
)

// TemplateB is Appendix B: head, head of the Registrar's Office, specialist.
func TemplateB() Template {
	return Template{
		Version: TemplateVersionB, Basis: "Қосымша Б (5.3.15-тармақ)", Date: "2026-11-23",
		appendix: textAppendixB, title: textTitleB, captioned: true,
	}.with(
		signRow{proctor.RoleHead, []string{"1. Тестілеу және қашықтықтан", "оқыту орталығының меңгерушісі"}},
		signRow{proctor.RoleRegistrar, []string{"2. Офис-регистратор басшысы"}},
		signRow{proctor.RoleSpecialist, []string{"3. Тестілеу және қашықтықтан", "оқыту орталығының маманы"}},
	)
}

// Decision is a code for what an inspection decided; the regulation has only
// the free text beside it.
type Decision string

// The decisions.
const (
	NoFault       Decision = "no_fault"       // the result stands
	ExtraTime     Decision = "extra_time"     //
	ResumeAttempt Decision = "resume_attempt" // from where it was cut off
	NewAttempt    Decision = "new_attempt"    // one more attempt
	Reschedule    Decision = "reschedule"     // on an individual schedule
	ConvertToA    Decision = "convert_to_A"   // it was a violation after all
)

// Decisions are all of them.
func Decisions() []Decision {
	return []Decision{NoFault, ExtraTime, ResumeAttempt, NewAttempt, Reschedule, ConvertToA}
}

// decisionText is a decision in the annex's Kazakh.
func decisionText(d Decision) string {
	switch d {
	case NoFault:
		return "ақау расталмады, нәтиже күшінде қалады"
	case ExtraTime:
		return "қосымша уақыт беріледі"
	case ResumeAttempt:
		return "емтихан үзілген жерінен жалғастырылады"
	case NewAttempt:
		return "емтиханды жаңадан тапсыруға мүмкіндік беріледі"
	case Reschedule:
		return "емтихан жеке кестемен басқа уақытқа көшіріледі"
	case ConvertToA:
		return "тәртіп бұзу ретінде қаралады (Қосымша А)"
	default:
		return ""
	}
}
