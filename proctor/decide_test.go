package proctor

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// office is a State with a seat, a candidate and a drafted act to decide on.
type office struct{ *stand }

func newOffice(t testing.TB) *office {
	o := &office{newStand(t, Accommodation{})}
	o.candidate("c1", CauseCovered)
	o.candidate("c2", CauseCovered)
	return o
}

func (o *office) candidate(id IncidentID, c Cause) {
	o.t.Helper()
	o.fold(&IncidentOpened{Incident{ID: id, Seat: testSeat, Cause: c, State: IncidentOpen, Opened: o.at, Peak: Peak{At: o.at, Score: 1}}})
}

// must folds what a decision answered.
func (o *office) must(facts []Fact, err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
	o.fold(facts...)
}

func (o *office) draft(id IncidentID, act ActID) *Act {
	o.t.Helper()
	o.must(o.state.confirm(id, []Reason{A1}, "", Act{ID: act, By: "proctor", DrawnUp: o.at, Number: "A-2026-" + string(act)}, o.at))
	return o.state.Acts[act]
}

func (o *office) render(id ActID) {
	o.t.Helper()
	o.must(o.state.renderAct(id, o.state.Acts[id].Version, testDocument(string(id), 0), nil))
}

// rename has an edit name officials, and renders the new version.
func (o *office) rename(id ActID, named Officials) {
	o.t.Helper()
	o.must(o.state.editAct(id, []Reason{A1}, "", named))
	o.render(id)
}

// sign has the next official sign.
func (o *office) sign(id ActID) {
	o.t.Helper()
	a := o.state.Acts[id]
	p := officials()[len(a.Signatures)]
	o.must(o.state.signAct(id, a.Document, p, o.signature(p, a.Next()), testDocument(string(id), len(a.Signatures)+1)))
}

func (o *office) signature(p Person, r Role) Signature {
	return Signature{Login: p.Login, Name: p.Name, Role: r, At: o.at, Certificate: "c-" + string(p.Login)}
}

func (o *office) invited() SeatID {
	o.t.Helper()
	o.fold(&SeatAssigned{"new", testExaminee(2), Accommodation{}, "hash2"})
	return "new"
}

type decision struct {
	name string
	kind Kind
	key  string
	run  func(o *office) ([]Fact, error)
}

func runDecisions(t *testing.T, list []decision) {
	for _, d := range list {
		t.Run(d.name, func(t *testing.T) {
			o := newOffice(t)
			facts, err := d.run(o)
			wantError(t, err, d.kind, d.key)
			if err != nil && facts != nil {
				t.Errorf("an error and %d facts", len(facts))
			}
			o.fold(facts...)
		})
	}
}

