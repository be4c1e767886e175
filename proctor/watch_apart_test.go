package proctor

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// trouble is one staged fault: what the three who speak of a seat say while it
// lasts, and what may come of it.
type trouble struct {
	name string
	want Cause // "" is none
	warn Cause // of what she is warned if it opens nothing
	play func(*tape)
}

// tape is one seat's staged minute: honest for ten seconds, then the trouble.
// Who says what arrives late, twice, in another order, or not at all.
type tape struct {
	rng   *rand.Rand
	seat  SeatID
	start time.Time
	notes []note
	// see is what a look finds in the trouble's n-th second, and whether a
	// frame of that second can be looked at.
	see    func(n int) ([]Observation, bool)
	packet func(n int) (MediaReport, bool)
}

// note is something that reaches the engine at a moment.
type note struct {
	at   time.Time
	tell func(*hall)
}

const (
	stagedHonest  = 10 // seconds before the trouble
	stagedTrouble = 25 // seconds of it
)

func (p *tape) between(least, most time.Duration) time.Duration {
	return least + time.Duration(p.rng.Int64N(int64(most-least)+1))
}

// claim has the page say something after the trouble began, and so much later
// as the network and a busy page make it.
func (p *tape) claim(after time.Duration, kind ReportKind, detail string) {
	at := p.start.Add(stagedHonest*time.Second + after + p.between(20*time.Millisecond, 350*time.Millisecond))
	p.notes = append(p.notes, note{at, func(h *hall) {
		h.ok(h.Report(h.t.Context(), ClientReport{Seat: p.seat, Kind: kind, Detail: detail}))
	}})
}

func (p *tape) observed(score float64, detail string, causes ...Cause) []Observation {
	var out []Observation
	for _, c := range causes {
		out = append(out, Observation{Cause: c, Score: min(1, score+0.1*p.rng.Float64()), Detail: detail})
	}
	return out
}

// always is a look that finds the same in every second.
func (p *tape) always(causes ...Cause) {
	p.see = func(int) ([]Observation, bool) { return p.observed(0.7, "staged", causes...), true }
}

// dead is a camera that sends no frames from the second second on; the sound
// and the transport go on.
func (p *tape) dead() {
	p.see = func(n int) ([]Observation, bool) { return nil, n == 0 && p.rng.IntN(2) == 0 }
	p.packet = func(n int) (MediaReport, bool) {
		if n == 0 {
			return MediaReport{Connected: true, VideoFrames: p.rng.IntN(15), Bits: 200_000}, true
		}
		return MediaReport{Connected: true, Bits: 20_000 + p.rng.IntN(20_000)}, true
	}
}

// gone is a network that carries nothing; the transport is missed a while later.
func (p *tape) gone(reported bool) {
	missed := 2 + p.rng.IntN(6)
	p.see = func(int) ([]Observation, bool) { return nil, false }
	p.packet = func(n int) (MediaReport, bool) {
		return MediaReport{Connected: n < missed}, reported || n < missed
	}
}

// thin is a network that carries too little.
func (p *tape) thin() {
	p.packet = func(int) (MediaReport, bool) {
		m := MediaReport{Connected: true, VideoFrames: 1 + p.rng.IntN(6), Bits: 12_000 + p.rng.IntN(40_000), Loss: 0.4 * p.rng.Float64()}
		return m, true
	}
}

// honest puts an honest second into the tape.
func (p *tape) honest(n int) {
	p.second(n, nil, true, MediaReport{Connected: true, VideoFrames: 12 + p.rng.IntN(4), Bits: 250_000 + p.rng.IntN(250_000)}, true)
}

// second puts one second's look and packets into the tape.
func (p *tape) second(n int, obs []Observation, seen bool, m MediaReport, reported bool) {
	from := p.start.Add(time.Duration(n) * time.Second)
	if seen && p.rng.IntN(25) > 0 { // now and then a detector is busy
		l := Look{Seat: p.seat, At: from.Add(p.between(400*time.Millisecond, 600*time.Millisecond)), Observations: obs, Luma: 100, Detector: "staged"}
		if len(obs) == 0 {
			l.Faces, l.People = []Box{{0.4, 0.3, 0.2, 0.3}}, 1
		}
		for range 1 + p.rng.IntN(12)/11 { // now and then twice
			late := p.between(50*time.Millisecond, 900*time.Millisecond)
			if p.rng.IntN(30) == 0 {
				late += time.Second // after the next one
			}
			p.notes = append(p.notes, note{l.At.Add(late), func(h *hall) { h.ok(h.Look(h.t.Context(), l)) }})
		}
	}
	if reported {
		m.Seat, m.At = p.seat, from.Add(p.between(900*time.Millisecond, 1100*time.Millisecond))
		late := p.between(0, 150*time.Millisecond)
		p.notes = append(p.notes, note{m.At.Add(late), func(h *hall) { h.ok(h.Packets(h.t.Context(), m)) }})
	}
}

