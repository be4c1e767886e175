package proctor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// executors are the three who sign Appendix B, in order.
func executors() []Person {
	three := officials()
	return []Person{three[2], {Login: "tirkeushi", Name: "Т. Т.", Roles: []Role{RoleRegistrar}}, three[0]}
}

// whole is an inspection that could be signed.
func whole(c Decision, incidents ...IncidentID) Inspection {
	x := Inspection{Incidents: incidents, Purpose: "Байланыс үзілді", Result: "Желі ақауы", Decision: "Уақыт қосылсын", Code: c}
	switch c {
	case ExtraTime:
		x.Minutes = 20
	case Reschedule:
		x.From, x.To = noon.AddDate(0, 0, 7), noon.AddDate(0, 0, 7).Add(2*time.Hour)
	}
	return x
}

func (o *office) inspect(id ActID, x Inspection) *Act {
	o.t.Helper()
	o.must(o.state.inspect(x, Act{ID: id, By: "maman", DrawnUp: o.at, Number: "B-2026-" + string(id)}, o.at))
	return o.state.Acts[id]
}

// execute has the next executor sign an Appendix B act.
func (o *office) execute(id ActID) {
	o.t.Helper()
	a := o.state.Acts[id]
	p := executors()[len(a.Signatures)]
	o.must(o.state.signAct(id, a.Document, p, o.signature(p, a.Next()), testDocument(string(id), len(a.Signatures)+1)))
}

