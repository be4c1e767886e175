package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"qyragy/acts"
	"qyragy/bundle"
	"qyragy/proctor"
)

// language is everything that the command says, in one language.
type language struct {
	code                       string
	complete, missing, broken  string
	act, version, digest, file string
	signedBy, noSignatures     string
	authority, trusted, ask    string
	problems, time             string
	roles                      map[proctor.Role]string
	forms                      map[string]form // by template version
}

// form is what one of the regulation's forms is called, and what follows from
// its act while signatures are missing.
type form struct{ title, unsigned string }

func sentences() map[string]language {
	return map[string]language{
		"kk": {
			code:     "kk",
			complete: "АКТ БҮТІН: үш қолтаңба да жарамды.",
			missing:  "Акт бүтін, бірақ толық қол қойылмаған: %d/3. %s",
			broken:   "АКТ БҮТІН ЕМЕС: файл өзгертілген немесе бұл акт емес.",
			act:      "Акт", version: "нұсқа", digest: "Мазмұн дайджесті (SHA-256)", file: "Файл (SHA-256)",
			signedBy: "Қол қойғандар:", noSignatures: "Қол қоюшылар жоқ.",
			authority: "Куәландырушы орталық (SHA-256)", trusted: "Орталықтың сертификаты сіз берген сертификатпен бірдей.",
			ask:      "НАЗАР АУДАРЫҢЫЗ: орталықтың сертификаты осы файлдың өзінен алынды. Жоғарыдағы ізді университет жариялаған ізбен салыстырыңыз немесе --root CA.pem беріңіз.",
			problems: "Табылған ақаулар:", time: "мәлімделген уақыты (Алматы)",
			roles: map[proctor.Role]string{
				proctor.RoleSpecialist: "ТҚОО маманы", proctor.RoleEngineer: "ТҚОО инженер-программисі",
				proctor.RoleHead: "ТҚОО меңгерушісі", proctor.RoleRegistrar: "Офис-регистратор басшысы",
			},
			forms: map[string]form{
				acts.TemplateVersion:  {"Қосымша А. Емтихан тәртібін бұзу туралы АКТ", "Балл жойылмайды."},
				acts.TemplateVersionB: {"Қосымша Б. Тексеріс нәтижесінің Актісі", "Шешім күшіне енген жоқ."},
			},
		},
		"ru": {
			code:     "ru",
			complete: "АКТ ЦЕЛ: все три подписи действительны.",
			missing:  "Акт цел, но подписан не полностью: %d/3. %s",
			broken:   "АКТ НЕ ЦЕЛ: файл изменён или это не акт.",
			act:      "Акт", version: "версия", digest: "Дайджест содержания (SHA-256)", file: "Файл (SHA-256)",
			signedBy: "Подписали:", noSignatures: "Подписей нет.",
			authority: "Удостоверяющий центр (SHA-256)", trusted: "Сертификат центра совпадает с указанным вами.",
			ask:      "ВНИМАНИЕ: сертификат центра взят из самого файла. Сравните отпечаток выше с опубликованным университетом или укажите --root CA.pem.",
			problems: "Обнаружено:", time: "заявленное время (Алматы)",
			roles: map[proctor.Role]string{
				proctor.RoleSpecialist: "специалист ЦТДО", proctor.RoleEngineer: "инженер-программист ЦТДО",
				proctor.RoleHead: "заведующий(-ая) ЦТДО", proctor.RoleRegistrar: "руководитель офис-регистратора",
			},
			forms: map[string]form{
				acts.TemplateVersion:  {"Приложение А. АКТ о нарушении порядка проведения экзамена", "Балл не аннулируется."},
				acts.TemplateVersionB: {"Приложение Б. Акт по результатам проверки", "Решение не вступило в силу."},
			},
		},
		"en": {
			code:     "en",
			complete: "THE ACT IS WHOLE: all three signatures are valid.",
			missing:  "The act is whole but not fully signed: %d/3. %s",
			broken:   "THE ACT IS NOT WHOLE: the file was changed, or is no act.",
			act:      "Act", version: "version", digest: "Content digest (SHA-256)", file: "File (SHA-256)",
			signedBy: "Signed by:", noSignatures: "No signatures.",
			authority: "Authority (SHA-256)", trusted: "The authority's certificate is the one you gave.",
			ask:      "NOTE: the authority's certificate was taken from the file itself. Compare the fingerprint above with the one the university publishes, or give --root CA.pem.",
			problems: "Found:", time: "stated time (Almaty)",
			roles: map[proctor.Role]string{
				proctor.RoleSpecialist: "TDLC specialist", proctor.RoleEngineer: "TDLC engineer-programmer",
				proctor.RoleHead: "Head of TDLC", proctor.RoleRegistrar: "Head of the Registrar's Office",
			},
			forms: map[string]form{
				acts.TemplateVersion:  {"Appendix A. ACT on violation of exam rules", "No score is annulled."},
				acts.TemplateVersionB: {"Appendix B. Act of inspection results", "The decision is not in force."},
			},
		},
	}
}

// print says the verdict first and the reasons after it.
func (l language) print(w io.Writer, r acts.Report, pdf []byte) error {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	switch verdict(r) {
	case exitWhole:
		say("%s", l.complete)
	case exitUnsigned:
		say(l.missing, len(r.Signatures), l.forms[r.Template].unsigned)
	default:
		say("%s", l.broken)
	}
	if r.Digest != "" {
		say("%s", l.forms[r.Template].title)
		say("%s %s, %s %d", l.act, shown(r.Number), l.version, r.Version)
		say("%s: %s", l.digest, r.Digest)
	}
	say("%s: %x", l.file, sha256.Sum256(pdf))
	l.signatures(say, r, nil)
	l.found(say, r.Problems)
	_, err := io.WriteString(w, b.String())
	return err
}

func (l language) signatures(say func(string, ...any), r acts.Report, passkeys []bundle.Confirmed) {
	if len(r.Signatures) == 0 {
		say("%s", l.noSignatures)
		return
	}
	say("%s", l.signedBy)
	zone := time.FixedZone("Asia/Almaty", 5*60*60)
	words, own, national := methods()[l.code], true, true // all that there are lead to roots that were given
	for i, s := range r.Signatures {
		say("  %d. %s — %s (%s)", i+1, shown(s.Name), l.roles[s.Role], shown(string(s.Login)))
		say("     %s", words.method(s))
		say("     %s: %s", l.time, s.At.In(zone).Format("02.01.2006 15:04:05"))
		if !s.Stamped.IsZero() {
			say("     %s", words.stamped(s, zone))
		}
		if !s.Revoked.IsZero() {
			say("     "+words.revoked, s.Revoked.In(zone).Format("02.01.2006 15:04:05"))
		}
		for _, p := range passkeys {
			if p.Signature == i+1 {
				say("     %s", words.confirmed(p))
			}
		}
		if s.Method == proctor.MethodNCALayer {
			national = national && s.Trusted
		} else {
			own = own && s.Trusted
		}
	}
	if r.Authority != "" {
		say("%s: %s", l.authority, spaced(r.Authority))
		if own {
			say("%s", l.trusted)
		} else {
			say("%s", l.ask)
		}
	}
	if !national {
		say("%s", words.national)
	}
}

// shown keeps text from a file from moving the terminal's cursor.
func shown(s string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// spaced groups a fingerprint for reading aloud.
func spaced(s string) string {
	var groups []string
	for ; len(s) > 8; s = s[8:] {
		groups = append(groups, s[:8])
	}
	return strings.ToUpper(strings.Join(append(groups, s), " "))
}