// record makes the tape of a trouble.
func (x trouble) record(rng *rand.Rand, seat SeatID, start time.Time) []note {
	p := &tape{rng: rng, seat: seat, start: start.Add(time.Duration(rng.Int64N(int64(time.Second))))}
	p.see = func(int) ([]Observation, bool) { return nil, true }
	p.packet = func(int) (MediaReport, bool) {
		return MediaReport{Connected: true, VideoFrames: 12 + rng.IntN(4), Bits: 250_000 + rng.IntN(250_000)}, true
	}
	x.play(p)
	for n := range stagedHonest {
		p.honest(n)
	}
	for n := range stagedTrouble {
		obs, seen := p.see(n)
		m, reported := p.packet(n)
		p.second(stagedHonest+n, obs, seen, m, reported)
	}
	return p.notes
}

// troubles are the causes that look alike, each in the ways that it is met.
func troubles() []trouble {
	network := func(name string, play func(*tape)) trouble { return trouble{name, CauseNetwork, "", play} }
	blocked := func(name string, play func(*tape)) trouble { return trouble{name, CauseBlocked, "", play} }
	return []trouble{
		{"honest", "", "", func(*tape) {}},
		{"honest, a still room on few bits", "", "", func(p *tape) {
			p.packet = func(int) (MediaReport, bool) {
				return MediaReport{Connected: true, VideoFrames: 15, Bits: 25_000 + p.rng.IntN(20_000)}, true
			}
		}},
		{"dark room", "", CauseDark, func(p *tape) { p.always(CauseDark) }},
		{"lens covered, black", CauseCovered, "", func(p *tape) { p.always(CauseCovered) }},
		{"lens covered, a look in seven is unsure", CauseCovered, "", func(p *tape) {
			p.see = func(n int) ([]Observation, bool) {
				if n%7 == 6 {
					return p.observed(0.6, "staged", CauseNoFace), true
				}
				return p.observed(0.7, "staged", CauseCovered), true
			}
		}},
		{"lens covered, now and then like a vendor's picture", CauseCovered, "", func(p *tape) {
			p.see = func(n int) ([]Observation, bool) {
				if p.rng.IntN(10) == 0 {
					return p.observed(0.6, "placeholder", CauseBlocked), true
				}
				return p.observed(0.7, "staged", CauseCovered), true
			}
		}},
		{"out of focus", CauseBlurred, "", func(p *tape) { p.always(CauseBlurred) }},
		blocked("taken away, track ended, then NotReadableError", func(p *tape) {
			p.dead()
			p.claim(0, ReportTrackEnded, "")
			p.claim(p.between(time.Second, 3*time.Second), ReportCameraError, "NotReadableError")
		}),
		blocked("permission revoked", func(p *tape) {
			p.dead()
			p.claim(0, ReportTrackEnded, "")
			p.claim(p.between(time.Second, 2*time.Second), ReportCameraError, "NotAllowedError")
		}),
		blocked("muted, black frames go on", func(p *tape) {
			p.always(CauseCovered)
			p.claim(500*time.Millisecond, ReportTrackMuted, "")
		}),
		blocked("muted, no frames", func(p *tape) {
			p.dead()
			p.claim(1500*time.Millisecond, ReportTrackMuted, "")
		}),
		blocked("frames stall on a live track", func(p *tape) {
			p.dead()
			p.claim(2500*time.Millisecond, ReportTrackMuted, "stalled")
		}),
		blocked("taken away, the page reloaded", func(p *tape) {
			p.gone(true)
			p.claim(time.Second, ReportCameraError, "NotReadableError")
			p.claim(16*time.Second, ReportCameraError, "NotReadableError")
		}),
		blocked("AbortError, a black picture in between", func(p *tape) {
			p.claim(0, ReportCameraError, "AbortError")
			p.see = func(n int) ([]Observation, bool) { return p.observed(0.7, "staged", CauseCovered), n < 5 }
			p.packet = func(n int) (MediaReport, bool) {
				return MediaReport{Connected: true, VideoFrames: 10 * max(0, 5-n), Bits: 30_000}, true
			}
		}),
		blocked("vendor's picture", func(p *tape) {
			p.see = func(n int) ([]Observation, bool) {
				if p.rng.IntN(12) == 0 {
					return p.observed(0.7, "staged", CauseNoFace), true
				}
				return p.observed(0.7, "placeholder", CauseBlocked, CauseNoFace), true
			}
		}),
		blocked("vendor's picture that stands still", func(p *tape) {
			p.see = func(int) ([]Observation, bool) {
				return p.observed(0.7, "placeholder", CauseBlocked, CauseFrozen), true
			}
		}),
		network("network dead, reported", func(p *tape) { p.gone(true) }),
		network("network dead, nobody reports", func(p *tape) { p.gone(false) }),
		network("network starved, blurred", func(p *tape) {
			p.thin()
			p.always(CauseBlurred)
		}),
		network("network starved, hardly a frame", func(p *tape) {
			p.thin()
			p.see = func(n int) ([]Observation, bool) {
				return p.observed(0.7, "staged", CauseBlurred), p.rng.IntN(2) == 0
			}
		}),
		network("network starved, now more, now less", func(p *tape) {
			p.always(CauseBlurred)
			p.packet = func(n int) (MediaReport, bool) {
				return MediaReport{Connected: true, VideoFrames: 5, Bits: []int{40_000, 90_000}[n%2]}, true
			}
		}),
		{"program as a camera", CauseVirtual, "", func(p *tape) { p.claim(0, ReportDevice, "OBS Virtual Camera") }},
	}
}

