package proctor

import (
	"math/rand/v2"
	"testing"
	"time"
)

// slot is the grain of the model that the account is compared with.
const slot = 100 * time.Millisecond

// slots is an exam told moment by moment, the slow and obvious way.
type slots struct {
	admitted, end int
	recorded      []int // how many segments claim it
	gap           []GapCause
	backfill      []bool
}

func (m slots) kind(i int) StretchKind {
	switch {
	case i < m.admitted:
		return StretchNotAdmitted
	case m.recorded[i] > 0:
		return StretchRecorded
	case m.backfill[i]:
		return StretchBackfilled
	case m.gap[i] != "":
		return StretchGap
	}
	return StretchUnaccounted
}

// account adds the model up; an unaccounted seam of up to a second is of the
// recording or the gap before it.
func (m slots) account() Account {
	a := Account{Gaps: map[GapCause]time.Duration{}}
	add := func(kind StretchKind, cause GapCause, n int) {
		d := time.Duration(n) * slot
		switch kind {
		case StretchNotAdmitted:
			a.NotAdmitted += d
		case StretchRecorded:
			a.Recorded += d
		case StretchBackfilled:
			a.Backfilled += d
		case StretchGap:
			a.Gaps[cause] += d
		default:
			a.Unaccounted += d
		}
	}
	for i := 0; i < m.end; {
		kind, from := m.kind(i), i
		for i < m.end && m.kind(i) == kind && (kind != StretchGap || m.gap[i] == m.gap[from]) {
			if i >= m.admitted {
				a.Double += time.Duration(max(0, m.recorded[i]-1)) * slot
			}
			i++
		}
		cause := m.gap[from]
		if kind == StretchUnaccounted && time.Duration(i-from)*slot <= AccountSlack && from > 0 {
			if before := m.kind(from - 1); before == StretchRecorded || before == StretchGap {
				kind, cause = before, m.gap[from-1]
			}
		}
		add(kind, cause, i-from)
	}
	return a
}

// TestAccountAgainstTheModel tells ten thousand random seats both ways.
func TestAccountAgainstTheModel(t *testing.T) {
	causes := []GapCause{GapNetwork, GapDevice, GapRestart, GapOverload, GapDisk}
	for seed := range uint64(10_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := 50 + r.IntN(600)
		at := func(i int) time.Time { return noon.Add(time.Duration(i) * slot) }
		m := slots{end: n, recorded: make([]int, n), gap: make([]GapCause, n), backfill: make([]bool, n)}
		s := NewState()
		s.Exam = Exam{Opens: noon, Closes: at(n)}
		seat := &Seat{ID: "s"}
		s.Seats["s"] = seat
		m.admitted = max(0, r.IntN(n)-n/3)
		seat.Admitted = at(m.admitted)
		if r.IntN(10) == 0 {
			m.admitted, seat.Admitted = n, time.Time{}
		}
		if r.IntN(3) == 0 {
			m.end = 1 + r.IntN(n)
			seat.Finished = at(m.end)
		}
		stretch := func() (from, to int) {
			from = r.IntN(n+40) - 20
			return from, from + 1 + r.IntN(1+n/3)
		}
		inside := func(from, to int, each func(int)) {
			for i := max(0, from); i < min(n, to); i++ {
				each(i)
			}
		}
		for k := range r.IntN(6) {
			from, to := stretch()
			seat.Segments = append(seat.Segments, StoredSegment{Segment: Segment{Number: k, Start: at(from), End: at(to)}})
			inside(from, to, func(i int) { m.recorded[i]++ })
		}
		for range r.IntN(5) {
			from, to := stretch()
			cause := causes[r.IntN(len(causes))]
			seat.Gaps = append(seat.Gaps, Gap{From: at(from), To: at(to), Cause: cause})
			inside(from, to, func(i int) {
				if m.gap[i] == "" {
					m.gap[i] = cause
				}
			})
		}
		for k := range r.IntN(4) {
			from, to := stretch()
			hole := from + r.IntN(to-from)
			b := Backfill{Number: k, From: at(from), To: at(to), Holes: []Span{{at(hole), at(min(to, hole+3))}}}
			seat.Backfills = append(seat.Backfills, StoredBackfill{Backfill: b})
			inside(from, hole, func(i int) { m.backfill[i] = true })
			inside(min(to, hole+3), to, func(i int) { m.backfill[i] = true })
		}
		checkAccount(t, seed, s.Account("s", at(n+r.IntN(100))), m.account(), at(m.end))
		if t.Failed() {
			return
		}
	}
}

func checkAccount(t *testing.T, seed uint64, got, want Account, end time.Time) {
	t.Helper()
	if got.Recorded != want.Recorded || got.Backfilled != want.Backfilled || got.NotAdmitted != want.NotAdmitted ||
		got.Unaccounted != want.Unaccounted || got.Double != want.Double || got.Gap() != want.Gap() {
		t.Errorf("seed %d: got %+v\nwant %+v", seed, got, want)
	}
	for cause, d := range want.Gaps {
		if got.Gaps[cause] != d {
			t.Errorf("seed %d: %v of %s, want %v", seed, got.Gaps[cause], cause, d)
		}
	}
	next := noon
	for _, x := range got.Stretches {
		if !x.From.Equal(next) || !x.To.After(x.From) {
			t.Errorf("seed %d: %+v does not begin at %v", seed, x, next)
		}
		next = x.To
	}
	if !next.Equal(end) || !got.To.Equal(end) {
		t.Errorf("seed %d: the account ends at %v, want %v", seed, next, end)
	}
	if got.Double == 0 && got.Sum()+got.Unaccounted != got.Length() {
		t.Errorf("seed %d: the sum is %v of %v", seed, got.Sum()+got.Unaccounted, got.Length())
	}
	if got.Whole() != (got.Unaccounted <= AccountSlack && (got.Sum()-got.Length()).Abs() <= AccountSlack) {
		t.Errorf("seed %d: whole", seed)
	}
}

