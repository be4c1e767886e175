package web

import (
	"net/http"
	"slices"
	"testing"

	"qyragy/proctor"
)

// TestOrderOfSigning switches an exam's order and asks whose turn it is, of an
// act that was there and of one that is drafted then.
func TestOrderOfSigning(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	planner, boss := k.cookie(proctor.RoleSpecialist), k.cookie(proctor.RoleProctor)
	path := "/api/v1/exams/" + string(sc.exam) + "/policy"
	get := func(id proctor.ActID) actView {
		return decode[actView](t, k.do(request{method: http.MethodGet, path: "/api/v1/acts/" + string(id), cookie: planner}))
	}
	if w := decode[watching](t, k.do(request{method: http.MethodGet, path: path, cookie: planner})); w.Policy.Order != proctor.OrderForm || w.Defaults.Order != proctor.OrderForm {
		t.Errorf("by default %q, of defaults %q", w.Policy.Order, w.Defaults.Order)
	}
	w := decode[watching](t, k.put(planner, path, `{"order":"any"}`))
	if w.Policy.Order != proctor.OrderAny || w.Changes[0].Policy.Order != proctor.OrderAny || w.Changes[1].Policy.Order != proctor.OrderForm {
		t.Errorf("switched: %q, changes %+v", w.Policy.Order, w.Changes)
	}
	if got := k.put(boss, path, `{"order":"any"}`); got.status != http.StatusForbidden {
		t.Errorf("a proctor switches it: %d", got.status)
	}
	if got := k.put(planner, path, `{"order":"backwards"}`); got.status != http.StatusBadRequest {
		t.Errorf("a strange order: %d %s", got.status, got.body)
	}
	i := decode[proctor.Incident](t, k.post(boss, "/api/v1/seats/"+string(sc.other)+"/incidents", fields{"cause": "object", "text": "Телефон"}))
	late := decode[actView](t, k.post(boss, "/api/v1/incidents/"+string(i.ID)+"/confirm", fields{"reasons": []string{"A4"}, "text": ""}))
	if both := []proctor.Role{proctor.RoleSpecialist, proctor.RoleEngineer}; late.Order != proctor.OrderAny || !slices.Equal(late.Turns, both) || late.Next != proctor.RoleSpecialist {
		t.Errorf("drafted then: %q, the turn of %v", late.Order, late.Turns)
	}
	decode[watching](t, k.put(planner, path, `{"order":"form"}`))
	if old := get(sc.act); old.Order != "" || !slices.Equal(old.Turns, []proctor.Role{old.Next}) {
		t.Errorf("drafted before: %q, the turn of %v", old.Order, old.Turns)
	}
	if again := get(late.ID); again.Order != proctor.OrderAny || len(again.Turns) != 2 {
		t.Errorf("after another switch: %q, the turn of %v", again.Order, again.Turns)
	}
	ended := decode[actView](t, k.post(k.cookie(proctor.RoleHead), "/api/v1/acts/"+string(late.ID)+"/close", fields{"text": "Қате"}))
	if ended.Turns == nil || len(ended.Turns) > 0 {
		t.Errorf("it ended, and it is the turn of %v", ended.Turns)
	}
}
