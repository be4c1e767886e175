package acts

import "time"

// almaty is Kazakhstan's one zone since 1 March 2024, UTC+5. It is fixed here
// because an act must print the same on a machine with an old zone table.
func almaty(t time.Time) time.Time { return t.In(time.FixedZone("Asia/Almaty", 5*60*60)) }

// both prints a moment in Almaty's time and in UTC.
func both(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return almaty(t).Format("02.01.2006 15:04:05") + " (Алматы) · " + t.UTC().Format("2006-01-02 15:04:05") + " UTC"
}