// TestSettleClosesTheBooks tells what the engine itself knows of the gaps.
func TestSettleClosesTheBooks(t *testing.T) {
	minute := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
	for name, c := range map[string]struct {
		tell  func(h *hall, seat SeatID)
		want  map[GapCause]time.Duration
		whole bool
	}{
		"never came": {func(h *hall, seat SeatID) {}, map[GapCause]time.Duration{GapNetwork: 10 * time.Minute}, true},
		"camera failed": {func(h *hall, seat SeatID) {
			h.ok(h.Report(t.Context(), ClientReport{Seat: seat, Kind: ReportCameraError, Detail: "NotReadableError"}))
		}, map[GapCause]time.Duration{GapDevice: 10 * time.Minute}, true},
		"came and went": {func(h *hall, seat SeatID) {
			h.ok(h.Packets(t.Context(), MediaReport{Seat: seat, At: noon, Connected: true}))
			h.ok(h.SegmentSealed(t.Context(), Segment{Seat: seat, Start: noon, End: minute(4), SHA256: "x"}))
			h.clock.add(4 * time.Minute)
			h.ok(h.Packets(t.Context(), MediaReport{Seat: seat, At: minute(4)}))
		}, map[GapCause]time.Duration{GapNetwork: 6 * time.Minute}, true},
		"the recorder said nothing": {func(h *hall, seat SeatID) {
			h.ok(h.Packets(t.Context(), MediaReport{Seat: seat, At: noon, Connected: true}))
		}, map[GapCause]time.Duration{}, false},
		"its gap ends with the exam": {func(h *hall, seat SeatID) {
			h.ok(h.Packets(t.Context(), MediaReport{Seat: seat, At: noon, Connected: true}))
			h.ok(h.RecordingGap(t.Context(), Gap{seat, noon, minute(600), GapOverload}))
		}, map[GapCause]time.Duration{GapOverload: 10 * time.Minute}, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := openHall(t, &memory{})
			x := testExam()
			x.Opens = noon
			x, err := h.ScheduleExam(t.Context(), "maman", x)
			h.ok(err)
			seat, _, err := h.AssignSeat(t.Context(), "maman", x.ID, testExaminee(0), Accommodation{})
			h.ok(err)
			h.ok(h.MachineJoin(t.Context(), seat))
			c.tell(h, seat)
			if _, err := h.Settle(t.Context(), seat); KindOf(err) != Conflict {
				t.Errorf("an exam under way was settled: %v", err)
			}
			h.clock.add(minute(10).Sub(h.clock.now()))
			h.ok(h.Finish(t.Context(), SeatActor(seat), seat))
			a, err := h.Settle(t.Context(), seat)
			h.ok(err)
			if a.Whole != c.whole || (a.UnaccountedMS > 1000) == c.whole {
				t.Errorf("account %+v", a)
			}
			for cause, d := range c.want {
				if a.GapsMS[cause] != d.Milliseconds() {
					t.Errorf("%s: %d ms, want %v", cause, a.GapsMS[cause], d)
				}
			}
			if len(a.GapsMS) != len(c.want) {
				t.Errorf("gaps %v", a.GapsMS)
			}
			before := len(h.j.events(t))
			again, err := h.Settle(t.Context(), seat)
			h.ok(err)
			if !again.same(&a) || len(h.j.events(t)) != before {
				t.Error("told again it said something new")
			}
			h.Close()
			next := openHall(t, h.j.again())
			next.ok(next.View(x.ID, func(s *State) {
				if len(s.Unsettled()) != 0 || !s.Seats[seat].Accounted.same(&a) {
					t.Error("the account is not there after a replay")
				}
			}))
		})
	}
}

// TestSettleAfterARestart: who was connected when the server died and never
// came back was missed because of the restart, if nothing of her was saved.
func TestSettleAfterARestart(t *testing.T) {
	h := newHall(t, 1)
	seat := h.seats[0]
	h.Close()
	next := openHall(t, h.j.again())
	next.clock.add(time.Minute)
	next.ok(next.Finish(t.Context(), SeatActor(seat), seat))
	a, err := next.Settle(t.Context(), seat)
	next.ok(err)
	if !a.Whole || a.GapsMS[GapRestart] == 0 && a.GapsMS[GapNetwork] == 0 {
		t.Errorf("account %+v", a)
	}
}

// BenchmarkAccount is a seat that made as much trouble as it can: three hours
// with a gap every two seconds, all of it backfilled in small pieces.
func BenchmarkAccount(b *testing.B) {
	s := NewState()
	at := func(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }
	const end = 3 * 3600
	s.Exam = Exam{Opens: noon, Closes: at(end)}
	t := &Seat{ID: "s", Admitted: noon}
	s.Seats["s"] = t
	for i := 0; i < end; i += 4 {
		t.Segments = append(t.Segments, StoredSegment{Segment: Segment{Number: i, Start: at(i), End: at(i + 2)}})
		t.Gaps = append(t.Gaps, Gap{From: at(i + 2), To: at(i + 4), Cause: GapNetwork})
		if len(t.Backfills) < 2000 {
			t.Backfills = append(t.Backfills, StoredBackfill{Backfill: Backfill{Number: i, From: at(end - i - 2), To: at(end - i)}})
		}
	}
	for b.Loop() {
		if a := s.Account("s", at(end)); !a.Whole() {
			b.Fatalf("%+v", a)
		}
	}
}