func TestDecideSeat(t *testing.T) {
	long := strings.Repeat("ұ", 501)
	runDecisions(t, []decision{
		{"consent", "", "", func(o *office) ([]Fact, error) { return o.state.consent(o.invited(), "2", "kk", o.at) }},
		{"consent of nobody", NotFound, "seat", func(o *office) ([]Fact, error) { return o.state.consent("ghost", "2", "kk", o.at) }},
		{"consent to nothing", Invalid, "consent", func(o *office) ([]Fact, error) { return o.state.consent(o.invited(), " ", "kk", o.at) }},
		{"consent after the end", Conflict, "seat_stage", func(o *office) ([]Fact, error) {
			o.fold(&SeatFinished{testSeat})
			return o.state.consent(testSeat, "2", "kk", o.at)
		}},
		{"check", "", "", func(o *office) ([]Fact, error) { return o.state.check(testSeat, DeviceCheck{OK: true}, o.at) }},
		{"check of nobody", NotFound, "seat", func(o *office) ([]Fact, error) { return o.state.check("ghost", DeviceCheck{}, o.at) }},
		{"check before consent", Conflict, "consent_first", func(o *office) ([]Fact, error) { return o.state.check(o.invited(), DeviceCheck{}, o.at) }},
		{"check with a control character", Invalid, "device_check", func(o *office) ([]Fact, error) {
			return o.state.check(testSeat, DeviceCheck{Camera: "a\x00b"}, o.at)
		}},
		{"check after the end", Conflict, "seat_stage", func(o *office) ([]Fact, error) {
			o.fold(&SeatFinished{testSeat})
			return o.state.check(testSeat, DeviceCheck{}, o.at)
		}},
		{"compare", "", "", func(o *office) ([]Fact, error) { return o.state.compare(testSeat, Comparison{}, o.at) }},
		{"compare nobody", NotFound, "seat", func(o *office) ([]Fact, error) { return o.state.compare("ghost", Comparison{}, o.at) }},
		{"compare before consent", Conflict, "consent_first", func(o *office) ([]Fact, error) { return o.state.compare(o.invited(), Comparison{}, o.at) }},
		{"identity before a still", Conflict, "identity_first", func(o *office) ([]Fact, error) {
			return o.state.decideIdentity(o.invited(), true, "", time.Time{}, o.at)
		}},
		{"identity of nobody", NotFound, "seat", func(o *office) ([]Fact, error) { return o.state.decideIdentity("ghost", true, "", time.Time{}, o.at) }},
		{"identity with too long a note", Invalid, "text", func(o *office) ([]Fact, error) {
			o.fold(&IdentityCompared{testSeat, Comparison{}})
			return o.state.decideIdentity(testSeat, true, long, time.Time{}, o.at)
		}},
		{"machine", "", "", func(o *office) ([]Fact, error) { return o.state.machineJoin(o.invited(), o.at) }},
		{"machine after the end", Conflict, "seat_stage", func(o *office) ([]Fact, error) {
			o.fold(&SeatFinished{testSeat})
			return o.state.machineJoin(testSeat, o.at)
		}},
		{"message", "", "", func(o *office) ([]Fact, error) {
			return o.state.message(testSeat, "Камераны ашыңыз\nрахмет")
		}},
		{"empty message", Invalid, "text", func(o *office) ([]Fact, error) { return o.state.message(testSeat, "\n ") }},
		{"message that is not UTF-8", Invalid, "text", func(o *office) ([]Fact, error) { return o.state.message(testSeat, "a\xff") }},
		{"message to nobody", NotFound, "seat", func(o *office) ([]Fact, error) { return o.state.message("ghost", "a") }},
	})
}

