package proctor

import (
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// patient is the default policy with a rule of its own.
func patient(c Cause, r Rule) Policy {
	p := DefaultPolicy()
	p.Rules[c] = r
	return p
}

// open lists the causes of what goes on in a seat.
func (h *hall) open(seat SeatID) []Cause {
	h.t.Helper()
	var out []Cause
	h.ok(h.ViewSeat(seat, func(s *State, _ *Seat) {
		for _, i := range s.Incidents {
			if i.Seat == seat && i.State == IncidentOpen {
				out = append(out, i.Cause)
			}
		}
	}))
	slices.Sort(out)
	return out
}

func (h *hall) told() []string {
	var out []string
	for _, e := range h.j.events(h.t) {
		out = append(out, e.Fact.Type())
	}
	return out
}

func TestSetPolicyTakesEffectAtOnce(t *testing.T) {
	h := newHall(t, 2)
	ctx := t.Context()
	black := Observation{Cause: CauseCovered, Score: 0.9}
	h.covered(h.seats[0])
	h.covered(h.seats[1])

	off := DefaultPolicy()
	delete(off.Rules, CauseCovered)
	h.ok(h.SetPolicy(ctx, "maman", h.exam, off))
	for _, id := range h.seats {
		if got := h.open(id); len(got) > 0 {
			t.Fatalf("%v goes on after it was switched off", got)
		}
		for range 5 {
			h.second(id, black)
		}
		if got := h.open(id); len(got) > 0 {
			t.Fatalf("%v was raised although it is off", got)
		}
	}
	h.ok(h.SetPolicy(ctx, "basshy", h.exam, patient(CauseCovered, Rule{Warn: 2 * time.Second, Open: 4 * time.Second, Close: time.Second})))
	n := 0
	for len(h.open(h.seats[0])) == 0 && n < 10 {
		h.second(h.seats[0], black)
		n++
	}
	if n != 5 { // the first sight, and four seconds more
		t.Errorf("a candidate after %d looks, want 5", n)
	}
	var changes []PolicyChange
	h.ok(h.View(h.exam, func(s *State) { changes = slices.Clone(s.Policies) }))
	if len(changes) != 3 || changes[1].By != "maman" || changes[2].By != "basshy" || !changes[2].At.After(changes[1].At) {
		t.Errorf("the changes on record are %+v", changes)
	}
}

// A policy that says the same again is not journaled again.
func TestSetPolicyTwice(t *testing.T) {
	h := newHall(t, 0)
	h.ok(h.SetPolicy(t.Context(), "maman", h.exam, DefaultPolicy()))
	h.ok(h.SetPolicy(t.Context(), "maman", h.exam, patient(CauseAway, Rule{Open: time.Minute, Close: time.Second})))
	h.ok(h.SetPolicy(t.Context(), "maman", h.exam, patient(CauseAway, Rule{Open: time.Minute, Close: time.Second})))
	if n := slices.Index(h.told(), "exam.policy_changed"); n < 0 || slices.Contains(h.told()[n+1:], "exam.policy_changed") {
		t.Errorf("the journal has %v", h.told())
	}
}

// What is only advised of from now on is no candidate any more.
func TestAdviceOnlyEndsTheCandidate(t *testing.T) {
	h := newHall(t, 1)
	h.covered(h.seats[0])
	h.ok(h.SetPolicy(t.Context(), "maman", h.exam, patient(CauseCovered, Rule{Off: true, Warn: time.Second})))
	for range 5 {
		h.second(h.seats[0], Observation{Cause: CauseCovered, Score: 1})
	}
	if got := h.open(h.seats[0]); len(got) > 0 {
		t.Errorf("%v goes on", got)
	}
	var warned int
	h.ok(h.ViewSeat(h.seats[0], func(_ *State, t *Seat) { warned = len(t.Warnings) }))
	if warned != 2 {
		t.Errorf("warned %d times, want once before and once after", warned)
	}
}

func TestSetPolicyRefuses(t *testing.T) {
	h := newHall(t, 0)
	ctx := t.Context()
	loss, floor := DefaultPolicy(), DefaultPolicy()
	loss.NetworkLoss, floor.NetworkFloor = math.NaN(), mostFloor+1
	backwards := DefaultPolicy()
	backwards.Order = "backwards"
	for name, c := range map[string]struct {
		p   Policy
		key string
	}{
		"an unknown cause":     {patient("levitating", Rule{Open: time.Second, Close: time.Second}), "policy_cause"},
		"what a person raises": {patient(CauseOther, Rule{Close: time.Second}), "policy_cause"},
		"a dark room":          {patient(CauseDark, Rule{Open: time.Minute, Close: time.Second}), "policy_dark"},
		"a single look":        {patient(CauseObject, Rule{Close: time.Second}), "policy_soon"},
		"opens before it warns": {patient(CauseObject, Rule{Warn: 3 * time.Second, Open: 2 * time.Second, Close: time.Second}),
			"policy_rule"},
		"a strange order": {backwards, "policy_order"},
		"no loss at all":  {loss, "policy_rule"}, "too high a floor": {floor, "policy_rule"},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, h.SetPolicy(ctx, "maman", h.exam, c.p), Invalid, c.key) })
	}
	x := testExam()
	x.Policy = patient(CauseObject, Rule{Close: time.Second})
	_, err := h.ScheduleExam(ctx, "maman", x)
	wantError(t, err, Invalid, "policy_soon")
	wantError(t, h.SetPolicy(ctx, "maman", "nowhere", DefaultPolicy()), NotFound, "exam")
	h.clock.add(25 * time.Hour)
	wantError(t, h.SetPolicy(ctx, "maman", h.exam, patient(CauseAway, Rule{Close: time.Second, Open: time.Minute})), Conflict, "exam_over")
}

