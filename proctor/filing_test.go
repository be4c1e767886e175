package proctor

import (
	"strings"
	"testing"
)

// signedByAll signs an act with its three officials.
func (h *hall) signedByAll(id ActID) Act {
	h.t.Helper()
	for n, p := range officials() {
		h.ok(h.trySign(h.t.Context(), id, p, SigningOrder()[n]))
	}
	return h.actNow(id)
}

// The paper of an act: a print of what is signed, then its place in the
// archive. Both are told after a restart; neither moves the act's state.
func TestFilingOfAnAct(t *testing.T) {
	h := newHall(t, 1)
	a := h.drafted(h.seats[0])
	_, err := h.FileAct(t.Context(), "registrar", a.ID, "03-12", 2)
	wantError(t, err, Conflict, "act_not_in_force")
	_, err = h.PrintAct(t.Context(), "maman", a.ID, "another", 1)
	wantError(t, err, Conflict, "act_changed")
	draft, err := h.PrintAct(t.Context(), "maman", a.ID, a.Document.Receipt.SHA256, 1)
	h.ok(err)
	if !draft.Printed() || draft.PrintDue() || draft.FilingDue() || draft.State != Drafted {
		t.Fatalf("a printed draft: %+v", draft)
	}
	a = h.signedByAll(a.ID)
	if a.Printed() || !a.PrintDue() || a.FilingDue() {
		t.Fatal("the print of the unsigned draft counts for the signed act")
	}
	_, err = h.FileAct(t.Context(), "registrar", a.ID, "03-12", 2)
	wantError(t, err, Conflict, "act_not_printed")
	for _, copies := range []int{0, -1, 21} {
		_, err = h.PrintAct(t.Context(), "maman", a.ID, a.Document.Receipt.SHA256, copies)
		wantError(t, err, Invalid, "print_copies")
	}
	a, err = h.PrintAct(t.Context(), "maman", a.ID, a.Document.Receipt.SHA256, 3)
	h.ok(err)
	if last := a.Prints[1]; last.First != 2 || last.Copies != 3 || last.By != "maman" || a.PrintDue() || !a.FilingDue() {
		t.Fatalf("after the print: %+v", a.Prints)
	}
	for name, sheets := range map[string]int{"": 1, "a\x07": 1, strings.Repeat("ұ", 61): 1, "03-12": 0, "03-13": 1000} {
		_, err = h.FileAct(t.Context(), "registrar", a.ID, name, sheets)
		wantError(t, err, Invalid, "filing")
	}
	_, err = h.FileAct(t.Context(), "registrar", a.ID, "03-12", 2)
	h.ok(err)
	_, err = h.FileAct(t.Context(), "registrar", a.ID, "03-12", 2)
	wantError(t, err, Conflict, "act_filed")
	h.ok(h.ExportedAct(t.Context(), "registrar", a.ID, a.Document.Receipt.SHA256, "m"))
	wantError(t, h.ExportedAct(t.Context(), "registrar", "none", "", ""), NotFound, "act")

	h.Close()
	h.Engine, err = Open(t.Context(), h.j.again(), Options{Now: h.clock.now, still: true})
	h.ok(err)
	defer h.Engine.Close()
	if a = h.actNow(a.ID); a.Filed == nil || a.Filed.Case != "03-12" || a.Filed.Sheets != 2 || a.FilingDue() || len(a.Prints) != 2 || a.State != InForce {
		t.Fatalf("after a restart: %+v", a)
	}
}

// A filing is taken back with a reason only, and stays when the act is ended.
func TestFilingTakenBack(t *testing.T) {
	h := newHall(t, 1)
	a := h.signedByAll(h.drafted(h.seats[0]).ID)
	_, err := h.UnfileAct(t.Context(), "registrar", a.ID, "Қате")
	wantError(t, err, Conflict, "act_not_filed")
	_, err = h.PrintAct(t.Context(), "maman", a.ID, a.Document.Receipt.SHA256, 1)
	h.ok(err)
	_, err = h.FileAct(t.Context(), "registrar", a.ID, "03-12", 2)
	h.ok(err)
	_, err = h.UnfileAct(t.Context(), "registrar", a.ID, " ")
	wantError(t, err, Invalid, "text")
	a, err = h.UnfileAct(t.Context(), "registrar", a.ID, "Басқа іске тігілген")
	h.ok(err)
	if !a.FilingDue() {
		t.Fatalf("taken back: %+v", a.Filed)
	}
	_, err = h.FileAct(t.Context(), "registrar", a.ID, "03-14", 2)
	h.ok(err)
	a, err = h.CloseAct(t.Context(), officials()[2], a.ID, "Шағым қанағаттандырылды")
	h.ok(err)
	if a.State != Superseded || a.Filed == nil || a.Filed.Case != "03-14" || a.PrintDue() || a.FilingDue() {
		t.Fatalf("superseded: %+v", a)
	}
}

// Where an official signs by hand there is a paper, whoever printed it.
func TestPrintedIfSignedByHand(t *testing.T) {
	a := Act{Version: 2, State: InForce, Document: testDocument("d", 3), Prints: []Print{{Version: 2, SHA256: "d-0"}}}
	a.Signatures = []Signature{{Method: MethodKey}, {}, {Method: MethodNCALayer}}
	if a.Printed() {
		t.Error("the print of the unsigned act counts")
	}
	a.Signatures[1].Method = MethodPaper
	if !a.Printed() {
		t.Error("the paper that was signed does not count")
	}
	a.Signatures, a.Prints[0].SHA256 = nil, "d-3"
	if !a.Printed() {
		t.Error("the print of the present document does not count")
	}
}

func TestActWaitsFor(t *testing.T) {
	h := newHall(t, 1)
	a := h.drafted(h.seats[0])
	everybody := append(officials(), Person{Login: "two", Roles: []Role{RoleSpecialist, RoleEngineer}}, Person{Login: "x", Roles: []Role{RoleAdmin}})
	waits := func(a Act) (out string) {
		for _, p := range everybody {
			if a.WaitsFor(p) {
				out += string(p.Login) + " "
			}
		}
		return out
	}
	if got := waits(a); got != "maman two " {
		t.Errorf("a draft waits for %s", got)
	}
	a.Officials = Officials{RoleSpecialist: "two"}
	if got := waits(a); got != "two " {
		t.Errorf("named: %s", got)
	}
	a.Signatures, a.State = []Signature{{Login: "two", Role: RoleSpecialist}}, Signing
	if got := waits(a); got != "injener " { // nobody signs twice
		t.Errorf("signed by two: %s", got)
	}
	a.State = InForce
	if got := waits(a); got != "" {
		t.Errorf("in force, it waits for %s", got)
	}
}
