package acts

import "qyragy/proctor"

// The normative text of the regulation's Appendix B, kept character for
// character. It is never changed, as Appendix A's is not.
const (
	// TemplateVersionB is the version that new acts are drawn up under.
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

// TemplateB is Appendix B as new acts have it: head, head of the Registrar's
// Office, specialist.
func TemplateB() Template { return templates().current("B") }

func templateB1() Template {
	return Template{
		Version: "B-1", Basis: "Қосымша Б (5.3.15-тармақ)", Date: "2026-11-23", Author: "Qyragy",
		appendix: textAppendixB, title: textTitleB, captioned: true,
		words: words{
			purpose: textPurpose, result: textResult, decision: textDecision, executors: textExecutors,
			name: textName, signature: textSignature, date: textDate,
		},
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