// verdict is what came of a seat: "right", or what was said instead.
func (x trouble) verdict(s *State, seat SeatID) string {
	opened, warned := map[string]bool{}, map[string]bool{}
	for _, i := range s.Incidents {
		if i.Seat == seat {
			opened[string(i.Cause)] = true
			if i.Fault != i.Cause.Fault() || i.Warned.IsZero() {
				opened["fault or warning missing"] = true
			}
		}
	}
	for _, w := range s.Seats[seat].Warnings {
		warned[string(w.Cause)] = true
	}
	got := strings.Join(slices.Sorted(maps.Keys(opened)), "+")
	if got != string(x.want) {
		return "opens " + cmp.Or(got, "nothing")
	}
	delete(warned, string(cmp.Or(x.want, x.warn)))
	delete(warned, string(CauseCovered)) // one black look warns, and a claim takes a moment
	if len(warned) > 0 {
		return "warns of " + strings.Join(slices.Sorted(maps.Keys(warned)), "+")
	}
	return "right"
}

// The causes that look alike are told apart in at least 99 of 100 staged
// cases, whatever comes late, twice, in another order or not at all.
func TestCausesToldApart(t *testing.T) {
	const seeds, least = 50, 0.99
	all := troubles()
	matrix := make([]map[string]int, len(all))
	right := 0
	for seed := range uint64(seeds) {
		h := newHall(t, len(all))
		rng := rand.New(rand.NewPCG(seed, 99))
		var notes []note
		for i, x := range all {
			notes = append(notes, x.record(rng, h.seats[i], noon)...)
		}
		h.play(notes)
		for i, x := range all {
			if matrix[i] == nil {
				matrix[i] = map[string]int{}
			}
			h.ok(h.ViewSeat(h.seats[i], func(s *State, _ *Seat) {
				v := x.verdict(s, h.seats[i])
				matrix[i][v]++
				if v == "right" {
					right++
				}
			}))
		}
	}
	for i, x := range all {
		t.Logf("%-52s %-8s %v", x.name, cmp.Or(x.want, "nothing"), matrix[i])
	}
	share := float64(right) / float64(seeds*len(all))
	t.Logf("%d staged cases, %.2f %% told apart", seeds*len(all), 100*share)
	if share < least {
		t.Errorf("%.2f %% of the staged cases are told apart, want %.0f", 100*share, 100*least)
	}
}

// play tells the engine each note in its time, and the time each second.
func (h *hall) play(notes []note) {
	h.t.Helper()
	for n := range stagedHonest + stagedTrouble + 2 {
		notes = append(notes, note{noon.Add(time.Duration(n)*time.Second + 1), func(h *hall) { h.ok(h.tick(h.t.Context(), h.exam)) }})
	}
	slices.SortStableFunc(notes, func(a, b note) int { return a.at.Compare(b.at) })
	for _, n := range notes {
		h.clock.add(n.at.Sub(h.clock.now()))
		n.tell(h)
	}
}
