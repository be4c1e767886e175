package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"qyragy/proctor"
	"qyragy/proctor/journal"
)

// accountCmd manages the staff of an installation.
type accountCmd struct {
	Add     accountAddCmd     `cmd:"" help:"Create an account; the password is asked for, or read from standard input."`
	List    accountListCmd    `cmd:"" help:"List the accounts."`
	Passwd  accountPasswdCmd  `cmd:"" help:"Set a temporary password, which she must change before she signs; her key is a new one, the old one is revoked."`
	Disable accountDisableCmd `cmd:"" help:"Let nobody log in or sign with an account; its name stays."`
	Enable  accountEnableCmd  `cmd:"" help:"Undo disable."`
	Roles   accountRolesCmd   `cmd:"" help:"Change what somebody may do."`
	Rekey   accountRekeyCmd   `cmd:"" help:"Make a new signing key, under the account's own password, and revoke the old one."`
	Revoke  accountRevokeCmd  `cmd:"" help:"Revoke all certificates of somebody's key."`
	Forget  accountForgetCmd  `cmd:"" name:"forget-passkeys" help:"Remove all passkeys of somebody who lost her device."`
	Log     accountLogCmd     `cmd:"" help:"Show what was done to accounts, and by whom."`
	IIN     accountIINCmd     `cmd:"" name:"iin" help:"Keep somebody's IIN, which tells that a certificate of the national PKI is hers."`
}

type accountAddCmd struct {
	Login string         `arg:"" help:"What she logs in with: a-z, 0-9 and . _ - @."`
	Name  string         `arg:"" help:"Her name as an act prints it: Т.А.Ә."`
	Role  []proctor.Role `required:"" help:"proctor, specialist, engineer, head, registrar or admin; with commas. A signing role gets a key that only her password opens."`
	IIN   proctor.IIN    `name:"iin" help:"Her IIN, 12 digits, if she signs with NCALayer."`
	Data  string         `default:"./data" help:"The server's data directory." env:"QYRAGY_DATA"`
}

// Run implements the command. The server may be running: it reads accounts
// anew for every request.
func (c *accountAddCmd) Run(ctx context.Context) error {
	if err := c.IIN.Check(); err != nil {
		return err
	}
	password, err := askPassword()
	if err != nil {
		return err
	}
	j, err := openJournalIn(ctx, c.Data)
	if err != nil {
		return err
	}
	defer j.Close()
	authority, err := loadAuthority(filepath.Join(c.Data, "keys"))
	if err != nil {
		return err
	}
	p := proctor.Person{Login: proctor.Login(c.Login), Name: c.Name, Roles: c.Role}
	if err := hire(ctx, j.Accounts(), authority, p, password); err != nil {
		return err
	}
	if c.IIN != "" {
		if err := j.Accounts().SetIIN(ctx, journal.ActorConsole, p.Login, c.IIN); err != nil {
			return err
		}
	}
	fmt.Printf("%s (%s) may log in as %s.\n", p.Login, p.Name, joinRoles(p.Roles))
	return nil
}

type accountListCmd struct {
	Data string `default:"./data" help:"The server's data directory." env:"QYRAGY_DATA"`
}

// Run implements the command.
func (c *accountListCmd) Run(ctx context.Context) error {
	j, err := openJournalIn(ctx, c.Data)
	if err != nil {
		return err
	}
	defer j.Close()
	all, err := j.Accounts().Standings(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Println("There are no accounts yet: qyragy account add LOGIN NAME --role head")
	}
	r := &keyring{accounts: j.Accounts()}
	for _, s := range all {
		line, err := r.line(ctx, s)
		if err != nil {
			return err
		}
		fmt.Println(line)
	}
	return nil
}

type accountIINCmd struct {
	Login proctor.Login `arg:"" help:"Whose."`
	IIN   proctor.IIN   `arg:"" optional:"" help:"12 digits; left out, the one kept is forgotten."`
	Data  string        `default:"./data" help:"The server's data directory." env:"QYRAGY_DATA"`
}

// Run implements the command.
func (c *accountIINCmd) Run(ctx context.Context) error {
	j, err := openJournalIn(ctx, c.Data)
	if err != nil {
		return err
	}
	defer j.Close()
	return j.Accounts().SetIIN(ctx, journal.ActorConsole, c.Login, c.IIN)
}

func joinRoles(roles []proctor.Role) string {
	var s []string
	for _, r := range roles {
		s = append(s, string(r))
	}
	return strings.Join(s, ",")
}

func openJournalIn(ctx context.Context, data string) (*journal.Journal, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	return journal.Open(ctx, filepath.Join(data, "journal.db"))
}

// askPassword asks twice on a terminal and reads one line elsewhere, so that
// no password stands on a command line.
func askPassword() (string, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if line == "" && err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	var typed [2]string
	for i, prompt := range []string{"Password: ", "Again: "} {
		fmt.Fprint(os.Stderr, prompt)
		b, err := term.ReadPassword(in)
		fmt.Fprintln(os.Stderr)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		typed[i] = string(b)
	}
	if typed[0] != typed[1] {
		return "", errors.New("the two passwords differ")
	}
	return typed[0], nil
}
