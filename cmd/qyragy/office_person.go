package main

import (
	"context"

	"qyragy/proctor"
)

// This file holds that one person with two accounts is one person: the number
// (IIN) says so, where accounts have it.

// sole refuses login while another account of the same person has signed or
// attested a, or is among others. An account without a number is a person of
// its own.
func (o *office) sole(ctx context.Context, a proctor.Act, login proctor.Login, others ...proctor.Login) error {
	for _, s := range a.Signatures {
		others = append(others, s.Login, s.Attested)
	}
	return o.onePerson(ctx, login, others)
}

// onePerson is a Conflict Error if any of others, "" being nobody, is another
// account of login's person.
func (o *office) onePerson(ctx context.Context, login proctor.Login, others []proctor.Login) error {
	hers, err := o.accounts.IIN(ctx, login)
	if err != nil || hers == "" {
		return err
	}
	for _, other := range others {
		if other == "" || other == login {
			continue
		}
		n, err := o.accounts.IIN(ctx, other)
		if err != nil && proctor.KindOf(err) != proctor.NotFound { // who is gone is nobody
			return err
		}
		if n == hers {
			return proctor.Errorf(proctor.Conflict, "act_same_person")
		}
	}
	return nil
}

// apart refuses an attester who is, by another account, the official of the
// hand, anybody whom the act names, or who brought the scan in; and a hand of
// somebody who has signed already.
func (p *paper) apart(ctx context.Context, a proctor.Act, attester proctor.Person, hands []proctor.Person, scan proctor.ScanID) error {
	c, err := p.scanOf(a.ID, scan)
	if err != nil {
		return err
	}
	others := []proctor.Login{c.By}
	for _, l := range a.Officials {
		others = append(others, l)
	}
	if err := p.sole(ctx, a, attester.Login, others...); err != nil {
		return err
	}
	var seen []proctor.Login
	for _, h := range hands {
		if err := p.sole(ctx, a, h.Login, seen...); err != nil {
			return err
		}
		seen = append(seen, h.Login)
	}
	return nil
}
