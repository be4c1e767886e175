package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// TestRevokedSince: a signature that the register has from before her key was
// reported stolen stands, and the check says so; the thief's does not, however
// he dates it.
func TestRevokedSince(t *testing.T) {
	s := startQuiet(t, 1)
	a := drafted(t, s, 0)
	ctx := context.Background()
	unsigned := rendered(t, s, a.ID)
	her := proctor.Person{Login: "specialist", Roles: []proctor.Role{proctor.RoleSpecialist}}
	if _, err := s.office.Sign(ctx, her, proctor.RoleSpecialist, proctor.StepUp{Password: demoPassword}, a.ID, a.Document.Receipt.SHA256); err != nil {
		t.Fatal(err)
	}
	stolen, _, err := s.keyring.unlock(ctx, "specialist", proctor.RoleSpecialist, nil, proctor.StepUp{Password: demoPassword})
	if err != nil {
		t.Fatal(err)
	}
	signed := rendered(t, s, a.ID)
	if c, err := s.office.Check(ctx, signed); err != nil || !c.Whole || !c.Ours || c.Revoked || !c.Signatures[0].Revoked.IsZero() {
		t.Fatalf("before: %+v %v", c, err)
	}
	time.Sleep(1100 * time.Millisecond) // a list counts in seconds
	if err := s.accounts.Revoke(ctx, "admin", "specialist", acts.RevokedCompromised); err != nil {
		t.Fatal(err)
	}
	c, err := s.office.Check(ctx, signed)
	if err != nil || !c.Whole || !c.Ours || c.Revoked || c.Signatures[0].Revoked.IsZero() {
		t.Errorf("signed, then revoked: %+v %v", c, err)
	}
	now := time.Now()
	for name, at := range map[string]time.Time{"now": now.Add(time.Second), "as if before": c.Signatures[0].At.Add(time.Second)} {
		forged, err := acts.Sign(unsigned, stolen, acts.SignOptions{Role: proctor.RoleSpecialist, At: at})
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.office.Check(ctx, forged)
		if err != nil || c.Whole || c.Ours || !c.Revoked || !strings.Contains(strings.Join(c.Problems, " "), "act_certificate_revoked") {
			t.Errorf("signed by the thief, dated %s: %+v %v", name, c, err)
		}
	}
}
