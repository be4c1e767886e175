package proctor

import (
	"fmt"
	"testing"
	"time"
)

// The registrar and another specialist sign nothing of an Appendix A act that
// names the usual three.
func registrarPerson() Person {
	return Person{Login: "tirkeushi", Name: "Т. Т.", Roles: []Role{RoleRegistrar}}
}

func scanOf(id ScanID, code ScanCode, by Login) Scan {
	return Scan{ID: id, Version: 1, Kind: "image/png", Pages: 1, Code: code, By: by,
		Receipt: Receipt{Key: "scans/" + string(id), SHA256: "sha-" + string(id), Size: 1, At: noon}}
}

// paper drafts a1, names the three in it and scans it with code, by the specialist.
func (o *office) paper(code ScanCode) *Act {
	a := o.draft("c1", "a1")
	o.must(o.state.renderAct("a1", 1, testDocument("a1", 0), Officials{RoleSpecialist: "maman", RoleEngineer: "injener", RoleHead: "mengerushi"}))
	o.must(o.state.scanAct("a1", officials()[0], scanOf("p1", code, "")))
	return a
}

func (o *office) attest(by, official Person, role Role, scan ScanID, typed string) ([]Fact, error) {
	a := o.state.Acts["a1"]
	sig := Signature{Login: official.Login, Name: official.Name, Role: role, At: o.at, Method: MethodPaper, Certificate: "c", Attested: by.Login}
	return o.state.attestAct("a1", a.Document, by, official, scan, typed, sig, testDocument(a.Document.Digest, len(a.Signatures)+1))
}

