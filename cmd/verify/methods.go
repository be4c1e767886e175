package main

import (
	"fmt"
	"time"

	"qyragy/acts"
	"qyragy/bundle"
	"qyragy/proctor"
)

// methodWords is how a signature was made, in one language.
type methodWords struct {
	key, ncalayer, paper              string
	stamp, stampTrusted, stampUnknown string
	national                          string // where the national authority was not asked
	revoked                           string // since, but the signature stands
	passkey                           string
	origins                           map[bundle.OriginBy]string
}

func methods() map[string]methodWords {
	return map[string]methodWords{
		"kk": {
			key:      "өз кілтімен; сертификат SHA-256 %s",
			ncalayer: "ЭЦҚ (NCALayer): %s, ЖСН %s, %s; сертификат SHA-256 %s",
			paper:    "басып шығарылған нұсқаға қолмен; растаған %s (%s), сертификат SHA-256 %s; сканер SHA-256 %s",
			stamp:    "уақыт белгісі: %s, %s (%s)", stampTrusted: "сіз берген қызмет", stampUnknown: "қызметі тексерілмеді: --tsa беріңіз",
			national: "НАЗАР АУДАРЫҢЫЗ: ЭЦҚ сертификатын кім бергені тексерілмеді. Ұлттық орталықтың түбірлік сертификатын --national арқылы беріңіз.",
			revoked:  "сертификаты кейін, %s, кері қайтарылған; қол одан бұрын қойылған, ол жарамды",
			passkey:  "кіру кілтімен (passkey) расталған: %s, бет %s (%s)",
			origins:  map[bundle.OriginBy]string{bundle.OriginGiven: "сіз берген бет", bundle.OriginManifest: "жинақтың манифесі бойынша", bundle.OriginItself: "тек растаудың өз сөзі бойынша: --origin беріңіз"},
		},
		"ru": {
			key:      "своим ключом; сертификат SHA-256 %s",
			ncalayer: "ЭЦП (NCALayer): %s, ИИН %s, %s; сертификат SHA-256 %s",
			paper:    "собственноручно на распечатке; заверено: %s (%s), сертификат SHA-256 %s; скан SHA-256 %s",
			stamp:    "метка времени: %s, %s (%s)", stampTrusted: "указанная вами служба", stampUnknown: "служба не проверена: укажите --tsa",
			national: "ВНИМАНИЕ: кем выдан сертификат ЭЦП, не проверено. Укажите корневой сертификат национального центра: --national.",
			revoked:  "сертификат отозван позже, %s; подпись сделана раньше и действительна",
			passkey:  "подтверждено ключом доступа (passkey): %s, страница %s (%s)",
			origins:  map[bundle.OriginBy]string{bundle.OriginGiven: "указанная вами", bundle.OriginManifest: "по манифесту комплекта", bundle.OriginItself: "только по слову самого подтверждения: укажите --origin"},
		},
		"en": {
			key:      "by her own key; certificate SHA-256 %s",
			ncalayer: "by NCALayer: %s, IIN %s, %s; certificate SHA-256 %s",
			paper:    "by hand on a print; attested by %s (%s), certificate SHA-256 %s; scan SHA-256 %s",
			stamp:    "time stamp: %s, %s (%s)", stampTrusted: "the service that you gave", stampUnknown: "the service was not checked: give --tsa",
			national: "NOTE: who issued the NCALayer certificates was not checked. Give the national authority's root: --national.",
			revoked:  "the certificate was revoked since, %s; it was signed before that and the signature stands",
			passkey:  "confirmed by passkey: %s, on page %s (%s)",
			origins:  map[bundle.OriginBy]string{bundle.OriginGiven: "which you gave", bundle.OriginManifest: "as the bundle's manifest says", bundle.OriginItself: "by its own word alone: give --origin"},
		},
	}
}

// method says how s was made and by whose certificate.
func (w methodWords) method(s acts.Signature) string {
	switch s.Method {
	case proctor.MethodNCALayer:
		return fmt.Sprintf(w.ncalayer, shown(s.Subject), shown(s.IIN), shown(s.Algorithm), s.Fingerprint)
	case proctor.MethodPaper:
		return fmt.Sprintf(w.paper, shown(s.AttesterName), shown(string(s.Attester)), s.Fingerprint, s.Scan)
	default:
		return fmt.Sprintf(w.key, s.Fingerprint)
	}
}

// stamped says when an authority saw s.
func (w methodWords) stamped(s acts.Signature, zone *time.Location) string {
	by := w.stampUnknown
	if s.StampTrusted {
		by = w.stampTrusted
	}
	return fmt.Sprintf(w.stamp, s.Stamped.In(zone).Format("02.01.2006 15:04:05"), shown(s.StampedBy), by)
}

// confirmed says that a passkey agreed to a signature, and on whose word the
// page on which it did is the university's.
func (w methodWords) confirmed(p bundle.Confirmed) string {
	return fmt.Sprintf(w.passkey, shown(string(p.Login)), shown(p.Origin), w.origins[p.By])
}
