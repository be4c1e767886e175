package acts

import (
	"fmt"
	"slices"
	"time"

	"qyragy/proctor"
)

// Backfill is a stretch around an incident that the examinee's own page
// recorded and sent afterwards. The annex lists it apart from the server's
// recording, and says so: it is evidence of lesser weight.
type Backfill struct {
	Number     int       `json:"number"`
	From       time.Time `json:"from"` // as the client says
	To         time.Time `json:"to"`
	SHA256     string    `json:"sha256"` // hex
	ReceivedAt time.Time `json:"received_at"`
}

// BackfillOf is what an act says of a backfill.
func BackfillOf(b proctor.Backfill) Backfill {
	return Backfill{b.Number, b.From, b.To, b.SHA256, b.ReceivedAt}
}

// normalBackfills copies in, with times as a document has them.
func normalBackfills(in []Backfill) []Backfill {
	out := slices.Clone(in)
	for i, b := range out {
		out[i].From, out[i].To, out[i].ReceivedAt = utc(b.From), utc(b.To), utc(b.ReceivedAt)
	}
	return out
}

// validBackfills reports whether in fits an annex.
func validBackfills(in []Backfill) bool {
	for _, b := range in {
		if !fits(b.SHA256, maxID) {
			return false
		}
	}
	return len(in) <= maxItems
}

// backfills lists them; an act without any says nothing of them.
func (a *annex) backfills(backfills []Backfill) {
	if len(backfills) == 0 {
		return
	}
	a.heading("Тапсырушының браузері кейін жіберген жазбалар (SHA-256): сервер жазбасы емес")
	for _, b := range backfills {
		a.fileLine(b.Number, b.From, b.To, b.SHA256)
	}
}

// fileLine is a file's number, time and hash.
func (a *annex) fileLine(number int, from, to time.Time, sha256 string) {
	a.need(annexLead)
	a.y += annexLead
	a.put(leftEdge, a.y, regular, 8, fmt.Sprintf("№%d", number))
	a.put(leftEdge+36, a.y, regular, 8, almaty(from).Format("02.01 15:04:05")+"–"+almaty(to).Format("15:04:05"))
	a.put(leftEdge+150, a.y, regular, 8, a.wrap(printable(sha256), regular, 8, rightEdge-leftEdge-150, 300)[0])
}