func TestDecidePaper(t *testing.T) {
	three, registrar := officials(), registrarPerson()
	second := Person{Login: "maman2", Roles: []Role{RoleSpecialist}}
	with := func(code ScanCode, then func(o *office) ([]Fact, error)) func(o *office) ([]Fact, error) {
		return func(o *office) ([]Fact, error) {
			o.paper(code)
			return then(o)
		}
	}
	attest := func(by, official Person, role Role, scan ScanID, typed string) func(o *office) ([]Fact, error) {
		return with(CodeAbsent, func(o *office) ([]Fact, error) { return o.attest(by, official, role, scan, typed) })
	}
	scan := func(p Person, change func(*Scan)) func(o *office) ([]Fact, error) {
		return with(CodeMatches, func(o *office) ([]Fact, error) {
			c := scanOf("p2", CodeMatches, "")
			change(&c)
			return o.state.scanAct("a1", p, c)
		})
	}
	none := func(*Scan) {}
	changed := func(change func(*Signature, *Document)) func(o *office) ([]Fact, error) {
		return with(CodeMatches, func(o *office) ([]Fact, error) {
			sig := Signature{Login: three[0].Login, Role: RoleSpecialist, Method: MethodPaper, Attested: registrar.Login}
			next := testDocument("a1", 1)
			change(&sig, &next)
			return o.state.attestAct("a1", testDocument("a1", 0), registrar, three[0], "p1", "", sig, next)
		})
	}
	refuse := func(p Person, id ScanID, body string) func(o *office) ([]Fact, error) {
		return with(CodeMatches, func(o *office) ([]Fact, error) { return o.state.refuseScan("a1", p, id, body) })
	}
	number := "A-2026-a1"
	runDecisions(t, []decision{
		{"scan", "", "", scan(registrar, none)},
		{"scan nothing", NotFound, "act", func(o *office) ([]Fact, error) {
			return o.state.scanAct("ghost", registrar, scanOf("p1", CodeAbsent, ""))
		}},
		{"scan by a proctor", Forbidden, "scan_role", scan(Person{Login: "p", Roles: []Role{RoleProctor, RoleAdmin}}, none)},
		{"scan another version", Conflict, "act_changed", scan(registrar, func(c *Scan) { c.Version = 2 })},
		{"scan the same bytes again", Conflict, "scan_used", scan(registrar, func(c *Scan) { c.Receipt.SHA256 = "sha-p1" })},
		{"scan without pages", Invalid, "scan", scan(registrar, func(c *Scan) { c.Pages = 0 })},
		{"scan with another code", Invalid, "scan", scan(registrar, func(c *Scan) { c.Code = "x" })},
		{"scan before there is a document", Unavailable, "act_not_rendered", func(o *office) ([]Fact, error) {
			o.draft("c1", "a1")
			return o.state.scanAct("a1", registrar, scanOf("p1", CodeAbsent, ""))
		}},
		{"scan for another act", Conflict, "scan_used", with(CodeMatches, func(o *office) ([]Fact, error) {
			o.draft("c2", "a2")
			o.render("a2")
			return o.state.scanAct("a2", registrar, scanOf("p9", CodeAbsent, "").with("sha-p1"))
		})},
		{"scan what is withdrawn", Conflict, "act_not_open", with(CodeMatches, func(o *office) ([]Fact, error) {
			o.must(o.state.closeAct("a1", three[2], "x"))
			return o.state.scanAct("a1", registrar, scanOf("p2", CodeAbsent, ""))
		})},
		{"too many scans", Conflict, "scan_many", with(CodeMatches, func(o *office) ([]Fact, error) {
			for n := range scansKept - 1 {
				o.must(o.state.scanAct("a1", registrar, scanOf(ScanID(fmt.Sprint("s", n)), CodeAbsent, "")))
			}
			return o.state.scanAct("a1", registrar, scanOf("last", CodeAbsent, ""))
		})},

		{"attest", "", "", attest(registrar, three[0], RoleSpecialist, "p1", number)},
		{"attest with the code", "", "", changed(func(*Signature, *Document) {})},
		{"attest by another specialist", "", "", attest(second, three[0], RoleSpecialist, "p1", " "+number+" ")},
		{"attest without the number", Invalid, "attest_number", attest(registrar, three[0], RoleSpecialist, "p1", "")},
		{"attest with another number", Invalid, "attest_number", attest(registrar, three[0], RoleSpecialist, "p1", "A-2026-a2")},
		{"attest by a proctor", Forbidden, "attest_role", attest(Person{Login: "p", Roles: []Role{RoleProctor}}, three[0], RoleSpecialist, "p1", number)},
		{"attest one's own hand", Forbidden, "attest_own", attest(three[0], three[0], RoleSpecialist, "p1", number)},
		{"attest as one of the three", Forbidden, "attest_own", attest(three[2], three[0], RoleSpecialist, "p1", number)},
		{"attest out of order", Conflict, "sign_order", attest(registrar, three[1], RoleEngineer, "p1", number)},
		{"attest for another than named", Forbidden, "sign_named", attest(registrar, second, RoleSpecialist, "p1", number)},
		{"attest in a role not hers", Forbidden, "sign_role", attest(registrar, three[1], RoleSpecialist, "p1", number)},
		{"attest without a scan", NotFound, "scan", attest(registrar, three[0], RoleSpecialist, "ghost", number)},
		{"attest what one brought in", Forbidden, "attest_uploader", with(CodeMatches, func(o *office) ([]Fact, error) {
			o.must(o.state.scanAct("a1", registrar, scanOf("p2", CodeMatches, "")))
			return o.attest(registrar, three[0], RoleSpecialist, "p2", "")
		})},
		{"attest what was refused", Conflict, "scan_refused", with(CodeMatches, func(o *office) ([]Fact, error) {
			o.must(o.state.refuseScan("a1", registrar, "p1", "x"))
			return o.attest(registrar, three[0], RoleSpecialist, "p1", "")
		})},
		{"attest the version before", Conflict, "scan_version", with(CodeMatches, func(o *office) ([]Fact, error) {
			o.must(o.state.editAct("a1", []Reason{A2}, "", nil))
			o.must(o.state.renderAct("a1", 2, testDocument("a1v2", 0), nil))
			sig := Signature{Login: "maman", Role: RoleSpecialist, Method: MethodPaper, Attested: registrar.Login}
			return o.state.attestAct("a1", testDocument("a1v2", 0), registrar, three[0], "p1", number, sig, testDocument("a1v2", 1))
		})},
		{"attest an older document", Conflict, "act_changed", with(CodeMatches, func(o *office) ([]Fact, error) {
			return o.state.attestAct("a1", testDocument("a1", 7), registrar, three[0], "p1", number, Signature{Role: RoleSpecialist}, testDocument("a1", 8))
		})},
		{"attest nobody named", Conflict, "attest_unnamed", func(o *office) ([]Fact, error) {
			o.draft("c1", "a1")
			o.render("a1")
			o.must(o.state.scanAct("a1", three[0], scanOf("p1", CodeMatches, "")))
			return o.attest(registrar, three[0], RoleSpecialist, "p1", "")
		}},
		{"attest for the same hand twice", Conflict, "sign_twice", with(CodeMatches, func(o *office) ([]Fact, error) {
			o.must(o.attest(registrar, three[0], RoleSpecialist, "p1", ""))
			both := Person{Login: "maman", Roles: []Role{RoleSpecialist, RoleEngineer}}
			return o.attest(registrar, both, RoleEngineer, "p1", "")
		})},
		{"sign after attesting", Conflict, "sign_attested", func(o *office) ([]Fact, error) {
			o.draft("c1", "a1")
			o.must(o.state.renderAct("a1", 1, testDocument("a1", 0), Officials{RoleSpecialist: "maman"}))
			o.must(o.state.scanAct("a1", three[0], scanOf("p1", CodeMatches, "")))
			o.must(o.attest(three[1], three[0], RoleSpecialist, "p1", ""))
			return nil, o.state.Acts["a1"].MaySign(three[1], RoleEngineer)
		}},
		{"attest after signing", Forbidden, "attest_own", func(o *office) ([]Fact, error) {
			o.draft("c1", "a1")
			o.must(o.state.renderAct("a1", 1, testDocument("a1", 0), Officials{RoleEngineer: "injener"}))
			o.must(o.state.scanAct("a1", three[2], scanOf("p1", CodeMatches, "")))
			o.must(o.state.signAct("a1", testDocument("a1", 0), three[0], o.signature(three[0], RoleSpecialist), testDocument("a1", 1)))
			return o.attest(three[0], three[1], RoleEngineer, "p1", "")
		}},
		{"another's name in the signature", Invalid, "signature", changed(func(s *Signature, _ *Document) { s.Attested = "x" })},
		{"another method", Invalid, "signature", changed(func(s *Signature, _ *Document) { s.Method = MethodKey })},
		{"another digest", Invalid, "signature", changed(func(_ *Signature, d *Document) { d.Digest = "x" })},
		{"paper without an attester", Invalid, "signature", with(CodeMatches, func(o *office) ([]Fact, error) {
			sig := o.signature(three[0], RoleSpecialist)
			sig.Method = MethodPaper
			return o.state.signAct("a1", testDocument("a1", 0), three[0], sig, testDocument("a1", 1))
		})},

		{"refuse a scan", "", "", refuse(registrar, "p1", "Қолы көрінбейді")},
		{"refuse a scan without why", Invalid, "text", refuse(registrar, "p1", "")},
		{"refuse no scan", NotFound, "scan", refuse(registrar, "ghost", "x")},
		{"refuse a scan of no act", NotFound, "act", func(o *office) ([]Fact, error) { return o.state.refuseScan("ghost", registrar, "p1", "x") }},
		{"refuse a scan as a proctor", Forbidden, "attest_role", refuse(Person{Login: "p", Roles: []Role{RoleProctor}}, "p1", "x")},
		{"refuse a scan twice", Conflict, "scan_refused", with(CodeMatches, func(o *office) ([]Fact, error) {
			o.must(o.state.refuseScan("a1", registrar, "p1", "x"))
			return o.state.refuseScan("a1", registrar, "p1", "x")
		})},
		{"refuse a scan that is attested", Conflict, "scan_attested", with(CodeMatches, func(o *office) ([]Fact, error) {
			o.must(o.attest(registrar, three[0], RoleSpecialist, "p1", ""))
			return o.state.refuseScan("a1", second, "p1", "x")
		})},
	})
}