func TestAccommodateTakesEffectAtOnce(t *testing.T) {
	h := newHall(t, 2)
	ctx := t.Context()
	h.covered(h.seats[0])
	h.covered(h.seats[1])
	granted := Accommodation{Off: []Cause{CauseCovered}, Companions: 1, Note: "Аудармашы"}
	h.ok(h.Accommodate(ctx, "maman", h.seats[0], granted))
	for range 3 {
		h.second(h.seats[0], Observation{Cause: CauseCovered, Score: 0.9})
	}
	if a, b := h.open(h.seats[0]), h.open(h.seats[1]); len(a) != 0 || !slices.Contains(b, CauseCovered) {
		t.Errorf("granted %v goes on, not granted %v", a, b)
	}
	h.ok(h.ViewSeat(h.seats[0], func(_ *State, s *Seat) {
		if d := cmp.Diff(granted, s.Accommodation); d != "" || s.Accommodated == nil || s.Accommodated.By != "maman" {
			t.Errorf("granted by %v: %s", s.Accommodated, d)
		}
	}))
	h.ok(h.Accommodate(ctx, "maman", h.seats[0], Accommodation{}))
	h.covered(h.seats[0])
}

func TestAccommodateRefuses(t *testing.T) {
	h := newHall(t, 2)
	ctx := t.Context()
	for name, a := range map[string]Accommodation{
		"a crowd": {Companions: 6}, "fewer than none": {Companions: -1}, "an unknown cause": {Off: []Cause{"x"}},
		"a cause twice": {Off: []Cause{CauseVoice, CauseVoice}}, "a control character": {Note: "a\x00"},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, h.Accommodate(ctx, "maman", h.seats[0], a), Invalid, "accommodation") })
	}
	wantError(t, h.Accommodate(ctx, "maman", "nowhere", Accommodation{}), NotFound, "seat")
	h.ok(h.Finish(ctx, "maman", h.seats[1]))
	wantError(t, h.Accommodate(ctx, "maman", h.seats[1], Accommodation{Companions: 1}), Conflict, "seat_stage")
	h.clock.add(25 * time.Hour)
	wantError(t, h.Accommodate(ctx, "maman", h.seats[0], Accommodation{Companions: 1}), Conflict, "exam_over")
}

func TestMarkScenery(t *testing.T) {
	h := newHall(t, 1)
	ctx, seat := t.Context(), h.seats[0]
	mirror := Box{0.7, 0.1, 0.3, 0.4}
	h.ok(h.MarkScenery(ctx, "proctor", seat, []Box{mirror}))
	h.ok(h.ViewSeat(seat, func(_ *State, s *Seat) {
		if !slices.Equal(s.Scenery, []Box{mirror}) {
			t.Errorf("the scenery is %v", s.Scenery)
		}
	}))
	for name, b := range map[string]Box{
		"no number": {math.NaN(), 0, 1, 1}, "endless": {0, 0, math.Inf(1), 1}, "outside": {0.5, 0.5, 0.6, 0.1},
		"left of it": {-0.1, 0, 0.5, 0.5}, "nothing": {0.1, 0.1, 0, 0.1},
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, h.MarkScenery(ctx, "proctor", seat, []Box{b}), Invalid, "scenery_box")
		})
	}
	wantError(t, h.MarkScenery(ctx, "proctor", seat, slices.Repeat([]Box{mirror}, SceneryLimit+1)), Invalid, "scenery_many")
	h.ok(h.MarkScenery(ctx, "proctor", seat, nil))
	h.ok(h.ViewSeat(seat, func(_ *State, s *Seat) {
		if len(s.Scenery) > 0 {
			t.Errorf("the scenery is %v", s.Scenery)
		}
	}))
}

