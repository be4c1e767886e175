package web

import (
	"context"
	"testing"

	"qyragy/proctor"
)

// An examinee hears of her appeal's outcome without asking, be it that nothing
// else changes; her rival hears nothing of it.
func TestAppealIsPushed(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	ctx := context.Background()
	var doc proctor.Document
	must(t, k.engine.ViewAct(sc.act, func(_ *proctor.State, a *proctor.Act) { doc = a.Document }))
	for _, role := range proctor.SigningOrder() {
		p := proctor.Person{Login: proctor.Login("the " + role), Roles: []proctor.Role{role}}
		_, err := k.engine.SignAct(ctx, sc.act, doc, p, proctor.Signature{Login: p.Login, Role: role, Method: proctor.MethodKey}, doc)
		must(t, err)
	}
	must(t, k.engine.Appeal(ctx, sc.seat, sc.act, "Себебім бар"))
	conn, rival := k.dial(sc.seatC), k.dial(sc.rival)
	await(t, conn, "seat", func(m map[string]any) bool { return m["seat"].(map[string]any)["score_annulled"] == true })
	await(t, rival, "seat", func(map[string]any) bool { return true })
	_, err := k.engine.DecideAppeal(ctx, proctor.Person{Login: "judge", Roles: []proctor.Role{proctor.RoleRegistrar}}, sc.act, false, "Дәлел жеткілікті")
	must(t, err)
	await(t, conn, "seat", func(m map[string]any) bool {
		appeal := m["seat"].(map[string]any)["act"].(map[string]any)["appeal"].(map[string]any)
		return appeal["decided"] != nil && appeal["outcome"] == "Дәлел жеткілікті"
	})
	must(t, k.engine.Message(ctx, "proctor", sc.other, "соңы"))
	await(t, rival, "message", func(m map[string]any) bool {
		if m["text"] != "соңы" {
			t.Errorf("the rival was told %v", m)
		}
		return true
	})
}
