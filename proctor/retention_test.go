package proctor

import (
	"testing"
	"time"
)

// TestKeep: what an act or an unjudged candidate rests on is held, whatever
// its age; the rest goes when its retention ends and not before.
func TestKeep(t *testing.T) {
	const day = 24 * time.Hour
	at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	receipt := func(key string) *Receipt { return &Receipt{Key: key, VersionID: "v-" + key, At: at} }
	segment := func(n int, key string) StoredSegment {
		from := at.Add(time.Duration(n) * time.Minute)
		return StoredSegment{Segment: Segment{Number: n, Start: from, End: from.Add(time.Minute)}, Receipt: receipt(key)}
	}
	s := NewState()
	s.Exam.Policy = DefaultPolicy()
	s.Seats["seat"] = &Seat{ID: "seat", Segments: []StoredSegment{
		segment(0, "before"), segment(5, "act"), segment(10, "dismissed"), segment(20, "candidate"),
	}, Identity: &Comparison{Still: *receipt("identity")}}
	backfill := func(n, minute int, key string) StoredBackfill {
		from := at.Add(time.Duration(minute) * time.Minute)
		return StoredBackfill{Backfill: Backfill{Number: n, From: from, To: from.Add(time.Minute)}, Receipt: receipt(key)}
	}
	s.Seats["seat"].Backfills = []StoredBackfill{backfill(0, 5, "sent-act"), backfill(1, 10, "sent-dismissed")}
	add := func(id IncidentID, minute int, state IncidentState, act ActID) {
		opened := at.Add(time.Duration(minute)*time.Minute + 30*time.Second)
		s.Incidents[id] = &Incident{ID: id, Seat: "seat", State: state, Opened: opened, Closed: opened.Add(5 * time.Second),
			Act: act, Still: &Still{Receipt: *receipt("still-" + string(id))}}
	}
	add("confirmed", 5, IncidentConfirmed, "act")
	add("dismissed", 10, IncidentDismissed, "")
	add("waiting", 20, IncidentClosed, "")
	s.Acts["act"] = &Act{ID: "act", Seat: "seat", Cause: "confirmed", State: InForce, Document: Document{Receipt: *receipt("document")},
		Scans: []Scan{{ID: "scan", Receipt: *receipt("scan")}}}

	check := func(name string, now time.Time, hold, expire []string) {
		t.Helper()
		k := s.Keep(now, 30*day)
		got := map[string]string{}
		for _, r := range k.Hold {
			got[r.Key] = "hold"
		}
		for _, x := range k.Expire {
			got[x.Receipt.Key] = "expire"
		}
		want := map[string]string{}
		for _, key := range hold {
			want[key] = "hold"
		}
		for _, key := range expire {
			want[key] = "expire"
		}
		for key := range want {
			if got[key] != want[key] {
				t.Errorf("%s: %s is %q, want %q", name, key, got[key], want[key])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	needed := []string{"act", "sent-act", "candidate", "still-confirmed", "still-waiting", "identity", "document", "scan"}
	check("young", at.Add(29*day), needed, nil)
	check("old", at.Add(31*day), needed, []string{"before", "dismissed", "sent-dismissed", "still-dismissed"})

	s.Acts["act"].State, s.Acts["act"].Ended = Superseded, at.Add(100*day)
	check("superseded", at.Add(129*day), []string{"act", "sent-act", "candidate", "still-confirmed", "still-waiting", "identity"},
		[]string{"before", "dismissed", "sent-dismissed", "still-dismissed"})
	check("superseded long ago", at.Add(131*day), []string{"candidate", "still-waiting"},
		[]string{"before", "act", "sent-act", "dismissed", "sent-dismissed", "still-confirmed", "still-dismissed", "identity"})

	s.LastSeq = 1
	err := s.Apply(Event{Seq: 2, Fact: &EvidenceExpired{"seat", "before", "v-before"}})
	if err != nil || !s.Seats["seat"].Segments[0].Expired {
		t.Fatalf("the segment is not marked as expired: %v", err)
	}
	for _, x := range s.Keep(at.Add(31*day), 30*day).Expire {
		if x.Receipt.Key == "before" {
			t.Error("what has expired is to be deleted once more")
		}
	}
}
