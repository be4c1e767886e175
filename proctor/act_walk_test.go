package proctor

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// walk is a random walk over one seat's incidents and acts: what people may
// ask for in any order, by anybody, and restarts at any time.
type walk struct {
	state  *State
	lines  [][]byte
	at     time.Time
	rng    *rand.Rand
	people []Person
	book   book
	opened int
	acts   int
	scans  int
}

func newWalk(seed uint64) *walk {
	w := &walk{
		state: NewState(), at: noon, rng: rand.New(rand.NewPCG(seed, 22)), book: newBook(),
		people: append(officials(),
			Person{Login: "maman2", Roles: []Role{RoleSpecialist}},
			Person{Login: "injener2", Roles: []Role{RoleEngineer}},
			Person{Login: "mengerushi2", Roles: []Role{RoleHead}},
			Person{Login: "two", Roles: []Role{RoleSpecialist, RoleHead}},
			Person{Login: "all", Roles: StaffRoles()},
			Person{Login: "registrar", Roles: []Role{RoleRegistrar, RoleAdmin}},
			Person{Login: "proctor", Roles: []Role{RoleProctor}},
		),
	}
	x := testExam()
	x.ID = "exam"
	x.Policy.Order = []Order{"", OrderAny}[seed%2]
	for _, f := range []Fact{&ExamScheduled{x}, &SeatAssigned{testSeat, testExaminee(1), Accommodation{}, "h"}, &SeatAdmitted{testSeat},
		&SeatAssigned{"s2", testExaminee(2), Accommodation{}, "h2"}, &SeatAdmitted{"s2"}} {
		if err := w.fold("engine", []Fact{f}, nil); err != nil {
			panic(err)
		}
	}
	return w
}

// fold journals and applies what a decision answered; a domain Error is fine.
func (w *walk) fold(by Actor, facts []Fact, err error) error {
	if err != nil {
		if KindOf(err) == "" {
			return fmt.Errorf("an internal error: %w", err)
		}
		return nil
	}
	for _, f := range facts {
		e := Event{Seq: w.state.LastSeq + 1, At: w.at, Exam: "exam", Actor: by, Fact: f}
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		w.lines = append(w.lines, line)
		if err := w.state.Apply(e); err != nil {
			return err
		}
		if err := w.book.note(by, f); err != nil {
			return err
		}
	}
	return nil
}

// annulledRightly checks every annulment against the test's own book.
func (w *walk) annulledRightly() error {
	id := w.state.Seats[testSeat].ScoreAnnulled
	if id == "" {
		return nil
	}
	return w.book.annuls(id, w.state.Acts[id])
}