func TestDecideInspection(t *testing.T) {
	inspect := func(x Inspection) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) {
			return o.state.inspect(x, Act{ID: "b1", By: "maman", DrawnUp: o.at}, o.at)
		}
	}
	but := func(change func(*Inspection)) func(o *office) ([]Fact, error) {
		x := whole(ExtraTime, "c1")
		change(&x)
		return inspect(x)
	}
	after := func(n int, then func(o *office) ([]Fact, error)) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) {
			o.inspect("b1", whole(ExtraTime, "c1"))
			o.render("b1")
			for range n {
				o.execute("b1")
			}
			return then(o)
		}
	}
	edit := func(o *office) ([]Fact, error) { return o.state.editInspection("b1", whole(NewAttempt), nil) }
	sign := func(p Person, r Role) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) {
			a := o.state.Acts["b1"]
			return o.state.signAct("b1", a.Document, p, o.signature(p, r), testDocument("b1", len(a.Signatures)+1))
		}
	}
	three := executors()
	runDecisions(t, []decision{
		{"inspect", "", "", inspect(whole(ExtraTime, "c1"))},
		{"inspect an empty form", "", "", inspect(Inspection{Incidents: []IncidentID{"c1"}})},
		{"inspect a seat without a candidate", "", "", inspect(Inspection{Seats: []SeatID{testSeat}})},
		{"inspect another person", Invalid, "inspection_cause", func(o *office) ([]Fact, error) {
			o.candidate("p1", CauseOutsider)
			return inspect(whole(NoFault, "p1"))(o)
		}},
		{"inspect nobody", Invalid, "inspection_seats", inspect(whole(NoFault))},
		{"inspect a ghost", NotFound, "seat", inspect(Inspection{Seats: []SeatID{"ghost"}})},
		{"inspect an incident twice", Invalid, "inspection_incidents", inspect(whole(NoFault, "c1", "c1"))},
		{"inspect no incident", NotFound, "incident", inspect(whole(NoFault, "ghost"))},
		{"inspect what is inspected", Conflict, "incident_judged", after(0, inspect(whole(NoFault, "c1")))},
		{"confirm what is inspected", Conflict, "incident_judged", after(0, func(o *office) ([]Fact, error) {
			return o.state.confirm("c1", []Reason{A1}, "", Act{ID: "a1"}, o.at)
		})},
		{"confirm what an inspection overlaps", Conflict, "appendix_excluded", after(0, func(o *office) ([]Fact, error) {
			return o.state.confirm("c2", []Reason{A1}, "", Act{ID: "a1"}, o.at)
		})},
		{"inspect what an act overlaps", Conflict, "appendix_excluded", func(o *office) ([]Fact, error) {
			o.draft("c1", "a1")
			return inspect(whole(NoFault, "c2"))(o)
		}},
		{"inspect another seat at that time", "", "", func(o *office) ([]Fact, error) {
			o.draft("c1", "a1")
			o.fold(&SeatAssigned{"new", testExaminee(2), Accommodation{}, "h2"}, &SeatAdmitted{"new"})
			o.fold(&IncidentOpened{Incident{ID: "n1", Seat: "new", Cause: CauseNetwork, State: IncidentOpen, Opened: o.at}})
			return inspect(whole(NoFault, "n1"))(o)
		}},
		{"an unknown decision", Invalid, "act_decision", but(func(x *Inspection) { x.Code, x.Minutes = "gift", 0 })},
		{"extra time of none", Invalid, "inspection_minutes", but(func(x *Inspection) { x.Minutes = 0 })},
		{"extra time of a day", Invalid, "inspection_minutes", but(func(x *Inspection) { x.Minutes = 1440 })},
		{"minutes of another decision", Invalid, "inspection_minutes", but(func(x *Inspection) { x.Code = NewAttempt })},
		{"a window that ends before it begins", Invalid, "inspection_window", but(func(x *Inspection) {
			x.Code, x.Minutes, x.From, x.To = Reschedule, 0, noon, noon.Add(-time.Hour)
		})},
		{"a window of another decision", Invalid, "inspection_window", but(func(x *Inspection) { x.From, x.To = noon, noon.Add(time.Hour) })},
		{"a novel", Invalid, "text", but(func(x *Inspection) { x.Result = strings.Repeat("ұ", inspectionText+1) })},
		{"edit", "", "", after(2, edit)},
		{"edit in force", Conflict, "act_not_open", after(3, edit)},
		{"edit as Appendix A", Conflict, "act_appendix", after(0, func(o *office) ([]Fact, error) { return o.state.editAct("b1", []Reason{A1}, "", nil) })},
		{"edit Appendix A", Conflict, "act_appendix", func(o *office) ([]Fact, error) {
			o.draft("c1", "b1")
			return edit(o)
		}},
		{"edit to Appendix A's officials", Invalid, "officials", after(0, func(o *office) ([]Fact, error) {
			return o.state.editInspection("b1", whole(NoFault), Officials{RoleEngineer: "injener"})
		})},
		{"sign", "", "", after(0, sign(three[0], RoleHead))},
		{"sign first as Appendix A's first", Conflict, "sign_order", after(0, sign(three[2], RoleSpecialist))},
		{"the engineer signs", Forbidden, "sign_role", after(1, sign(officials()[1], RoleEngineer))},
		{"sign what decides nothing", Conflict, "inspection_incomplete", func(o *office) ([]Fact, error) {
			o.inspect("b1", Inspection{Incidents: []IncidentID{"c1"}})
			o.render("b1")
			return sign(three[0], RoleHead)(o)
		}},
	})
}

