package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"qyragy/proctor"
)

// hint lets detectors see an object at a seat until it is a candidate.
func (k *kit) hint(seat proctor.SeatID) (id proctor.IncidentID) {
	k.t.Helper()
	at := time.Now().UTC().Add(-10 * time.Second)
	for n := range 6 {
		must(k.t, k.engine.Look(k.t.Context(), proctor.Look{
			Seat: seat, At: at.Add(time.Duration(n) * time.Second), Detector: "test",
			Faces: []proctor.Box{{X: 0.4, Y: 0.2, W: 0.2, H: 0.3}}, Persons: []proctor.Box{{X: -0.1, Y: 0.1, W: 0.8, H: 0.9}},
			Objects:      []proctor.Thing{{Kind: proctor.Phone, Score: 0.9, Box: proctor.Box{X: 0.7, Y: 0.6, W: 0.1, H: 0.2}}},
			Observations: []proctor.Observation{{Cause: proctor.CauseObject, Score: 0.9, Box: &proctor.Box{X: 0.7, Y: 0.6, W: 0.1, H: 0.2}}},
		}))
	}
	must(k.t, k.engine.ViewSeat(seat, func(s *proctor.State, _ *proctor.Seat) {
		for _, i := range s.Incidents {
			if i.Seat == seat && i.Cause == proctor.CauseObject && i.RaisedBy == "" {
				id = i.ID
			}
		}
	}))
	if id == "" {
		k.t.Fatal("a phone for five seconds is no candidate")
	}
	return id
}

func (k *kit) put(cookie, path string, body string) answerOf {
	k.t.Helper()
	return k.do(request{method: http.MethodPut, path: path, cookie: cookie, body: body})
}

// What is left out of a policy is the default, in a new exam and in a change.
func TestPartialPolicy(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	planner := k.cookie(proctor.RoleSpecialist)
	now := time.Now().UTC()
	x := decode[examSummary](t, k.post(planner, "/api/v1/exams", fields{
		"title": "T", "discipline": "D", "kind": "midterm", "form": "oral", "opens": now, "closes": now.Add(time.Hour),
		"policy": fields{"rules": fields{"away": fields{"open": 20.5}}, "thresholds": fields{"phone": 0.5}},
	}))
	want := proctor.DefaultPolicy()
	delete(want.Rules, proctor.CauseVoice) // she is to speak
	away := want.Rules[proctor.CauseAway]
	away.Open = 20500 * time.Millisecond
	want.Rules[proctor.CauseAway] = away
	want.Thresholds.Phone = 0.5
	k.hasPolicy(x.ID, want)
	oral := decode[watching](t, k.put(planner, "/api/v1/exams/"+string(x.ID)+"/policy", `{"rules":{"voice":{"mode":"on"}}}`))
	if on, off := oral.Policy.Rules[proctor.CauseVoice].Mode, oral.Defaults.Rules[proctor.CauseVoice].Mode; on != modeOn || off != modeOff {
		t.Errorf("in an oral exam speech is %s when asked for, by default %s", on, off)
	}

	path := "/api/v1/exams/" + string(sc.exam) + "/policy"
	got := decode[watching](t, k.put(planner, path, `{"rules":{"covered":{"mode":"advice","warn":1}},"evidence":15}`))
	want = proctor.DefaultPolicy()
	covered := want.Rules[proctor.CauseCovered]
	covered.Off, covered.Warn = true, time.Second
	want.Rules[proctor.CauseCovered], want.Evidence = covered, 15*time.Second
	k.hasPolicy(sc.exam, want)
	if r := got.Policy.Rules[proctor.CauseCovered]; r.Mode != modeAdvice || *r.Warn != 1 || *got.Policy.Evidence != 15 {
		t.Errorf("the answer has %+v", r)
	}
	if len(got.Changes) != 2 || got.Changes[0].ByName == "" || !slices.Contains(got.Hints, proctor.CauseObject) {
		t.Errorf("changes %+v, hints %v", got.Changes, got.Hints)
	}
	decode[watching](t, k.put(planner, path, `{}`)) // reset
	k.hasPolicy(sc.exam, proctor.DefaultPolicy())
}