// kept holds that nothing a live act rests on, or is, may be deleted.
func (w *walk) kept() error {
	k := w.state.Keep(w.at.Add(100*24*time.Hour), 30*24*time.Hour)
	held := map[string]bool{}
	for _, r := range k.Hold {
		held[r.SHA256] = true
	}
	for id, a := range w.state.Acts {
		if !a.Live() {
			continue
		}
		if a.Document.Digest != "" && !held[a.Document.Receipt.SHA256] {
			return fmt.Errorf("the document of the live act %s is not held", id)
		}
		for _, c := range a.Scans {
			if !held[c.Receipt.SHA256] {
				return fmt.Errorf("scan %s of the live act %s is not held", c.ID, id)
			}
		}
	}
	return nil
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func (w *walk) person() Person { return pick(w.rng, w.people) }

func (w *walk) act() ActID           { return ActID(fmt.Sprint("a", w.rng.IntN(w.acts+1))) }
func (w *walk) incident() IncidentID { return IncidentID(fmt.Sprint("i", w.rng.IntN(w.opened+1))) }

func (w *walk) reasons() []Reason {
	return append([]Reason{}, [][]Reason{{A1}, {A2, A1}, {A6}, {A1, A1}, {}, {"A9"}}[w.rng.IntN(6)]...)
}

// step does one thing at random.
func (w *walk) step() error {
	w.at = w.at.Add(time.Duration(w.rng.IntN(5000)) * time.Millisecond)
	s := w.state
	switch n := w.rng.IntN(100); {
	case n < 6:
		id := IncidentID(fmt.Sprint("i", w.opened))
		w.opened++
		facts, err := s.raise(testSeat, pick(w.rng, []Cause{CauseOther, CauseObject}), "x", w.at.Add(-time.Duration(w.rng.IntN(60))*time.Second), id, "proctor", w.at)
		return w.fold("proctor", facts, err)
	case n < 8:
		id := IncidentID(fmt.Sprint("i", w.opened))
		w.opened++
		i := Incident{ID: id, Seat: pick(w.rng, []SeatID{testSeat, "s2"}), Cause: pick(w.rng, []Cause{CauseNetwork, CauseBlocked}), State: IncidentClosed, Opened: w.at, Fault: true, Peak: Peak{At: w.at, Score: 1}}
		i.Closed = w.at.Add(time.Duration(w.rng.IntN(20)) * time.Second)
		return w.fold("engine", []Fact{&IncidentOpened{i}}, nil)
	case n < 14:
		facts, err := s.confirm(w.incident(), w.reasons(), pick(w.rng, []string{"", "шу"}), Act{ID: ActID(fmt.Sprint("a", w.acts)), By: "proctor", DrawnUp: w.at}, w.at)
		if err == nil {
			w.acts++
		}
		return w.fold("proctor", facts, err)
	case n < 16:
		facts, err := s.inspect(w.inspection(), Act{ID: ActID(fmt.Sprint("a", w.acts)), By: "maman", DrawnUp: w.at}, w.at)
		if err == nil {
			w.acts++
		}
		return w.fold("maman", facts, err)
	case n < 18:
		facts, err := s.dismiss(w.incident(), pick(w.rng, []string{"", "x"}))
		return w.fold("proctor", facts, err)
	case n < 35:
		id := w.act()
		version := 1
		if a := s.Acts[id]; a != nil {
			version = a.Version - w.rng.IntN(2)
		}
		facts, err := s.renderAct(id, version, testDocument(fmt.Sprint(id, "v", version, w.rng.IntN(3)), 0), w.officials())
		return w.fold("engine", facts, err)
	case n < 39:
		return w.scan()
	case n < 54:
		return w.attest()
	case n < 88:
		return w.sign()
	case n < 90:
		facts, err := s.editInspection(w.act(), w.inspection(), w.officials())
		return w.fold("maman", facts, err)
	case n < 92:
		facts, err := s.editAct(w.act(), w.reasons(), pick(w.rng, []string{"", "x"}), w.officials())
		return w.fold("maman", facts, err)
	case n < 94:
		p := w.person()
		facts, err := s.refuseAct(w.act(), p, pick(w.rng, StaffRoles()), "x")
		return w.fold(PersonActor(p.Login), facts, err)
	case n < 97:
		p := w.person()
		facts, err := s.closeAct(w.act(), p, "x")
		return w.fold(PersonActor(p.Login), facts, err)
	case n < 98:
		facts, err := s.appeal(testSeat, w.act(), pick(w.rng, []string{"", "x"}))
		return w.fold(SeatActor(testSeat), facts, err)
	case n < 99:
		p := w.person()
		facts, err := s.decideAppeal(w.act(), p, w.rng.IntN(2) == 0, "x")
		return w.fold(PersonActor(p.Login), facts, err)
	case w.rng.IntN(4) == 0:
		return w.restart()
	case w.rng.IntN(3) == 0:
		p := s.Exam.Policy
		p.Order = pick(w.rng, []Order{"", OrderForm, OrderAny, OrderAny, "none"})
		facts, err := s.setPolicy(p, w.at)
		return w.fold("mengerushi", facts, err)
	default:
		return w.kept()
	}
}

// scan brings in a print at random, or refuses one that is there.
func (w *walk) scan() error {
	id, p := w.act(), w.person()
	if w.rng.IntN(6) == 0 {
		facts, err := w.state.refuseScan(id, p, ScanID(fmt.Sprint("p", w.rng.IntN(w.scans+1))), "x")
		return w.fold(PersonActor(p.Login), facts, err)
	}
	n := w.scans
	if w.rng.IntN(12) == 0 {
		n = w.rng.IntN(n + 1) // what came in before
	}
	c := scanOf(ScanID(fmt.Sprint("p", n)), pick(w.rng, []ScanCode{CodeMatches, CodeAbsent}), "")
	if a := w.state.Acts[id]; a != nil {
		c.Version = a.Version - w.rng.IntN(6)/5
	}
	facts, err := w.state.scanAct(id, p, c)
	if err == nil {
		w.scans++
	}
	return w.fold(PersonActor(p.Login), facts, err)
}

// attest tries a word on a hand signature, half of the time one that could be
// right.
func (w *walk) attest() error {
	id, by := w.act(), w.person()
	role, official := pick(w.rng, StaffRoles()), w.person()
	scan, typed, prev := ScanID("ghost"), "", Document{}
	if a := w.state.Acts[id]; a != nil {
		prev, typed = a.Document, a.Number
		if turns := a.Turns(); len(turns) > 0 && w.rng.IntN(8) > 0 {
			role = pick(w.rng, turns)
		}
		for _, p := range w.people {
			if p.Login == a.Officials[role] && w.rng.IntN(8) > 0 {
				official = p
			}
		}
		if len(a.Scans) > 0 {
			scan = a.Scans[len(a.Scans)-1-w.rng.IntN(min(2, len(a.Scans)))].ID
		}
		if w.rng.IntN(2) == 0 {
			by = w.people[8] // the registrar, who has no seat in A
		}
	}
	if w.rng.IntN(8) == 0 {
		typed = "A-0"
	}
	next := prev
	next.Receipt.SHA256 += "+"
	sig := Signature{Login: official.Login, Role: role, At: w.at, Method: MethodPaper, Attested: by.Login}
	if w.rng.IntN(16) == 0 {
		sig.Attested = w.person().Login
	}
	facts, err := w.state.attestAct(id, prev, by, official, scan, typed, sig, next)
	return w.fold(PersonActor(by.Login), facts, err)
}

// inspection is about incidents and seats at random, half of the time one that
// could be signed.
func (w *walk) inspection() Inspection {
	x := Inspection{Purpose: "п", Result: "н", Decision: "ш", Code: pick(w.rng, append(Decisions(), "", "x"))}
	if x.Code == ExtraTime || w.rng.IntN(8) == 0 {
		x.Minutes = w.rng.IntN(30)
	}
	if x.Code == Reschedule {
		x.From, x.To = w.at, w.at.Add(time.Duration(w.rng.IntN(3))*time.Hour)
	}
	if w.rng.IntN(8) == 0 {
		x.Result = ""
	}
	for range w.rng.IntN(3) {
		x.Incidents = append(x.Incidents, w.incident())
	}
	if w.rng.IntN(3) == 0 {
		x.Seats = []SeatID{pick(w.rng, []SeatID{testSeat, "s2", "ghost"})}
	}
	return x
}

// officials names nobody, somebody at random, or three who could sign.
func (w *walk) officials() Officials {
	switch w.rng.IntN(4) {
	case 0:
		return Officials{pick(w.rng, StaffRoles()): w.person().Login, RoleHead: w.person().Login}
	case 1, 2:
		return Officials(nil).Appoint(AppendixA, w.people[w.rng.IntN(3):], w.person().Login)
	default:
		return nil
	}
}

// sign tries a signature, half of the time one that could be right.
func (w *walk) sign() error {
	id, p := w.act(), w.person()
	role, prev := pick(w.rng, StaffRoles()), Document{}
	if a := w.state.Acts[id]; a != nil {
		prev = a.Document
		if turns := a.Turns(); len(turns) > 0 && w.rng.IntN(4) > 0 {
			role = pick(w.rng, turns)
		}
		for _, named := range w.people {
			if named.Login == a.Officials[role] && w.rng.IntN(2) == 0 {
				p = named
			}
		}
	}
	if w.rng.IntN(8) == 0 {
		prev = testDocument(fmt.Sprint(id, "v1", w.rng.IntN(3)), w.rng.IntN(3))
	}
	next := prev
	next.Receipt.SHA256 += "+"
	if w.rng.IntN(16) == 0 {
		next.Digest = "another"
	}
	sig := Signature{Login: p.Login, Role: role, At: w.at, Method: pick(w.rng, []SignatureMethod{"", MethodKey, MethodKey, MethodNCALayer, MethodNCALayer, MethodPaper, "fax"})}
	if w.rng.IntN(16) == 0 {
		sig.Login = w.person().Login
	}
	facts, err := w.state.signAct(id, prev, p, sig, next)
	return w.fold(PersonActor(p.Login), facts, err)
}

// restart replays the journal; nothing may be different.
func (w *walk) restart() error {
	again := NewState()
	for _, l := range w.lines {
		var e Event
		if err := json.Unmarshal(l, &e); err != nil {
			return err
		}
		if err := again.Apply(e); err != nil {
			return err
		}
	}
	if !reflect.DeepEqual(w.state, again) {
		d := cmp.Diff(w.state, again)
		return fmt.Errorf("the replay differs (-live +replayed):\n%s", d)
	}
	w.state = again
	return nil
}

// TestActRandomWalk is a million steps over acts of both appendices, by anybody,
// in any order, with restarts in between, signed by key, by NCALayer and by
// hand. After every step these sentences of the regulation hold:
//
//   - A score is annulled by an Appendix A act in force over this very seat and
//     by nothing else; without one it stands. (5.3.14, before 3/3 nothing)
//   - An act in force bears three signatures of its own version and document,
//     of the three whom it names if it names them, in the order of its form or,
//     if the exam asked for it when it was drafted, in any, in Appendix A with
//     the head last. What the exam asks for afterwards changes no act. (Q1)
//   - One person fills one seat of an act, however she signs, and who attests a
//     hand signature fills none. (Q15)
//   - A hand signature counts over a scan of this version that somebody else
//     brought in, that nobody refused and that belongs to no other act.
//   - An edit or a refusal drops the signatures; an act that ended takes none.
//   - An inspection in force gives each of its seats its remedy, once, and
//     takes it back when it ends. (5.3.15)
//   - No moment of a seat's time is spoken of by living acts of both appendices.
//   - An incident has at most one living act, a person's word behind it, and is
//     open to judgement again when its act ended, unless an appeal was upheld.
//   - Who confirmed, edited, signed or attested an act decides no appeal over it.
//   - What a living act is and rests on is held. (5.3.32)
//   - The journal alone gives the same state again.
func TestActRandomWalk(t *testing.T) {
	episodes, steps := uint64(3400), 300
	if raced {
		episodes = 600
	}
	if testing.Short() {
		episodes = 50
	}
	annulled, restored, granted, papers, crossed := 0, 0, 0, 0, 0
	for seed := range episodes {
		w := newWalk(seed)
		for n := range steps {
			before := w.state.Seats[testSeat].ScoreAnnulled
			err := w.step()
			for _, check := range []func() error{func() error { return broken(w.state) }, w.annulledRightly} {
				if err == nil {
					err = check()
				}
			}
			if err != nil {
				t.Fatalf("seed %d, step %d: %v", seed, n, err)
			}
			switch after := w.state.Seats[testSeat].ScoreAnnulled; {
			case before == "" && after != "":
				annulled++
			case before != "" && after == "":
				restored++
			}
		}
		granted, papers, crossed = granted+w.book.granted, papers+w.book.papers, crossed+w.book.crossed
		if err := w.restart(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
	t.Logf("%d steps: %d annulments, %d restorations, %d remedies, %d hand signatures, %d engineers first", episodes*uint64(steps), annulled, restored, granted, papers, crossed)
	if annulled < int(episodes)/20 || restored == 0 || granted < int(episodes)/200 || papers < int(episodes)/4 || crossed < int(episodes)/200 {
		t.Errorf("the walk hardly did anything: %d annulments, %d restorations, %d remedies, %d hand signatures, %d engineers first", annulled, restored, granted, papers, crossed)
	}
}
