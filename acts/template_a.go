package acts

import "qyragy/proctor"

// The normative text of the regulation's Appendix A, kept character for
// character, its slips included («белгіленген тәртіп бұзу туралы»): clause 1.3
// makes it binding. It is never changed: a new wording is a new version, with
// words of its own, behind this one in templates.
const (
	// TemplateVersion is the version that new acts are drawn up under.
	TemplateVersion = "A-1"
	// TemplateBasis is where the wording comes from.
	TemplateBasis = "Қосымша А (5.3.14-тармақ)"
	// TemplateDate is since when this version is rendered.
	TemplateDate = "2026-11-23"

	textAppendix  = "Қосымша А"
	textTitle     = "Емтихан тәртібін бұзу туралы АКТ"
	textWe        = "Біз, Тестілеу және қашықтықтан оқыту орталығының меңгерушісі, инженер-программисі, маманы студенттің"
	textName      = "(Т.А.Ә.)"
	textSpecialty = "мамандығы"
	textGroup     = "тобы"
	textSubject   = "келесі пән бойынша"
	textDrawn     = "емтихан тапсыру барысында белгіленген тәртіп бұзу туралы Актісін толтырдық."
	textBreaches  = "Тәртіп бұзушылықтар:"
	textAnnulled  = "Студенттің балы жойылады."
	textSignature = "(қолы)"
	textNoName    = "Т.А.Ә."
	textDate      = "Күні"
)

// reasonText returns the wording of one of the six reasons.
func reasonText(r proctor.Reason) string {
	switch r {
	case proctor.A1:
		return "Веб-камераны жабу (қара экран)"
	case proctor.A2:
		return "Антивирус веб-камераны бұғаттады"
	case proctor.A3:
		return "Бұлыңғыр суретіне байланысты студентті анықтау мүмкін емес"
	case proctor.A4:
		return "Емтихан талаптарын бұзатын, рұқсат етілмеген заттарды қолдану"
	case proctor.A5:
		return "Емтихан тапсырушының жанында бөгде адамның болуы"
	case proctor.A6:
		return "Басқа жағдайлар"
	default:
		return ""
	}
}

// TemplateA is Appendix A as new acts have it: specialist,
// engineer-programmer, head.
func TemplateA() Template { return templates().current("A") }

func templateA1() Template {
	return Template{
		Version: "A-1", Basis: TemplateBasis, Date: TemplateDate, Author: "Qyragy",
		appendix: textAppendix, title: textTitle,
		words: words{
			we: textWe, specialty: textSpecialty, group: textGroup, subject: textSubject, drawn: textDrawn,
			breaches: textBreaches, annulled: textAnnulled, reason: reasonText,
			name: textName, noName: textNoName, signature: textSignature, date: textDate,
		},
	}.with(
		signRow{proctor.RoleSpecialist, []string{"Тестілеу және қашықтықтан", "оқыту орталығының маманы"}},
		signRow{proctor.RoleEngineer, []string{"Тестілеу және қашықтықтан", "оқыту орталығының", "инженер-программисі"}},
		signRow{proctor.RoleHead, []string{"Тестілеу және қашықтықтан", "оқыту орталығының меңгерушісі"}},
	)
}

// monthName is the month in the date line; the regulation leaves it blank.
func monthName(m int) string {
	names := [...]string{"қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым",
		"шілде", "тамыз", "қыркүйек", "қазан", "қараша", "желтоқсан"}
	return names[m-1]
}
