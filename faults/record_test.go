package faults_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"qyragy/media/vault"
	"qyragy/proctor"
	"qyragy/proctor/journal"
)

// demoSeat is what demo.json says of a seat, in part.
type demoSeat struct {
	ID          proctor.SeatID `json:"id"`
	ExamineeURL string         `json:"examinee_url"`
	WHIPURL     string         `json:"whip_url"`
	WHIPToken   string         `json:"whip_token"`
}

func demoSeats(t *testing.T, data string) []demoSeat {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(data, "demo.json"))
	if err != nil {
		t.Fatal(err)
	}
	var demo struct {
		Seats []demoSeat `json:"seats"`
	}
	if err := json.Unmarshal(raw, &demo); err != nil {
		t.Fatal(err)
	}
	return demo.Seats
}

// record is what the journal has of one seat.
type record struct {
	id       proctor.SeatID
	segments []proctor.StoredSegment
	gaps     []proctor.Gap

	backfills []proctor.StoredBackfill
	stretches []proctor.Stretch
}

// records reads the journal of a server that is not running, and verifies its
// chain.
func records(t *testing.T, data string) []record {
	t.Helper()
	j, err := journal.Open(t.Context(), filepath.Join(data, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if report, err := j.Verify(t.Context()); err != nil || report.Bad != nil {
		t.Fatalf("the journal's chain: %+v %v", report.Bad, err)
	}
	e, err := proctor.Open(t.Context(), j, proctor.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var out []record
	for _, s := range demoSeats(t, data) {
		r := record{id: s.ID}
		if err := e.ViewSeat(s.ID, func(st *proctor.State, seat *proctor.Seat) {
			r.segments, r.gaps = slices.Clone(seat.Segments), slices.Clone(seat.Gaps)
			r.backfills, r.stretches = slices.Clone(seat.Backfills), st.Account(s.ID, time.Now()).Stretches
		}); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// accounted checks that no second between the first and the last frame is
// neither recorded nor a gap, or both.
func (r record) accounted(t *testing.T) {
	t.Helper()
	type stretch struct{ from, to time.Time }
	var all []stretch
	for i, g := range r.segments {
		all = append(all, stretch{g.Start, g.End})
		if i > 0 && (g.Number != r.segments[i-1].Number+1 || g.Prev != r.segments[i-1].SHA256) {
			t.Errorf("%s: segment %d does not follow %d", r.id, g.Number, r.segments[i-1].Number)
		}
	}
	for _, g := range r.gaps {
		all = append(all, stretch{g.From, g.To})
	}
	if len(r.segments) == 0 {
		t.Errorf("%s has no recording", r.id)
	}
	slices.SortFunc(all, func(a, b stretch) int { return a.from.Compare(b.from) })
	for i := 1; i < len(all); i++ {
		if all[i].to.Before(all[i-1].to) { // nothing was filmed for a second or two, and nothing lost: the segment goes on around it
			all[i].to = all[i-1].to
			continue
		}
		if hole := all[i].from.Sub(all[i-1].to); hole > 1100*time.Millisecond || hole < -100*time.Millisecond {
			t.Errorf("%s: %v between %v and %v are not accounted for", r.id, hole, all[i-1].to, all[i].from)
		}
	}
}

// ownStore opens the store of a server that is not running.
func ownStore(t *testing.T, data string) (v *vault.Vault, done func() error) {
	t.Helper()
	e, err := vault.OpenEmbedded(filepath.Join(data, "s3"))
	if err != nil {
		t.Fatal(err)
	}
	if v, err = vault.Open(t.Context(), e.Config("qyragy")); err != nil {
		e.Close()
		t.Fatal(err)
	}
	return v, e.Close
}

// verify reads every segment back, from the spool or the store, and compares
// it with what the journal says. It returns how many there are.
func verify(t *testing.T, data string, all []record) int {
	t.Helper()
	v, done := ownStore(t, data)
	defer done()
	n := 0
	for _, r := range all {
		for _, g := range r.segments {
			f, err := open(t.Context(), data, v, g)
			if err != nil {
				t.Errorf("%s/%d: %v", r.id, g.Number, err)
				continue
			}
			h := sha256.New()
			size, err := io.Copy(h, f)
			f.Close()
			if err != nil || size != g.Size || hex.EncodeToString(h.Sum(nil)) != g.SHA256 {
				t.Errorf("%s/%d is not what the journal says: %d bytes, %v", r.id, g.Number, size, err)
			}
			n++
		}
	}
	return n
}

// fromStore copies a segment out of a server's own store.
func fromStore(t *testing.T, data string, g proctor.StoredSegment) string {
	t.Helper()
	v, done := ownStore(t, data)
	defer done()
	f, err := open(t.Context(), data, v, g)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	to, err := os.Create(filepath.Join(t.TempDir(), "segment.webm"))
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	if _, err := io.Copy(to, f); err != nil {
		t.Fatal(err)
	}
	return to.Name()
}

func open(ctx context.Context, data string, v *vault.Vault, g proctor.StoredSegment) (io.ReadCloser, error) {
	if g.Receipt == nil {
		return os.Open(filepath.Join(data, "spool", string(g.Seat), fmt.Sprintf("%06d.webm", g.Number)))
	}
	f, _, err := v.Get(ctx, g.Receipt.Key, g.Receipt.VersionID)
	return f, err
}

// lost is how much of the time before a cut a seat's recording lacks.
func (r record) lost(t *testing.T, cut time.Time) time.Duration {
	t.Helper()
	var end time.Time
	for _, g := range r.segments {
		if g.Start.Before(cut) && g.End.After(end) {
			end = g.End
		}
	}
	return max(cut.Sub(end), 0)
}

// spread says the median, the 95th percentile and the most.
func spread(d []time.Duration) string {
	slices.Sort(d)
	at := func(q float64) time.Duration { return d[int(q*float64(len(d)-1)+0.5)].Round(time.Millisecond) }
	return fmt.Sprintf("p50 %v, p95 %v, max %v of %d", at(0.5), at(0.95), at(1), len(d))
}