// What is read can be written back as it is.
func TestPolicyReadAndWritten(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	head := k.cookie(proctor.RoleHead)
	path := "/api/v1/exams/" + string(sc.exam) + "/policy"
	first := decode[watching](t, k.put(head, path, `{"rules":{"voice":{"mode":"off"},"network":{"mode":"on","open":7.25}},"network_loss":0.2,"virtual_cameras":["BRIO"]}`))
	written, err := json.Marshal(first.Policy)
	must(t, err)
	again := decode[watching](t, k.do(request{method: http.MethodPut, path: path, cookie: head, body: string(written)}))
	if !slices.Equal(again.Policy.Virtual, []string{"BRIO"}) {
		t.Errorf("virtual cameras are %v", again.Policy.Virtual)
	}
	if len(again.Changes) != 2 {
		t.Errorf("the same policy was changed %d times", len(again.Changes))
	}
	if len(first.Causes) != len(first.Policy.Rules) || len(first.Causes) != len(proctor.DefaultPolicy().Rules) {
		t.Errorf("%d causes in order, %d rules", len(first.Causes), len(first.Policy.Rules))
	}
}

func (k *kit) hasPolicy(id proctor.ExamID, want proctor.Policy) {
	k.t.Helper()
	must(k.t, k.engine.View(id, func(s *proctor.State) {
		if d := cmp.Diff(want, s.Exam.Policy); d != "" {
			k.t.Errorf("the policy differs:\n%s", d)
		}
	}))
}

// A seat's tile shows where what was found is, and what is scenery there.
func TestSeatShowsBoxes(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	boss := k.cookie(proctor.RoleProctor)
	k.hint(sc.seat)
	seat := "/api/v1/seats/" + string(sc.seat)
	if got := k.put(boss, seat+"/scenery", `{"boxes":[{"x":0.5,"y":0,"w":0.5,"h":1}]}`); got.status != http.StatusNoContent {
		t.Fatalf("status %d: %s", got.status, got.body)
	}
	if got := k.put(k.cookie(proctor.RoleHead), seat+"/accommodation", `{"companions":2}`); got.status != http.StatusNoContent {
		t.Fatalf("status %d: %s", got.status, got.body)
	}
	r := decode[review](t, k.do(request{method: "GET", path: seat, cookie: boss}))
	want := []shown{{"person", [4]int{0, 100, 800, 900}}, {"face", [4]int{400, 200, 200, 300}}, {"phone", [4]int{700, 600, 100, 200}}}
	if d := cmp.Diff(want, r.Seat.Live.Shown); d != "" || !r.Seat.Live.Looked {
		t.Errorf("shown: %s", d)
	}
	if len(r.Seat.Scenery) != 1 || r.Accommodated == nil || r.Accommodated.ByName == "" || r.Seat.Accommodation.Companions != 2 {
		t.Errorf("scenery %v, granted %+v by %+v", r.Seat.Scenery, r.Seat.Accommodation, r.Accommodated)
	}
	other := decode[review](t, k.do(request{method: "GET", path: "/api/v1/seats/" + string(sc.other), cookie: boss}))
	if l := other.Seat.Live; l != nil && l.Looked {
		t.Error("a seat was looked at that was not")
	}
}

// A dashboard says that the detectors are degraded, and since when.
func TestDashboardSaysDegraded(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	boss := k.cookie(proctor.RoleProctor)
	path := "/api/v1/exams/" + string(sc.exam)
	if d := decode[dashboard](t, k.do(request{method: "GET", path: path, cookie: boss})); d.Degraded != nil {
		t.Fatalf("degraded: %+v", d.Degraded)
	}
	must(t, k.engine.Degraded(t.Context(), "a detector ended 5 times"))
	if d := decode[dashboard](t, k.do(request{method: "GET", path: path, cookie: boss})); d.Degraded == nil || d.Degraded.Since.IsZero() {
		t.Errorf("degraded: %+v", d.Degraded)
	}
}