func TestDecideIncident(t *testing.T) {
	raise := func(seat SeatID, c Cause, body string) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) {
			if seat == "new" {
				o.invited()
			}
			return o.state.raise(seat, c, body, time.Time{}, "r", "proctor", o.at)
		}
	}
	raiseAt := func(after time.Duration) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) {
			return o.state.raise(testSeat, CauseOther, "a phone", noon.Add(after), "r", "proctor", o.at)
		}
	}
	confirm := func(id IncidentID, body string, r ...Reason) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) { return o.state.confirm(id, r, body, Act{ID: "a"}, o.at) }
	}
	runDecisions(t, []decision{
		{"raise", "", "", raise(testSeat, CauseObject, "a phone")},
		{"raise a past moment", "", "", raiseAt(0)},
		{"raise a moment before admission", Invalid, "raise_at", raiseAt(-time.Second)},
		{"raise a moment to come", Invalid, "raise_at", raiseAt(time.Minute)},
		{"raise after the seat finished", Invalid, "raise_at", func(o *office) ([]Fact, error) {
			o.wait(time.Second)
			o.fold(&SeatFinished{testSeat})
			o.wait(time.Minute)
			return raise(testSeat, CauseObject, "a phone")(o)
		}},
		{"raise what is on the recording", "", "", func(o *office) ([]Fact, error) {
			o.wait(time.Second)
			o.fold(&SeatFinished{testSeat})
			o.wait(time.Minute)
			return raiseAt(time.Second)(o)
		}},
		{"raise of who never came", Conflict, "not_admitted", func(o *office) ([]Fact, error) {
			o.fold(&SeatFinished{o.invited()})
			return o.state.raise("new", CauseObject, "a phone", time.Time{}, "r", "proctor", o.at)
		}},
		{"raise for nobody", NotFound, "seat", raise("ghost", CauseObject, "a phone")},
		{"raise before admission", Conflict, "not_admitted", raise("new", CauseObject, "a phone")},
		{"raise what detectors see", Invalid, "raise_cause", raise(testSeat, CauseCovered, "x")},
		{"raise without a word", Invalid, "text", raise(testSeat, CauseOther, "")},
		{"raise with too many", Invalid, "text", raise(testSeat, CauseOther, strings.Repeat("ұ", otherLimit+1))},
		{"confirm", "", "", confirm("c1", "", A5, A1)},
		{"confirm with A6", "", "", confirm("c1", "шу", A6)},
		{"confirm nothing", NotFound, "incident", confirm("ghost", "", A1)},
		{"confirm without a reason", Invalid, "reasons", confirm("c1", "")},
		{"confirm a reason twice", Invalid, "reasons", confirm("c1", "", A1, A1)},
		{"confirm a strange reason", Invalid, "reasons", confirm("c1", "", "A7")},
		{"confirm A6 without a word", Invalid, "other_text", confirm("c1", " ", A6)},
		{"confirm with too many words", Invalid, "text", confirm("c1", strings.Repeat("ұ", otherLimit+1), A1)},
		{"confirm twice", Conflict, "incident_judged", func(o *office) ([]Fact, error) {
			o.draft("c1", "a1")
			return confirm("c1", "", A1)(o)
		}},
		{"confirm what was dismissed", Conflict, "incident_judged", func(o *office) ([]Fact, error) {
			o.must(o.state.dismiss("c1", "nothing"))
			return confirm("c1", "", A1)(o)
		}},
		{"confirm a fault", Invalid, "fault_not_violation", func(o *office) ([]Fact, error) {
			o.candidate("n", CauseNetwork)
			return confirm("n", "", A1)(o)
		}},
		{"dismiss", "", "", func(o *office) ([]Fact, error) { return o.state.dismiss("c1", "a tissue") }},
		{"dismiss nothing", NotFound, "incident", func(o *office) ([]Fact, error) { return o.state.dismiss("ghost", "x") }},
		{"dismiss without why", Invalid, "dismiss_text", func(o *office) ([]Fact, error) { return o.state.dismiss("c1", "") }},
		{"dismiss what was confirmed", Conflict, "incident_judged", func(o *office) ([]Fact, error) {
			o.draft("c1", "a1")
			return o.state.dismiss("c1", "x")
		}},
	})
}

func TestConfirmDraftsAct(t *testing.T) {
	o := newOffice(t)
	o.must(o.state.confirm("c1", []Reason{A6, A1}, "шу", Act{ID: "a1", By: "proctor", DrawnUp: o.at}, o.at))
	a, i := o.state.Acts["a1"], o.state.Incidents["c1"]
	if a.State != Drafted || a.Version != 1 || a.Cause != "c1" || a.Seat != testSeat || a.Exam != "exam" || a.Other != "шу" {
		t.Errorf("drafted %+v", a)
	}
	if len(a.Reasons) != 2 || a.Reasons[0] != A1 || a.Reasons[1] != A6 {
		t.Errorf("reasons %v, want the form's order", a.Reasons)
	}
	if i.State != IncidentConfirmed || i.Act != "a1" || i.By != ActorEngine {
		t.Errorf("incident %+v", i)
	}
	if o.state.Seats[testSeat].ScoreAnnulled != "" {
		t.Error("a draft annulled the score")
	}
}

