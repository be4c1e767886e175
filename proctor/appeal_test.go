package proctor

import "testing"

func TestDecideAppeal(t *testing.T) {
	registrar := executors()[1]
	inForce := func(then func(o *office) ([]Fact, error)) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) {
			o.draft("c1", "a1")
			o.render("a1")
			for range 3 {
				o.sign("a1")
			}
			return then(o)
		}
	}
	appealed := func(then func(o *office) ([]Fact, error)) func(o *office) ([]Fact, error) {
		return inForce(func(o *office) ([]Fact, error) {
			o.must(o.state.appeal(testSeat, "a1", "Камера бұзылған еді"))
			return then(o)
		})
	}
	appeal := func(seat SeatID, body string) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) { return o.state.appeal(seat, "a1", body) }
	}
	decide := func(p Person, upheld bool, body string) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) { return o.state.decideAppeal("a1", p, upheld, body) }
	}
	both := Person{Login: "maman", Roles: []Role{RoleSpecialist, RoleRegistrar}}
	confirmed := Person{Login: "proctor", Roles: []Role{RoleRegistrar}}
	runDecisions(t, []decision{
		{"appeal", "", "", inForce(appeal(testSeat, "Себебім бар"))},
		{"appeal with nothing", Invalid, "text", inForce(appeal(testSeat, " "))},
		{"appeal of another", NotFound, "act", inForce(appeal("other", "x"))},
		{"appeal before it is in force", NotFound, "act", func(o *office) ([]Fact, error) {
			o.draft("c1", "a1")
			return appeal(testSeat, "x")(o)
		}},
		{"appeal twice", Conflict, "appeal_filed", appealed(appeal(testSeat, "x"))},
		{"appeal against what is over", Conflict, "act_not_in_force", inForce(func(o *office) ([]Fact, error) {
			o.must(o.state.closeAct("a1", officials()[2], "қате"))
			return appeal(testSeat, "x")(o)
		})},
		{"decide", "", "", appealed(decide(registrar, false, "Дәлел жеткілікті"))},
		{"decide none", Conflict, "appeal_not_open", inForce(decide(registrar, true, "x"))},
		{"decide without a word", Invalid, "text", appealed(decide(registrar, true, ""))},
		{"the head decides", Forbidden, "appeal_role", appealed(decide(officials()[2], true, "x"))},
		{"a signer decides", Forbidden, "appeal_own", appealed(decide(both, true, "x"))},
		{"who confirmed decides", Forbidden, "appeal_own", appealed(decide(confirmed, true, "x"))},
		{"decide twice", Conflict, "appeal_not_open", appealed(func(o *office) ([]Fact, error) {
			o.must(decide(registrar, false, "x")(o))
			return decide(registrar, true, "x")(o)
		})},
	})
}

// An appeal that is upheld restores the score; one that is not changes nothing.
func TestAppealOutcome(t *testing.T) {
	for _, upheld := range []bool{true, false} {
		o := newOffice(t)
		a := o.draft("c1", "a1")
		o.render("a1")
		for range 3 {
			o.sign("a1")
		}
		o.must(o.state.notify(testSeat, "a1"))
		if facts, err := o.state.notify(testSeat, "a1"); err != nil || len(facts) > 0 {
			t.Errorf("notified twice: %v, %v", facts, err)
		}
		o.must(o.state.appeal(testSeat, "a1", "Себебім бар"))
		o.must(o.state.decideAppeal("a1", executors()[1], upheld, "Қаралды"))
		score := o.state.Seats[testSeat].ScoreAnnulled
		if (score == "") != upheld || (a.State == Superseded) != upheld || a.Appeal.Upheld != upheld || a.Appeal.Outcome != "Қаралды" || a.Notified.IsZero() {
			t.Errorf("upheld %v: annulled by %q, act %s, appeal %+v", upheld, score, a.State, a.Appeal)
		}
	}
}