// What was changed is still so after a restart, and holds for new watches.
func TestChangesSurviveARestart(t *testing.T) {
	h := newHall(t, 1)
	ctx, seat := t.Context(), h.seats[0]
	p := DefaultPolicy()
	delete(p.Rules, CauseCovered)
	h.ok(h.SetPolicy(ctx, "maman", h.exam, p))
	h.ok(h.MarkScenery(ctx, "proctor", seat, []Box{{0, 0, 0.5, 0.5}}))
	h.Close()
	again := openHall(t, h.j)
	again.exam, again.seats = h.exam, h.seats
	again.clock.at = h.clock.now()
	for range 4 {
		again.second(seat, Observation{Cause: CauseCovered, Score: 1})
	}
	again.ok(again.ViewSeat(seat, func(s *State, t *Seat) {
		if len(s.Policies) != 2 || len(t.Scenery) != 1 || !slices.Contains(s.Off(t), CauseCovered) {
			h.t.Errorf("after the restart: %+v, scenery %v", s.Policies, t.Scenery)
		}
	}))
	if got := again.open(seat); slices.Contains(got, CauseCovered) {
		t.Error("a cause that is off was raised after a restart")
	}
}

// A hint is confirmed in a person's own words, which stay on record.
func TestHintIsConfirmedInWords(t *testing.T) {
	h := newHall(t, 1)
	ctx, seat := t.Context(), h.seats[0]
	for range 5 {
		h.second(seat, Observation{Cause: CauseObject, Score: 0.9, Detail: "phone 0.90"})
	}
	var id IncidentID
	h.ok(h.ViewSeat(seat, func(s *State, _ *Seat) { id = slices.Collect(maps.Keys(s.Incidents))[0] }))
	for _, empty := range []string{"", " \n "} {
		_, err := h.Confirm(ctx, "proctor", id, []Reason{A4}, empty)
		wantError(t, err, Invalid, "hint_text")
	}
	_, err := h.Confirm(ctx, "proctor", id, []Reason{A4}, "Телефонға қарап отыр")
	h.ok(err)
	h.ok(h.ViewIncident(id, func(_ *State, i *Incident) {
		if i.Text != "Телефонға қарап отыр" || i.By != "proctor" {
			t.Errorf("judged by %q with %q", i.By, i.Text)
		}
	}))
	// Raised by a person it has her words already.
	i, err := h.Raise(ctx, "proctor", seat, CauseObject, "Кітап", time.Time{})
	h.ok(err)
	_, err = h.Confirm(ctx, "proctor", i.ID, []Reason{A4}, "")
	h.ok(err)
}

// Degraded detectors are on record until every look has been current again.
func TestDegradedEnds(t *testing.T) {
	h := newHall(t, 2)
	ctx := t.Context()
	degraded := func() (on bool) {
		h.ok(h.View(h.exam, func(s *State) { on = s.Degraded != nil }))
		return on
	}
	look := func(seats ...SeatID) {
		for _, id := range seats {
			h.second(id)
		}
		h.ok(h.tick(ctx, h.exam))
	}
	h.ok(h.Degraded(ctx, "it died"))
	h.ok(h.Degraded(ctx, "it died again"))
	for range 20 {
		look(h.seats[0], h.seats[0], h.seats[0], h.seats[0]) // the other one is not looked at
	}
	if !degraded() {
		t.Fatal("restored although a seat is not looked at")
	}
	for range 8 {
		look(h.seats...) // two seconds
	}
	if degraded() {
		t.Fatal("still degraded although all looks are current")
	}
	if n := len(slices.DeleteFunc(h.told(), func(s string) bool { return s != "detector.restored" })); n != 1 {
		t.Errorf("restored %d times", n)
	}
	h.ok(h.Degraded(ctx, "once more"))
	if look(h.seats...); !degraded() {
		t.Error("restored at once")
	}
}