func TestExamValidate(t *testing.T) {
	edit := func(f func(x *Exam)) Exam { x := testExam(); f(&x); return x }
	rule := func(r Rule) Exam {
		return edit(func(x *Exam) { x.Policy.Rules = map[Cause]Rule{CauseCovered: r} })
	}
	for _, c := range []struct {
		name, key string
		x         Exam
	}{
		{"good", "", testExam()},
		{"state exam", "exam_traditional_only", edit(func(x *Exam) { x.Kind = StateExam })},
		{"final attestation", "exam_traditional_only", edit(func(x *Exam) { x.Kind = FinalAttestation })},
		{"no kind", "exam_kind", edit(func(x *Exam) { x.Kind = "" })},
		{"no form", "exam_form", edit(func(x *Exam) { x.Form = "" })},
		{"no title", "exam_title", edit(func(x *Exam) { x.Title = " " })},
		{"no discipline", "exam_title", edit(func(x *Exam) { x.Discipline = strings.Repeat("x", 201) })},
		{"backwards", "exam_times", edit(func(x *Exam) { x.Closes = x.Opens })},
		{"for days", "exam_times", edit(func(x *Exam) { x.Closes = x.Opens.Add(25 * time.Hour) })},
		{"script", "exam_url", edit(func(x *Exam) { x.URL = "javascript:alert(1)" })},
		{"opens before it warns", "policy_rule", rule(Rule{Warn: 2, Open: 1, Close: 1})},
		{"never closes", "policy_rule", rule(Rule{Open: time.Second})},
		{"negative", "policy_rule", rule(Rule{Warn: -1, Close: 1})},
		{"too patient", "policy_rule", rule(Rule{Open: 6 * time.Minute, Close: 1})},
		{"loss over one", "policy_rule", edit(func(x *Exam) { x.Policy.NetworkLoss = 1.1 })},
	} {
		t.Run(c.name, func(t *testing.T) { wantError(t, c.x.Validate(), Invalid, c.key) })
	}
	for _, x := range []Examinee{{}, {"s", "n\x01", "s", "g"}, {"s", "n", strings.Repeat("x", 201), "g"}} {
		wantError(t, x.Validate(), Invalid, "examinee_details")
	}
}

func TestStagesOnlyMoveForward(t *testing.T) {
	o := newOffice(t)
	o.must(o.state.check(testSeat, DeviceCheck{OK: true}, o.at))
	o.must(o.state.compare(testSeat, Comparison{Verdict: "same"}, o.at))
	if got := o.state.Seats[testSeat].Stage; got != Admitted {
		t.Errorf("a check after admission made the seat %s", got)
	}
	if facts, err := o.state.decideIdentity(testSeat, false, "not her", time.Time{}, o.at); err != nil || len(facts) != 1 {
		t.Errorf("%v, %v", facts, err)
	}
}

func TestErrors(t *testing.T) {
	e := Errorf(Conflict, "seat_stage", "stage", "finished", "odd")
	if e.Error() != "conflict: seat_stage map[stage:finished]" || KindOf(e) != Conflict {
		t.Errorf("%v of kind %q", e, KindOf(e))
	}
	if got := Errorf(Invalid, "text").Error(); got != "invalid: text" {
		t.Error(got)
	}
	if KindOf(errDisk) != "" || KindOf(nil) != "" {
		t.Error("an internal error has a kind")
	}
}

// A page that repeats its device check, or floods it, fills no journal.
func TestDeviceChecksAreBounded(t *testing.T) {
	s := NewState()
	s.Exam = Exam{Opens: time.Unix(0, 0), Closes: time.Unix(1e9, 0)}
	s.Seats["seat"] = &Seat{ID: "seat", Stage: Consented}
	facts := 0
	for n := range 3 * checksKept {
		got, err := s.check("seat", DeviceCheck{Camera: strconv.Itoa(n / 2)}, time.Unix(1000, 0))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range got {
			facts++
			if err := s.Apply(Event{Seq: s.LastSeq + 1, Fact: f}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if facts != checksKept {
		t.Errorf("%d checks were journaled, want %d", facts, checksKept)
	}
}
