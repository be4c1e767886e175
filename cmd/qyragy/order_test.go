package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"qyragy/proctor"
)

// TestOfficialsSignSideBySide switches an exam to signing in any order: the
// engineer signs before the specialist, the head only after both, and an act
// that was drafted before stays in its form's order.
func TestOfficialsSignSideBySide(t *testing.T) {
	s := startQuiet(t, 2)
	old := drafted(t, s, 0)
	who := map[proctor.Role]*caller{}
	for _, r := range proctor.SigningOrder() {
		who[r] = newCaller(t, s, string(r))
	}
	policy := "/api/v1/exams/" + string(old.Exam) + "/policy"
	var watched struct {
		Policy struct{ Order proctor.Order }
	}
	who[proctor.RoleSpecialist].ask("GET", policy, nil, &watched, http.StatusOK)
	if watched.Policy.Order != proctor.OrderForm {
		t.Errorf("without a word acts are signed in the order %q", watched.Policy.Order)
	}
	who[proctor.RoleSpecialist].ask("PUT", policy, map[string]any{"order": "any"}, &watched, http.StatusOK)
	if watched.Policy.Order != proctor.OrderAny {
		t.Errorf("switched to %q", watched.Policy.Order)
	}
	a := drafted(t, s, 1)

	type view struct {
		proctor.Act
		Next  proctor.Role
		Turns []proctor.Role
	}
	sign := func(id proctor.ActID, r proctor.Role) (status int, key string, now view) {
		status, key = who[r].try("/api/v1/acts/"+string(id)+"/sign",
			map[string]any{"role": r, "password": demoPassword, "document": actOf(t, s, id).Document.Receipt.SHA256}, &now)
		return status, key, now
	}
	mine := func(r proctor.Role) int {
		var list struct{ Mine int }
		who[r].ask("GET", "/api/v1/acts", nil, &list, http.StatusOK)
		return list.Mine
	}
	for r, want := range map[proctor.Role]int{proctor.RoleSpecialist: 2, proctor.RoleEngineer: 1, proctor.RoleHead: 0} {
		if got := mine(r); got != want {
			t.Errorf("%d acts wait for the %s, want %d", got, r, want)
		}
	}
	if status, key, _ := sign(old.ID, proctor.RoleEngineer); status != http.StatusConflict || key != "sign_order" {
		t.Errorf("the engineer signs first what was drafted before: %d %q", status, key)
	}
	for n, step := range []struct {
		role  proctor.Role
		key   string
		turns []proctor.Role
	}{
		{proctor.RoleHead, "sign_order", nil},
		{proctor.RoleEngineer, "", []proctor.Role{proctor.RoleSpecialist}},
		{proctor.RoleHead, "sign_order", nil},
		{proctor.RoleEngineer, "sign_twice", nil},
		{proctor.RoleSpecialist, "", []proctor.Role{proctor.RoleHead}},
		{proctor.RoleHead, "", []proctor.Role{}},
	} {
		if annulled(t, s, a.Seat) {
			t.Fatalf("annulled before step %d", n)
		}
		status, key, now := sign(a.ID, step.role)
		if key != step.key || (status == http.StatusOK) != (step.key == "") {
			t.Fatalf("step %d, the %s signs: %d %q", n, step.role, status, key)
		}
		if key == "" && !slices.Equal(now.Turns, step.turns) {
			t.Errorf("step %d: then it is the turn of %v", n, now.Turns)
		}
	}
	if now := actOf(t, s, a.ID); now.State != proctor.InForce || now.Order != proctor.OrderAny || now.Signatures[0].Role != proctor.RoleEngineer || !annulled(t, s, a.Seat) {
		t.Errorf("after three: %+v", now)
	}
	judgeSideBySide(t, s, a.ID)
}

// judgeSideBySide asks another's judge, then ours.
func judgeSideBySide(t *testing.T, s *server, id proctor.ActID) {
	t.Helper()
	pdf := pdfOf(t, s, id)
	path := filepath.Join(t.TempDir(), "act.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	if said := run(t, nil, "pdfsig", "-nocert", path); strings.Count(said, "Signature is Valid.") != 3 {
		t.Errorf("pdfsig:\n%s", said)
	}
	checked, err := s.office.Check(t.Context(), pdf)
	if err != nil || !checked.Whole || !checked.Complete || !checked.Ours {
		t.Errorf("our own check: %+v, %v", checked, err)
	}
}
