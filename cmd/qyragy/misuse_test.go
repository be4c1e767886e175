package main

import (
	"net/http"
	"testing"

	"qyragy/passkey/softkey"
	"qyragy/proctor"
)

// identified gives accounts their IIN.
func identified(t *testing.T, s *server, all map[proctor.Login]proctor.IIN) {
	t.Helper()
	for login, n := range all {
		if err := s.accounts.SetIIN(t.Context(), "admin", login, n); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOnePersonTwoAccounts: whoever holds two accounts is one person in every
// way to sign, not only with NCALayer: she signs once, and her other account
// attests nothing of the act.
func TestOnePersonTwoAccounts(t *testing.T) {
	s := startQuiet(t, 2)
	identified(t, s, map[proctor.Login]proctor.IIN{"specialist": iinOne, "engineer": iinOne, "registrar": iinTwo})
	a := drafted(t, s, 0)
	path := "/api/v1/acts/" + string(a.ID)
	specialist, engineer := newCaller(t, s, "specialist"), newCaller(t, s, "engineer")
	sign := func(by *caller, role proctor.Role) (int, string) {
		return by.try(path+"/sign", map[string]any{"role": role, "password": demoPassword, "document": actOf(t, s, a.ID).Document.Receipt.SHA256}, nil)
	}
	if status, key := sign(specialist, proctor.RoleSpecialist); status != http.StatusOK {
		t.Fatalf("%d %q", status, key)
	}
	if status, key := sign(engineer, proctor.RoleEngineer); status != http.StatusConflict || key != "act_same_person" {
		t.Errorf("her second account signs: %d %q", status, key)
	}
	if n := len(actOf(t, s, a.ID).Signatures); n != 1 {
		t.Fatalf("%d signatures of one person", n)
	}

	// Her other account attests her own hand, or what that account brought in.
	b := drafted(t, s, 1)
	path = "/api/v1/acts/" + string(b.ID)
	registrar := newCaller(t, s, "registrar")
	form := jpegOf(t, signedByHand(printed(t, pdfOf(t, s, b.ID), 150)[0], 3, 0.8, 1))
	var now proctor.Act
	if status, key := specialist.send(path+"/scans?version=1", form, &now); status != http.StatusOK {
		t.Fatalf("%d %q", status, key)
	}
	attest := func() (int, string) {
		return registrar.try(path+"/attest", map[string]any{"scan": now.Scans[0].ID, "roles": proctor.SigningOrder(), "number": b.Number,
			"password": demoPassword, "document": now.Document.Receipt.SHA256}, nil)
	}
	identified(t, s, map[proctor.Login]proctor.IIN{"engineer": "", "head": iinTwo})
	if status, key := attest(); status != http.StatusConflict || key != "act_same_person" {
		t.Errorf("she attests her own hand: %d %q", status, key)
	}
	identified(t, s, map[proctor.Login]proctor.IIN{"head": "", "registrar": iinOne})
	if status, key := attest(); status != http.StatusConflict || key != "act_same_person" {
		t.Errorf("she attests the scan that she brought in: %d %q", status, key)
	}
	identified(t, s, map[proctor.Login]proctor.IIN{"registrar": iinTwo, "engineer": iinOne})
	if status, key := attest(); status != http.StatusConflict || key != "act_same_person" {
		t.Errorf("two hands of one person: %d %q", status, key)
	}
	if n := len(actOf(t, s, b.ID).Signatures); n != 0 {
		t.Fatalf("%d signatures", n)
	}
	identified(t, s, map[proctor.Login]proctor.IIN{"engineer": ""})
	if status, key := attest(); status != http.StatusOK {
		t.Errorf("four people: %d %q", status, key)
	}
}

// TestStolenPassword: whoever has an official's password and not her passkey
// neither takes her passkey away nor adds one of his own, and so signs nothing.
func TestStolenPassword(t *testing.T) {
	s := startQuiet(t, 1)
	a := drafted(t, s, 0)
	key := func() *softkey.Key {
		k, err := softkey.New("localhost", s.base)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	hers, his := key(), key()
	if no := newCaller(t, s, "specialist").register(hers, demoPassword, true); no != "" {
		t.Fatal(no)
	}
	thief := newCaller(t, s, "specialist")
	if no := thief.register(his, demoPassword, true); no != "passkey_needed" {
		t.Errorf("a passkey of his own: %q", no)
	}
	if _, no := thief.try("/api/v1/account/passkeys/remove", map[string]any{"password": demoPassword, "id": hers.ID}, nil); no != "passkey_needed" {
		t.Errorf("hers removed: %q", no)
	}
	remove := func(with *softkey.Key) string {
		in := thief.stepped(demoPassword, with)
		in["id"] = hers.ID
		_, key := thief.try("/api/v1/account/passkeys/remove", in, nil)
		return key
	}
	impostor := *his
	impostor.ID = hers.ID
	if no := remove(&impostor); no != "passkey_refused" {
		t.Errorf("hers removed by an impostor: %q", no)
	}
	if no := remove(his); no != "passkey_unknown" {
		t.Errorf("hers removed by his: %q", no)
	}
	for what, x := range map[string]func() string{
		"a password alone": func() string {
			return thief.sign(signing{act: a, role: a.Next(), document: a.Document.Receipt.SHA256, password: demoPassword}, nil)
		},
		"his passkey": func() string { return thief.signByPasskey(signingOf(a, his), his) },
	} {
		if no := x(); no == "" {
			t.Errorf("signed by %s", what)
		}
	}
	if n := len(actOf(t, s, a.ID).Signatures); n != 0 {
		t.Fatalf("%d signatures", n)
	}
}

// TestSecondPasskey: with the one that she has, she adds another and removes
// the first.
func TestSecondPasskey(t *testing.T) {
	s := startQuiet(t, 1)
	one, err := softkey.New("localhost", s.base)
	if err != nil {
		t.Fatal(err)
	}
	two, err := softkey.New("localhost", s.base)
	if err != nil {
		t.Fatal(err)
	}
	c := newCaller(t, s, "specialist")
	if no := c.register(one, demoPassword, true); no != "" {
		t.Fatal(no)
	}
	if no := c.register(two, "a wrong one", true, one); no != "password" {
		t.Errorf("a wrong password: %q", no)
	}
	if no := c.register(two, demoPassword, true, one); no != "" {
		t.Fatal(no)
	}
	in := c.stepped(demoPassword, two)
	in["id"] = one.ID
	if _, no := c.try("/api/v1/account/passkeys/remove", in, nil); no != "" {
		t.Error(no)
	}
	if a, err := s.keyring.Standing(t.Context(), "specialist"); err != nil || len(a.Passkeys) != 1 {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestAppealByAnotherHand: neither who refused to sign the act nor another
// account of who signed it decides the appeal.
func TestAppealByAnotherHand(t *testing.T) {
	s := startQuiet(t, 1)
	ctx := t.Context()
	if err := s.accounts.SetRoles(ctx, "admin", "registrar", []proctor.Role{proctor.RoleRegistrar, proctor.RoleEngineer}); err != nil {
		t.Fatal(err)
	}
	a := drafted(t, s, 0)
	path := "/api/v1/acts/" + string(a.ID)
	registrar, specialist := newCaller(t, s, "registrar"), newCaller(t, s, "specialist")
	edit := func(engineer proctor.Login) {
		t.Helper()
		specialist.ask("PUT", path, map[string]any{"reasons": []proctor.Reason{proctor.A1}, "officials": proctor.Officials{proctor.RoleEngineer: engineer}}, nil, http.StatusOK)
		if err := s.office.render(ctx, a.ID); err != nil {
			t.Fatal(err)
		}
	}
	edit("registrar")
	if status, key := registrar.try(path+"/refuse", map[string]any{"role": "engineer", "text": "Келіспеймін"}, nil); status != http.StatusOK {
		t.Fatal(status, key)
	}
	edit("engineer")
	for _, role := range proctor.SigningOrder() {
		newCaller(t, s, string(role)).ask("POST", path+"/sign",
			map[string]any{"role": role, "password": demoPassword, "document": actOf(t, s, a.ID).Document.Receipt.SHA256}, nil, http.StatusOK)
	}
	if err := s.engine.Appeal(ctx, a.Seat, a.ID, "Мен емес"); err != nil {
		t.Fatal(err)
	}
	decide := func(by string) (int, string) {
		return newCaller(t, s, by).try(path+"/appeal", map[string]any{"upheld": false, "text": "Негізсіз"}, nil)
	}
	if status, key := decide("registrar"); status != http.StatusForbidden || key != "appeal_own" {
		t.Errorf("who refused: %d %q", status, key)
	}
	if err := s.accounts.SetRoles(ctx, "admin", "admin", []proctor.Role{proctor.RoleRegistrar}); err != nil {
		t.Fatal(err)
	}
	identified(t, s, map[proctor.Login]proctor.IIN{"admin": iinOne, "head": iinOne})
	if status, key := decide("admin"); status != http.StatusForbidden || key != "appeal_own" {
		t.Errorf("another account of who signed: %d %q", status, key)
	}
	identified(t, s, map[proctor.Login]proctor.IIN{"admin": iinTwo})
	if status, key := decide("admin"); status != http.StatusOK {
		t.Errorf("an outsider: %d %q", status, key)
	}
}
