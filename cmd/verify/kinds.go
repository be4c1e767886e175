package main

import (
	"strings"

	"qyragy/acts/gost"
)

// kind is one kind of what can be wrong. The problems themselves are in
// English, with places for whoever looks into it; a kind is said in the
// reader's language.
type kind struct {
	marks  []string // a problem of this kind has one of them in it
	kk, ru string
}

// kinds are told apart by the first that fits; the last fits all.
func kinds() []kind {
	return []kind{
		{
			[]string{"act_certificate_revoked", gost.RefusedRevoked.Error()},
			"Сертификат кері қайтарылған, қолдың одан бұрын қойылғаны дәлелденбейді:",
			"Сертификат отозван, и ничто не подтверждает, что подпись сделана раньше:",
		},
		{
			[]string{"the passkey of"},
			"Кіру кілтімен (passkey) берілген растау жарамсыз немесе басқа нәрсеге берілген:",
			"Подтверждение ключом доступа (passkey) недействительно или дано на другое:",
		},
		{
			[]string{"act_sign_role", "act_other_official", "act_same_person", "act_attester"},
			"Қол қоюға құқығы жоқ адам қол қойған:",
			"Подписал тот, кто не вправе подписать:",
		},
		{
			[]string{"act_sign_time", "act_sign_clock", "act_certificate_early", "act_certificate_expired", gost.RefusedExpired.Error(), gost.RefusedNotYetValid.Error()},
			"Қолдың уақыты актіге не сертификатқа сай емес:",
			"Время подписи не согласуется с актом или сертификатом:",
		},
		{
			[]string{"act_certificate", gost.RefusedChain.Error()},
			"Сертификатты сіз көрсеткен орталық бермеген:",
			"Сертификат выдан не указанным вами центром:",
		},
		{
			[]string{"rolled back", "/journal/proof", "journal/", "cannot be compared", "manifest.json"},
			"Журналдың жазбалары бір-біріне немесе бұрынғы сөзіне сай емес:",
			"Записи журнала не согласуются между собой или с прежним словом журнала:",
		},
		{
			[]string{"segments/", "backfills/", "stills/", "scans/"},
			"Жазба, сурет немесе сканер өзгертілген, жоқ не басқа:",
			"Запись, снимок или скан изменены, отсутствуют или другие:",
		},
		{
			[]string{": signature ", ": update ", "after the last signature"},
			"Қол өзі қамтитын деректерге сай емес немесе оған бірдеңе қосылған:",
			"Подпись не соответствует тому, что она охватывает, или к ней что-то добавлено:",
		},
		{
			nil,
			"Файл өзгертілген, толық емес немесе ол басқа файл:",
			"Файл изменён, неполон или это другой файл:",
		},
	}
}

// in is what k is called in a language; "" in English.
func (k kind) in(lang string) string {
	return map[string]string{"kk": k.kk, "ru": k.ru}[lang]
}

// fits reports whether a problem is of this kind.
func (k kind) fits(problem string) bool {
	for _, m := range k.marks {
		if strings.Contains(problem, m) {
			return true
		}
	}
	return len(k.marks) == 0
}

// found says what is wrong, by kind.
func (l language) found(say func(string, ...any), problems []string) {
	if len(problems) == 0 {
		return
	}
	say("%s", l.problems)
	if l.code == "en" {
		for _, p := range problems {
			say("  %s", shown(p))
		}
		return
	}
	left := problems
	for _, k := range kinds() {
		var others []string
		named := false
		for _, p := range left {
			if !k.fits(p) {
				others = append(others, p)
				continue
			}
			if !named {
				say("  %s", k.in(l.code))
				named = true
			}
			say("    %s", shown(p))
		}
		left = others
	}
}
