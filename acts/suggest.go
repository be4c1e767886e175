package acts

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"qyragy/proctor"
)

// Suggestion is a first wording of an Appendix B act, for a person to change.
type Suggestion struct {
	Purpose string `json:"purpose"`
	Result  string `json:"result"`
}

// Suggest words what is known of a cluster of faults.
func Suggest(c proctor.Cluster, incidents []proctor.Incident) Suggestion {
	day, clock := almaty(c.From).Format("02.01.2006"), almaty(c.From).Format("15:04:05")
	s := Suggestion{Purpose: fmt.Sprintf("Емтихан кезінде %s күні сағат %s-де (Алматы уақыты) %d студентте болған техникалық ақаудың себебін анықтау.", day, clock, len(c.Seats))}
	var seen []string
	for _, i := range incidents {
		what := CauseText(i.Cause)
		if i.Client != "" {
			what += " (" + i.Client + ")"
		} else if d := connection(i.Peak.Detail); d != "" {
			what += " (" + d + ")"
		}
		if !slices.Contains(seen, what) && len(seen) < 4 {
			seen = append(seen, what)
		}
	}
	whose := "Ақау жеке студенттің құрылғысына немесе байланысына қатысты."
	if c.Ours {
		whose = fmt.Sprintf("%d студентте %s ішінде басталған: ақау тестілеу жүйесі жағында немесе ортақ байланыс желісінде.", len(c.Seats), seconds(c.To.Sub(c.From)))
	}
	s.Result = "Жүйе тіркегені: " + strings.Join(seen, "; ") + ". " + whose
	return s
}

// connection words the details of a network fault; those of the annex only
// give nothing.
func connection(detail string) string {
	switch detail {
	case "no transport":
		return "байланыс мүлде үзілген"
	case "no packets", "no video frames":
		return "бейне деректері келмеген"
	default:
		return ""
	}
}

// seconds is a short stretch of time, rounded up.
func seconds(d time.Duration) string {
	return fmt.Sprintf("%d секунд", int(d/time.Second)+1)
}

// Health says in words what of the gaps was our own servers' doing.
func Health(gaps []Gap) string {
	count := map[proctor.GapCause]int{}
	for _, g := range gaps {
		count[g.Cause]++
	}
	var say []string
	for _, c := range []struct {
		cause proctor.GapCause
		words string
	}{
		{proctor.GapRestart, "сервер қайта іске қосылған"},
		{proctor.GapOverload, "сервер шамадан тыс жүктелген"},
		{proctor.GapDisk, "сервердің дискісінде орын болмаған"},
	} {
		if count[c.cause] > 0 {
			say = append(say, fmt.Sprintf("%s (%d үзіліс)", c.words, count[c.cause]))
		}
	}
	if len(say) == 0 {
		return "қамтылған студенттердің үзілістерінде сервер тарапынан ақау тіркелмеген"
	}
	return strings.Join(say, "; ")
}