func (c Scan) with(sha string) Scan {
	c.Receipt.SHA256 = sha
	return c
}

// One scan carries all three hands; an edit drops them and keeps the scan.
func TestPaperCounts(t *testing.T) {
	o := newOffice(t)
	a := o.paper(CodeAbsent)
	seat := o.state.Seats[testSeat]
	for n, p := range officials()[:2] {
		o.must(o.attest(registrarPerson(), p, SigningOrder()[n], "p1", a.Number))
		if seat.ScoreAnnulled != "" || a.State != Signing {
			t.Fatalf("%d hands: %s", n+1, a.State)
		}
	}
	o.must(o.state.editAct("a1", []Reason{A2}, "", nil))
	if len(a.Signatures) != 0 || len(a.Scans) != 1 || a.Version != 2 {
		t.Fatalf("edited: %+v", a)
	}
	o.must(o.state.renderAct("a1", 2, testDocument("v2", 0), nil))
	again := scanOf("p2", CodeMatches, "")
	again.Version = 2
	o.must(o.state.scanAct("a1", officials()[1], again))
	for n, p := range officials() {
		if n == 1 { // one of them signs with her key
			o.must(o.state.signAct("a1", a.Document, p, o.signature(p, RoleEngineer), testDocument("v2", 2)))
			continue
		}
		o.must(o.attest(registrarPerson(), p, SigningOrder()[n], "p2", ""))
	}
	if a.State != InForce || seat.ScoreAnnulled != "a1" {
		t.Fatalf("three: %s, annulled by %q", a.State, seat.ScoreAnnulled)
	}
	if s := a.Signatures[0]; s.Matched != MatchQR || s.Scan.SHA256 != "sha-p2" || s.Attested != "tirkeushi" || s.Login != "maman" {
		t.Errorf("the first signature is %+v", s)
	}
	if err := broken(o.state); err != nil {
		t.Error(err)
	}
}

