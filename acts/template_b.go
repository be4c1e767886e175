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

// decisionText is a decision in the annex's Kazakh.
func decisionText(d proctor.Decision) string {
	switch d {
	case proctor.NoFault:
		return "ақау расталмады, нәтиже күшінде қалады"
	case proctor.ExtraTime:
		return "қосымша уақыт беріледі"
	case proctor.ResumeAttempt:
		return "емтихан үзілген жерінен жалғастырылады"
	case proctor.NewAttempt:
		return "емтиханды жаңадан тапсыруға мүмкіндік беріледі"
	case proctor.Reschedule:
		return "емтихан жеке кестемен басқа уақытқа көшіріледі"
	case proctor.ConvertToA:
		return "тәртіп бұзу ретінде қаралады (Қосымша А)"
	default:
		return ""
	}
}
