package journal

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"qyragy/proctor"
)

// click is what one official does to an act on her page.
type click struct {
	what     string // sign, edit, refuse, render, close or look
	login    proctor.Login
	role     proctor.Role
	version  int    // of render
	saw, new string // documents: signed over, and after it
}

// shown is what the page then says.
type shown struct {
	ok              bool
	version, signed int
	state           proctor.ActState
	document        string
}

// sheet is the whole of an act as one official at a time would leave it.
type sheet struct {
	state    proctor.ActState
	version  int
	document string
	signed   string // logins, joined: states are compared
	roles    string // the same of the offices
	count    int
	order    proctor.Order // in which the act was drafted to be signed
}

// due says whether an office may sign now: in its form's order, or any but the
// head, who is last.
func (s sheet) due(role proctor.Role) bool {
	switch {
	case s.count > 2 || strings.Contains(s.roles, string(role)):
		return false
	case s.order == proctor.OrderAny:
		return role != proctor.RoleHead || s.count == 2
	}
	return proctor.SigningOrder()[s.count] == role
}

// turn is the sequential model: what a click does to a sheet, and whether it
// is allowed.
func turn(s sheet, c click) (bool, sheet) {
	open := s.state == proctor.Drafted || s.state == proctor.Signing
	switch c.what {
	case "sign":
		twice := slices.Contains(splitLogins(s.signed), c.login)
		if !open || s.document == "" || s.document != c.saw || twice || !s.due(c.role) {
			return false, s
		}
		s.signed, s.roles, s.count = s.signed+string(c.login)+" ", s.roles+string(c.role)+" ", s.count+1
		s.document, s.state = c.new, proctor.Signing
		if s.count == 3 {
			s.state = proctor.InForce
		}
	case "edit":
		if !open && s.state != proctor.Refused {
			return false, s
		}
		s = sheet{state: proctor.Drafted, version: s.version + 1, order: s.order}
	case "refuse":
		if !open {
			return false, s
		}
		s.state, s.signed, s.roles, s.count = proctor.Refused, "", "", 0
	case "render":
		if c.version == s.version && s.count == 0 && s.document == "" {
			s.document = c.new
		}
	case "close":
		switch s.state {
		case proctor.Withdrawn, proctor.Superseded:
			return false, s
		case proctor.InForce:
			s.state = proctor.Superseded
		default:
			s.state = proctor.Withdrawn
		}
	}
	return true, s
}

func splitLogins(joined string) (out []proctor.Login) {
	var l proctor.Login
	for _, r := range joined {
		if r == ' ' {
			out, l = append(out, l), ""
			continue
		}
		l += proctor.Login(r)
	}
	return out
}

func actModel(o proctor.Order) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return sheet{state: proctor.Drafted, version: 1, order: o} },
		Step: func(state, in, out any) (bool, any) {
			c, got := in.(click), out.(shown)
			ok, next := turn(state.(sheet), c)
			if c.what == "look" {
				s := state.(sheet)
				return got == shown{ok: true, version: s.version, signed: s.count, state: s.state, document: s.document}, s
			}
			return ok == got.ok, next
		},
		Equal: func(a, b any) bool { return a == b },
	}
}

// linearHall is an engine over a real journal, with one act at a time.
type linearHall struct {
	t      *testing.T
	engine *proctor.Engine
	seat   proctor.SeatID
}

func (h *linearHall) draft(ctx context.Context) proctor.ActID {
	h.t.Helper()
	i, err := h.engine.Raise(ctx, "proctor", h.seat, proctor.CauseObject, "x", time.Time{})
	if err != nil {
		h.t.Fatal(err)
	}
	a, err := h.engine.Confirm(ctx, "proctor", i.ID, []proctor.Reason{proctor.A4}, "")
	if err != nil {
		h.t.Fatal(err)
	}
	return a.ID
}

func documentNamed(name string) proctor.Document {
	return proctor.Document{Digest: "digest", Receipt: proctor.Receipt{Key: "k", SHA256: name}}
}

// perform does one click and says what came of it. An error that is no refusal
// fails the test.
func (h *linearHall) perform(ctx context.Context, id proctor.ActID, c click, p proctor.Person) (out shown) {
	var err error
	switch c.what {
	case "look":
		err = h.engine.ViewAct(id, func(_ *proctor.State, a *proctor.Act) {
			out = shown{version: a.Version, signed: len(a.Signatures), state: a.State, document: a.Document.Receipt.SHA256}
		})
	case "sign":
		_, err = h.engine.SignAct(ctx, id, documentNamed(c.saw), p, proctor.Signature{Login: p.Login, Role: c.role, Method: proctor.MethodKey}, documentNamed(c.new))
	case "edit":
		_, err = h.engine.EditAct(ctx, proctor.PersonActor(p.Login), id, []proctor.Reason{proctor.A1}, "", nil)
	case "refuse":
		_, err = h.engine.RefuseAct(ctx, p, id, c.role, "x")
	case "render":
		err = h.engine.RenderedAct(ctx, id, c.version, documentNamed(c.new), nil)
	case "close":
		_, err = h.engine.CloseAct(ctx, p, id, "x")
	}
	var refused *proctor.Error
	if err != nil && !errors.As(err, &refused) {
		h.t.Errorf("%+v: %v", c, err)
	}
	out.ok = err == nil
	return out
}

