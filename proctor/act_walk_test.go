package proctor

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
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
	// signed is what this test saw being signed, apart from the State.
	signed map[ActID][]mark
	// named is whom this test saw each act name.
	named  map[ActID]Officials
	opened int
	acts   int
	// granted counts the remedies of inspections.
	granted int
}

type mark struct {
	login   Login
	role    Role
	version int
	digest  string
}

func newWalk(seed uint64) *walk {
	w := &walk{
		state: NewState(), at: noon, rng: rand.New(rand.NewPCG(seed, 22)), signed: map[ActID][]mark{}, named: map[ActID]Officials{},
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
		if err := w.note(f); err != nil {
			return err
		}
	}
	return nil
}

// note keeps the test's own book of signatures and of those named.
func (w *walk) note(f Fact) error {
	switch f := f.(type) {
	case *ActSigned:
		w.signed[f.Act] = append(w.signed[f.Act], mark{f.Signature.Login, f.Signature.Role, f.Version, f.Document.Digest})
	case *ActEdited:
		w.signed[f.Act], w.named[f.Act] = nil, f.Officials
	case *InspectionEdited:
		w.signed[f.Act], w.named[f.Act] = nil, f.Officials
	case *RemedyGranted:
		w.granted++
		if book := w.signed[f.Remedy.Act]; len(book) != 3 || book[0].role != RoleHead || book[1].role != RoleRegistrar || book[2].role != RoleSpecialist {
			return fmt.Errorf("a remedy after the signatures %+v", book)
		}
	case *ActRendered:
		if len(f.Officials) > 0 {
			w.named[f.Act] = maps.Clone(w.state.Acts[f.Act].Officials)
			for role, l := range f.Officials {
				w.named[f.Act][role] = l
			}
		}
	case *ActRefused:
		w.signed[f.Act] = nil
	}
	return nil
}

// annulledRightly checks every annulment against the test's own book.
func (w *walk) annulledRightly() error {
	id := w.state.Seats[testSeat].ScoreAnnulled
	if id == "" {
		return nil
	}
	book, a := w.signed[id], w.state.Acts[id]
	if len(book) != 3 {
		return fmt.Errorf("act %s annuls with %d signatures", id, len(book))
	}
	logins := map[Login]bool{}
	for n, m := range book {
		logins[m.login] = true
		if m.role != SigningOrder()[n] || m.version != a.Version || m.digest != book[0].digest || m.digest != a.Document.Digest {
			return fmt.Errorf("act %s annuls with %+v", id, book)
		}
		if named := w.named[id][m.role]; named != "" && named != m.login {
			return fmt.Errorf("act %s annuls with %s in place of %s", id, m.login, named)
		}
	}
	if len(logins) != 3 {
		return fmt.Errorf("act %s annuls with %d people", id, len(logins))
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
	default:
		return w.restart()
	}
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
	case 1:
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
		if w.rng.IntN(4) > 0 && a.Next() != "" {
			role = a.Next()
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
	sig := Signature{Login: p.Login, Role: role, At: w.at}
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
	if d := cmp.Diff(w.state, again); d != "" {
		return fmt.Errorf("the replay differs (-live +replayed):\n%s", d)
	}
	w.state = again
	return nil
}

// TestActRandomWalk is 300,000 steps over acts: no order of requests, people
// and restarts annuls a score without three signatures.
func TestActRandomWalk(t *testing.T) {
	episodes, steps := uint64(1000), 300
	if testing.Short() {
		episodes = 50
	}
	annulled, restored, granted := 0, 0, 0
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
		granted += w.granted
		if err := w.restart(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
	t.Logf("%d steps: %d annulments, %d restorations, %d remedies", episodes*uint64(steps), annulled, restored, granted)
	if annulled < int(episodes)/10 || restored == 0 || granted < int(episodes)/20 {
		t.Errorf("the walk hardly annulled: %d, restored %d, remedied %d", annulled, restored, granted)
	}
}