// A forged journal that counts a hand signature nobody may attest is refused.
func TestApplyRefusesUnsoundPaper(t *testing.T) {
	receipt := scanOf("p1", CodeMatches, "").Receipt
	sound := Signature{Login: "maman", Role: RoleSpecialist, Method: MethodPaper, Attested: "tirkeushi", Scan: &receipt}
	for name, change := range map[string]func(*Signature){
		"":                     func(*Signature) {},
		"nobody attests":       func(s *Signature) { s.Attested = "" },
		"she attests herself":  func(s *Signature) { s.Attested = "maman" },
		"one of the three":     func(s *Signature) { s.Attested = "mengerushi" },
		"no scan":              func(s *Signature) { s.Scan = nil },
		"another scan":         func(s *Signature) { r := receipt; r.SHA256 = "x"; s.Scan = &r },
		"no such method":       func(s *Signature) { s.Method = "fax" },
		"a key with a scan":    func(s *Signature) { s.Method = MethodKey },
		"attested by uploader": func(s *Signature) { s.Attested = "maman2" },
	} {
		o := newOffice(t)
		o.draft("c1", "a1")
		o.must(o.state.renderAct("a1", 1, testDocument("a1", 0), Officials{RoleSpecialist: "maman", RoleEngineer: "injener", RoleHead: "mengerushi"}))
		o.must(o.state.scanAct("a1", Person{Login: "maman2", Roles: []Role{RoleSpecialist}}, scanOf("p1", CodeMatches, "")))
		sig := sound
		change(&sig)
		err := o.state.Apply(Event{Seq: o.state.LastSeq + 1, At: o.at, Exam: "exam", Fact: &ActSigned{"a1", 1, sig, testDocument("a1", 1)}})
		if (err == nil) != (name == "") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestReadCode(t *testing.T) {
	a := Act{Number: "A-2026-00001", Document: Document{Digest: "abc123"}}
	for text, want := range map[string]ScanCode{
		"": CodeAbsent, "https://example.kz/poster": CodeAbsent,
		"qyragy A-2026-00001 abc123":                   CodeMatches,
		"https://proctor.example.kz/verify/ACT/abc123": CodeMatches, "https://proctor.example.kz/verify/ACT/ffff": "",
		"qyragy A-2026-00001 ffff": "", "qyragy A-2026-00002 ffff": "",
	} {
		got, err := a.ReadCode(text)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
}

// Who confirmed, edited, signed or attested an act decides no appeal over it,
// whatever version it was.
func TestHandsDecideNoAppeal(t *testing.T) {
	registrar := func(l Login) Person { return Person{Login: l, Roles: []Role{RoleRegistrar, RoleSpecialist}} }
	o := newOffice(t)
	a := o.paper(CodeMatches)
	o.must(o.attest(registrar("attester"), officials()[0], RoleSpecialist, "p1", ""))
	o.at = o.at.Add(time.Second)
	facts, err := o.state.editAct("a1", []Reason{A2}, "", nil)
	for _, f := range facts { // by another than the usual actor
		if err := o.state.Apply(Event{Seq: o.state.LastSeq + 1, At: o.at, Exam: "exam", Actor: "editor", Fact: f}); err != nil {
			t.Fatal(err)
		}
	}
	o.must(nil, err)
	o.must(o.state.renderAct("a1", 2, testDocument("v2", 0), nil))
	for n, p := range officials() {
		o.must(o.state.signAct("a1", a.Document, p, o.signature(p, SigningOrder()[n]), testDocument("v2", n+1)))
	}
	o.must(o.state.appeal(testSeat, "a1", "x"))
	for _, l := range []Login{"proctor", "editor", "attester", "maman", "injener", "mengerushi"} {
		_, err := o.state.decideAppeal("a1", registrar(l), true, "x")
		if err == nil {
			t.Errorf("%s may decide; hands %v", l, a.Touched)
		} else {
			wantError(t, err, Forbidden, "appeal_own")
		}
	}
	o.must(o.state.decideAppeal("a1", registrar("other"), true, "x"))
}

// A withdrawn or superseded act leaves its incident to be judged anew; after an
// appeal that was upheld there is nothing left to judge.
func TestIncidentAfterAct(t *testing.T) {
	for _, c := range []struct {
		name   string
		signed int
		appeal bool
		want   IncidentState
	}{
		{"withdrawn", 1, false, IncidentClosed},
		{"superseded", 3, false, IncidentClosed},
		{"upheld", 3, true, IncidentDismissed},
	} {
		o := newOffice(t)
		a := o.draft("c1", "a1")
		o.render("a1")
		for range c.signed {
			o.sign("a1")
		}
		if c.appeal {
			o.must(o.state.appeal(testSeat, "a1", "x"))
			o.must(o.state.decideAppeal("a1", registrarPerson(), true, "Дәлел жоқ"))
		} else {
			o.must(o.state.closeAct("a1", officials()[2], "қате"))
		}
		i := o.state.Incidents["c1"]
		if i.State != c.want || i.Act != "" || i.Closed.IsZero() || a.Ended.IsZero() || (i.Text == "Дәлел жоқ") != c.appeal {
			t.Errorf("%s: the incident is %+v", c.name, i)
		}
		_, err := o.state.confirm("c1", []Reason{A1}, "", Act{ID: "a9", By: "proctor", DrawnUp: o.at}, o.at)
		if (err == nil) == c.appeal {
			t.Errorf("%s: confirmed again: %v", c.name, err)
		}
		if err := broken(o.state); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// An inspection of what goes on excludes no act over what came after it.
func TestInspectionExcludesUntilItsEnd(t *testing.T) {
	o := newOffice(t)
	open := Incident{ID: "n1", Seat: testSeat, Cause: CauseBlocked, State: IncidentOpen, Opened: o.at, Peak: Peak{At: o.at, Score: 1}, Fault: true}
	o.must([]Fact{&IncidentOpened{open}}, nil)
	drawnUp := o.at.Add(time.Minute)
	o.must(o.state.inspect(Inspection{Incidents: []IncidentID{"n1"}}, Act{ID: "b1", By: "maman", DrawnUp: drawnUp}, drawnUp))
	for _, c := range []struct {
		id       IncidentID
		after    time.Duration
		excluded bool
	}{{"in", 30 * time.Second, true}, {"edge", time.Minute, true}, {"after", 2 * time.Minute, false}} {
		at := o.at.Add(c.after)
		o.must([]Fact{&IncidentOpened{Incident{ID: c.id, Seat: testSeat, Cause: CauseObject, State: IncidentClosed, Opened: at, Closed: at,
			Peak: Peak{At: at}, Note: "x", RaisedBy: "proctor"}}}, nil)
		_, err := o.state.confirm(c.id, []Reason{A4}, "", Act{ID: "a9", By: "proctor", DrawnUp: at}, at.Add(time.Hour))
		if c.excluded {
			wantError(t, err, Conflict, "appendix_excluded")
		} else {
			wantError(t, err, "", "")
		}
	}
}