// clicks has one official click n times at what her page last showed.
func (h *linearHall) clicks(ctx context.Context, id proctor.ActID, client int, p proctor.Person, began time.Time, n int, seed uint64) []porcupine.Operation {
	r := rand.New(rand.NewPCG(seed, uint64(client)))
	var out []porcupine.Operation
	page := shown{version: 1}
	for k := range n {
		c := click{what: "look", login: p.Login, role: p.Roles[0], saw: page.document, new: fmt.Sprint("d", client, "-", k), version: page.version}
		switch roll := r.IntN(20); {
		case roll < 9:
			c.what = "sign"
		case roll < 11:
			c.what = "render"
		case roll == 11 && k > n/2:
			c.what = "edit"
		case roll == 12 && k > n/2:
			c.what = "refuse"
		case roll == 13 && k > n*3/4 && p.Has(proctor.RoleHead):
			c.what = "close"
		}
		call := time.Since(began).Nanoseconds()
		got := h.perform(ctx, id, c, p)
		out = append(out, porcupine.Operation{ClientId: client, Input: c, Call: call, Output: got, Return: time.Since(began).Nanoseconds()})
		if c.what == "look" {
			page = got
		}
	}
	return out
}

// TestClicksAreLinearisable has eight officials click at once at the same act,
// over the real engine and a real journal: what each is told is what she would
// have been told had they come one after another.
func TestClicksAreLinearisable(t *testing.T) {
	ctx := t.Context()
	j, err := Open(ctx, filepath.Join(t.TempDir(), "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	engine, err := proctor.Open(ctx, j, proctor.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	now := time.Now().UTC()
	x, err := engine.ScheduleExam(ctx, "admin", proctor.Exam{Title: "Алгебра", Discipline: "Алгебра", Kind: proctor.SessionExam, Form: proctor.TestComplex,
		Opens: now.Add(-time.Minute), Closes: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	h := &linearHall{t: t, engine: engine}
	if h.seat, _, err = engine.AssignSeat(ctx, "admin", x.ID, proctor.Examinee{StudentID: "1", Name: "А. Б.", Specialty: "6B01", Group: "Г"}, proctor.Accommodation{}); err == nil {
		err = engine.MachineJoin(ctx, h.seat)
	}
	if err != nil {
		t.Fatal(err)
	}
	var people []proctor.Person
	for n, role := range []proctor.Role{proctor.RoleSpecialist, proctor.RoleEngineer, proctor.RoleHead, proctor.RoleSpecialist, proctor.RoleEngineer, proctor.RoleHead, proctor.RoleSpecialist, proctor.RoleHead} {
		people = append(people, proctor.Person{Login: proctor.Login(fmt.Sprint("p", n)), Roles: []proctor.Role{role}})
	}
	acts, accepted, inForce := 200, 0, 0
	if testing.Short() {
		acts = 5
	}
	for n := range acts {
		order := []proctor.Order{proctor.OrderForm, proctor.OrderAny}[n%2]
		policy := proctor.DefaultPolicy()
		policy.Order = order
		if err := engine.SetPolicy(ctx, "head", x.ID, policy); err != nil {
			t.Fatal(err)
		}
		id := h.draft(ctx)
		history := make([][]porcupine.Operation, len(people))
		began := time.Now()
		var wg sync.WaitGroup
		for client, p := range people {
			wg.Go(func() { history[client] = h.clicks(ctx, id, client, p, began, 14, uint64(n)) })
		}
		wg.Wait()
		all := slices.Concat(history...)
		if got := porcupine.CheckOperationsTimeout(actModel(order), all, time.Minute); got != porcupine.Ok {
			t.Fatalf("act %d: %s: %d clicks are not what they would be one after another: %+v", n, got, len(all), all)
		}
		for _, o := range all {
			if c := o.Input.(click); c.what == "sign" && o.Output.(shown).ok {
				accepted++
			}
		}
		if err := engine.ViewAct(id, func(_ *proctor.State, a *proctor.Act) {
			if !a.InForce.IsZero() {
				inForce++
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d acts of %d clicks by %d officials at once: %d signatures counted, %d acts came into force", acts, 14*len(people), len(people), accepted, inForce)
	if accepted < acts/2 {
		t.Errorf("only %d signatures counted: the officials hardly met", accepted)
	}
}
