package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"qyragy/acts"
	"qyragy/acts/gost"
)

// trust reads what an act's signatures are held against, in a bundle or not.
func (o options) trust() (v acts.VerifyOptions, err error) {
	if v.Roots, err = readRoots(o.root); err != nil {
		return v, err
	}
	if v.National.Roots, err = readAuthorities(o.nationals); err != nil {
		return v, err
	}
	if v.Stamps, err = readAuthorities(o.tsas); err != nil {
		return v, err
	}
	for _, name := range o.crls {
		if err := addList(&v, name); err != nil {
			return v, err
		}
	}
	return v, nil
}

func readRoots(name string) ([]*x509.Certificate, error) {
	if name == "" {
		return nil, nil
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read authority: %w", err)
	}
	roots, err := acts.ParseCertificates(b)
	if err != nil {
		return nil, fmt.Errorf("read authority %s: %w", name, err)
	}
	return roots, nil
}

// addList reads a revocation list. Whose it is, its signature says when it is
// used: the university's serves its own certificates, the national ones theirs.
func addList(v *acts.VerifyOptions, name string) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read revocation list: %w", err)
	}
	own, errOwn := acts.ParseRevocations(b)
	if errOwn == nil {
		v.CRL = append(v.CRL, own)
	}
	national, err := gost.ParseRevocationList(b)
	if err == nil {
		v.National.Lists = append(v.National.Lists, national)
	}
	if errOwn != nil && err != nil {
		return fmt.Errorf("read revocation list %s: %w", name, errors.Join(errOwn, err))
	}
	return nil
}

// readAuthorities reads certificates of the national authority or of time
// stamping services, one in each file.
func readAuthorities(names []string) ([]*gost.Certificate, error) {
	var all []*gost.Certificate
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read authority: %w", err)
		}
		c, err := gost.ParseCertificate(b)
		if err != nil {
			return nil, fmt.Errorf("read authority %s: %w", name, err)
		}
		all = append(all, c)
	}
	return all, nil
}
