package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
	"qyragy/proctor/journal"
)

// accountRef is what every command on one account takes.
type accountRef struct {
	Login proctor.Login `arg:"" help:"Whose account."`
	Data  string        `default:"./data" help:"The server's data directory." env:"QYRAGY_DATA"`
}

// with opens the installation's keys for f. The server may be running.
func (c accountRef) with(ctx context.Context, f func(*keyring) error) error {
	j, err := openJournalIn(ctx, c.Data)
	if err != nil {
		return err
	}
	defer j.Close()
	authority, err := loadAuthority(filepath.Join(c.Data, "keys"))
	if err != nil {
		return err
	}
	return f(&keyring{accounts: j.Accounts(), authority: authority, rule: stepUpOwn, now: time.Now})
}

type accountPasswdCmd struct{ accountRef }

// Run implements the command: a password for who has forgotten hers. She must
// change it before she signs; her key is a new one.
func (c *accountPasswdCmd) Run(ctx context.Context) error {
	password, err := askPassword()
	if err != nil {
		return err
	}
	return c.with(ctx, func(r *keyring) error { return r.reset(ctx, journal.ActorConsole, c.Login, password) })
}

type accountDisableCmd struct{ accountRef }

// Run implements the command.
func (c *accountDisableCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(r *keyring) error { return r.accounts.Disable(ctx, journal.ActorConsole, c.Login) })
}

type accountEnableCmd struct{ accountRef }

// Run implements the command.
func (c *accountEnableCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(r *keyring) error { return r.accounts.Enable(ctx, journal.ActorConsole, c.Login) })
}

type accountRolesCmd struct {
	accountRef
	Role []proctor.Role `required:"" help:"All that she holds from now on; with commas."`
}

// Run implements the command. Who gets a signing role and has no key yet makes
// one with 'account rekey'.
func (c *accountRolesCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(r *keyring) error { return r.accounts.SetRoles(ctx, journal.ActorConsole, c.Login, c.Role) })
}

type accountRekeyCmd struct{ accountRef }

// Run implements the command. The password is the account's own: no other
// opens the new key.
func (c *accountRekeyCmd) Run(ctx context.Context) error {
	password, err := askPassword()
	if err != nil {
		return err
	}
	return c.with(ctx, func(r *keyring) error { return r.RenewKey(ctx, c.Login, password) })
}

type accountRevokeCmd struct {
	accountRef
	Stolen bool `help:"Somebody else may have her key: distrust also what it signed before, where no time stamp proves when."`
}

// Run implements the command.
func (c *accountRevokeCmd) Run(ctx context.Context) error {
	reason := acts.RevokedMoved
	if c.Stolen {
		reason = acts.RevokedCompromised
	}
	return c.with(ctx, func(r *keyring) error { return r.accounts.Revoke(ctx, journal.ActorConsole, c.Login, reason) })
}

type accountForgetCmd struct{ accountRef }

// Run implements the command: all her passkeys, as when the device is lost.
func (c *accountForgetCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(r *keyring) error {
		keys, err := r.accounts.Passkeys(ctx, c.Login)
		for _, k := range keys {
			if err = r.accounts.RemovePasskey(ctx, journal.ActorConsole, c.Login, k.ID); err != nil {
				break
			}
		}
		return err
	})
}

type accountLogCmd struct {
	Login proctor.Login `arg:"" optional:"" help:"Whose; everybody's if left out."`
	Data  string        `default:"./data" help:"The server's data directory." env:"QYRAGY_DATA"`
}

// Run implements the command.
func (c *accountLogCmd) Run(ctx context.Context) error {
	j, err := openJournalIn(ctx, c.Data)
	if err != nil {
		return err
	}
	defer j.Close()
	entries, err := j.Accounts().Log(ctx, c.Login)
	for _, e := range entries {
		fmt.Printf("%s  %-16s %-16s by %-12s %s\n", e.At.Format(time.RFC3339), e.Login, e.What, e.Actor, e.Detail)
	}
	return err
}

// line describes an account for a list.
func (r *keyring) line(ctx context.Context, s journal.Standing) (string, error) {
	state, ends, err := r.state(ctx, s)
	if err != nil {
		return "", err
	}
	key := "key: " + string(state)
	if !ends.IsZero() {
		key += ends.Format(" until 2006-01-02")
	}
	notes := []string{key, fmt.Sprintf("passkeys: %d", s.Passkeys)}
	for _, n := range []struct {
		yes  bool
		text string
	}{{s.IIN != "", "IIN kept"}, {s.Temporary, "temporary password"}, {s.Disabled, "DISABLED"}} {
		if n.yes {
			notes = append(notes, n.text)
		}
	}
	return fmt.Sprintf("%-16s %-28s %s (%s)", s.Login, joinRoles(s.Roles), s.Name, strings.Join(notes, ", ")), nil
}
