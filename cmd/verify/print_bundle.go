package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"qyragy/bundle"
)

// bundleWords is what the command says of bundles, in one language.
type bundleWords struct {
	complete, missing, broken        string
	holds, exported, checkpoint, key string
	trusted, ask, held               string
	standing                         map[bundle.Standing]string
}

func bundleSentences() map[string]bundleWords {
	return map[string]bundleWords{
		"kk": {
			complete: "ЖИНАҚ БҮТІН: акт, дәлелдемелер мен журнал бір-біріне сай, үш қолтаңба да жарамды.",
			missing:  "Жинақ бүтін, бірақ актіге толық қол қойылмаған.",
			broken:   "ЖИНАҚ БҮТІН ЕМЕС: ол өзгертілген немесе бұл дәлелдеме жинағы емес.",
			holds:    "Жинақта: %d файл (%d байт), журналдың %d жазбасы",
			exported: "Жинақты алған: %s, %s (Алматы)", checkpoint: "Журналдың бақылау нүктесі: %s, %s (Алматы)",
			key: "Журналдың кілті", trusted: "Журналдың кілті сіз берген кілтпен бірдей.",
			ask:  "НАЗАР АУДАРЫҢЫЗ: журналдың кілті осы жинақтың өзінен алынды. Оны университет жариялаған кілтпен салыстырыңыз немесе --key беріңіз.",
			held: "Журналдың бұрынғы сөзіне сай",
			standing: map[bundle.Standing]string{
				bundle.StandingOpen: "Актіге қол қойылып жатыр.", bundle.StandingInForce: "Акт күшінде.", bundle.StandingEnded: "Акт кері қайтарылған немесе жойылған.",
			},
		},
		"ru": {
			complete: "КОМПЛЕКТ ЦЕЛ: акт, доказательства и журнал согласуются, все три подписи действительны.",
			missing:  "Комплект цел, но акт подписан не полностью.",
			broken:   "КОМПЛЕКТ НЕ ЦЕЛ: он изменён или это не комплект доказательств.",
			holds:    "В комплекте: файлов %d (байт: %d), записей журнала %d",
			exported: "Комплект получил: %s, %s (Алматы)", checkpoint: "Контрольная точка журнала: %s, %s (Алматы)",
			key: "Ключ журнала", trusted: "Ключ журнала совпадает с указанным вами.",
			ask:  "ВНИМАНИЕ: ключ журнала взят из самого комплекта. Сравните его с опубликованным университетом или укажите --key.",
			held: "Согласуется с прежним словом журнала",
			standing: map[bundle.Standing]string{
				bundle.StandingOpen: "Акт подписывается.", bundle.StandingInForce: "Акт в силе.", bundle.StandingEnded: "Акт отозван или отменён.",
			},
		},
		"en": {
			complete: "THE BUNDLE IS WHOLE: act, evidence and journal agree, and all three signatures are valid.",
			missing:  "The bundle is whole but the act is not fully signed.",
			broken:   "THE BUNDLE IS NOT WHOLE: it was changed, or is no evidence bundle.",
			holds:    "It holds %d files (%d bytes) and %d records of the journal",
			exported: "Exported by: %s, %s (Almaty)", checkpoint: "The journal's checkpoint: %s, %s (Almaty)",
			key: "The journal's key", trusted: "The journal's key is the one you gave.",
			ask:  "NOTE: the journal's key was taken from the bundle itself. Compare it with the one the university publishes, or give --key.",
			held: "Agrees with an earlier word of the journal",
			standing: map[bundle.Standing]string{
				bundle.StandingOpen: "The act is being signed.", bundle.StandingInForce: "The act is in force.", bundle.StandingEnded: "The act was withdrawn or superseded.",
			},
		},
	}
}

// printBundle says the verdict first and the reasons after it.
func (l language) printBundle(w io.Writer, r bundle.Report) error {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	words := bundleSentences()[l.code]
	switch bundleVerdict(r) {
	case exitWhole:
		say("%s", words.complete)
	case exitUnsigned:
		say("%s", words.missing)
	default:
		say("%s", words.broken)
	}
	if r.Number != "" {
		say("%s %s, %s %d. %s", l.act, shown(r.Number), l.version, r.Version, words.standing[r.Standing])
		say(words.holds, r.Files, r.Bytes, r.Records)
	}
	l.journal(say, words, r)
	for _, a := range r.Acts {
		say("%s: %s, %s %d", l.act, shown(a.File), l.version, a.Version)
		l.signatures(say, a.Report, a.Passkeys)
	}
	var problems []string
	for _, p := range r.Problems {
		problems = append(problems, p.String())
	}
	l.found(say, problems)
	_, err := io.WriteString(w, b.String())
	return err
}

// journal says what the journal's part of a bundle is worth.
func (l language) journal(say func(string, ...any), words bundleWords, r bundle.Report) {
	zone := time.FixedZone("Asia/Almaty", 5*60*60)
	date := func(t time.Time) string { return t.In(zone).Format("02.01.2006 15:04:05") }
	if r.ExportedBy != "" {
		say(words.exported, shown(string(r.ExportedBy)), date(r.ExportedAt))
	}
	if r.Origin == "" {
		return
	}
	say(words.checkpoint, shown(r.Origin), date(r.At))
	say("  %s", r.Tree)
	for _, h := range r.Held {
		say("%s: %s", words.held, h)
	}
	say("%s: %s", words.key, shown(r.Key))
	if r.Trusted {
		say("%s", words.trusted)
	} else {
		say("%s", words.ask)
	}
}