// An inspection in force gives each of its seats its remedy, and superseded
// takes it back; a score it never touches.
func TestInspectionTakesEffect(t *testing.T) {
	for _, c := range Decisions() {
		o := newOffice(t)
		a := o.inspect("b1", whole(c, "c1", "c2"))
		if i := o.state.Incidents["c1"]; i.State != IncidentInspected || i.Inspection != "b1" || i.By == "" {
			t.Fatalf("%s: the incident is %+v", c, i)
		}
		o.render("b1")
		for range 2 {
			o.execute("b1")
			if len(o.state.Seats[testSeat].Remedies) > 0 {
				t.Fatalf("%s: a remedy after %d signatures", c, len(a.Signatures))
			}
		}
		o.execute("b1")
		seat := o.state.Seats[testSeat]
		given := len(seat.Remedies) == 1 && seat.Remedies[0].Act == "b1" && seat.Remedies[0].Code == c
		if given != (c != NoFault && c != ConvertToA) || seat.ScoreAnnulled != "" {
			t.Errorf("%s: remedies %+v, annulled %q", c, seat.Remedies, seat.ScoreAnnulled)
		}
		if i := o.state.Incidents["c1"]; i.Converted != (c == ConvertToA) || i.Candidate() != (c == ConvertToA) {
			t.Errorf("%s: the incident is %+v", c, i)
		}
		o.must(o.state.closeAct("b1", executors()[0], "қате"))
		if seat.Remedies != nil || a.State != Superseded {
			t.Errorf("%s: superseded, remedies %+v", c, seat.Remedies)
		}
		if i := o.state.Incidents["c1"]; !i.Candidate() || i.Converted || i.Inspection != "" {
			t.Errorf("%s: superseded, the incident is %+v", c, i)
		}
	}
}

// What three officials of Appendix B say is a violation may be confirmed as
// one, even a network fault; else it may not.
func TestConvertedFaultMayBeConfirmed(t *testing.T) {
	o := newOffice(t)
	o.candidate("n1", CauseNetwork)
	confirm := func() error {
		_, err := o.state.confirm("n1", []Reason{A6}, "қасақана", Act{ID: "a1"}, o.at)
		return err
	}
	wantError(t, confirm(), Invalid, "fault_not_violation")
	o.inspect("b1", whole(ConvertToA, "n1"))
	o.render("b1")
	for range 3 {
		o.execute("b1")
	}
	wantError(t, confirm(), "", "")

	facts, err := o.state.confirm("n1", []Reason{A6}, "қасақана", Act{ID: "a1", Number: "A-2026-00001"}, o.at)
	o.must(facts, err)
	_, err = o.state.closeAct("b1", executors()[0], "қате")
	wantError(t, err, Conflict, "act_rested_on") // else a score would stay annulled for a network's fault
	o.must(o.state.closeAct("a1", officials()[2], "қате"))
	o.must(o.state.closeAct("b1", executors()[0], "қате"))
}

// TestClusters: many seats within a second or two are one cluster and our
// fault, one seat is not.
func TestClusters(t *testing.T) {
	s := NewState()
	at := func(n int, after time.Duration) {
		id := SeatID(fmt.Sprint("s", n))
		if s.Seats[id] == nil {
			s.Seats[id] = &Seat{ID: id, Admitted: noon}
		}
		i := IncidentID(fmt.Sprint("i", len(s.Incidents)))
		s.Incidents[i] = &Incident{ID: i, Seat: id, Cause: CauseNetwork, Fault: true, State: IncidentOpen, Opened: noon.Add(after)}
	}
	at(1, time.Minute)
	for n := range 5 {
		at(n, 2*time.Minute+time.Duration(n)*700*time.Millisecond)
	}
	at(3, 3*time.Minute)
	at(3, 3*time.Minute+time.Second)
	at(4, 3*time.Minute+time.Second)
	at(5, 4*time.Minute)
	s.Incidents["i0"].State = IncidentDismissed
	got := s.Clusters()
	if len(got) != 3 || got[0].Ours || got[1].Ours || !got[2].Ours {
		t.Fatalf("clusters %+v", got)
	}
	if c := got[1]; !slices.Equal(c.Seats, []SeatID{"s3", "s4"}) || len(c.Incidents) != 3 {
		t.Errorf("cluster %+v", c)
	}
	if c := got[2]; len(c.Seats) != 5 || c.To.Sub(c.From) != 2800*time.Millisecond {
		t.Errorf("cluster %+v", c)
	}
	for n := range 100 { // three of a hundred are no house
		s.Seats[SeatID(fmt.Sprint("x", n))] = &Seat{Admitted: noon}
	}
	if s.Clusters()[2].Ours {
		t.Error("five of more than a hundred seats are our fault")
	}
}
